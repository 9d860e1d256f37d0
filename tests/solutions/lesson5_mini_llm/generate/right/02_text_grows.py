# style: letters in a string, the powers written out, no apply_temperature
def generate(params, start=".", temperature=1.0, max_len=15):
    text = start
    while len(text) < len(start) + max_len:
        probs = forward_llm([char_to_id[c] for c in text[-8:]], params)
        weights = [p ** (1 / temperature) for p in probs]
        letter = random.choices(ALPHABET, weights)[0]
        if letter == ".":
            return text[1:]
        text += letter
    return text[1:]
