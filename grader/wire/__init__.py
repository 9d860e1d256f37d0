"""The wire between a hidden test and the student's process: values, and nothing but values.

`codec` turns values into bytes and back, `frames` moves them over a socket.  Both ends use
this package, so it imports nothing of grader; NumPy and PyTorch only where already loaded.
"""

from grader.wire.codec import Handle, Stub, WireError, decode, encode

__all__ = ["Handle", "Stub", "WireError", "decode", "encode"]
