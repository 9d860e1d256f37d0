"""Judges values of pure Python: numbers, lists of numbers, lists of lists (the lessons' worlds).

A test asks for many calls in one message and hands answers and inputs to `agree`::

    inputs = [([1.0, 2.0],), ([0.5, -1.0, 3.0],)]               # smallest first
    answers = ask(student, "softmax", inputs)
    agree(answers, inputs, reference.softmax, SOFTMAX)          # what is returned
    keep(answers, inputs, {0: "scores"})                        # what must stay as it was

`agree` fails at the first answer that differs from the reference.  It names the misconception whose
hypothesis predicts *every* answer, not only that one.  What a function changes in place is seen in
the arguments after the call (`ask` brings them back), so through the very objects that were passed in::

    agree(answers, inputs, reference.sgd_step, SGD_STEP, changed={2: "W", 3: "b"})

A tuple is as good as a list and an int as a float; a generator is no list, nor is an array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from grader.bridge import Answer, Student, StudentError
from grader.checks.diagnose import WrongReference, named
from grader.checks.plain import (
    ATOL,
    ITERATORS,
    RAISED,
    RTOL,
    as_float,
    described,
    first_difference,
    form,
    is_list,
    is_number,
    same,
    shape,
    type_name,
)
from grader.checks.verdict import fail

QUOTED = 40  # characters of an argument, beyond which a message names it instead
EXPLAINED = 1e-5  # a wrong reference may round otherwise than the student's wrong code

Reply = Answer | StudentError


def ask(
    student: Student,
    name: str,
    inputs: Sequence[Sequence[Any]],
    *,
    seed: Any = None,
    names: Sequence[str] = (),
) -> list[Reply]:
    """The student's answer to each input, with the arguments after the call.

    Parameters
    ----------
    student : Student
    name : str
        Function to call.
    inputs : sequence of sequence
        Positional arguments of each call.
    seed : int or list, optional
        As for `Student.calls`.
    names : sequence of str, optional
        The parameters' names: messages quote them for arguments that are too long to read.

    Returns
    -------
    list of Answer or StudentError
        The error where a call raised: it is evidence, and other calls still count.
    """
    calls: list[tuple[Sequence[Any], dict[str, Any]]] = [(given, {}) for given in inputs]
    replies: list[Reply]
    try:
        replies = list(student.calls(name, calls, seed=seed, echo=True))
    except StudentError:
        seeds = seed if isinstance(seed, list) else [seed] * len(calls)
        replies = [_one(student, name, call, s) for call, s in zip(calls, seeds, strict=True)]
    return [_spoken(r, name, given, names) for r, given in zip(replies, inputs, strict=True)]


def _one(student: Student, name: str, call: tuple[Sequence[Any], dict[str, Any]], seed: Any) -> Reply:
    try:
        return student.calls(name, [call], seed=seed, echo=True)[0]
    except StudentError as error:
        return error


def _spoken(reply: Reply, name: str, given: Sequence[Any], names: Sequence[str]) -> Reply:
    """The same reply, whose call quotes long arguments by their names."""
    if not names:
        return reply
    quoted = [n if len(repr(value)) > QUOTED else repr(value) for n, value in zip(names, given, strict=True)]
    call = f"{name}({', '.join(quoted)})"
    if isinstance(reply, StudentError):
        reply.call = call
        return reply
    return replace(reply, call=call)


def agree(
    answers: Sequence[Reply],
    inputs: Sequence[Sequence[Any]],
    reference: Callable[..., Any],
    known: Sequence[WrongReference] = (),
    *,
    changed: Mapping[int, str] | None = None,
    calls: Iterable[int] | None = None,
    parts: Sequence[int] | None = None,
    item: int | None = None,
    otherwise: str | None = None,
    rtol: float = RTOL,
) -> None:
    """Fail at the first answer that is not the reference's.

    Parameters
    ----------
    answers : sequence of Answer or StudentError
        From `ask`.
    inputs : sequence of sequence
        Positional arguments of each call, as the reference takes them.
    reference : callable
        It gets copies, so it may change its arguments.
    known : sequence of misconception
        Hypotheses take the same arguments; with `changed` they answer (returned, argument, ...).
    changed : mapping of int to str, optional
        Arguments that change in place, with the names that messages give them.
    calls : iterable of int, optional
        Which calls this test judges, default all; all of them tell the cause.
    parts : sequence of int, optional
        Which parts of (returned, changed arguments ...) it judges, default all.
    item : int, optional
        Which item of a returned pair it judges, default the whole.
    otherwise : str, optional
        Id of the misconception where no hypothesis predicts the answers.
    rtol : float

    Raises
    ------
    Misunderstood, StudentError
    """
    places = list(changed or {})
    names = ["", *(changed or {}).values()]
    judged = range(len(names)) if parts is None else parts
    seen = [observed(a, places) for a in answers]

    def cause(answer: Reply) -> Any:
        whole = [p if changed and p[0] is not RAISED else p[0] for p in seen]
        found = explains(whole, inputs, known) or _by_type(answer, known)
        return found or (named(known, otherwise) if otherwise else None)

    for i in range(len(answers)) if calls is None else calls:
        answer = answers[i]
        if isinstance(answer, StudentError):
            raised(answer, cause(answer))
        expected = outcome(reference, inputs[i], places)
        for part in judged:
            was, should, label = seen[i][part], expected[part], names[part]
            if item is not None and part == 0:
                if not is_list(was) or len(was) != len(should):
                    differs(answer, was, should, cause(answer))
                was, should, label = was[item], should[item], f"[{item}]"
            if not same(was, should, rtol):
                differs(answer, was, should, cause(answer), label, rtol)


def raised(error: StudentError, cause: Any = None) -> NoReturn:
    """Fail because a call raised: with its cause where one is known, as the error that it is otherwise."""
    if cause is None or error.name in ("NameError", "NotImplementedError"):
        raise error
    said = f"{error.name}: {error.text}"[:200]
    fail(f"`{error.call}` raised {said}.", f"`{error.call}` a levé {said}.", cause.id, cause.sentence)


def keep(
    answers: Sequence[Reply],
    inputs: Sequence[Sequence[Any]],
    names: Mapping[int, str],
    known: Sequence[WrongReference] = (),
    name: str | None = None,
) -> None:
    """Fail where a call has changed an argument that belongs to the caller.

    Parameters
    ----------
    answers : sequence of Answer or StudentError
        From `ask`.
    inputs : sequence of sequence
    names : mapping of int to str
        Arguments that must stay as they were.
    known : sequence of misconception
    name : str, optional
        Id of the misconception that a change shows.
    """
    cause = named(known, name) if name else None
    for answer, given in zip(answers, inputs, strict=True):
        if isinstance(answer, StudentError):
            raised(answer)
        for place, spoken in names.items():
            if not same(_argument(answer, place), given[place], 0.0):
                fail(
                    f"`{answer.call}` changed its argument `{spoken}`, which belongs to the caller.",
                    f"`{answer.call}` a modifié son argument `{spoken}`, qui appartient à l'appelant.",
                    cause.id if cause else None,
                    cause.sentence if cause else None,
                )


def explains(
    seen: Sequence[Any],
    inputs: Sequence[Sequence[Any]],
    known: Iterable[WrongReference],
    rtol: float = EXPLAINED,
) -> Any:
    """First misconception whose hypothesis predicts every observation, or None.

    An observation is what was returned, or `RAISED`; a hypothesis that answers None would raise.
    """
    for misconception in known:
        if misconception.hypothesis is None:
            continue
        if all(same(s, _predicted(misconception, g), rtol) for s, g in zip(seen, inputs, strict=True)):
            return misconception
    return None


def differs(
    answer: Answer,
    seen: Any,
    expected: Any,
    cause: Any = None,
    name: str = "",
    rtol: float = RTOL,
) -> NoReturn:
    """Fail with the first difference, in a sentence.

    `name` is an argument looked at after the call, or an item of what was returned: ``[1]``.
    """
    because = (cause.id, cause.sentence) if cause else (None, None)
    call, item = answer.call, name if name.startswith("[") else ""
    name = "" if item else name
    if form(seen) != form(expected):
        kind = type_name(seen) if name or item else answer.type_name
        en, fr = described(seen, kind)
        want_en, want_fr = described(expected, "list")
        if name:
            fail(
                f"After `{call}`, `{name}` is {en}; {want_en} was expected.",
                f"Après `{call}`, `{name}` est {fr} ; on attendait {want_fr}.",
                *because,
            )
        if item:
            fail(
                f"`{call}`{item} is {en}; {want_en} was expected.",
                f"`{call}`{item} est {fr} ; on attendait {want_fr}.",
                *because,
            )
        fail(
            f"`{call}` returned {en}; {want_en} was expected.",
            f"`{call}` a renvoyé {fr} ; on attendait {want_fr}.",
            *because,
        )
    where, was, should = first_difference(seen, expected, rtol)
    if name:
        fail(
            f"After `{call}`, `{name}{where}` is {was}; {should} was expected.",
            f"Après `{call}`, `{name}{where}` vaut {was} ; on attendait {should}.",
            *because,
        )
    fail(
        f"`{call}`{item}{where} is {was}; {should} was expected.",
        f"`{call}`{item}{where} vaut {was} ; on attendait {should}.",
        *because,
    )


# ---------------------------------------------------------------------------------------------
# Observations


def observed(answer: Reply, places: Sequence[int] = ()) -> list[Any]:
    """What was returned, then the arguments at `places` as they are after the call."""
    if isinstance(answer, StudentError):
        return [RAISED] * (1 + len(places))
    return [answer.value, *(_argument(answer, p) for p in places)]


def outcome(function: Callable[..., Any], given: Sequence[Any], places: Sequence[int] = ()) -> list[Any]:
    """The same of a trusted function, called with copies."""
    fresh = _copied(given)
    returned = function(*fresh)
    return [returned, *(fresh[p] for p in places)]


def _copied(value: Any) -> Any:
    """Lists and tuples anew, all the way down; `copy.deepcopy` takes ten times as long."""
    return [_copied(v) for v in value] if is_list(value) else value


def _argument(answer: Answer, place: int) -> Any:
    """An argument after the call; the student's word, so of any shape."""
    echo = answer.arguments
    if type(echo) is not list or len(echo) != 2 or type(echo[0]) is not list or len(echo[0]) <= place:
        return None
    return echo[0][place]


def _predicted(misconception: WrongReference, given: Sequence[Any]) -> Any:
    try:
        predicted = misconception.hypothesis(*_copied(given))
    except (ArithmeticError, ValueError, IndexError):
        return RAISED
    return RAISED if predicted is None else predicted


def _by_type(answer: Reply, known: Sequence[WrongReference]) -> Any:
    if isinstance(answer, StudentError):
        return None
    if answer.value is None:
        return named(known, "nothing_returned")
    return named(known, "generator_returned") if answer.type_name in ITERATORS else None


__all__ = [
    "ATOL",
    "RAISED",
    "RTOL",
    "agree",
    "as_float",
    "ask",
    "described",
    "differs",
    "explains",
    "first_difference",
    "form",
    "is_list",
    "is_number",
    "keep",
    "observed",
    "outcome",
    "raised",
    "same",
    "shape",
    "type_name",
]
