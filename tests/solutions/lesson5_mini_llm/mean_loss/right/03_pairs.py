# style: all riddles first, in one comprehension, then one precise sum
def mean_loss(words, params):
    texts = [f".{word}." for word in words]
    riddles = [(text[max(0, k - 8):k], text[k]) for text in texts for k in range(1, len(text))]
    surprises = [
        math.log(1 / forward_llm(tuple(char_to_id[c] for c in seen), params)[char_to_id[target]])
        for seen, target in riddles
    ]
    return math.fsum(surprises) / len(surprises)
