"""The `grader` command: autograde, doctor, demo.  The rest of the workflow is nbgrader's own commands.

Each command is a file; `main` gathers them and turns `GraderError` into one line and an exit code:
0 all well, 1 somebody has to look, 2 nothing could be done, 130 stopped by Ctrl-C.
"""

from grader.cli.main import main

__all__ = ["main"]
