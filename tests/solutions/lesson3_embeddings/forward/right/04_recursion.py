# style: recursion over the numbers of the context, helper function
def add_row(scores, x, row):
    return [s + x * w for s, w in zip(scores, row)]


def forward(context, W, b):
    if not context:
        return [*b]
    return add_row(forward(context[:-1], W[:-1], b), context[-1], W[-1])
