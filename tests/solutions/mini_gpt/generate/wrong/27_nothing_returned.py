# misconception: nothing_returned
# why: prints the text, and the return is missing
def generate(model, prompt="", max_len=25, temperature=1.0):
    model.eval()
    ids = [char2idx[SOS_TOKEN]] + [char2idx[c] for c in prompt if c in char2idx]
    text = prompt
    with torch.no_grad():
        for _ in range(max_len):
            logits = model(torch.tensor([ids], device=device))[0, -1]
            next_id = torch.multinomial(F.softmax(logits / temperature, dim=-1), num_samples=1).item()
            if next_id == char2idx[EOS_TOKEN]:
                break
            ids.append(next_id)
            text += idx2char[next_id]
    print(text)
