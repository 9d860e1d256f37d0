# trick: memory that is nobody's heap: /dev/shm, memfd, shared maps, System V
# with the right answer: any
# %% wrap
import ctypes
import mmap
import os

libc = ctypes.CDLL(None)
for name in ("/dev/shm/big", "/tmp/big", "big"):
    try:
        with open(name, "wb") as file:
            for _ in range(400):
                file.write(bytes(1 << 20))
    except OSError:
        pass
for make in (lambda: os.memfd_create("x"), lambda: os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR)):
    try:
        os.ftruncate(fd := make(), 1 << 30)
        area = mmap.mmap(fd, 1 << 30)
        for at in range(0, 1 << 30, 4096):
            area[at] = 1
    except (OSError, ValueError):
        pass
try:
    area = mmap.mmap(-1, 1 << 30)
    for at in range(0, 1 << 30, 4096):
        area[at] = 1
except OSError:
    pass
for _ in range(100):
    libc.shmget(0, 64 << 20, 0o1600)
