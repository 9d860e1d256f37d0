# style: numbers that remember how they were made: a tiny autograd; the cache holds them
class Number:
    __slots__ = ("value", "parents", "slope")

    def __init__(self, value, parents=()):
        self.value, self.parents, self.slope = value, parents, 0.0


def weighted_sum(a, b):
    """Sum of products as one node."""
    return Number(
        sum(x.value * y.value for x, y in zip(a, b)),
        tuple((x, y.value) for x, y in zip(a, b)) + tuple((y, x.value) for x, y in zip(a, b)),
    )


def plus(*numbers):
    return Number(sum(n.value for n in numbers), tuple((n, 1.0) for n in numbers))


def forward_with_cache(ids, params):
    leaves = {
        name: [Number(v) for v in value] if name in ("b1", "b2") else [[Number(v) for v in row] for row in value]
        for name, value in params.items()
    }

    def times(name, x):
        return [weighted_sum(row, x) for row in leaves[name]]

    xs = [[plus(a, b) for a, b in zip(leaves["tok_emb"][i], leaves["pos_emb"][t])] for t, i in enumerate(ids)]
    query = times("Wq", xs[-1])
    quarter = Number(1 / math.sqrt(EMBED_DIM))
    scores = [weighted_sum([weighted_sum(query, times("Wk", x))], [quarter]) for x in xs]
    shares = softmax([s.value for s in scores])
    weights = [
        Number(w, tuple((s, w * ((t == u) - shares[u])) for u, s in enumerate(scores))) for t, w in enumerate(shares)
    ]
    values = [times("Wv", x) for x in xs]
    x = [plus(a, weighted_sum(weights, column)) for a, column in zip(xs[-1], zip(*values))]
    hidden = []
    for z, b in zip(times("W1", x), leaves["b1"]):
        z = plus(z, b)
        hidden.append(Number(z.value, ((z, 1.0),)) if z.value > 0 else Number(0.0))
    x = [plus(a, z, b) for a, z, b in zip(x, times("W2", hidden), leaves["b2"])]
    logits = times("W_out", x)
    return softmax([z.value for z in logits]), (leaves, logits)


def backward(cache, probs, target, params):
    leaves, logits = cache
    order, seen = [], set()

    def visit(number):
        stack = [(number, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((parent, False) for parent, _ in node.parents)

    for z in logits:
        visit(z)
    for node in order:
        node.slope = 0.0
    for i, z in enumerate(logits):
        z.slope = probs[i] - (i == target)
    for node in reversed(order):
        for parent, slope in node.parents:
            parent.slope += slope * node.slope
    return {
        name: [n.slope for n in value] if name in ("b1", "b2") else [[n.slope for n in row] for row in value]
        for name, value in leaves.items()
    }
