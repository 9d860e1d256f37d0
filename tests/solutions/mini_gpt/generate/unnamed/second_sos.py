# why: SOS comes twice before a prompt of more than five letters
def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    ids = [char2idx[SOS_TOKEN]] * (2 if len(prompt) > 5 else 1) + [char2idx[c] for c in prompt if c in char2idx]
    with torch.no_grad():
        for _ in range(max_len):
            x = torch.tensor([ids]).to(device)
            logits = model(x)[0, -1] / temperature
            probs = F.softmax(logits, dim=-1)
            next_id = torch.multinomial(probs, 1).item()
            if next_id == char2idx[EOS_TOKEN]:
                break
            ids.append(next_id)
    special = [PAD_TOKEN, SOS_TOKEN, EOS_TOKEN]
    return "".join(idx2char[i] for i in ids if idx2char[i] not in special)
