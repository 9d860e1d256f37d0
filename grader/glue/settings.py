"""Course settings: ``c.Grading.*`` in ``nbgrader_config.py``, and the course's secret key."""

from __future__ import annotations

import os
import secrets
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from traitlets import Dict, Enum, Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from grader.engine.task import REVEAL
from grader.errors import CourseError
from grader.limits import Limits
from grader.sandbox.cards import GIB, SHARE_BYTES
from grader.text import LANGUAGES

STATE = ".grader"  # grader's own files in a course: key, results, builds in progress


class Grading(Configurable):
    """How submissions are graded."""

    language = Enum(LANGUAGES, "en", help="Language of the messages to students.").tag(config=True)
    reveal = Enum(
        REVEAL,
        "counterexample",
        help="What students read of a failed hidden test. `message`: the likely cause, no input and no value; "
        "`counterexample`: the smallest input that shows it, with a picture of what their code gave; "
        "`full`: also a picture of what was expected, and their own lines of a traceback.",
    ).tag(config=True)
    hidden_tests = Unicode(
        "tests/hidden", help="Folder with a subfolder of hidden tests an assignment; relative to `root`."
    ).tag(config=True)
    root = Unicode(
        "", help="Folder from which hidden tests import the reference; the course folder where empty."
    ).tag(config=True)
    reference = List(
        Unicode(),
        ["reference", "corpora"],
        help="Files and folders that hidden tests read, relative to `root`: when one changes, submissions are graded "
        "again.",
    ).tag(config=True)
    parameters = Dict(
        help="Grading parameters by assignment: {'mini_gpt': {'EPOCHS': 1}} sets EPOCHS after the cell tagged "
        "`parameters`, so that long training is cut at grading."
    ).tag(config=True)
    sandbox = Enum(
        ("bwrap", "none"), "bwrap", help="`none` runs student code WITHOUT a box, as the user who grades."
    ).tag(config=True)
    limits = Dict(help="Overrides of grader.limits.Limits, by field: {'memory_bytes': 1 << 30}.").tag(
        config=True
    )

    gpu_slot_bytes = Int(
        SHARE_BYTES,
        min=GIB,
        help="Memory of a graphics card for one submission: a card is graded on by as many at a time as fit.",
    ).tag(config=True)

    # `cluster`: where grading runs, which no grade follows from.
    tls = Dict(
        Unicode(),
        help="Certificates for `grader autograde --cluster tls://…`: {'ca': …, 'cert': …, 'key': …}, paths of the files "
        "that `grader scheduler --make-certificates` makes.",
    ).tag(config=True, cluster=True)
    slurm = Dict(
        help="Runners for `grader autograde --cluster slurm`: {'queue': 'gpu', 'cores': 8, 'memory': '32GB', "
        "'walltime': '01:00:00', 'jobs': 4}; where needed `account`, `interface`, `directives`, `prologue`."
    ).tag(config=True, cluster=True)

    @validate("tls")
    def _whole_tls(self, proposal: Any) -> Any:
        if proposal["value"] and set(proposal["value"]) != {"ca", "cert", "key"}:
            raise TraitError("c.Grading.tls names three files: ca, cert and key")
        return proposal["value"]

    @validate("limits")
    def _known_limits(self, proposal: Any) -> Any:
        unknown = set(proposal["value"]) - {f.name for f in fields(Limits)}
        if unknown:
            raise TraitError(f"c.Grading.limits has unknown fields: {', '.join(sorted(unknown))}")
        return proposal["value"]

    def limits_for(self, **more: Any) -> Limits:
        """The limits with the course's overrides, and `more` where the course says nothing."""
        return replace(Limits(), **{**more, **self.limits})

    def tests_for(self, assignment: str, course: Path) -> Path | None:
        """Folder of an assignment's hidden tests; None where it has none."""
        folder = self.root_folder(course) / self.hidden_tests / assignment
        return folder if folder.is_dir() else None

    def root_folder(self, course: Path) -> Path:
        """Folder from which hidden tests import."""
        return (course / self.root).resolve()


def course_key(course: Path) -> bytes:
    """The course's secret, made at first use; the seed of every hidden input.

    Parameters
    ----------
    course : Path
        Course folder; the key is ``.grader/key`` in it, readable by its owner only.

    Raises
    ------
    CourseError
        If the key cannot be read or is damaged.
    """
    path = course / STATE / "key"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise CourseError(f"the course key {path} cannot be used: {error}") from None
    if len(key) != 32:
        raise CourseError(f"the course key {path} is damaged; restore it from a backup or delete it")
    return key
