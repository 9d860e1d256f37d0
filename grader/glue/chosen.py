"""What the course's settings come to for one assignment: all of them that a grade follows from.

Effective values, not what the course wrote: a default that a new version of ours changes is a change, too.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties

from grader.glue.execute import SandboxedExecute
from grader.glue.settings import Grading

EXECUTE_TRAITS = ("enabled", "timeout", "error_on_timeout", "interrupt_on_timeout")


def chosen_settings(
    settings: Grading, assignment: str, converter: Autograde, execute: SandboxedExecute, device: str
) -> dict[str, Any]:
    """Settings that choose how cells are run and judged, by name; for `grader.glue.digest.course_digests`.

    Parameters
    ----------
    settings : Grading
    assignment : str
    converter : Autograde
        For its preprocessors.
    execute : SandboxedExecute
    device : {"cpu", "cuda"}
        A grade follows from where cells ran: a card rounds and draws otherwise than a processor does, and only there
        can its memory be full.  Which card it was, and how many, changes nothing.
    """
    chosen = {name: getattr(settings, name) for name in settings.trait_names(config=True, cluster=None)}
    chosen["limits"] = asdict(
        settings.limits_for()
    )  # of a cell: `execute.timeout` where the course says nothing
    chosen["parameters"] = settings.parameters.get(assignment, {})
    chosen["execute"] = {name: getattr(execute, name) for name in EXECUTE_TRAITS}
    config = converter.config
    chosen |= {n: config[n] for n in ("AssignLatePenalties", "LateSubmissionPlugin") if n in config}
    chosen["late_penalties"] = _late_penalties(converter)
    chosen["exclude_overwriting"] = converter.exclude_overwriting.get(assignment, [])
    chosen["preprocessors"] = [str(converter.sanitize_preprocessors), str(converter.autograde_preprocessors)]
    chosen["device"] = device
    if device == "cpu":
        del chosen["gpu_slot_bytes"]
    return chosen


def _late_penalties(converter: Autograde) -> str:
    """Digest of the file that says how much a late submission loses; it may be the course's own."""
    try:
        return hashlib.sha256(
            Path(inspect.getfile(AssignLatePenalties(parent=converter).plugin_class)).read_bytes()
        ).hexdigest()
    except Exception:  # noqa: BLE001  whatever is wrong with it: nbgrader says so when it comes to it
        return ""
