# style: each call writes one letter and calls itself with a longer start
def generate(params, start=".", temperature=0.8, max_len=15):
    if max_len == 0:
        return start[1:]
    ids = [char_to_id[c] for c in start][-CONTEXT:]
    letter = random.choices(ALPHABET, weights=apply_temperature(forward_with_cache(ids, params)[0], temperature), k=1)[0]
    return start[1:] if letter == "." else generate(params, start + letter, temperature, max_len - 1)
