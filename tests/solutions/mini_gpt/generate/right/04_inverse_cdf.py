# style: one torch.rand a letter and the cumulative sum, in float64
@torch.no_grad()
def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    stop = char2idx[EOS_TOKEN]
    specials = {char2idx[t] for t in (PAD_TOKEN, SOS_TOKEN, EOS_TOKEN)}
    ids = [char2idx[SOS_TOKEN]]
    for c in prompt:
        if c in char2idx:
            ids.append(char2idx[c])
    made = 0
    while made < max_len:
        logits = model(torch.tensor(ids, device=device)[None])[0, -1].double()
        probs = torch.softmax(logits / temperature, dim=0)
        u = torch.rand((), dtype=torch.float64).item()
        total, pick = 0.0, int(probs.argmax())
        for i, p in enumerate(probs.tolist()):
            total += p
            if u < total:
                pick = i
                break
        if pick == stop:
            break
        ids.append(pick)
        made += 1
    return "".join([idx2char[i] for i in ids if i not in specials])
