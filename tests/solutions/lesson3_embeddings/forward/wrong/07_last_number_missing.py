# misconception: last_number_missing
# why: the range is one too short
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context) - 1):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
    return scores
