"""What the settings block of `--cluster slurm` asks for, and what is said when Slurm's jobs are gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.slurm import advice, asks_for_cards


@pytest.mark.parametrize(
    "line",
    [
        "--gres=gpu",
        "--gres=gpu:1",
        "--gres=gpu:h100:2",
        "--gres gpu:1",
        "--gres=shard:1,gpu:1",
        "--gres=gres:gpu:2",
        "--gres=gpu:10",
        "#SBATCH --gres=gpu:1",
        "--gpus=1",
        "--gpus=a100:2",
        "--gpus 4",
        "--gpus-per-node=1",
        "--gpus-per-task=h100:1",
        "-G 1",
        "-G2",
        "--tres-per-task=cpu:4,gres/gpu:1",
        "--tres-per-job=gres/gpu=2",
    ],
)
def test_a_block_that_asks_for_cards_is_known(line: str) -> None:
    assert asks_for_cards({"cores": 8, "directives": ["--exclusive", line]})


@pytest.mark.parametrize(
    "line",
    [
        "--gres=none",
        "--gres=gpu:0",
        "--gres=shard:4",
        "--gres=gpumem:4",
        "--gpus=0",
        "--gpus=h100:0",
        "-G 0",
        "--gpu-bind=closest",
        "--gpu-freq=high",
        "--cpus-per-gpu=4",
        "--mem-per-gpu=8G",
        "--comment=--gpus=1",
        "--partition=gpu",
        "--tres-per-task=cpu:4",
    ],
)
def test_a_block_that_asks_for_none_is_known_too(line: str) -> None:
    assert not asks_for_cards({"cores": 8, "directives": [line]})
    assert not asks_for_cards({"queue": "gpu", "cores": 8})


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``queue("PENDING Resources")``: a `squeue` that says so."""

    def says(text: str) -> None:
        (tmp_path / "squeue").write_text(f"#!/bin/sh\nprintf '{text}'\n")
        (tmp_path / "squeue").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return says


def test_the_last_words_of_jobs_that_ended_are_told(tmp_path: Path, queue: Callable[[str], None]) -> None:
    queue("")
    assert advice("grader-7", tmp_path, print) == (
        f"Slurm has no job of ours any more; see {tmp_path / 'slurm'}/grader-7-*"
    )
    (tmp_path / "slurm").mkdir()
    words = "grader: --device cuda: no graphics card can be used on this machine"
    (tmp_path / "slurm/grader-7-1.err").write_text(f"a warning\n{words}\nslurmstepd: error: done\n")
    (tmp_path / "slurm/grader-6-1.err").write_text("grader: of another run\n")
    assert f"any more, the last one said: {words.removeprefix('grader: ')}; see" in str(
        advice("grader-7", tmp_path, print)
    )


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ("PENDING Resources\\nPENDING Resources\\n", ["Resources"]),
        ("PENDING (Nodes required for job are DOWN)\\n", ["(Nodes required for job are DOWN)"]),
        ("RUNNING None\\nPENDING Priority\\n", []),
    ],
)
def test_jobs_that_wait_are_waited_on_and_why_is_said(
    tmp_path: Path, queue: Callable[[str], None], jobs: str, told: list[str]
) -> None:
    queue(jobs)
    said: list[str] = []
    assert advice("grader-7", tmp_path, said.append) is None
    assert said == told
