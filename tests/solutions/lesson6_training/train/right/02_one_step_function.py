# style: a helper for one step, a running total, one copy shuffled again and again
def one_step(seen, target, params, lr):
    probs, cache = forward_with_cache(seen, params)
    sgd_update(params, backward(cache, probs, target, params), lr)
    return -math.log(probs[target] + 1e-10)


def train(words, params, epochs, lr):
    pile, history = [w for w in words], []
    for _ in range(epochs):
        random.shuffle(pile)
        total = count = 0
        for word in pile:
            seen = [0]
            for target in [char_to_id[c] for c in word] + [0]:
                total += one_step(seen[-8:], target, params, lr)
                count += 1
                seen.append(target)
        history.append(total / count)
    return history
