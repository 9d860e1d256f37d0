# misconception: never_negative
# why: absolute values
def dot(a, b):
    total = 0.0
    for i in range(len(a)):
        total += abs(a[i] * b[i])
    return total
