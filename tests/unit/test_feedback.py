"""What a student reads under a test cell: sentences, pictures, and no more than the course reveals."""

import base64
import json
import math
import re
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from grader.bridge import Answer, NoAnswer, StudentError
from grader.checks import Misunderstood, expect, fail
from grader.checks.evidence import BARS, CELLS, POINTS, curve, distribution, matrix
from grader.engine.feedback import as_html, as_text, score_outputs
from grader.engine.feedback_pictures import drawings
from grader.glue.markup import clean_html
from grader.pytest_plugin.finding import MAX_EVIDENCE, finding_of
from grader.result import ExerciseResult, Finding, TestOutcome
from grader.text import Text
from reference.pytorch.mini_gpt import create_causal_mask
from reference.pytorch.misconceptions import MASK

LEVELS = ("message", "counterexample", "full")
LANGUAGES = ("en", "fr")
INF = math.inf
SVG = "{http://www.w3.org/2000/svg}"


def result(*findings):
    outcomes = [TestOutcome("t", Text("title", "titre"), 1.0, f is None, f) for f in findings]
    return ExerciseResult("create_causal_mask", tuple(outcomes))


def finding(check):
    """What the plugin makes of a check that fails."""
    with pytest.raises(Misunderstood) as caught:
        check()
    return finding_of(caught.value)


def wrong_mask(n=4, wrong=None):
    seen = torch.full((n, n), -INF).triu(0) if wrong is None else wrong
    answer = Answer(seen, "torch.Tensor", f"create_causal_mask({n})")
    return finding(lambda: expect(answer, MASK).equals(create_causal_mask(n), given=(n,)))


def shown(html):
    """All that a page says: its text and its pictures' texts, seen or read out, without colours and sizes."""
    spoken = re.findall(r'alt="([^"]*)"', html)
    drawn = [e.text or "" for svg in svgs(html) for e in svg.iter() if e.tag != f"{SVG}style"]
    return "\n".join([re.sub(r"<[^>]*>", " ", html), *spoken, *drawn])


def svgs(html):
    return [
        ElementTree.fromstring(base64.b64decode(p))
        for p in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    ]


def texts(svg):
    return [t.text for t in svg.iter(f"{SVG}text")]


# -- how much is revealed -------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_message_gives_the_misconceptions_sentence_and_no_input_or_value(language):
    found = wrong_mask()
    for said in (
        as_html(result(found), 1, 4, language, "message"),
        as_text(result(found), 1, 4, language, "message"),
    ):
        assert "diagonal" in said
        assert "create_causal_mask(" not in said and "inf" not in said and "[0, 0]" not in said
        assert "<img" not in said and "−∞" not in said


def test_message_gives_a_general_sentence_where_no_misconception_is_known():
    found = finding(lambda: fail("`f(SECRET)` is 7", "`f(SECRET)` vaut 7", evidence=curve([3.0, 2.0], 1.0)))
    for language in LANGUAGES:
        html = as_html(result(found), 0, 4, language, "message")
        said = re.sub(r"&#\w+;", "", shown(html))
        assert "SECRET" not in said and "7" not in said and "<img" not in html
    assert "not what was expected" in as_text(result(found), 0, 4, "en", "message")


def test_message_does_not_let_a_students_exception_carry_inputs_out():
    for name, told in [("ValueError", "ValueError"), ("input_is_SECRET", "an exception"), ("open", "an exc")]:
        error = StudentError(name, "n=SECRET", "SECRET", "raise X(SECRET)", "f(SECRET)")
        said = as_text(result(finding_of(error)), 0, 4, "en", "message")
        assert told in said and "SECRET" not in said


@pytest.mark.parametrize("reason", ["late", "dead", "too large", "unreadable"])
def test_a_call_without_answer_is_told_with_and_without_its_input(reason):
    found = finding_of(NoAnswer(reason, "SECRET detail", "f(SECRET)"))
    assert "`f(SECRET)`" in as_text(result(found), 0, 4, "fr", "counterexample")
    for language in LANGUAGES:
        assert "SECRET" not in as_text(result(found), 0, 4, language, "message")


@pytest.mark.parametrize("language", LANGUAGES)
def test_counterexample_shows_what_was_seen_and_the_first_difference_only(language):
    html = as_html(result(wrong_mask()), 1, 4, language, "counterexample")
    (svg,) = svgs(html)
    assert texts(svg)[4:].count("−∞") == 10  # 4 + 3 + 2 + 1: the student's, not the six of a right mask
    assert len([r for r in svg.iter(f"{SVG}rect") if r.get("class") == "frame"]) == 1
    assert "create_causal_mask(4)" in html
    assert ("expected</div>" not in html) and ("attendu</div>" not in html)


def test_full_shows_the_expected_mask_beside_and_frames_each_difference():
    seen, expected = svgs(as_html(result(wrong_mask()), 1, 4, "en", "full"))
    assert texts(seen).count("−∞") == 10 and texts(expected).count("−∞") == 6
    frames = [r for r in seen.iter(f"{SVG}rect") if r.get("class") == "frame"]
    assert len(frames) == 4


def test_only_full_shows_the_students_own_lines_of_a_traceback():
    trace = '  File "/tmp/ipykernel_12/345.py", line 3, in f\n    return \x1b[31mx < <b>y\n'
    found = finding_of(StudentError("NameError", "y", trace, "", "f(2)"))
    assert "line 3" in as_text(result(found), 0, 4, "en", "full")
    html = as_html(result(found), 0, 4, "en", "full")
    assert "&lt;b&gt;y" in html and "\x1b" not in html and "ipykernel" not in html
    for level in ("message", "counterexample"):
        assert "line 3" not in as_html(result(found), 0, 4, "en", level)


def test_the_traceback_of_a_hidden_test_is_never_shown():
    found = finding_of(KeyError("SECRET of the test"))
    assert found.kind == "internal" and "SECRET" in found.detail
    assert all("SECRET" not in as_html(result(found), 0, 4, "en", level) for level in LEVELS)


def test_expected_shares_and_goals_are_shown_at_full_only():
    law = {"a": 0.25, "b": 0.41, "c": 0.34}
    found = [
        Finding("wrong", Text("x", "x"), evidence=distribution(["a"] * 9 + ["b"] * 3, law)),
        Finding("wrong", Text("x", "x"), evidence=curve([2.5, 2.4, 2.3], 1.17)),
    ]
    less = shown(as_html(result(*found), 0, 4, "en", "counterexample"))
    more = shown(as_html(result(*found), 0, 4, "en", "full"))
    for value in ("41%", "34%", "1.17", "expected"):
        assert value not in less and value in more
    assert "75%" in less and "2.5" in less


def test_an_unknown_level_reveals_as_little_as_message():
    found = wrong_mask()
    assert as_html(result(found), 1, 4, "en", "all of it") == as_html(result(found), 1, 4, "en", "message")


# -- evidence -------------------------------------------------------------------------------------


def test_a_large_matrix_is_cut_to_the_window_around_its_first_difference():
    expected = create_causal_mask(64)
    seen = expected.clone()
    seen[40, 50:] = 0.0
    found = matrix(seen, expected)
    assert len(found["seen"]) == len(found["seen"][0]) == CELLS
    (top, left), (i, j) = found["start"], found["wrong"][0]
    assert (top + i, left + j) == (40, 50) and found["of"] == [64, 64]
    assert found["seen"][i][j] == 0.0 and found["expected"][i][j] == "-inf"


def test_of_a_batch_the_slice_with_the_first_difference_is_kept():
    expected = torch.randn(2, 3, 20)
    seen = expected.clone()
    seen[1, 2, 7] += 1
    found = matrix(seen, expected)
    assert found["slice"] == [1] and found["of"] == [3, 20]
    (top, left), ((i, j),) = found["start"], found["wrong"]
    assert (top + i, left + j) == (2, 7)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (None, [1.0]),
        ("text", [1.0]),
        ([[1.0], [2.0, 3.0]], [[1.0], [2.0]]),
        (torch.zeros(2), torch.zeros(3)),
        (torch.zeros(2, dtype=torch.complex64), torch.ones(2)),
        ([[]], [[]]),
        ([10**400], [1.0]),
        ([1.0, 2.0], [1.0, 2.0]),
    ],
)
def test_what_is_no_evidence_spoils_no_check(seen, expected):
    assert matrix(seen, expected) is None


def test_lists_of_numbers_are_evidence_like_tensors():
    found = matrix([[0, 1], [2, 3]], ((0, 1), (2, 4)))
    assert found["wrong"] == [[1, 1]] and found["expected"][1][1] == 4.0


def test_many_outcomes_are_kept_up_to_a_bound_and_the_others_added_up():
    found = distribution(list(range(100)) * 2, {i: 0.01 for i in range(100)})
    assert len(found["bars"]) == BARS and found["others"]["count"] == 100 - BARS
    for side in ("seen", "expected"):
        assert sum(b[side] for b in found["bars"]) + found["others"][side] == pytest.approx(1)


def test_a_long_curve_keeps_its_first_and_its_last_point():
    found = curve([float(i) for i in range(1000, 0, -1)], steps=range(0, 3000, 3))
    assert len(found["losses"]) <= POINTS
    assert (found["steps"][0], found["losses"][0]) == (0, 1000.0)
    assert (found["steps"][-1], found["losses"][-1]) == (2997, 1.0)


def test_evidence_is_json_also_where_numbers_are_not_finite():
    found = wrong_mask(wrong=torch.full((4, 4), math.nan)).evidence
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["seen"][0][0] == "nan"


@pytest.mark.parametrize("evidence", [{"kind": object()}, {"kind": math.nan}, {"kind": "x" * MAX_EVIDENCE}])
def test_evidence_that_cannot_be_kept_is_left_out_and_the_sentence_stays(evidence):
    found = finding(lambda: fail("en", "fr", evidence=evidence))
    assert found.evidence is None and found.text.en == "en"


def test_the_largest_evidence_fits():
    n = 64
    found = wrong_mask(n, torch.full((n, n), -12345.678).triu())
    assert found.evidence is not None and len(json.dumps(found.evidence)) < MAX_EVIDENCE / 2


# -- pictures -------------------------------------------------------------------------------------

HOSTILE = "</text><script>alert(1)</script>\" onload='x' \x00\x1b\ud800&"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_students_text_is_never_markup_in_a_picture_or_beside_it(language):
    found = Finding("wrong", Text(HOSTILE, HOSTILE), evidence=distribution([HOSTILE] * 3 + ["a"], {"a": 1.0}))
    html = as_html(result(found), 0, 4, language, "full")
    assert "<script" not in html and "onload='" not in html
    (svg,) = svgs(html)
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= {
        "svg", "title", "desc", "style", "defs", "pattern", "line", "rect", "text",
    }  # fmt: skip


@given(st.text(max_size=30), st.floats(0, 1), st.sampled_from(LANGUAGES), st.sampled_from(LEVELS[1:]))
def test_every_label_gives_a_well_formed_picture(label, share, language, level):
    evidence = distribution([label] * 3 + ["b"], {label: share, "b": 1 - share})
    for drawing in drawings(evidence, language, level):
        ElementTree.fromstring(drawing.svg)


@given(st.lists(st.lists(st.floats(), min_size=2, max_size=2), min_size=1, max_size=14))
def test_every_matrix_gives_a_well_formed_picture(rows):
    evidence = matrix(rows, [[0.5, 0.5]] * len(rows))
    for drawing in drawings(evidence, "fr", "full"):
        ElementTree.fromstring(drawing.svg)


@example([0.5, 0.25], math.inf)
@given(st.lists(st.floats(), min_size=2, max_size=9), st.none() | st.floats())
def test_every_curve_gives_a_well_formed_picture(losses, goal):
    for drawing in drawings(curve(losses, goal), "en", "full"):
        ElementTree.fromstring(drawing.svg)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_says_its_content_to_who_does_not_see_it(language):
    html = as_html(result(wrong_mask()), 1, 4, language, "full")
    row = {"en": "row 1: 0, −∞, −∞, −∞", "fr": "ligne 1: 0, −∞, −∞, −∞"}[language]
    assert row in re.findall(r'alt="([^"]*)"', html)[0]
    for svg in svgs(html):
        assert svg.get("role") == "img" and svg.get("aria-label")
        assert svg.find(f"{SVG}title").text and svg.find(f"{SVG}desc").text
    text = as_text(result(wrong_mask()), 1, 4, language, "full")
    assert " 0  −∞  −∞  −∞" in text


def test_pictures_have_a_dark_dress_and_no_meaning_in_colour_alone():
    html = as_html(result(wrong_mask()), 1, 4, "en", "full")
    for svg in svgs(html):
        assert "prefers-color-scheme:dark" in svg.find(f"{SVG}style").text
        assert len(list(svg.iter(f"{SVG}polygon"))) == 4  # a corner marks each framed cell


@pytest.mark.parametrize("level", LEVELS)
def test_the_courses_html_filter_leaves_the_feedback_as_it_is(level):
    law = {"a": 0.5, "b": 0.5}
    found = [wrong_mask(), Finding("wrong", Text("x", "x"), evidence=distribution("aab", law)), None]
    html = as_html(result(*found), 1, 4, "en", level)
    cleaned = clean_html(html)
    assert re.findall(r"<(\w+)", cleaned) == re.findall(r"<(\w+)", html)
    assert re.findall(r'src="[^"]*"', cleaned) == re.findall(r'src="[^"]*"', html)
    assert re.findall(r'alt="[^"]*"', cleaned) == re.findall(r'alt="[^"]*"', html)
    assert "&lt;" not in cleaned and cleaned.count("display:inline-block") == html.count("<img")


def test_the_first_output_is_still_the_number_that_nbgrader_reads():
    first, second = score_outputs(result(wrong_mask()), 1.5, 4.0, "en")
    assert first["output_type"] == "execute_result" and first["data"] == {"text/plain": "1.5"}
    assert set(second["data"]) == {"text/html", "text/plain"}
