"""The run folder of a zygote.

``/run/autoregrade-…`` for root, below the user's runtime or temporary folder otherwise.  It holds the listening
socket, the layout, our copied modules and one folder of sockets a box.  Only its owner can reach the listening
socket.  Its owner keeps a lock on it; folders whose owner was killed are removed by the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from grader.sandbox import cgroup


def make_run_folder(root: bool) -> tuple[Path, int]:
    """Make a private folder with a short path, and lock it; remove folders that nobody holds any more."""
    candidates = ["/run"] if root else [os.environ.get("XDG_RUNTIME_DIR", "")]
    candidates += [tempfile.gettempdir(), "/tmp"]
    # socket paths end at 107 characters; a box adds about 60
    parent = next(
        path for path in candidates if path and len(path) < 45 and os.access(path, os.W_OK | os.X_OK)
    )
    for stale in Path(parent).glob("autoregrade-*"):
        _remove_if_unheld(stale)
    # Under a name that nobody sweeps until the lock is held.
    made = Path(tempfile.mkdtemp(prefix=f".{cgroup.PREFIX}", dir=parent))
    lock = os.open(made / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if root:
        os.chmod(made, 0o711)
    return made.rename(made.with_name(made.name[1:])), lock


def _remove_if_unheld(folder: Path) -> None:
    with contextlib.suppress(OSError):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return
        lock = os.open(folder / "lock", os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        finally:
            os.close(lock)


def record_delegation(run: Path, group: cgroup.Delegation | None) -> None:
    """Note which control groups were made, so that any later process can remove them."""
    (run / "control_groups.json").write_text(json.dumps(asdict(group) if group else None))


def recorded_delegation(run: Path) -> cgroup.Delegation | None:
    """What :func:`record_delegation` noted."""
    try:
        noted = json.loads((run / "control_groups.json").read_text())
    except (OSError, ValueError):
        return None
    return cgroup.Delegation(**noted) if noted else None


def remove(run: Path) -> None:
    """Remove a run folder and its control groups."""
    cgroup.remove(recorded_delegation(run))
    shutil.rmtree(run, ignore_errors=True)


def copy_font_list(home: Path, uid: int) -> None:
    """Hand matplotlib's list of fonts over: to rebuild it costs seconds."""
    cache = os.environ.get("MPLCONFIGDIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "matplotlib"
    )
    for path in Path(cache).glob("fontlist-*.json"):
        with contextlib.suppress(OSError):
            shutil.copyfile(path, home / path.name)
            os.chown(home / path.name, uid, -1)
