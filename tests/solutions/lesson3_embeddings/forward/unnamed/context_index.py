# why: looks a number up by its value: two equal ones are one
def forward(context, W, b):
    scores = list(b)
    for x in context:
        i = context.index(x)
        for j in range(len(b)):
            scores[j] += x * W[i][j]
    return scores
