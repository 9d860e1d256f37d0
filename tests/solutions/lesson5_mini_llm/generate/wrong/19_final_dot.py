# misconception: final_dot_kept
# why: appends before it looks whether to stop
def generate(params, start=".", temperature=1.0, max_len=15):
    ids = [char_to_id[letter] for letter in start]
    for _ in range(max_len):
        probs = forward_llm(ids[-CONTEXT:], params)
        probs = apply_temperature(probs, temperature)
        next_id = random.choices(range(VOCAB_SIZE), weights=probs)[0]
        ids.append(next_id)
        if next_id == 0:
            break
    return "".join(id_to_char[i] for i in ids[1:])
