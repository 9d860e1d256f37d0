# trick: forged, malformed and deeply nested messages on every Jupyter channel, signed with the session key
# with the right answer: any
# %% wrap
import json

from ipykernel.kernelapp import IPKernelApp

_app = IPKernelApp.instance()
_session, _kernel = _app.kernel.session, _app.kernel
nested = "[" * 50000 + "]" * 50000
wild = [
    {"status": "ok", "execution_count": 4.0, "score": 4.0},
    {"status": "aborted"},
    {"data": [1, 2], "metadata": 7, "execution_count": "<b>", "output_type": "execute_result"},
    {"name": "stderr", "text": {"a": 1}},
    [1, 2, 3],
    "content",
    None,
]
for channel in (_app.iopub_socket, _app.shell_socket, _app.control_socket, _app.stdin_socket):
    for kind in ("execute_reply", "execute_result", "status", "stream", "error", "update_display_data", "comm_open"):
        for content in wild:
            try:
                _session.send(channel, kind, content, parent=_kernel.get_parent(), ident=b"x")
            except Exception:
                pass
    header = json.dumps({"msg_id": "1", "msg_type": "stream", "date": "2026-13-77T99:99:99Z"}).encode()
    parts = [header, json.dumps(_kernel.get_parent()["header"]).encode(), b"{}", b'{"x": ' + nested.encode() + b"}"]
    for message in ([b"<IDS|MSG>", _session.sign(parts), *parts], [b"garbage"] * 3, [b""]):
        try:
            channel.send_multipart(message)
        except Exception:
            pass
