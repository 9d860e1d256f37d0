"""The `grader` command: autograde, doctor, demo.  The rest of the workflow is nbgrader's own commands.

Each command is a file; `grader.cli.main` gathers them and turns `GraderError` into one line and an exit code:
0 all well, 1 somebody has to look, 2 nothing could be done, 130 stopped by Ctrl-C.
"""

import sys


def main() -> None:
    """Entry point of the `grader` command."""
    try:
        # Worker processes load the command's script again, and need nothing of all this.
        from grader.cli.main import run

        run()
    except KeyboardInterrupt:  # while we import: no command has begun, nothing is to be tidied up
        sys.exit(130)
