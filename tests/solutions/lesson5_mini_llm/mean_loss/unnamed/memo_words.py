# why: remembers a word's loss, whatever the parameters are by now
memo = {}


def mean_loss(words, params):
    total = n = 0
    for w in words:
        if w not in memo:
            ids = [char_to_id[c] for c in f".{w}."]
            memo[w] = sum(
                -math.log(forward_llm(ids[max(0, t - 8) : t], params)[ids[t]]) for t in range(1, len(ids))
            )
        total += memo[w]
        n += len(w) + 1
    return total / n
