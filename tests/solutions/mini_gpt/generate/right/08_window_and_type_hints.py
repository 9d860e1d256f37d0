# style: feeds at most the last 5000 ids; max_len bounds the whole text; set_grad_enabled; extra parameter with a default
def generate(model: nn.Module, prompt: str = "", max_len: int = 25, temperature: float = 1.0,
             window: int = 5000) -> str:
    """Write a name that begins with prompt."""
    model.train(False)
    sos, eos, pad = (char2idx[t] for t in (SOS_TOKEN, EOS_TOKEN, PAD_TOKEN))
    ids: list[int] = [sos]
    ids.extend(char2idx[c] for c in prompt if c in char2idx)
    letters = [idx2char[i] for i in ids[1:]]
    budget = max_len - len(letters)
    with torch.set_grad_enabled(False):
        for _ in range(max(0, budget)):
            batch = torch.as_tensor(ids[-window:]).view(1, -1).to(device)
            logits = model(batch)[0, -1] / temperature
            weights = torch.exp(logits - logits.max())
            token = torch.multinomial(weights, 1).item()
            if token == eos:
                break
            ids.append(token)
            if token not in (sos, pad):
                letters.append(idx2char[token])
    return "".join(letters)
