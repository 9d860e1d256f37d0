# trick: endless output on stdout and stderr
# ends: output
# %% wrap
import sys

while True:
    print("x" * 10000, flush=True)
    print("y" * 10000, file=sys.stderr, flush=True)
