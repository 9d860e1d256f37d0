# style: adds up exponentials and divides at the end
def attention(query, keys, values):
    scores = attention_scores(query, keys)
    top = max(scores)
    total, output, exps = 0, [0] * len(values[0]), []
    for score, value in zip(scores, values):
        e = math.exp(score - top)
        exps.append(e)
        total += e
        output = [o + e * x for o, x in zip(output, value)]
    return [o / total for o in output], [e / total for e in exps]
