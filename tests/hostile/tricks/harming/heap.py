# trick: memory on the heap until it ends
# ends: memory
# %% wrap
import time

blocks = []
try:
    while True:
        blocks.append(bytearray(16 << 20))
        time.sleep(0.005)
except MemoryError:
    time.sleep(10)
