# style: an instance of a class with __call__
class Attention:
    def weigh(self, query, keys):
        return softmax(attention_scores(query, keys))

    def __call__(self, query, keys, values):
        weights = self.weigh(query, keys)
        size = range(len(values[0]))
        return [sum(weights[j] * values[j][k] for j in range(len(keys))) for k in size], weights


attention = Attention()
