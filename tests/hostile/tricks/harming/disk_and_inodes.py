# trick: fills the disk, with large files and with a hundred thousand empty ones
# limits: disk_bytes=16777216 shm_bytes=8388608 cell_seconds=4
# with the right answer: full
# %% wrap
import itertools
import os
import time

until = time.monotonic() + 2
for folder in ("/home/student", "/tmp", "/dev/shm", "/var/tmp", "/run", "/"):
    try:
        for number in itertools.count():
            os.close(os.open(f"{folder}/empty{number}", os.O_CREAT))
            if time.monotonic() > until or number > 100000:
                break
        with open(f"{folder}/big", "wb") as file:
            while time.monotonic() < until:
                file.write(bytes(1 << 20))
    except OSError:
        pass
for folder in ("/home/student", "/tmp", "/dev/shm"):
    for name in os.listdir(folder):
        if name.startswith(("empty", "big")):
            os.unlink(f"{folder}/{name}")
