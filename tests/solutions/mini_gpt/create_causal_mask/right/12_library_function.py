# style: PyTorch's own mask, from nn.Transformer
def create_causal_mask(seq_len):
    return nn.Transformer.generate_square_subsequent_mask(seq_len)
