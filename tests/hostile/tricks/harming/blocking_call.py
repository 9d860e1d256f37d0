# trick: a C call that holds the interpreter's lock and that no signal interrupts
# with the right answer: any
# ends: time
# limits: cell_seconds=1
# %% wrap
import ctypes

libc, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
libc.pthread_mutex_lock(mutex)
libc.pthread_mutex_lock(mutex)
