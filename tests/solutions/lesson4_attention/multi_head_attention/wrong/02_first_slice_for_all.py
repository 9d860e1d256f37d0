# misconception: first_slice_for_all
# why: start is always 0
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads != 0:
        raise ValueError("d is not a multiple of num_heads")
    size = d // num_heads
    joined = [[] for _ in vectors]
    for head in range(num_heads):
        start = 0
        slices = [vector[start : start + size] for vector in vectors]
        outputs, _ = causal_self_attention(slices)
        for i in range(len(vectors)):
            joined[i].extend(outputs[i])
    return joined
