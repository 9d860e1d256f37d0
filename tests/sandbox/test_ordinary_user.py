"""The same box for an ordinary user: no root anywhere, the tests of the box run again from there.

Started as root, this binds the interpreter, its packages and a copy of the tested code to a neutral place in a
mount namespace of its own, drops to an unprivileged user with an own home, and runs pytest there.  (Started as an
ordinary user, the other files of this folder are that test already.)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grader
from grader.sandbox import unprivileged
from grader.sandbox.layout import arrange
from grader.sandbox.running import memory_file

UID = 61_234
ROOT = Path(grader.__file__).resolve().parent.parent

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="this process is an ordinary user's already"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def neutral_place():
    place = Path("/run/autoregrade_test_user")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


def test_boxes_limits_and_endings_hold_for_an_ordinary_user(neutral_place):
    (neutral_place / "layout").mkdir()
    layout = arrange(neutral_place / "layout", neutral=True)
    # named as in a real environment, by which the packages are recognised
    places = {
        target: str(neutral_place / name)
        for (_, target), name in zip(layout.binds, ("python", "lib"), strict=False)
    }

    def moved(path: str) -> str:
        for old, new in places.items():
            if path.startswith(old):
                return new + path[len(old) :]
        return path

    packages = [moved(path) for path in layout.packages]
    sites = []
    binds = [(source, places[target]) for source, target in layout.binds]
    for index, path in enumerate(packages):
        if Path(path).name not in ("site-packages", "dist-packages"):
            source = next(source for source, target in binds if target == path)
            binds.remove((source, path))
            path = str(neutral_place / f"packages{index}" / "site-packages")
            binds.append((source, path))
        sites.append(path)
    for _, target in binds:
        Path(target).mkdir(parents=True, exist_ok=True)
    code = neutral_place / "code"
    for folder in ("grader", "tests/sandbox"):
        shutil.copytree(ROOT / folder, code / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", code / "pyproject.toml")
    home = neutral_place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, UID, UID)
    (home / "tmp").mkdir()
    os.chown(home / "tmp", UID, UID)
    subprocess.run(["chmod", "-R", "a+rX", str(code)], check=True)
    tests = [
        str(code / "tests/sandbox" / name)
        for name in ("test_box.py", "test_limits.py", "test_endings.py", "test_doctor.py")
    ]
    python = moved(layout.python)
    plan = {
        "binds": binds,
        "uid": UID,
        "control_group": None,
        "command": [
            python,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(code),
            *tests,
        ],
        "env": {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": "/tmp",
            "PYTHONPATH": os.pathsep.join([str(code), *sites]),
            "LD_LIBRARY_PATH": moved(layout.library_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
        },
    }
    settings = memory_file(json.dumps(plan).encode())
    done = subprocess.run(
        [sys.executable, "-I", "-S", unprivileged.__file__, str(settings)],
        pass_fds=[settings],
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(settings)
    print(done.stdout[-6000:], done.stderr[-3000:])
    assert done.returncode == 0
    assert " passed" in done.stdout and "failed" not in done.stdout
