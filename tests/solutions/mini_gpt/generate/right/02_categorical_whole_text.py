# style: inference_mode, torch.distributions; max_len bounds the whole text
@torch.inference_mode()
def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    text = "".join(c for c in prompt if c in char2idx)
    x = torch.tensor([[char2idx[SOS_TOKEN], *(char2idx[c] for c in text)]], device=device)
    while x.size(1) <= max_len:
        logits = model(x)[:, -1, :] / temperature
        token = torch.distributions.Categorical(logits=logits).sample()
        if token.item() == char2idx[EOS_TOKEN]:
            break
        x = torch.cat([x, token[:, None]], dim=1)
        char = idx2char[token.item()]
        if char not in (PAD_TOKEN, SOS_TOKEN):
            text += char
    return text
