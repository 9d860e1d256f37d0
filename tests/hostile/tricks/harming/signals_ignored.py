# trick: ignores and blocks every signal
# with the right answer: any
# ends: time
# limits: cell_seconds=1
# %% wrap
import signal
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
while True:
    time.sleep(1)
