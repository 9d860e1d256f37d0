"""One command at a time grades a course.

``grader autograde`` holds a lock on ``.grader/lock`` alone, for its whole run.  nbgrader's own ``autograde`` and the
formgrader's button, which may grade several students from several windows, share it while they run a submission.  The
operating system lets it go when its holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from grader.errors import CourseError
from grader.glue.settings import STATE


@contextlib.contextmanager
def alone(course: Path, shared: bool = False) -> Iterator[None]:
    """Hold the course's lock.

    Parameters
    ----------
    course : Path
    shared : bool
        With others that share it.

    Raises
    ------
    CourseError
        If another command holds it.
    """
    (course / STATE).mkdir(mode=0o700, exist_ok=True)
    with open(course / STATE / "lock", "a+") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read(20).strip() or "unknown"
            raise CourseError(
                f"this course is being graded by another command (process {pid}); wait for its end"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
