"""Lessons in pure Python: public checks refuse an array or a tensor for a list where grading refuses it."""

import collections
import random

import numpy as np
import pytest
import torch

from grader.checks import plain
from grader.student import language
from grader.student.expect import Answer, Wrong
from grader.student.pure_python import expect
from grader.wire import Handle, decode, encode
from tests.student.test_public_checks import solutions, verdict

LISTS = [
    ("lesson3_embeddings", "make_embeddings"),
    ("lesson3_embeddings", "get_context_vector"),
    ("lesson3_embeddings", "softmax"),
    ("lesson3_embeddings", "forward"),
    ("lesson3_embeddings", "train"),
    ("lesson4_attention", "attention_scores"),
    ("lesson4_attention", "causal_mask"),
    ("lesson4_attention", "multi_head_attention"),
    ("lesson5_mini_llm", "forward_llm"),
    ("lesson5_mini_llm", "apply_temperature"),
    ("lesson6_training", "train"),
]
PAIRS = [("lesson4_attention", "attention"), ("lesson4_attention", "causal_self_attention")]
NUMBERS = [
    ("lesson3_embeddings", "sgd_step"),
    ("lesson4_attention", "dot"),
    ("lesson5_mini_llm", "count_parameters"),
    ("lesson5_mini_llm", "mean_loss"),
]
ARRAY, TENSOR = "numpy.array({}, dtype=float)", "torch.tensor({}, dtype=torch.float64)"
DEEP = """
def tuples(x):
    return tuple(map(tuples, x)) if isinstance(x, (list, tuple)) else x
def scalars(x):
    return type(x)(map(scalars, x)) if isinstance(x, (list, tuple)) else numpy.float64(x)
"""


def giving(name, exercise, what):
    """The verdict on a right answer whose result is turned into `what`, a pattern for `answer`."""
    (path, *_) = solutions(name, exercise, "right")
    turned = f"""
import numpy, torch
{DEEP}
right = {exercise}
def {exercise}(*args, **kwargs):
    answer = right(*args, **kwargs)
    return {what}
"""
    return verdict(name, exercise, path.read_text(encoding="utf-8") + turned)


def said_in_both(name, exercise, what):
    english = giving(name, exercise, what)
    language("fr")
    french = giving(name, exercise, what)
    language("en")
    return english, french and french.replace("\u00a0", " ")


@pytest.mark.parametrize(("name", "exercise"), LISTS)
def test_an_array_or_a_tensor_is_no_list(name, exercise, capsys):
    english, french = said_in_both(name, exercise, ARRAY.format("answer"))
    assert "returned a NumPy array of" in english and "; a list of" in english and "was expected." in english
    assert "a renvoyé un tableau NumPy de" in french and " ; on attendait une liste de" in french
    english, french = said_in_both(name, exercise, TENSOR.format("answer"))
    assert "returned a tensor of" in english and "a renvoyé un tenseur de" in french


@pytest.mark.parametrize(("name", "exercise"), PAIRS)
def test_neither_of_a_pair_may_be_an_array(name, exercise, capsys):
    first, second = ARRAY.format("answer[0]"), ARRAY.format("answer[1]")
    for pair in (f"({first}, answer[1])", f"(answer[0], {second})"):
        english, french = said_in_both(name, exercise, pair)
        assert "is a NumPy array of" in english and "; a list of" in english
        assert "est un tableau NumPy de" in french and " ; on attendait une liste de" in french


@pytest.mark.parametrize(("name", "exercise"), [LISTS[0], *LISTS[6:8]])
def test_rows_are_lists_too(name, exercise, capsys):
    for rows in (f"[{ARRAY.format('row')} for row in answer]", f"[{TENSOR.format('row')} for row in answer]"):
        english, french = said_in_both(name, exercise, rows)
        assert "returned a list that holds" in english and "a renvoyé une liste qui contient des" in french


@pytest.mark.parametrize(("name", "exercise"), NUMBERS)
def test_a_tensor_or_an_array_of_one_number_is_no_number(name, exercise, capsys):
    for pattern in (ARRAY, TENSOR):
        english, french = said_in_both(name, exercise, pattern.format("answer"))
        assert "that holds one number; a number was expected." in english
        assert "qui contient un seul nombre ; on attendait un nombre." in french
    assert giving(name, exercise, "numpy.float64(answer)") is None


@pytest.mark.parametrize(("name", "exercise"), [*LISTS, *PAIRS])
def test_tuples_and_numbers_that_numpy_made_are_right(name, exercise, capsys):
    assert giving(name, exercise, "tuples(answer)") is None
    assert giving(name, exercise, "scalars(answer)") is None


def test_probabilities_of_lesson_6_are_a_list_and_the_cache_is_free(capsys):
    name, exercise = "lesson6_training", "forward_with_cache"
    english, french = said_in_both(name, exercise, f"({ARRAY.format('answer[0]')}, answer[1])")
    assert "[0]` is a NumPy array of 27 values; a list of 27 numbers was expected." in english
    assert "[0]` est un tableau NumPy de 27 valeurs ; on attendait une liste de 27 nombres." in french
    assert giving(name, exercise, "(answer[0], numpy.array([1.0]))") is None
    assert giving(name, exercise, "(tuple(answer[0]), torch.ones(3))") is None


def test_gradients_are_lists_under_the_names_of_the_parameters(capsys):
    for changed, sentence in (
        ("'W1': numpy.array(answer['W1'])", "['W1']` is a NumPy array of 32 rows of 16 values;"),
        ("'b2': torch.tensor(answer['b2'])", "['b2']` is a tensor of 16 values;"),
        ("'Wq': answer['Wq'][1:]", "['Wq']` is a list of 15 rows of 16 values;"),
        ("'extra': 1.0", "has keys that `params` has not: extra."),
    ):
        assert sentence in giving("lesson6_training", "backward", f"{{**answer, {changed}}}")
    assert giving("lesson6_training", "backward", "{k: tuples(rows) for k, rows in answer.items()}") is None


IN_PLACE = [
    ("lesson3_embeddings", "sgd_step", "args[2][:] = [numpy.array(row) for row in args[2]]", "; W` is a list that holds NumPy"),
    ("lesson3_embeddings", "train", "args[2][:] = [numpy.array(row) for row in args[2]]", "; W` is a list that holds NumPy"),
    ("lesson6_training", "sgd_update", "args[0]['b1'] = numpy.array(args[0]['b1'])", "`sgd_update(params, grads, 0.5); params"),
    ("lesson6_training", "train", "args[1]['b1'] = numpy.array(args[1]['b1'])", "; params['b1']` is a NumPy array of 32"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exercise", "spoils", "sentence"), IN_PLACE)
def test_what_changes_in_place_stays_lists(name, exercise, spoils, sentence, capsys):
    (path, *_) = solutions(name, exercise, "right")
    spoiled = f"""
import numpy
right = {exercise}
def {exercise}(*args):
    answer = right(*args)
    {spoils}
    return answer
"""
    assert sentence in verdict(name, exercise, path.read_text(encoding="utf-8") + spoiled)


VALUES = [
    [1.0, 2.0], (1.0, 2.0), [1, 2], [np.float64(1), np.float32(2)], [np.int64(1), np.float16(2)], np.array([1.0, 2.0]),
    torch.tensor([1.0, 2.0]), [torch.tensor(1.0), 2.0], [np.array(1.0), 2.0], collections.deque([1.0, 2.0]), range(1, 3),
    {1.0: 0, 2.0: 0}.keys(), {1.0, 2.0}, (x for x in (1.0, 2.0)), "12", ["1", "2"], [None, None], None, [[1.0], [2.0]],
    [1.0], [], 1.0, [True, 2.0], [1.0, complex(2)], collections.UserList([1.0, 2.0]),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_the_public_check_takes_exactly_what_grading_takes(value):
    read = decode(*encode(value, opaque=lambda v: Handle(0, type(v).__name__)))
    try:
        expect(Answer(value, "f()")).near([1.0, 2.0])
        taken = True
    except Wrong:
        taken = False
    assert taken == plain.same(read, [1.0, 2.0])


def test_a_mask_of_arrays_is_not_said_to_repeat_a_row(capsys):
    assert "one and the same" not in giving("lesson4_attention", "causal_mask", ARRAY.format("answer"))


class FreshRows(list):
    """Makes a row anew each time that it is read, as a view of an array is: two may follow at one address."""

    def __iter__(self):
        return (row[:] for row in list.__iter__(self))


def test_rows_made_while_they_are_read_are_rows_of_their_own(capsys):
    for name, exercise in LISTS[:1] + LISTS[6:7]:
        source = solutions(name, exercise, "right")[0].read_text(encoding="utf-8")
        turned = f"\nright = {exercise}\ndef {exercise}(*a, **k): return fresh(right(*a, **k))"
        given = "from tests.student.test_pure_python import FreshRows as fresh\n"
        assert verdict(name, exercise, given + source + turned) is None


@pytest.mark.parametrize(
    "draw",
    ["numpy.random.normal(0, std)", "random.SystemRandom().gauss(0, std)", "torch.randn(()).item() * std"],
)
def test_embeddings_come_from_the_module_random(draw, capsys):
    source = f"""
import numpy, random, torch
def make_embeddings(vocab_size, embed_dim, std=0.5):
    return [[{draw} for _ in range(embed_dim)] for _ in range(vocab_size)]
"""
    assert "After the same `random.seed`" in verdict("lesson3_embeddings", "make_embeddings", source)
    language("fr")
    assert "Après le même `random.seed`" in verdict("lesson3_embeddings", "make_embeddings", source)


def test_checking_embeddings_leaves_the_generator_alone(capsys):
    random.seed(5)
    wanted = random.Random(5).random()
    source = solutions("lesson3_embeddings", "make_embeddings", "right")[0].read_text(encoding="utf-8")
    assert verdict("lesson3_embeddings", "make_embeddings", source) is None
    assert random.random() == wanted
