# misconception: never_empty
# why: draws again where the first letter is the dot
def generate(params, start=".", temperature=1.0, max_len=15):
    ids = [char_to_id[letter] for letter in start]
    for _ in range(max_len):
        probs = forward_llm(ids[-CONTEXT:], params)
        weights = [p ** (1 / temperature) for p in probs]
        next_id = random.choices(range(VOCAB_SIZE), weights=weights)[0]
        tries = 0
        while next_id == 0 and len(ids) == len(start) and tries < 100:
            next_id = random.choices(range(VOCAB_SIZE), weights=weights)[0]
            tries += 1
        if next_id == 0:
            break
        ids.append(next_id)
    return "".join(id_to_char[i] for i in ids[1:])
