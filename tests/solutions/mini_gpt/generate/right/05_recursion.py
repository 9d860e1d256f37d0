# style: each call writes one letter and calls itself with a longer list
def generate(model, prompt="", max_len=25, temperature=1.0, _ids=None):
    if _ids is None:
        model.eval()
        _ids = [char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx]
    if max_len > 0:
        with torch.no_grad():
            scores = model(torch.tensor([_ids], device=device))[0, -1, :]
        token = torch.multinomial((scores / temperature).softmax(-1), num_samples=1).item()
        if token != char2idx[EOS_TOKEN]:
            return generate(model, prompt, max_len - 1, temperature, _ids + [token])
    return "".join(idx2char[i] for i in _ids).replace(SOS_TOKEN, "").replace(PAD_TOKEN, "")
