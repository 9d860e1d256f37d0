# trick: objects, bytes and files that run code when somebody unpickles or loads them
# with the right answer: lost
# %% wrap
import io
import pickle


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/autoregrade-hostile-pickle", "w"))


class Loaded(torch.Tensor):
    def __reduce_ex__(self, protocol):
        return (open, ("/tmp/autoregrade-hostile-pickle", "w"))


def create_causal_mask(n):
    stream = io.BytesIO()
    torch.save({"mask": Evil()}, stream)
    return [Evil(), pickle.dumps(Evil()), stream.getvalue(), torch.zeros(n, n).as_subclass(Loaded)][n % 4]
