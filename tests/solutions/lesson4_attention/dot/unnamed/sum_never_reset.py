# why: a second call with the same vector adds to the first
memory = {}


def dot(a, b):
    key = tuple(a)
    memory[key] = memory.get(key, 0) + sum(x * y for x, y in zip(a, b))
    return memory[key]
