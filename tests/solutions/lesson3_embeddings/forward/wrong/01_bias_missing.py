# misconception: bias_missing
# why: starts from zeros
def forward(context, W, b):
    scores = [0.0] * len(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
    return scores
