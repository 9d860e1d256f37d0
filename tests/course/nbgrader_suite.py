"""Runs nbgrader's own autograde tests with the sandboxed Execute in place of nbgrader's.

    python -m tests.course.nbgrader_suite [pytest arguments]

nbgrader ships its tests.  They call ``nbgrader autograde`` in small courses of their own and look at the
gradebook, so they say whether a plain nbgrader course works unchanged.  The preprocessor gets in by
configuration alone: a folder named by ``JUPYTER_CONFIG_DIR`` holds an ``nbgrader_config.py`` that replaces
nbgrader's list of autograde preprocessors by the same list with `SandboxedExecute` first.  Nothing else is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = "nbgrader.tests.apps.test_nbgrader_autograde"
CONFIG = """\
c = get_config()
c.Autograde.autograde_preprocessors = [
    "grader.glue.execute.SandboxedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""


def run(arguments: list[str]) -> int:
    """Run the tests in a pytest of their own, away from this project's settings.

    Parameters
    ----------
    arguments : list of str
        For pytest, e.g. ``["-k", "timeout"]``.

    Returns
    -------
    int
        pytest's exit status.
    """
    with tempfile.TemporaryDirectory(prefix="nbgrader-suite-") as folder:
        settings, here = Path(folder, "config"), Path(folder, "work")
        settings.mkdir()
        here.mkdir()
        (settings / "nbgrader_config.py").write_text(CONFIG)
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(settings),
            # nbgrader calls alembic by name
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--pyargs",
            TESTS,
            "-q",
            "-p",
            "no:cacheprovider",
            *arguments,
        ]
        return subprocess.run(command, cwd=here, env=environment).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
