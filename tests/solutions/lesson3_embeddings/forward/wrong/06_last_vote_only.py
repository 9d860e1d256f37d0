# misconception: last_vote_only
# why: = for +=
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] = b[j] + context[i] * W[i][j]
    return scores
