"""A PostgreSQL server of one's own, from the distribution's packages, on a private socket."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


def programs() -> Path | None:
    """Folder of PostgreSQL's programs, the newest where there are several; None where it is not installed."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parent.parent.name)
    )
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A running server with an empty database, gone with its files at the end."""
    bin_folder = programs()
    assert bin_folder is not None
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:  # short: a socket's path is bounded
        made = Server(bin_folder, Path(folder))
        made.create()
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


class Server:
    """A PostgreSQL server.

    Parameters
    ----------
    bin_folder : Path
        With ``initdb`` and ``pg_ctl``.
    folder : Path
        For its files and its socket.
    """

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self.bin_folder, self.folder = bin_folder, folder
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.prefix: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = "postgres"
            self.prefix = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        folder.chmod(0o755)

    @property
    def url(self) -> str:
        """For ``c.CourseDirectory.db_url``."""
        return f"postgresql+psycopg://{self.user}@/gradebook?host={self.folder}"

    def create(self) -> None:
        """Make the cluster; whoever reaches the private socket may connect."""
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", self.user, "-E", "UTF8", "-N"
        )

    def start(self) -> None:
        """Start it and make the database where there is none."""
        options = f"-c listen_addresses='' -k {self.folder} -c unix_socket_permissions=0777"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("createdb", "-h", str(self.folder), "-U", self.user, "gradebook")

    def stop(self, how: str = "fast") -> None:
        """Stop it; ``immediate`` is as good as a crash."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.bin_folder / program), *arguments]
        subprocess.run(
            command,
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
