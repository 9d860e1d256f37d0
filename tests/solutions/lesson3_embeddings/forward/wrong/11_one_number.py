# misconception: one_number
# why: adds up everything
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
    return sum(scores)
