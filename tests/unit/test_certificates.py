"""Certificates of a cluster: whoever holds the key may connect, so it does not get into git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.batch.tls import make_certificates


@pytest.mark.parametrize("folder", ["tls", "."])
def test_git_sees_nothing_of_them(tmp_path: Path, folder: str) -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    git("init", "--quiet")
    (tmp_path / "nbgrader_config.py").touch()
    made = make_certificates(tmp_path / folder)
    assert made.key.stat().st_mode & 0o077 == 0
    assert git("status", "--porcelain", "--untracked-files=all").split() == ["??", "nbgrader_config.py"]


def test_the_readmes_folder_is_ignored_in_this_course() -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().splitlines()
    assert "/tls/" in ignored
