# style: map with operator.mul, exact sum
import operator


def dot(a, b):
    return math.fsum(map(operator.mul, a, b))
