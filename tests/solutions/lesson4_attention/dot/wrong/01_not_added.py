# misconception: not_added
# why: returns the list of products
def dot(a, b):
    return [x * y for x, y in zip(a, b)]
