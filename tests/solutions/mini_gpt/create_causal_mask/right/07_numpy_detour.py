# style: built with NumPy, handed over as a float32 tensor
import numpy as np


def create_causal_mask(seq_len):
    future = np.triu(np.ones((seq_len, seq_len), dtype=bool), k=1)
    mask = np.zeros((seq_len, seq_len), dtype=np.float32)
    mask[future] = -np.inf
    return torch.from_numpy(mask)
