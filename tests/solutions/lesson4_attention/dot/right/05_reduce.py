# style: functools.reduce
from functools import reduce


def dot(a, b):
    return reduce(lambda total, pair: total + pair[0] * pair[1], zip(a, b), 0)
