# misconception: bias_many_times
# why: adds the bias at each number
def forward(context, W, b):
    scores = [0.0] * len(b)
    for i in range(len(context)):
        for j in range(len(scores)):
            scores[j] += context[i] * W[i][j] + b[j]
    return scores
