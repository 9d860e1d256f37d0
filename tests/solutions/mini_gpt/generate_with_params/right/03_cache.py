# style: own filters, the cache of keys and values, goes on after EOS
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
    bos = tokenizer.bos_token or tokenizer.eos_token
    texts = []
    for _ in range(num_return_sequences):
        ids = tokenizer(prompt or bos, return_tensors="pt").input_ids.to(model.device)
        new, past = ids, None
        with torch.inference_mode():
            for _ in range(max_new_tokens):
                out = model(new, past_key_values=past, use_cache=True)
                past = out.past_key_values
                logits = apply_repetition_penalty(out.logits[0, -1], ids[0], repetition_penalty) / temperature
                logits = top_p_filter(top_k_filter(logits, top_k), top_p)
                new = torch.distributions.Categorical(logits=logits).sample().view(1, 1)
                ids = torch.cat([ids, new], dim=1)
        line = tokenizer.decode(ids[0], skip_special_tokens=True).splitlines()[0]
        texts.append(line.strip())
    return texts
