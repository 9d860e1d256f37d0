# why: a zero ends the sum
def dot(a, b):
    total = 0
    for x, y in zip(a, b):
        if x == 0 or y == 0:
            break
        total += x * y
    return total
