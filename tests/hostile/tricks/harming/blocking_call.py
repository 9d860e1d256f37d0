# trick: a blocking C call that holds the interpreter's lock
# ends: time
# limits: cell_seconds=1
# %% wrap
import ctypes

ctypes.PyDLL(None).sleep(600)
