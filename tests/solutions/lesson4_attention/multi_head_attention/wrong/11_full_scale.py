# misconception: full_scale
# why: divides by sqrt(d) of the whole vector
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads != 0:
        raise ValueError("d is not a multiple of num_heads")
    size = d // num_heads
    joined = [[] for _ in vectors]
    for head in range(num_heads):
        start = head * size
        slices = [vector[start : start + size] for vector in vectors]
        outputs = []
        for i, query in enumerate(slices):
            scores = [dot(query, slices[j]) / math.sqrt(d) for j in range(i + 1)]
            weights = softmax(scores)
            outputs.append([sum(w * v[k] for w, v in zip(weights, slices)) for k in range(size)])
        for i in range(len(vectors)):
            joined[i].extend(outputs[i])
    return joined
