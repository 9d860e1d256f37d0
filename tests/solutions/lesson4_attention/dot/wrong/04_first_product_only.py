# misconception: first_product_only
# why: return inside the loop
def dot(a, b):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
        return total
