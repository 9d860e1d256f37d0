"""Real boxes for these tests: one warm zygote for all, and a fixture that opens kernels in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.kernel_manager import SandboxKernelManager
from grader.sandbox.zygote import ADDRESS_VARIABLE, Zygote


@dataclass
class Answer:
    """What one cell did."""

    text: str = ""  # streams and plain-text results, in order
    error: str = ""  # name of the exception
    kinds: list[str] = field(default_factory=list)  # MIME types of displayed data
    interrupted: bool = False


class Session:
    """One kernel, driven synchronously as the engine drives it asynchronously."""

    def __init__(self, **settings: Any) -> None:
        self.env = {**os.environ, **settings.pop("env", {})}
        self.manager = SandboxKernelManager(**settings)
        self.loop = asyncio.new_event_loop()
        try:
            self.loop.run_until_complete(self._open())
        except BaseException:
            self.close()
            raise

    async def _open(self) -> None:
        self.client = None
        await self.manager.start_kernel(env=self.env)
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=30)

    @property
    def provisioner(self) -> Any:
        return self.manager.provisioner

    def run(self, code: str, seconds: float = 60, interrupt_after: float | None = None) -> Answer:
        """Run a cell; raise `TimeoutError` when it does not end, `RuntimeError` when the kernel dies."""
        return self.loop.run_until_complete(self._run(code, seconds, interrupt_after))

    async def _run(self, code: str, seconds: float, interrupt_after: float | None) -> Answer:
        answer = Answer()
        request = self.client.execute(code)
        start = self.loop.time()
        while True:
            if self.loop.time() - start > seconds:
                raise TimeoutError(code)
            if interrupt_after is not None and self.loop.time() - start > interrupt_after:
                interrupt_after, answer.interrupted = None, True
                await self.manager.interrupt_kernel()
            try:
                message = await self.client.get_iopub_msg(timeout=0.05)
            except Exception:
                if not await self.manager.is_alive():
                    raise RuntimeError(str(self.manager.death)) from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "stream":
                answer.text += content["text"]
            elif kind in ("execute_result", "display_data"):
                answer.text += content["data"].get("text/plain", "")
                answer.kinds += content["data"]
            elif kind == "error":
                answer.error = content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return answer

    def value(self, code: str, seconds: float = 60) -> str:
        """Text output of a cell that must not fail."""
        answer = self.run(code, seconds)
        assert not answer.error, (answer.error, answer.text)
        return answer.text.strip()

    def wait_for_death(self, seconds: float = 30) -> Any:
        """Wait until the kernel is dead; return why."""

        async def wait() -> None:
            while await self.manager.is_alive():
                await asyncio.sleep(0.02)

        self.loop.run_until_complete(asyncio.wait_for(wait(), seconds))
        return self.manager.death

    def close(self) -> None:
        async def end() -> None:
            if getattr(self, "client", None) is not None:
                self.client.stop_channels()
            if self.manager.provisioner is not None:
                await self.manager.shutdown_kernel(now=True)

        if not self.loop.is_closed():
            self.loop.run_until_complete(end())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()


@pytest.fixture(scope="session")
def temporary_folder() -> Iterator[Path]:
    """Where all temporary files of this process go, so that those of tests beside it are told apart."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def zygote(temporary_folder: Path) -> Iterator[Zygote]:
    with Zygote.start() as zygote:
        os.environ[ADDRESS_VARIABLE] = zygote.address
        yield zygote
        del os.environ[ADDRESS_VARIABLE]


@pytest.fixture
def open_session(zygote: Zygote) -> Iterator[Callable[..., Session]]:
    sessions: list[Session] = []

    def open_one(**settings: Any) -> Session:
        sessions.append(Session(**settings))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()


@pytest.fixture
def session(open_session: Callable[..., Session]) -> Session:
    """A kernel in a box with the default limits."""
    return open_session()
