# why: the default temperature of lesson 6
def generate(params, start=".", temperature=0.8, max_len=15):
    ids = [char_to_id[c] for c in start]
    for _ in range(max_len):
        probs = forward_llm(ids[-CONTEXT:], params)
        probs = [p ** (1 / temperature) for p in probs]
        i = random.choices(range(27), probs)[0]
        if i == 0:
            break
        ids.append(i)
    return "".join(ALPHABET[i] for i in ids[1:])
