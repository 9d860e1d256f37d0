# style: an instance of a class with __call__
class Softmax:
    def shift(self, scores):
        top = max(scores)
        return [s - top for s in scores]

    def __call__(self, scores):
        exps = [math.exp(s) for s in self.shift(scores)]
        return [e / sum(exps) for e in exps]


softmax = Softmax()
