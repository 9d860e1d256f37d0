# style: a generator yields ids, itertools stops it at EOS
from itertools import islice, takewhile


def stream(model, ids, temperature):
    while True:
        with torch.no_grad():
            logits = model(torch.tensor([ids], device=next(model.parameters()).device))[0, -1]
        token = int(torch.multinomial(torch.exp(torch.log_softmax(logits / temperature, -1)), 1))
        ids = ids + [token]
        yield token


def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    start = [char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx]
    tokens = takewhile(lambda t: t != char2idx[EOS_TOKEN], stream(model, start, temperature))
    new = "".join(idx2char[t] for t in islice(tokens, max_len)
                  if idx2char[t] not in (PAD_TOKEN, SOS_TOKEN))
    return prompt + new
