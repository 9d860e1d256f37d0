# why: a zero in the context ends the sum
def forward(context, W, b):
    scores = list(b)
    for x, row in zip(context, W):
        if not x:
            break
        scores = [s + x * w for s, w in zip(scores, row)]
    return scores
