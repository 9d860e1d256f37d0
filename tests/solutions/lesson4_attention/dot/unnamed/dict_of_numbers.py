# why: a number is the key of its partner: of two equal ones the first is lost
def dot(a, b):
    return sum(x * y for x, y in dict(zip(a, b)).items())
