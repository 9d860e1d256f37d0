# style: the columns of W by zip(*W); a tuple
def forward(context, W, b):
    columns = zip(*W)
    return tuple(bias + sum(x * w for x, w in zip(context, column)) for bias, column in zip(b, columns))
