# misconception: nothing_returned
# why: no return
def forward(context, W, b):
    scores = list(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j]
