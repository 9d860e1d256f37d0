# misconception: bias_changed
# why: scores is b itself
def forward(context, W, b):
    scores = b
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
    return scores
