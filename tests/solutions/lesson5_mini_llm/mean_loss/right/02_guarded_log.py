# style: running total, a count, and a guarded logarithm
def mean_loss(words, params):
    total, count = 0, 0
    for word in words:
        seen = [char_to_id["."]]
        for letter in word + ".":
            target = char_to_id[letter]
            total -= math.log(forward_llm(seen[-CONTEXT:], params)[target] + 1e-10)
            count += 1
            seen.append(target)
    return total / count
