# why: a word that comes twice is counted once
def mean_loss(words, params):
    losses = []
    for w in set(words):
        ids = [char_to_id[c] for c in f".{w}."]
        losses += [-math.log(forward_llm(ids[max(0, t - 8) : t], params)[ids[t]]) for t in range(1, len(ids))]
    return sum(losses) / len(losses)
