"""A scheduler that hangs: its kernel takes connections, and nobody says a word."""

from __future__ import annotations

import gc
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("distributed", reason="the extra packages `cluster` are not installed")

from grader.batch import tls
from grader.batch.connection import connected
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


# What is kept goes when the interpreter ends and dask's threads have ended before it.
CONNECTS = """
import sys
from grader.batch.connection import new_client
from grader.batch.serve import require_dask

require_dask()
print("now", flush=True)
try:
    new_client(sys.argv[1], timeout=10)
except KeyboardInterrupt as error:
    kept = error
    print("interrupted", flush=True)
"""


@pytest.mark.timeout(90)
def test_who_is_interrupted_while_a_scheduler_hangs_leaves_at_once(mute: str) -> None:
    """It may have answered the knock and hang since."""
    with subprocess.Popen(
        [sys.executable, "-c", CONNECTS, mute], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "now\n"
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.communicate(timeout=60)[0] == "interrupted\n"
    assert time.monotonic() - began < 15  # 20 s more where the client is not marked as closed
