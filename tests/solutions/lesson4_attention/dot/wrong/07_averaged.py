# misconception: averaged
# why: divides by the length
def dot(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total / len(a)
