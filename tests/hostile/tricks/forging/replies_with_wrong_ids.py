# trick: replies with a wrong id, before they were asked for
# with the right answer: lost
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


def wrong_id(sock, *frame):
    reply([["d", [["ok", None], ["type", "NoneType"]]]], sock=sock, ticket="0" * 32)
    _send(sock, *frame)


probe.send_frame = wrong_id
