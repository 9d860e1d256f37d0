"""What travels to a runner: the same bytes for the same files, plain files only, within bounds."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from grader.batch import bundle
from grader.batch.bundle import pack_course, unpack
from grader.batch.tls import Certificates, ClusterError, check_address
from grader.errors import CourseError

REFERENCE = ["reference", "corpora"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with hidden tests of two assignments, of which one is to travel."""
    files = {
        "tests/hidden/a/test_one.py": "1",
        "tests/hidden/a/deep/data.bin": "\x00",
        "tests/hidden/b/test_other.py": "no",
        "tests/hidden/conftest.py": "above",
        "reference/right.py": "right",
        "reference/__pycache__/right.pyc": "no",
        "gradebook.db": "no",
    }
    for name, content in files.items():
        path = tmp_path / "course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "course"


def names(folder: Path) -> set[str]:
    """Files below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_what_the_hidden_tests_read_arrives_and_nothing_else(root: Path, tmp_path: Path) -> None:
    course = pack_course(root / "tests/hidden/a", root, REFERENCE)
    assert course.tests == "tests/hidden/a"
    unpack(course.archive, tmp_path / "there")
    assert names(tmp_path / "there") == {
        "tests/hidden/a/test_one.py",
        "tests/hidden/a/deep/data.bin",
        "tests/hidden/conftest.py",
        "reference/right.py",
    }
    assert (tmp_path / "there/reference/right.py").read_text() == "right"
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o700


def test_the_digest_follows_from_names_and_contents_only(root: Path) -> None:
    before = pack_course(root / "tests/hidden/a", root, REFERENCE)
    os.utime(root / "reference/right.py", (0, 0))
    (root / "reference/right.py").chmod(0o600)
    assert pack_course(root / "tests/hidden/a", root, REFERENCE) == before
    (root / "reference/right.py").write_text("wrong")
    assert pack_course(root / "tests/hidden/a", root, REFERENCE).digest != before.digest


def test_a_link_does_not_travel(root: Path) -> None:
    (root / "reference/link.py").symlink_to("/etc/passwd")
    with pytest.raises(CourseError, match=r"link\.py cannot travel"):
        pack_course(root / "tests/hidden/a", root, REFERENCE)


def test_nothing_from_outside_the_root_travels(root: Path) -> None:
    (root.parent / "secret").write_text("no")
    with pytest.raises(CourseError, match="cannot travel"):
        pack_course(root / "tests/hidden/a", root, ["../secret"])
    with pytest.raises(CourseError, match=r"must lie below c\.Grading\.root"):
        pack_course(root.parent, root, REFERENCE)


def test_too_much_is_refused_at_both_ends(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = pack_course(root / "tests/hidden/a", root, REFERENCE)
    monkeypatch.setattr(bundle, "MAXIMUM_BYTES", 8)
    with pytest.raises(CourseError, match=r"see c\.Grading\.reference"):
        pack_course(root / "tests/hidden/a", root, REFERENCE)
    with pytest.raises(ValueError, match="too large"):
        unpack(course.archive, tmp_path / "there")


@pytest.mark.parametrize(
    ("name", "kind"), [("../up", tarfile.REGTYPE), ("/abs", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)]
)
def test_an_archive_with_anything_but_plain_files_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc"
        archive.addfile(member)
    with pytest.raises(ValueError, match="no plain file"):
        unpack(buffer.getvalue(), tmp_path / "there")
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://10.0.0.5:8786", "not encrypted"),
        ("tcp://127.0.0.1.example.org:8786", "not encrypted"),
        ("tcp://0.0.0.0:8786", "not encrypted"),
        ("tls://10.0.0.5:8786", "needs certificates"),
        ("10.0.0.5:8786", "no address"),
        ("http://10.0.0.5:8786", "no address"),
        ("tls://10.0.0.5", "no address"),
        ("tls://10.0.0.5:port", "no address"),
    ],
)
def test_addresses_that_are_refused(address: str, reason: str) -> None:
    with pytest.raises(ClusterError, match=reason):
        check_address(address, None)


def test_addresses_that_may_be_used() -> None:
    files = Certificates.below(Path("tls"))
    for address in ("tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:1"):
        assert check_address(address, None) == address
    assert check_address("tls://gpu-7:8786", files) == "tls://gpu-7:8786"
