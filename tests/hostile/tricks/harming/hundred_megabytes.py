# trick: one message of 100 MB, and one of 300 parts of 19 MB each
# with the right answer: any
# ends: died
# %% wrap
from ipykernel.kernelapp import IPKernelApp

socket = IPKernelApp.instance().kernel.iopub_socket
socket = socket.io_thread.socket
part = b"x" * (19 << 20)
for _ in range(20):
    socket.send_multipart([part] * 300, copy=False)
socket.send(b"x" * (100 << 20))
raise SystemExit
