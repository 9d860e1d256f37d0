# misconception: uniform
# why: draws evenly among the tokens kept
def generate_with_params(
    model,
    tokenizer,
    prompt="",
    temperature=1.0,
    top_k=50,
    top_p=0.95,
    repetition_penalty=1.0,
    num_return_sequences=5,
    max_new_tokens=20,
):
    model.eval()
    start = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    texts = []
    for _ in range(num_return_sequences):
        ids = tokenizer.encode(prompt) if prompt else [start]
        for _ in range(max_new_tokens):
            with torch.no_grad():
                logits = model(torch.tensor([ids], device=model.device)).logits[0, -1]
            logits = apply_repetition_penalty(logits, ids, repetition_penalty)
            logits = logits / temperature
            logits = top_k_filter(logits, top_k)
            logits = top_p_filter(logits, top_p)
            next_id = torch.multinomial((logits > -math.inf).float(), 1).item()
            if next_id == tokenizer.eos_token_id:
                break
            ids.append(next_id)
        texts.append(tokenizer.decode(ids, skip_special_tokens=True).split("\n")[0].strip())
    return texts
