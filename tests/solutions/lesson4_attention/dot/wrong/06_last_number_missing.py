# misconception: last_number_missing
# why: the range is one too short
def dot(a, b):
    total = 0.0
    for i in range(len(a) - 1):
        total += a[i] * b[i]
    return total
