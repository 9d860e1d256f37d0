# style: recursion on the first numbers
def dot(a, b, start=0):
    if start == len(a):
        return 0
    return a[start] * b[start] + dot(a, b, start + 1)
