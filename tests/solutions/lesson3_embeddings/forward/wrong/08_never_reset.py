# misconception: never_reset
# why: one total for all letters
def forward(context, W, b):
    scores = []
    total = 0.0
    for j in range(len(b)):
        total += b[j]
        for i in range(len(context)):
            total += context[i] * W[i][j]
        scores.append(total)
    return scores
