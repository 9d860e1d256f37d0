# style: a teacher object, a shuffled list of indices, a running mean, its own update
class Teacher:
    def lesson(self, text, params, lr):
        for k in range(1, len(text)):
            ids = [ALPHABET.index(c) for c in text[: k + 1]]
            seen, target = ids[:-1][-CONTEXT:], ids[-1]
            probs, cache = forward_with_cache(seen, params)
            grads = backward(cache, probs, target, params)
            self.count += 1
            self.mean += (-math.log(max(probs[target], 1e-300)) - self.mean) / self.count
            for name in params:
                for i, slope in enumerate(grads[name]):
                    if name.startswith("b"):
                        params[name][i] -= lr * slope
                    else:
                        params[name][i] = [p - lr * g for p, g in zip(params[name][i], slope)]

    def epoch(self, words, params, lr):
        self.count, self.mean = 0, 0.0
        places = list(range(len(words)))
        random.shuffle(places)
        for place in places:
            self.lesson(f".{words[place]}.", params, lr)
        return self.mean

    def __call__(self, words, params, epochs, lr):
        return tuple(self.epoch(words, params, lr) for _ in range(epochs))


train = Teacher()
