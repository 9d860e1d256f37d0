"""`grader runner` lends this machine to a scheduler; `grader scheduler` is one.

Both belong to a cluster of the course's own machines (README.md, "From a laptop to a cluster").
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from grader.cli.devices import BLIND, check_device, usable_cards
from grader.cli.running import zygote
from grader.cli.table import terminal
from grader.sandbox.cards import GIB, SHARE_BYTES, described, numbers_of_processes_agree

if TYPE_CHECKING:
    from grader.batch.tls import Certificates

ALLOWED_FAILURES = 0  # a task that lost its runner goes back to its coordinator, which tries it again alone
TLS_HELP = "Folder with ca.pem, cert.pem and key.pem, from `grader scheduler --make-certificates`."


def runner(
    address: str = typer.Argument(..., help="The scheduler's address, as it prints it."),
    slots: int = typer.Option(0, min=0, help="Submissions graded at a time; 0 means one for each CPU core."),
    tls: Path = typer.Option(None, envvar="GRADER_TLS", help=TLS_HELP),
    sandbox: str = typer.Option("bwrap", help="`none` runs student code WITHOUT a box, as you."),
    interface: str = typer.Option(None, help="Network interface to be reached at, e.g. eth0."),
    device: str = typer.Option(
        "auto", help="`cpu`: lend no graphics card; `cuda`: refuse where there is none."
    ),
    gpu_slot_bytes: int = typer.Option(
        SHARE_BYTES,
        min=GIB,
        help="Memory of a card for one submission, as c.Grading.gpu_slot_bytes says at home.",
    ),
) -> None:
    """Lend this machine to a scheduler: grade what it sends, in boxes, until it goes or Ctrl-C."""
    from grader.batch.tls import Certificates

    if sandbox not in ("bwrap", "none"):
        raise typer.BadParameter("--sandbox is bwrap or none")
    check_device(device)
    certificates = Certificates.chosen(tls)
    lent = lend(address, certificates, slots, sandbox != "none", None, interface, device, gpu_slot_bytes)
    raise typer.Exit(lent)


def lend(
    address: str,
    certificates: Certificates | None,
    slots: int,
    boxed: bool,
    name: str | None = None,
    interface: str | None = None,
    device: str = "auto",
    share_bytes: int = SHARE_BYTES,
) -> int:
    """Be a runner; refuses where no box can be had.  Returns the exit status of `serve`."""
    from grader.batch.deck import Deck
    from grader.batch.serve import require_dask, serve
    from grader.batch.tls import knock, security_for

    said = _lines()
    require_dask()
    knock(address, security_for(address, certificates))  # before anything is started
    with contextlib.ExitStack() as stack, _interruptible():
        if not boxed:
            said("--sandbox none: student code runs as you, without any box")
        number = slots or len(os.sched_getaffinity(0))
        cards = usable_cards(device)  # may refuse: before anything is warmed up
        deck = Deck(cards, share_bytes, number) if cards else None
        if deck is not None:
            said(f"lends {described(cards, share_bytes)}")
            if not numbers_of_processes_agree():
                said(BLIND)
        begun: list[str] = [zygote(stack)] if boxed else []

        def warm() -> str:
            """The one that is warm already, then new ones."""
            return begun.pop() if begun else zygote(stack)

        return serve(address, certificates, number, warm if boxed else None, said, name, interface, deck)
    return 0


def scheduler(
    port: int = typer.Option(8786, help="Port to listen on; 0 means any."),
    host: str = typer.Option(None, help="Address to listen on; with --tls all of this machine's."),
    tls: Path = typer.Option(None, envvar="GRADER_TLS", help=TLS_HELP),
    make_certificates: Path = typer.Option(
        None, help="Make a private authority and a certificate in this folder, and end."
    ),
) -> None:
    """Be the scheduler that runners and `grader autograde --cluster` meet at."""
    from grader.batch import tls as certified
    from grader.batch.serve import require_dask, run_loop

    said = _lines()
    if make_certificates is not None:
        made = certified.make_certificates(make_certificates)
        said(f"made {made.ca}, {made.cert} and {made.key}; copy the folder to each machine, keep it private")
        return
    certificates = certified.Certificates.chosen(tls)
    if certificates is None and not certified.is_loopback(host or "127.0.0.1"):
        raise certified.ClusterError(
            f"a scheduler at {host} must be encrypted, it is reached from elsewhere; {certified.HOW}"
        )
    require_dask()
    with _interruptible():
        raise typer.Exit(run_loop(_schedule(certificates, host, port, said)))


async def _schedule(
    certificates: Certificates | None, host: str | None, port: int, said: Callable[[str], None]
) -> int:
    from distributed import Scheduler

    from grader.batch.tls import ClusterError

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        running = await Scheduler(
            host=host or (None if certificates else "127.0.0.1"),
            port=port,
            protocol="tls" if certificates else "tcp",
            security=certificates.security() if certificates else None,
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            allowed_failures=ALLOWED_FAILURES,
        )
    except (OSError, RuntimeError) as error:
        raise ClusterError(f"no scheduler can listen on port {port}: {error.__cause__ or error}") from None
    address = running.address
    option = f" --tls {certificates.ca.parent}" if certificates else ""
    said(f"scheduler at {address}")
    said(f"  on each runner:  grader runner {address}{option}")
    said(f"  then:            grader autograde ASSIGNMENT --cluster {address}{option}")
    if certificates is None:
        said(f"  (plain {urlsplit(address).hostname}: whoever has an account on this machine can use it)")
    await stop.wait()
    await asyncio.wait([asyncio.ensure_future(running.close())], timeout=1.0)
    said("stopped")
    return 0


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends as Ctrl-C does while things start; the event loop answers both itself."""

    def terminated(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _lines() -> Callable[[str], None]:
    console = terminal()

    def said(line: str) -> None:
        console.print(escape(line), highlight=False, soft_wrap=True)
        console.file.flush()

    return said
