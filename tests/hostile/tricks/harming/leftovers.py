# trick: processes, sockets, mounts, files and links to stay behind
# with the right answer: full
# %% wrap
import ctypes
import os
import socket
import subprocess
import time

libc = ctypes.CDLL(None)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(1)
            time.sleep(600)
        os._exit(0)
daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
listeners = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for number, listener in enumerate(listeners):
    for path in (f"/tmp/left{number}", f"\0left{number}"):
        try:
            listener.bind(path)
        except OSError:
            pass
for target in HOST_PATHS:
    for name in ("link", "/tmp/link", "/dev/shm/link"):
        try:
            os.symlink(target, name + str(len(os.listdir("."))))
        except OSError:
            pass
libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
libc.unshare(0x10000000 | 0x00020000)
