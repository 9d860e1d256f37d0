# style: a running sum and one random number
def generate(params, start=".", temperature=1.0, max_len=15):
    ids = list(map(ALPHABET.index, start))
    new = 0
    while new < max_len:
        shares = apply_temperature(forward_llm(tuple(ids[-CONTEXT:]), params), temperature)
        arrow, total = random.random(), 0.0
        for chosen, share in enumerate(shares):
            total += share
            if arrow < total:
                break
        if chosen == char_to_id["."]:
            break
        ids += [chosen]
        new += 1
    return "".join(ALPHABET[i] for i in ids).lstrip(".")
