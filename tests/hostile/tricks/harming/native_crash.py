# trick: a crash in native code
# ends: died
# %% wrap
import ctypes

ctypes.string_at(0)
