# trick: the tested function ignores its interrupt
# with the right answer: lost
# limits: call_seconds=1
# %% wrap
def create_causal_mask(n):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
