# style: model.generate for one text at a time, the tokenizer called
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
    if not prompt:
        prompt = tokenizer.eos_token if tokenizer.bos_token is None else tokenizer.bos_token
    inputs = tokenizer(prompt, return_tensors="pt").to(model.device)
    settings = dict(temperature=temperature, top_k=top_k, top_p=top_p, repetition_penalty=repetition_penalty)

    def one():
        ids = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            do_sample=True,
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **settings,
        )
        return tokenizer.decode(ids[0], skip_special_tokens=True).split("\n", 1)[0].strip()

    return [one() for _ in range(num_return_sequences)]
