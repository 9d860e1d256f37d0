# misconception: nothing_returned
# why: prints the rows
def causal_mask(n):
    mask = []
    for row in range(n):
        line = []
        for column in range(n):
            if column <= row:
                line.append(0.0)
            else:
                line.append(float("-inf"))
        mask.append(line)
        print(line)
