# style: the warper of transformers
def top_p_filter(logits, p):
    from transformers import TopPLogitsWarper

    return TopPLogitsWarper(top_p=p)(None, logits[None])[0]
