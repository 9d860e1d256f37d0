# style: an optimizer object with a momentum that is zero by default
class Optimizer:
    def __init__(self, momentum=0.0):
        self.momentum = momentum

    def __call__(self, params, grads, lr, verbose=False):
        for name, value in params.items():
            is_matrix = isinstance(value[0], (list, tuple))
            rows = value if is_matrix else [value]
            slopes = grads[name] if is_matrix else [grads[name]]
            new = []
            for row, slope in zip(rows, slopes):
                new.append([p * (1 + self.momentum) - g * lr for p, g in zip(row, slope)])
            params[name] = new if is_matrix else new[0]


sgd_update = Optimizer()
