# misconception: not_split
# why: one head on the whole vectors
def multi_head_attention(vectors, num_heads):
    if len(vectors[0]) % num_heads != 0:
        raise ValueError("d is not a multiple of num_heads")
    outputs, _ = causal_self_attention(vectors)
    return outputs
