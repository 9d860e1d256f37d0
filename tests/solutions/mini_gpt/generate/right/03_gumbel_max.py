# style: Gumbel-max trick; puts the model back as it was; unknown prompt characters stay in the text
def generate(model, prompt="", max_len=25, temperature=1.0):
    was_training = model.training
    model.eval()
    eos = char2idx[EOS_TOKEN]
    where = next(model.parameters()).device
    ids = torch.tensor([char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx], device=where)
    text = prompt
    try:
        with torch.no_grad():
            for _ in range(max_len):
                logits = model(ids.unsqueeze(0))[0, -1] / temperature
                noise = -torch.log(-torch.log(torch.rand_like(logits)))
                choice = torch.argmax(logits + noise)
                if choice == eos:
                    break
                ids = torch.cat([ids, choice.view(1)])
                name = idx2char[int(choice)]
                text += name if len(name) == 1 else ""
    finally:
        model.train(was_training)
    return text
