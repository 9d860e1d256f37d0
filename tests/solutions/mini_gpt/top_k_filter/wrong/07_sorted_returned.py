# misconception: sorted_returned
# why: stays in sorted order
def top_k_filter(logits, k):
    ordered = logits.sort(descending=True).values
    ordered[k:] = float("-inf")
    return ordered
