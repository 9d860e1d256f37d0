# misconception: averaged
# why: divides by the length of the context
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j] / len(context)
    return scores
