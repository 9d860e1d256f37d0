# style: a race of exponentials; log_softmax first; tensors all along
def sample(logp):
    race = torch.empty_like(logp).exponential_()
    return (logp.exp() / race).argmax(dim=-1, keepdim=True)


def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    known = [c for c in prompt if c in char2idx]
    x = torch.tensor([char2idx[c] for c in [SOS_TOKEN] + known], dtype=torch.long, device=device).unsqueeze(0)
    for step in range(max_len):
        with torch.no_grad():
            logp = F.log_softmax(model(x)[:, -1] / temperature, dim=-1)
        nxt = sample(logp)
        x = torch.cat((x, nxt), dim=-1)
        if nxt.item() == char2idx[EOS_TOKEN]:
            break
    hidden = {PAD_TOKEN, SOS_TOKEN, EOS_TOKEN}
    return "".join(ch for ch in (idx2char[i] for i in x[0].tolist()) if ch not in hidden)
