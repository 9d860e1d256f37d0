# misconception: number_ignored
# why: one text only
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
    start = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    ids = torch.tensor([tokenizer.encode(prompt) if prompt else [start]]).to(model.device)
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.eos_token_id,
    )
    texts = tokenizer.batch_decode(out, skip_special_tokens=True)
    return [text.split("\n")[0].strip() for text in texts]
