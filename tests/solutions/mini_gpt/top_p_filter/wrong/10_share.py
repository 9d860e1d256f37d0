# misconception: share_of_the_vocabulary
# why: keeps a share p of the tokens
def top_p_filter(logits, p):
    kept = logits.argsort(descending=True)[: max(1, int(p * len(logits)))]
    result = torch.full_like(logits, float("-inf"))
    result[kept] = logits[kept]
    return result
