# misconception: context_ignored
# why: adds the weights alone
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += W[i][j]
    return scores
