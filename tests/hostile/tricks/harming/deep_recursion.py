# trick: recursion without a limit
# with the right answer: any
# %% wrap
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x") + self.other


def down(n):
    return [down(n + 1), repr(n)]


down(0)
