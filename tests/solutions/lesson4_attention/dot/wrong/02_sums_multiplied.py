# misconception: sums_multiplied
# why: the product of the sums
def dot(a, b):
    return sum(a) * sum(b)
