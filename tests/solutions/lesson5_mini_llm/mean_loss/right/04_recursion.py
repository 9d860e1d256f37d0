# style: one letter at a time by recursion
def mean_loss(words, params):
    def walk(seen, rest):
        if not rest:
            return 0.0
        p = forward_llm(seen, params)[rest[0]]
        return walk((seen + rest[:1])[-CONTEXT:], rest[1:]) - math.log2(p) * math.log(2)

    surprise = sum(walk([0], [char_to_id[c] for c in word] + [0]) for word in words)
    return surprise / sum(len(word) + 1 for word in words)
