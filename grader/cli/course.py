"""Opens the course in the working folder: nbgrader's own configuration, quietly."""

from __future__ import annotations

import contextlib
import logging
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
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, harmless, three a submission
    app = NbGrader()
    with contextlib.chdir(folder):
        try:
            app.initialize([])
        except SystemExit:
            raise CourseError(f"{folder / 'nbgrader_config.py'} cannot be loaded; see the message above") from None
    app.log_level = log_level
    if not app.config.CourseDirectory.root:
        app.coursedir.root = str(folder.resolve())
    return app
