# misconception: argument_changed
# why: keeps the products in the first list
def dot(a, b):
    for i in range(len(a)):
        a[i] *= b[i]
    return sum(a)
