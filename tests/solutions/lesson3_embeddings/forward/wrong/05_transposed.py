# misconception: transposed
# why: W[j][i]
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[j][i]
    return scores
