# misconception: bias_subtracted
# why: subtracts the bias
def forward(context, W, b):
    scores = [-x for x in b]
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
    return scores
