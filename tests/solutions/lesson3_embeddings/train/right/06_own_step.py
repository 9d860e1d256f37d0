# style: does everything itself, without calling the earlier functions
def train(words, embeddings, W, b, epochs, lr):
    history = []
    for _ in range(epochs):
        losses = []
        for word in words:
            ids = [0, 0, 0] + [char_to_id[c] for c in word] + [0]
            for t in range(3, len(ids)):
                x = [v for i in ids[t - 3 : t] for v in embeddings[i]]
                s = [b[j] + sum(x[i] * W[i][j] for i in range(len(x))) for j in range(len(b))]
                top = max(s)
                e = [math.exp(v - top) for v in s]
                p = [v / sum(e) for v in e]
                losses.append(-math.log(p[ids[t]]))
                p[ids[t]] -= 1
                for j in range(len(b)):
                    b[j] -= lr * p[j]
                    for i in range(len(x)):
                        W[i][j] -= lr * x[i] * p[j]
        history.append(sum(losses) / len(losses))
    return history
