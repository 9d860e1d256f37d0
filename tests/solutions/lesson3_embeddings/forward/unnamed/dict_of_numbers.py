# why: a number is the key of its row: of two equal ones the first is lost
def forward(context, W, b):
    votes = {x: row for x, row in zip(context, W)}
    return [bj + sum(x * row[j] for x, row in votes.items()) for j, bj in enumerate(b)]
