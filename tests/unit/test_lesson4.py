"""Lesson 4: reference, PyTorch twin, wrong references, solutions and notebook agree with each other.

Values decide: a right answer agrees with the reference, a wrong one does what its hypothesis
predicts, or shows the sign of a misconception without hypothesis.
"""

import copy
import itertools
import math
import random

import pytest
import torch
import torch.nn.functional as F
from lesson_library import Lesson, close

from reference.pure_python import attention as lesson
from reference.pure_python.wrong_attention import BY_EXERCISE
from reference.pytorch import attention as twin

POINTS = {
    "dot": 1,
    "attention_scores": 2,
    "attention": 3,
    "causal_mask": 2,
    "causal_self_attention": 4,
    "multi_head_attention": 4,
}
GIVEN = {name: getattr(lesson, name) for name in ["softmax", *POINTS]} | {"math": math, "random": random}
LESSON = Lesson("lesson4_attention", "attention", POINTS, GIVEN, BY_EXERCISE)


def vector(n: int) -> list[float]:
    return [random.gauss(0.0, 1.0) for _ in range(n)]


def matrix(rows: int, columns: int) -> list[list[float]]:
    return [vector(columns) for _ in range(rows)]


def tensor(x) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64)


def error_of(ours, theirs: torch.Tensor) -> float:
    return float((tensor(ours) - theirs).abs().max() / theirs.abs().max())


# ---------------------------------------------------------------------------------------------
# The library, the texts, the two worlds


def test_the_library_is_complete():
    LESSON.check_the_library()


@pytest.mark.parametrize(("n", "d", "v"), [(1, 1, 1), (2, 4, 3), (5, 3, 6), (9, 12, 12), (20, 16, 2)])
def test_the_two_worlds_agree_on_attention(n, d, v):
    random.seed(n)
    for _ in range(5):
        query, keys, values = vector(d), matrix(n, d), matrix(n, v)
        q, k, x = tensor(query), tensor(keys), tensor(values)
        assert abs(lesson.dot(query, keys[0]) - twin.dot(q, k[0])) < 1e-9
        assert error_of(lesson.attention_scores(query, keys), twin.attention_scores(q, k)) < 1e-9
        for ours, theirs in zip(lesson.attention(query, keys, values), twin.attention(q, k, x), strict=True):
            assert error_of(ours, theirs) < 1e-9
        outputs, weights = lesson.causal_self_attention(keys)
        for ours, theirs in zip((outputs, weights), twin.causal_self_attention(k), strict=True):
            assert error_of(ours, theirs) < 1e-9
        assert all(weights[i][j] == 0.0 for i in range(n) for j in range(i + 1, n))
        # And a third opinion, PyTorch's own.
        theirs = F.scaled_dot_product_attention(k[None], k[None], k[None], is_causal=True)[0]
        assert error_of(outputs, theirs) < 1e-9


def test_the_two_worlds_agree_on_masks_and_heads():
    random.seed(2)
    for n in (0, 1, 2, 7, 30):
        assert lesson.causal_mask(n) == twin.causal_mask(n).tolist()
    rows = lesson.causal_mask(4)
    rows[0][0] = 5.0
    assert rows[1][0] == 0.0, "rows are independent lists"
    for num_heads, d in [(1, 6), (2, 6), (3, 6), (6, 6), (4, 16)]:
        vectors = matrix(5, d)
        theirs = twin.multi_head_attention(tensor(vectors), num_heads)
        assert error_of(lesson.multi_head_attention(vectors, num_heads), theirs) < 1e-9
    for world, vectors in [(lesson, matrix(3, 6)), (twin, torch.zeros(3, 6))]:
        with pytest.raises(ValueError, match="4 equal slices"):
            world.multi_head_attention(vectors, 4)


def test_weights_stay_finite_for_large_vectors():
    vectors = [[1000.0, -2000.0], [3000.0, 10.0], [-5000.0, 0.0]]
    outputs, weights = lesson.causal_self_attention(vectors)
    assert all(math.isfinite(x) for row in outputs + weights for x in row)


# ---------------------------------------------------------------------------------------------
# Right and wrong answers

# Sizes at which every hypothesis differs from the right answer at least once; see `columns_for_keys`.
INPUTS = {
    "dot": lambda: [(vector(n), vector(n)) for n in (1, 3, 4, 10)],
    "attention_scores": lambda: [(vector(d), matrix(n, d)) for d, n in [(4, 3), (3, 3), (8, 5), (1, 1)]],
    "attention": lambda: [
        (vector(d), matrix(n, d), matrix(n, v)) for d, n, v in [(4, 3, 2), (3, 5, 4), (2, 2, 2)]
    ],
    "causal_mask": lambda: [(n,) for n in (1, 2, 3, 4, 9)],
    "causal_self_attention": lambda: [(matrix(n, d),) for n, d in [(1, 2), (3, 4), (4, 3), (6, 2)]],
    "multi_head_attention": lambda: [
        (matrix(n, d), h) for n, d, h in [(4, 4, 1), (4, 6, 2), (3, 6, 3), (5, 8, 2)]
    ],
}


def called(function, arguments):
    """What is returned; the arguments must not change."""
    fresh = copy.deepcopy(arguments)
    returned = function(*fresh)
    assert fresh == arguments, "an argument was changed"
    return returned


def mask_signs(create) -> set[str]:
    mask = create(3)
    if not all(isinstance(row, list | tuple) for row in mask):
        return {"flat_list"}
    return {"text_for_infinity"} if any(isinstance(x, str) for row in mask for x in row) else set()


def head_signs(attend) -> set[str]:
    vectors = [[1.0, 0.5, -1.0, 2.0], [0.0, 1.0, 1.0, 0.5]]
    returned = attend(copy.deepcopy(vectors), 2)
    if len(returned) == 2 and close(returned[0], lesson.multi_head_attention(vectors, 2)):
        return {"weights_too"}
    try:
        attend(copy.deepcopy(vectors), 3)
    except ValueError:
        return set()
    except Exception:
        return {"other_error"}
    return {"no_error"}


def signs_of(function, exercise: str) -> set[str]:
    """Ids of the misconceptions without hypothesis that this function shows."""
    random.seed(8)
    signs = set()
    for given in INPUTS[exercise]():
        fresh = copy.deepcopy(given)
        returned = function(*fresh)
        if returned is None:
            return {"nothing_returned"}
        if fresh != given:
            signs.add("argument_changed")
            assert close(returned, getattr(lesson, exercise)(*given)), "nothing else is wrong with it"
    own = {"causal_mask": mask_signs, "multi_head_attention": head_signs}
    return signs | (own[exercise](function) if exercise in own else set())


@pytest.mark.parametrize(("exercise", "answer"), LESSON.rights(*INPUTS))
def test_a_right_answer_agrees_with_the_reference(exercise, answer):
    random.seed(7)
    function, reference = LESSON.function(exercise, answer), getattr(lesson, exercise)
    for _ in range(8):
        for arguments in INPUTS[exercise]():
            assert close(called(function, arguments), reference(*arguments))
    if exercise == "causal_mask":
        rows = function(5)
        assert len({id(row) for row in rows}) == 5 or isinstance(rows[0], tuple)
    if exercise == "causal_self_attention":
        _, weights = function(matrix(6, 3))
        assert all(weights[i][j] == 0.0 for i in range(6) for j in range(i + 1, 6))
    assert signs_of(function, exercise) == set()


@pytest.mark.parametrize(("exercise", "answer"), LESSON.wrongs(*INPUTS))
def test_a_wrong_answer_is_what_its_hypothesis_predicts(exercise, answer):
    random.seed(7)
    function, reference, wrong = (
        LESSON.function(exercise, answer),
        getattr(lesson, exercise),
        LESSON.misconception(exercise, answer),
    )
    if wrong.hypothesis is None:
        assert signs_of(function, exercise) == {wrong.id}
        return
    differs = 0
    for arguments in INPUTS[exercise]():
        predicted = wrong.hypothesis(*copy.deepcopy(arguments))
        if predicted is None:  # sizes at which the wrong code stops, or gives another number of scores
            continue
        seen = called(function, arguments)
        assert close(seen, predicted)
        differs += not close(seen, reference(*arguments))
    assert differs


@pytest.mark.parametrize("exercise", INPUTS)
def test_no_two_hypotheses_agree_on_every_input(exercise):
    random.seed(10)
    given = INPUTS[exercise]()
    told = {m.id: [m.hypothesis(*a) for a in given] for m in BY_EXERCISE[exercise] if m.hypothesis}
    told["right"] = [getattr(lesson, exercise)(*a) for a in given]
    for (id_a, a), (id_b, b) in itertools.combinations(told.items(), 2):
        assert not close(a, b), (id_a, id_b)


# ---------------------------------------------------------------------------------------------
# The notebook


def test_the_notebook_gives_the_word_and_the_vectors_of_the_reference():
    given = {}
    setup = next(cell.source for cell in LESSON.read().cells if cell.id == "setup")
    exec("\n".join(line for line in setup.splitlines() if "import" not in line), given | GIVEN, given)
    assert (given["word"], given["vectors"]) == (lesson.WORD, lesson.EMBEDDINGS)


@pytest.mark.parametrize(("exercise", "answer"), LESSON.rights(*POINTS))
def test_a_right_answer_passes_the_public_checks(exercise, answer):
    assert LESSON.passes_the_public_checks(exercise, answer)


@pytest.mark.parametrize("exercise", POINTS)
def test_the_public_checks_see_most_wrong_answers(exercise):
    wrongs = LESSON.wrongs(exercise)
    unseen = [p.id for p in wrongs if LESSON.passes_the_public_checks(*p.values)]
    assert len(unseen) <= len(wrongs) / 4, unseen


def test_the_notebook_is_complete_and_imports_nothing_unexpected():
    LESSON.check_the_notebook({"matplotlib", "IPython", "grader"})


@pytest.mark.slow
def test_the_notebook_runs_without_a_warning():
    outputs = LESSON.run({})
    assert not [o for o in outputs if "object>" in o.get("data", {}).get("text/plain", "")], (
        "a picture without words"
    )
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert sum("image/png" in o.get("data", {}) or "text/html" in o.get("data", {}) for o in outputs) >= 16


@pytest.mark.slow
def test_playing_never_stops_the_notebook():
    played = {
        'my_letter = "t"': 'my_letter = "zz"',
        'my_word = "dragon"': 'my_word = "<é & 日>"',
        "my_num_heads = 2": "my_num_heads = 3",
    }
    assert any("Not possible, but nothing is broken" in o.get("text", "") for o in LESSON.run(played))
    assert LESSON.run(
        {
            'my_letter = "t"': "my_letter = 7",
            'my_word = "dragon"': 'my_word = ""',
            "my_num_heads = 2": "my_num_heads = 0",
        }
    )
