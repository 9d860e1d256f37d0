# trick: 200 MB written to the raw descriptors 1 and 2
# with the right answer: any
# %% wrap
import os

for _ in range(100):
    for fd in (0, 1, 2):
        try:
            os.write(fd, bytes(1 << 20))
        except OSError:
            pass
