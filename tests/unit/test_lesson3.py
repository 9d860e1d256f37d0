"""Lesson 3: reference, PyTorch twin, wrong references, solutions and notebook agree with each other.

Values decide: a right answer agrees with the reference, a wrong one does what its hypothesis
predicts, or shows the sign of a misconception without hypothesis. What is drawn at random is in
`test_lesson3_sampling.py`.
"""

import copy
import itertools
import math
import random

import pytest
import torch
from lesson_library import Lesson, close

from reference.pure_python import embeddings as lesson
from reference.pure_python.wrong_embeddings import BY_EXERCISE
from reference.pytorch import embeddings as twin

POINTS = {
    "make_embeddings": 1,
    "get_context_vector": 2,
    "softmax": 2,
    "forward": 2,
    "sgd_step": 3,
    "train": 3,
    "generate": 3,
}
CONSTANTS = ["ALPHABET", "char_to_id", "id_to_char", "VOCAB_SIZE", "EMBED_DIM", "CONTEXT_SIZE"]
GIVEN = {name: getattr(lesson, name) for name in [*CONSTANTS, *POINTS]} | {"math": math, "random": random}
LESSON = Lesson("lesson3_embeddings", "embeddings", POINTS, GIVEN, BY_EXERCISE)


def vector(n: int, scale: float = 1.0) -> list[float]:
    return [random.gauss(0.0, scale) for _ in range(n)]


def matrix(rows: int, columns: int, scale: float = 1.0) -> list[list[float]]:
    return [vector(columns, scale) for _ in range(rows)]


def error_of(ours, theirs: torch.Tensor) -> float:
    ours = torch.tensor(ours, dtype=torch.float64)
    return float((ours - theirs).abs().max() / theirs.abs().max())


# ---------------------------------------------------------------------------------------------
# The library, the texts, the two worlds


def test_the_library_is_complete():
    LESSON.check_the_library()


def test_the_two_worlds_agree_on_forward_passes_and_probabilities():
    random.seed(1)
    for word in ["hugo", "a", "ab", "abc", "zzzzzz"]:
        embeddings, W, b = matrix(27, 8), matrix(24, 27), vector(27)
        tensors = [torch.tensor(x, dtype=torch.float64) for x in (embeddings, W, b)]
        for position in range(1, len(word) + 2):
            context = lesson.get_context_vector(f".{word}.", position, embeddings)
            assert context == twin.get_context_vector(f".{word}.", position, tensors[0]).tolist()
            scores = twin.forward(torch.tensor(context, dtype=torch.float64), *tensors[1:])
            assert error_of(lesson.forward(context, W, b), scores) < 1e-9
            assert error_of(lesson.softmax(lesson.forward(context, W, b)), twin.softmax(scores)) < 1e-9
    huge = [1000.0, -1000.0, 999.0, 1e6, -1e6]
    assert error_of(lesson.softmax(huge), twin.softmax(torch.tensor(huge, dtype=torch.float64))) < 1e-9


def test_the_hand_written_gradient_is_autograds():
    random.seed(2)
    for _ in range(60):
        n, v = random.randint(1, 24), random.randint(2, 27)
        context, target = vector(n), random.randrange(v)
        W, b = matrix(n, v), vector(v)
        tensors = [torch.tensor(x, dtype=torch.float64) for x in (context, W, b)]
        loss, dW, db = twin.gradients(tensors[0], target, *tensors[1:])
        zero_W, zero_b = copy.deepcopy(W), list(b)
        assert math.isclose(lesson.sgd_step(context, target, zero_W, zero_b, 1.0), loss.item(), rel_tol=1e-9)
        ours = [[w - z for w, z in zip(*rows, strict=True)] for rows in zip(W, zero_W, strict=True)]
        assert error_of(ours, dW) < 1e-9
        assert error_of([x - z for x, z in zip(b, zero_b, strict=True)], db) < 1e-9


def test_the_two_worlds_train_alike():
    random.seed(3)
    embeddings, W, b = matrix(27, 4), matrix(12, 27), vector(27)
    tensors = [torch.tensor(x, dtype=torch.float64) for x in (embeddings, W, b)]
    words = ["hugo", "lina", "o", "zoe"]
    ours = lesson.train(words, embeddings, W, b, 5, 0.1)
    theirs = twin.train(words, *tensors, 5, 0.1)
    assert close(ours, theirs, rel=1e-9) and ours[-1] < ours[0]
    assert error_of(W, tensors[1]) < 1e-9 and error_of(b, tensors[2]) < 1e-9
    ours = lesson.softmax(lesson.forward(lesson.get_context_vector(".li", 3, embeddings), W, b))
    assert error_of(ours, twin.next_letter(".li", *tensors)) < 1e-9


# ---------------------------------------------------------------------------------------------
# Exercises whose answer is a value, or a change in place


def context_inputs():
    embeddings = matrix(27, 4)
    places = [(word, i) for word in (".hugo.", ".manon.", ".o.") for i in range(1, len(word))]
    return [(word, i, embeddings) for word, i in places]


def step_inputs():
    return [
        (vector(n), random.randrange(5), matrix(n, 5), vector(5), lr)
        for n, lr in [(1, 0.3), (4, 0.05), (5, 2.0)]
    ]


def train_inputs():
    words = ["zoe", "hugo", "o", "lina"]
    return [(words, matrix(27, 2), matrix(6, 27), vector(27), 3, 0.2)]


# name: (random inputs, indices of the arguments that change in place)
INPUTS = {
    "get_context_vector": (context_inputs, ()),
    "softmax": (lambda: [(vector(n, 3.0),) for n in (2, 3, 5, 27)], ()),
    "forward": (lambda: [(vector(n), matrix(n, v), vector(v)) for n, v in [(4, 4), (5, 3), (2, 6)]], ()),
    "sgd_step": (step_inputs, (2, 3)),
    "train": (train_inputs, (2, 3)),
}


def outcome(function, arguments, changed):
    """What is returned, then what is in the arguments that may change; the others must not."""
    fresh = copy.deepcopy(arguments)
    returned = function(*fresh)
    for i, (before, after) in enumerate(zip(arguments, fresh, strict=True)):
        assert i in changed or before == after, f"argument {i} was changed"
    return [returned, *(fresh[i] for i in changed)] if changed else returned


def signs_of(function, exercise: str) -> set[str]:
    """Ids of the misconceptions without hypothesis that this function shows."""
    random.seed(8)
    inputs, changed = INPUTS[exercise]
    arguments = inputs()[-1]
    fresh = copy.deepcopy(arguments)
    try:
        returned = function(*fresh)
    except IndexError:
        return {"sizes_hard_coded"}
    signs = {"nothing_returned"} if returned is None else set()
    if [x for i, x in enumerate(fresh) if i not in changed] != [
        x for i, x in enumerate(arguments) if i not in changed
    ]:
        name = {
            "get_context_vector": "embeddings_grow",
            "softmax": "argument_changed",
            "forward": "bias_changed",
            "sgd_step": "context_changed",
            "train": "words_wrapped",
        }
        signs.add(name[exercise])
    if exercise == "softmax" and returned is not None:
        try:
            big, low = list(function([1000.0, 1001.0])), list(function([-1000.0, -1001.0]))
            signs |= {"scores_clipped"} if big[0] == big[1] or low[0] == low[1] else set()
        except (OverflowError, ZeroDivisionError):
            signs.add("overflow")
        signs |= set() if isinstance(returned, list | tuple) else {"generator_returned"}
    if exercise == "train":
        again = copy.deepcopy(arguments)
        random.seed(9)
        function(*again)
        signs |= set() if close(again[2], fresh[2]) else {"words_shuffled"}
    return signs


@pytest.mark.parametrize(("exercise", "answer"), LESSON.rights(*INPUTS))
def test_a_right_answer_agrees_with_the_reference(exercise, answer):
    random.seed(7)
    function, reference = LESSON.function(exercise, answer), getattr(lesson, exercise)
    inputs, changed = INPUTS[exercise]
    for _ in range(1 if exercise == "train" else 8):
        for arguments in inputs():
            seen = outcome(function, arguments, changed)
            assert close(seen, outcome(reference, arguments, changed))
    if exercise == "softmax":
        for scores in ([1000.0, 999.0, -1000.0], [-1000.0, -1001.0], [5000.0, 5000.0, 0.0], [3], (1, 2)):
            assert close(function(scores), reference(scores))
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
    inputs, changed = INPUTS[exercise]
    differs = 0
    for arguments in inputs():
        predicted = wrong.hypothesis(*arguments)
        predicted = list(predicted) if changed else predicted
        if predicted is None:  # the wrong code stops with an error on these sizes
            with pytest.raises(IndexError):
                function(*copy.deepcopy(arguments))
            continue
        seen = outcome(function, arguments, changed)
        assert close(seen, predicted)
        differs += not close(seen, outcome(reference, arguments, changed))
    assert differs


@pytest.mark.parametrize("exercise", INPUTS)
def test_no_two_hypotheses_agree_on_every_input(exercise):
    random.seed(10)
    inputs, changed = INPUTS[exercise]
    given = inputs()
    told = {m.id: [m.hypothesis(*a) for a in given] for m in BY_EXERCISE[exercise] if m.hypothesis}
    told["right"] = [outcome(getattr(lesson, exercise), a, changed) for a in given]
    told = {key: [list(x) if changed else x for x in values] for key, values in told.items()}
    for (id_a, a), (id_b, b) in itertools.combinations(told.items(), 2):
        assert not close(a, b), (id_a, id_b)


# ---------------------------------------------------------------------------------------------
# The notebook


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
def test_the_notebook_runs_with_its_grading_parameters_and_without_a_warning():
    outputs = LESSON.run({"EPOCHS = 100": "EPOCHS = 5", "SHOWN = 10": "SHOWN = 3"})
    assert not [o for o in outputs if "object>" in o.get("data", {}).get("text/plain", "")], (
        "a picture without words"
    )
    assert not [o for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert sum("image/png" in o.get("data", {}) or "text/html" in o.get("data", {}) for o in outputs) >= 18


@pytest.mark.slow
def test_playing_never_stops_the_notebook():
    played = {
        'my_word = "charlie"': 'my_word = "Zoé <b>"',
        "my_scores = [2.0, 1.0, -1.0]": "my_scores = []",
        "my_lr = 0.1": "my_lr = -1000",
        'my_beginning = "man"': 'my_beginning = ""',
        "my_seed = 2024": 'my_seed = "hello"',
        "EPOCHS = 100": "EPOCHS = 2",
    }
    assert LESSON.run(played)
    played = {
        'my_word = "charlie"': "my_word = 12",
        "my_scores = [2.0, 1.0, -1.0]": 'my_scores = "abc"',
        "my_lr = 0.1": "my_lr = None",
        'my_beginning = "man"': "my_beginning = ['a']",
        "my_seed = 2024": "my_seed = [1]",
        "EPOCHS = 100": "EPOCHS = 2",
    }
    said = [o.get("text", "") for o in LESSON.run(played)]
    assert sum("Not possible, but nothing is broken" in text for text in said) == 5


@pytest.mark.slow
def test_the_map_and_the_names_are_as_the_text_says():
    cells = {cell.id: cell.source for cell in LESSON.read().cells}
    space = GIVEN | {"say": lambda english, french: english, "EPOCHS": 100}
    exec("\n".join(line for line in cells["setup"].splitlines() if line.startswith("words")), space)
    space["show_embeddings"] = lambda *args, **options: None
    exec(cells["learn-map"], space)
    after = {}  # letter -> the letters that follow it
    for word in space["words"]:
        for letter, following in itertools.pairwise(word + "."):
            after.setdefault(letter, set()).add(following)
    assert after["c"] == after["j"] == {"a"} and after["u"] == {"g", "i"}
    assert [letter for letter, following in after.items() if "g" in following] == ["u"]
    points = dict(zip(space["letters"], space["maps"]["after"], strict=True))
    nearest = {
        letter: min(math.dist(point, other) for name, other in points.items() if name != letter)
        for letter, point in points.items()
    }
    assert max(nearest, key=nearest.get) == "u" and nearest["u"] > 1.5 * sorted(nearest.values())[-2]
    assert math.dist(points["c"], points["j"]) < 0.05
    assert all("(*hugo*)" in cells[text] and "*g*" in cells[text] for text in ("map-2-fr", "map-2-en"))
