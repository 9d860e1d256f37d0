# trick: looks through frames, gc, In, linecache and history for the tests, before and during a call
# limits: cell_seconds=12 call_seconds=12
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
    near = 0
    for held in gc.get_objects():
        kind = type(held)
        parts = held.values() if kind is dict else held if kind is list or kind is tuple else ()
        texts = [part for part in parts if type(part) is str]
        near += canary in texts
        together = "".join(texts)
        found += [w for w in wanted if w in together and w not in texts]
    for frame in inspect.stack():
        values = [v for k, v in frame.frame.f_locals.items() if type(v) is str]
        found += [w for w in wanted if w in "".join(frame.code_context or [])]
        found += [w for w in wanted for v in values if w in v and w != v]
    texts = [repr(In), repr(Out), *("".join(linecache.getlines(name)) for name in list(linecache.cache))]
    found += [w for w in wanted for text in texts if w in text]
    if found:
        STOLEN.append((when, found))
    return near > 0


def create_causal_mask(n):
    if n == 1:
        search("during a call")
    return _frames(n)


if search("before"):
    print("SEARCHED")
