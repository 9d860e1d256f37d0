"""The whole course with its simulated classes, in the order in which it is taught."""

from __future__ import annotations

from collections.abc import Sequence

from grader.demo.class_lessons import LESSON_3, LESSON_4, LESSON_5, LESSON_6
from grader.demo.class_mini_gpt import MINI_GPT
from grader.demo.submission import Assignment
from grader.errors import CourseError

COURSE = (LESSON_3, LESSON_4, LESSON_5, LESSON_6, MINI_GPT)


def chosen(names: Sequence[str]) -> tuple[Assignment, ...]:
    """Assignments of these names, in the order of the course; all where none is named.

    Parameters
    ----------
    names : sequence of str

    Raises
    ------
    CourseError
        If there is no such assignment.
    """
    known = [a.name for a in COURSE]
    for name in names:
        if name not in known:
            raise CourseError(f"the demo has no assignment {name!r}; it has {', '.join(known)}")
    return tuple(a for a in COURSE if not names or a.name in names)


def class_list(assignments: Sequence[Assignment]) -> list[str]:
    """Everybody who is enrolled, whether they hand in or not."""
    return list(dict.fromkeys(s.name for a in assignments for s in a.students))
