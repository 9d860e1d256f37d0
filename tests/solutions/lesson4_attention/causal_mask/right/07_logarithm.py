# style: a logarithm of ones and zeros; minus zero is zero
def causal_mask(n):
    def log(x):
        return -0.0 if x else -math.inf

    return [list(map(log, [j <= i for j in range(n)])) for i in range(n)]
