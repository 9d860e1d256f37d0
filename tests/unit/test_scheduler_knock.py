"""A scheduler that hangs: its kernel takes connections, and nobody says a word."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

from distributed import Client

from grader.batch import tls
from grader.batch.connection import connected, new_client
from grader.batch.tls import ClusterError, knock


@pytest.fixture
def mute() -> Iterator[str]:
    """Address of a listener that nobody serves."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for long."""
    monkeypatch.setattr(tls, "ANSWER", 1.0)


@pytest.mark.timeout(60)
def test_a_scheduler_that_says_nothing_is_no_scheduler(mute: str) -> None:
    began = time.monotonic()
    with pytest.raises(ClusterError, match=rf"no scheduler answers at {mute} \(timed out\)"):
        with connected(mute, None):
            pass
    gc.collect()
    assert time.monotonic() - began < 10


def test_one_that_hangs_up_is_none_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        with pytest.raises(ClusterError, match=r"no scheduler answers at .* \(it hangs up\)"):
            knock(f"tcp://127.0.0.1:{listener.getsockname()[1]}", None)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_a_client_that_did_not_come_to_be_is_closed(
    trouble: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask would wait 20 s for it when it is collected."""
    made: list[Client] = []

    def interrupted(self: Client, *_: object, **__: object) -> None:
        self.status = "connecting"
        made.append(self)
        raise trouble

    monkeypatch.setattr(Client, "__init__", interrupted)
    with pytest.raises(trouble):
        new_client("tcp://127.0.0.1:9")
    assert [client.status for client in made] == ["closed"]
