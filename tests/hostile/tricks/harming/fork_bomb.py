# trick: a fork bomb
# limits: processes=64 cell_seconds=2 submission_seconds=5
# with the right answer: any
# %% wrap
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
