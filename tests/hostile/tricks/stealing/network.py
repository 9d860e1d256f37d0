# trick: reaches for the host over TCP, Unix sockets, abstract sockets, netlink, vsock, and for the zygote
# %% wrap
import glob
import socket

for family, address in (
    (socket.AF_INET, ("127.0.0.1", HOST_PORT)),
    (socket.AF_INET, ("10.0.2.2", HOST_PORT)),
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET, ("1.1.1.1", 53)),
    (socket.AF_UNIX, "\0" + HOST_SOCKET),
    (socket.AF_UNIX, "/run/dbus/system_bus_socket"),
    *((socket.AF_UNIX, path) for path in glob.glob("/run/**/*sock*", recursive=True)),
    *((socket.AF_UNIX, path) for path in glob.glob("/tmp/**/*sock*", recursive=True)),
):
    try:
        with socket.socket(family) as s:
            s.settimeout(0.3)
            s.connect(address)
            STOLEN.append(address)
    except OSError:
        pass
for family in (16, 17, 40, 38, 2):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        try:
            with socket.socket(family, kind) as s:
                if family == 2 and kind == socket.SOCK_DGRAM:
                    s.sendto(b"x", ("127.0.0.1", HOST_PORT))
                elif family != 16 and family != 2:
                    STOLEN.append((family, kind))
        except OSError:
            pass
with socket.socket() as ours:
    ours.bind(("127.0.0.1", 0))
print("SEARCHED")
