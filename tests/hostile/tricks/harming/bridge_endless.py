# trick: a frame that never ends, byte by byte
# with the right answer: any
# limits: call_seconds=1
# %% before
import msgpack
from grader.inside import probe

_send, _decode, seen = probe.send_frame, probe.decode, {}


def remember(*args, **kwargs):
    value = _decode(*args, **kwargs)
    if isinstance(value, dict) and "op" in value:
        seen.update(value)
    return value


def reply(outcomes, buffers=(), sock=None, ticket=None):
    """Send these msgpack nodes as the outcomes of the request at hand."""
    tree = ["d", [["id", ticket or seen["id"]], ["outcomes", ["l", *[outcomes[i : i + 1999] for i in range(0, len(outcomes), 1999)]]]]]
    _send(sock, msgpack.packb(tree, unicode_errors="surrogatepass"), list(buffers))


probe.decode = remember


import time


def drip(sock, *frame):
    sock.sendall(b"ARG1" + (1 << 20).to_bytes(4, "little") + bytes(4))
    while True:
        try:
            sock.sendall(b"\xc0")
            time.sleep(0.05)
        except KeyboardInterrupt:
            pass


probe.send_frame = drip
