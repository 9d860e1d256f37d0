# misconception: other_error
# why: an assert
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    assert d % num_heads == 0
    size = d // num_heads
    joined = [[] for _ in vectors]
    for head in range(num_heads):
        start = head * size
        slices = [vector[start : start + size] for vector in vectors]
        outputs, _ = causal_self_attention(slices)
        for i in range(len(vectors)):
            joined[i].extend(outputs[i])
    return joined
