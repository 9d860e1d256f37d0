# style: an object that divides each power by each of the others
class Temperature:
    def __call__(self, probs, temperature):
        self.exponent = 1 / temperature
        return [self.share(p, probs) for p in probs]

    def share(self, p, probs):
        if p == 0:
            return 0
        return 1 / sum((other / p) ** self.exponent for other in probs)


apply_temperature = Temperature()
