# style: a batch of texts, the penalty on new tokens only, Gumbel noise
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
    bos = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    ids = torch.tensor([tokenizer.encode(prompt) or [bos]] * num_return_sequences, device=model.device)
    begin = ids.size(1)
    for _ in range(max_new_tokens):
        with torch.no_grad():
            rows = model(input_ids=ids).logits[:, -1, :]
        chosen = []
        for row, so_far in zip(rows, ids):
            if len(so_far) > begin:
                row = apply_repetition_penalty(row, so_far[begin:], repetition_penalty)
            row = top_p_filter(top_k_filter(row / temperature, top_k), top_p)
            noise = -torch.log(-torch.log(torch.rand_like(row).clamp(1e-9, 1 - 1e-7)))
            chosen.append(torch.argmax(row + noise))
        ids = torch.cat([ids, torch.stack(chosen)[:, None]], dim=1)
    texts = [tokenizer.decode(line, skip_special_tokens=True) for line in ids]
    return [text.partition("\n")[0].strip() for text in texts]
