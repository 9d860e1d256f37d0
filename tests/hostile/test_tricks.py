"""The hostile suite: no trick scores more than its wrong answer is worth, and none does harm.

Each file below ``tricks/<class>/`` is a hostile submission (its form: `submission`); the classes are
forging the verdict, objects that lie, stealing the answer, fooling a behavioural test, harming
others.  Each is graded for real, in a box, by the real hidden tests, and has two controls:

- wrong but harmless: the same wrong answer without the trick.  The trick may not score more.
- honest: `test_honest_tricks`.

After each one nothing is left: no process, socket, mount, control group or file outside the box.
`test_the_suite_can_fail` grades some of them in the plain way, with asserts inside the student's
process, where they do get full points.
"""

from __future__ import annotations

import re

import pytest

from grader.engine.notebook import is_test
from grader.engine.task import submission_seed

from .conftest import points
from .submission import POINTS, Trick, notebook, tricks

TRICKS = tricks()
IN_PROCESS_TEST = """
for n in range(1, 9):
    expected = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
    assert torch.allclose(create_causal_mask(n), expected)
"""
FORGERIES = ("comparisons_patched", "asserts_dropped", "do_execute_replaced", "always_equal")


def named(trick: Trick) -> str:
    return trick.name


def outputs(done, tests=False):
    """Outputs of the student's cells, or of the test cells."""
    return [o for c in done.nb.cells if is_test(c) == tests and c.cell_type == "code" for o in c.outputs]


def active(done):
    """What could run in a browser: rich formats of the student's, markup of the feedback that is not ours."""
    rich = [
        m
        for o in outputs(done)
        for m in o.get("data", {})
        if m not in ("text/plain", "image/png", "image/jpeg")
    ]
    pictures = [o.data[m] for o in outputs(done) for m in o.get("data", {}) if m != "text/plain"]
    feedback = [o.data["text/html"] for o in outputs(done, tests=True) if "text/html" in o.get("data", {})]
    markup = {tag for html in feedback for tag in re.findall(r"<(\w+)", html)}
    return [
        *rich,
        *(p for p in pictures if "<" in p),
        *(markup - {"div", "p", "strong", "ul", "li", "span", "code", "img"}),
    ]


@pytest.mark.parametrize("trick", TRICKS, ids=named)
def test_a_trick_scores_no_more_than_its_wrong_answer(bench, trick):
    worth = bench.worth_of(trick)
    assert 0 < worth < POINTS[trick.exercise]
    done = bench.grade(notebook(trick, trick.wrong, **bench.host.names()), bench.suite, **trick.limits)
    assert points(done, trick.exercise) <= worth
    assert all(0 <= s.score <= s.max_score for s in done.scores)
    seen = str(outputs(done))
    assert "STOLEN" not in seen, seen
    assert not trick.searches or "SEARCHED" in seen, seen
    assert active(done) == []
    str(done).encode("utf-8")
    assert trick.ends in " ".join(done.events), done.events


@pytest.mark.parametrize("trick", [t for t in TRICKS if t.name.split("/")[1] in FORGERIES], ids=named)
def test_the_suite_can_fail(bench, trick):
    """The same tricks get full points where the tests run in the student's process."""
    plain = [notebook(None, which, trick.exercise, IN_PROCESS_TEST) for which in ("right", trick.wrong)]
    assert [points(bench.grade(nb, None), trick.exercise) for nb in plain] == [4, 0]
    attack = notebook(trick, trick.wrong, test=IN_PROCESS_TEST, **bench.host.names())
    assert points(bench.grade(attack, None), trick.exercise) == 4


def test_what_feedback_leaks_is_of_no_use_in_the_next_submission():
    """Other content, other hidden inputs; the same content, the same ones, so that a grading can be repeated."""
    seeds = [
        submission_seed(b"k" * 32, "mini_gpt", "part1", "anna", text)
        for text in (b"first", b"second", b"first")
    ]
    assert seeds[0] == seeds[2] != seeds[1]


def test_every_class_of_attack_has_its_tricks():
    classes = [t.name.split("/")[0] for t in TRICKS]
    assert {c: classes.count(c) >= 5 for c in set(classes)} == dict.fromkeys(
        ("forging", "lying", "stealing", "fooling", "harming"), True
    )
