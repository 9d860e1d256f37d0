"""Opens the course in the working folder: nbgrader's own configuration, quietly."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.apps.baseapp import NbGrader
from sqlalchemy.exc import SAWarning

from grader.errors import CourseError


def open_course(folder: Path, log_level: int = logging.ERROR) -> NbGrader:
    """nbgrader's application object for a course folder, with ``nbgrader_config.py`` loaded.

    Parameters
    ----------
    folder : Path
        Course folder (where ``nbgrader_config.py`` lies).
    log_level : int
        Of nbgrader's own log.

    Raises
    ------
    CourseError
        If the configuration cannot be read.
    """
    if not folder.is_dir():
        raise CourseError(f"there is no course folder {folder}")
    # nbgrader calls alembic by name; it lies beside our own command, also where that is called by its path
    os.environ["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    )
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, harmless, three a submission
    logging.getLogger("tornado.application").setLevel(
        logging.CRITICAL
    )  # nbgrader's gradebook; it raises as well
    logging.raiseExceptions = False  # a log file on a full disk
    app = NbGrader()
    with contextlib.chdir(folder):
        try:
            app.initialize([])
        except SystemExit:
            raise CourseError(
                f"{folder / 'nbgrader_config.py'} cannot be loaded; see the message above"
            ) from None
    app.log_level = log_level
    if not app.config.CourseDirectory.root:
        app.coursedir.root = str(folder.resolve())
    return app
