# misconception: argument_changed
# why: each head takes its numbers out of the vectors, which end up empty
def multi_head_attention(vectors, num_heads):
    d = len(vectors[0])
    if d % num_heads != 0:
        raise ValueError("the vectors cannot be cut into equal slices")
    size = d // num_heads
    joined = [[] for _ in vectors]
    for _ in range(num_heads):
        part = [[vector.pop(0) for _ in range(size)] for vector in vectors]
        outputs, _ = causal_self_attention(part)
        joined = [row + output for row, output in zip(joined, outputs)]
    return joined
