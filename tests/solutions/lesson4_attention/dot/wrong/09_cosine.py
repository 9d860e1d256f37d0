# misconception: cosine
# why: divides by the lengths of the vectors
def dot(a, b):
    total = sum(x * y for x, y in zip(a, b))
    return total / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b)))
