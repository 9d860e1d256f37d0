# style: the warper of transformers
from transformers import TopKLogitsWarper


def top_k_filter(logits, k):
    return TopKLogitsWarper(top_k=k)(None, logits.unsqueeze(0)).squeeze(0)
