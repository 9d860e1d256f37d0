# misconception: sizes_hard_coded
# why: 24 and 27 are written in the code
def forward(context, W, b):
    scores = list(b)
    for i in range(24):
        for j in range(27):
            scores[j] += context[i] * W[i][j]
    return scores
