# trick: looks through frames, gc, In, linecache and history for the tests, before and during a call
# %% wrap
import codecs
import gc
import inspect
import linecache

_frames = create_causal_mask
canary = "a string " + "of our own"
wanted = [codecs.decode(x, "rot13") for x in TREASURES]


def search(when):
    found = []
    for held in gc.get_objects():
        for part in held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else ():
            if type(part) is str and part is not canary:
                found += [w for w in wanted if w in part]
    for frame in inspect.stack():
        lines = inspect.getsource(frame.frame) if "ipykernel" not in frame.filename else ""
        found += [w for w in wanted if w in lines or w in repr(frame.frame.f_locals)[:100000]]
    texts = [repr(In), repr(Out), *("".join(linecache.getlines(name)) for name in list(linecache.cache))]
    found += [w for w in wanted for text in texts if w in text]
    if found:
        STOLEN.append((when, found))
    return any(canary in (d.values() if isinstance(d, dict) else ()) for d in gc.get_objects() if isinstance(d, dict) and "canary" in d)


def create_causal_mask(n):
    if n == 1:
        search("during a call")
    return _frames(n)


if search("before"):
    print("SEARCHED")
# %% after
search("after")
