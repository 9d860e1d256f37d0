# style: everything in one function, position by position
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads != 0:
        raise ValueError("d % num_heads")
    size = d // num_heads
    result = []
    for i in range(len(vectors)):
        line = []
        for h in range(num_heads):
            cut = slice(h * size, (h + 1) * size)
            scores = [sum(x * y for x, y in zip(vectors[i][cut], vectors[j][cut])) for j in range(i + 1)]
            exps = [math.exp((s - max(scores)) / math.sqrt(size)) for s in scores]
            for k in range(*cut.indices(d)):
                line.append(sum(e * vectors[j][k] for j, e in enumerate(exps)) / sum(exps))
        result.append(line)
    return result
