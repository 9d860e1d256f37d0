# trick: reads all of its own memory and that of every process it can see
# limits: cell_seconds=12 submission_seconds=30
# with the right answer: full
# %% wrap
import codecs
import os

wanted = [codecs.decode(x, "rot13").encode() for x in TREASURES]
canary = bytes(bytearray(b"canary-") + os.urandom(4).hex().encode())
hits = 0
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        maps = open(f"/proc/{process}/maps").read().splitlines()
        memory = open(f"/proc/{process}/mem", "rb", 0)
    except OSError:
        continue
    for line in maps:
        span, rights, *_, name = (line + " -").split(" ", 5)[0:2] + [line[73:]]
        if "rw" not in rights or name.startswith(("[v", "/dev")):
            continue
        low, high = (int(x, 16) for x in span.split("-"))
        for start in range(low, high, 16 << 20):
            try:
                block = os.pread(memory.fileno(), min(16 << 20, high - start), start)
            except (OSError, OverflowError):
                break
            hits += canary in block
            for w in wanted:
                at = block.find(w)
                # our own copies of what we look for are no theft
                if at >= 0 and os.getpid() != int(process):
                    STOLEN.append((process, w))
                elif at >= 0 and block[at : at + 80].startswith(w + b", -inf above"):
                    STOLEN.append((process, block[at : at + 80]))
            del block
if hits:
    print("SEARCHED")
