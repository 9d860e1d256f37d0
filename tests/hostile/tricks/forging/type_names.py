# trick: type names that would become attribute or module names
# %% wrap
class Named(torch.Tensor):
    pass


Named.__module__, Named.__qualname__, Named.__name__ = "os", "system('touch /tmp/autoregrade-hostile-name')", "__class__"
_named = create_causal_mask


def create_causal_mask(n):
    return _named(n).as_subclass(Named)
