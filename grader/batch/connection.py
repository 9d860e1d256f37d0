"""A client's connection to a dask scheduler: made with certificates, left within seconds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from grader.batch.serve import require_dask
from grader.batch.tls import ANSWER, Certificates, ClusterError, knock, security_for

if TYPE_CHECKING:
    from distributed import Client

LEAVE = 1.0  # seconds


@contextlib.contextmanager
def connected(address: str, certificates: Certificates | None) -> Iterator[Client]:
    """A client of a running scheduler.

    Parameters
    ----------
    address : str
        ``tls://host:port`` or ``tcp://127.0.0.1:port``.
    certificates : Certificates or None

    Raises
    ------
    ClusterError
        If nobody answers there, or not with a certificate of ours.
    """
    require_dask()
    security = security_for(address, certificates)
    knock(address, security)
    try:
        client = new_client(address, security=security, timeout=ANSWER, name="grader")
    except (OSError, TimeoutError) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        text = " ".join(str(cause).split())[:160] or type(cause).__name__
        raise ClusterError(f"no scheduler answers at {address} ({text})") from None
    try:
        yield client
    finally:
        leave(client)


def new_client(scheduler: Any, **settings: Any) -> Client:
    """A client of dask, or what went wrong with it, at once.

    One that did not come to be, or whose making was interrupted, would otherwise wait 20 s when it is collected.
    """
    from distributed import Client

    client = Client.__new__(Client)
    try:
        Client.__init__(client, scheduler, set_as_default=False, **settings)
    except BaseException:
        client.status = "closed"
        raise
    return client


def leave(client: Client) -> None:
    """Close a client, or leave it to itself: whatever its loop waits for, we do not.

    Dask's own `close` may wait 10 s for its loop after the time it is given, and 20 s once more when the client is
    collected.  What is left then are daemon threads, which end with the process.
    """

    def close() -> None:
        with contextlib.suppress(Exception):
            client.close(timeout=LEAVE)

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(LEAVE)
    client.status = "closed"
