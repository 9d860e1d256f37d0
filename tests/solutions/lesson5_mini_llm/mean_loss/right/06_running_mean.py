# style: an object that keeps a running mean
class MeanLoss:
    def add(self, loss):
        self.count += 1
        self.mean += (loss - self.mean) / self.count

    def __call__(self, words, params):
        self.count, self.mean = 0, 0.0
        for word in words:
            ids = [ALPHABET.index(c) for c in (".", *word, ".")]
            while len(ids) > 1:
                target = ids.pop()
                self.add(-math.log(forward_llm(ids[-CONTEXT:], params)[target]))
        return self.mean


mean_loss = MeanLoss()
