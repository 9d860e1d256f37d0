"""train: a step at every position of every word, in the given order, and the mean loss of each epoch."""

import math

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.numbers import agree, as_float, ask, form, keep, observed, outcome, same
from reference.pure_python import embeddings as lesson
from reference.pure_python.wrong_embeddings import TRAIN

RELIES_ON = {
    "get_context_vector": carried(lesson.get_context_vector),
    "softmax": carried(lesson.softmax),
    "forward": carried(lesson.forward),
    "sgd_step": carried(lesson.sgd_step),
}
pytestmark = pytest.mark.exercise("train", relies_on=RELIES_ON)

NAMES = ("words", "embeddings", "W", "b", "epochs", "lr")

CHANGED = {2: "W", 3: "b"}


@pytest.fixture
def inputs(draw):
    """Words of different lengths, not in alphabetical order, and a random model.

    Letters come twice in one word, and the shortest word comes twice: each time counts.
    """
    short = draw.word(1)
    words = sorted([short, draw.word(2), draw.mirrored(), draw.word(3)])
    words = [words[2], words[0], words[3], words[1], short]
    lr = round(draw.rng.uniform(0.1, 0.3), 2)
    return [(words, draw.embeddings(), *draw.model(), 3, lr)]


def cause_of(student, answers, inputs):
    """ "words_shuffled" where other seeds give other weights, else None."""
    again = ask(student, "train", inputs * 2, seed=[1, 2], names=NAMES)
    weights = [observed(a, CHANGED)[1] for a in again]
    if any(isinstance(a, StudentError) for a in again) or same(*weights, 1e-9):
        return None
    return "words_shuffled"


def judged(student, inputs, parts):
    """Compare these parts of what training gives with the reference."""
    answers = ask(student, "train", inputs, seed=3, names=NAMES)
    right = [outcome(lesson.train, given, list(CHANGED)) for given in inputs]
    agrees = all(
        same(observed(a, CHANGED)[p], r[p]) for a, r in zip(answers, right, strict=True) for p in parts
    )
    otherwise = None if agrees else cause_of(student, answers, inputs)
    agree(answers, inputs, lesson.train, TRAIN, changed=CHANGED, parts=parts, otherwise=otherwise)


@pytest.mark.points(1)
@pytest.mark.title(fr="Renvoie la perte moyenne de chaque époque")
def test_history(student, inputs):
    """Returns the mean loss of each epoch"""
    judged(student, inputs, [0])


@pytest.mark.points(1)
@pytest.mark.title(fr="Change W et b sur place, un pas à chaque position")
def test_weights(student, inputs):
    """Changes W and b in place, one step at each position"""
    judged(student, inputs, [1, 2])


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le modèle apprend : la perte baisse")
def test_learning(student, draw):
    """The model learns: the loss falls"""
    words = [draw.word(n) for n in (5, 3)]
    embeddings, (W, b) = draw.embeddings(), draw.model()
    given = (words, embeddings, W, b, 6, 0.1)
    (answer,) = ask(student, "train", [given], names=NAMES)
    if isinstance(answer, StudentError):
        raise answer
    losses, new_W, new_b = observed(answer, CHANGED)
    before = mean_loss(words, embeddings, W, b)
    # The loss is the reference's, on the weights read back; what the function says does not count here.
    fits = form(new_W) == form(W) and form(new_b) == form(b)
    after = math.nan
    if fits:
        weights = [[as_float(w) for w in row] for row in new_W]
        after = mean_loss(words, embeddings, weights, [as_float(x) for x in new_b])
    if after < 0.7 * before:
        return
    on_copies = same(new_W, W) and same(new_b, b) and same(losses, outcome(lesson.train, given, [])[0])
    cause = named(TRAIN, "not_in_place") if on_copies else None
    fail(
        f"With the W and b that `{answer.call}` leaves, the mean loss is {after:.2f}; it was {before:.2f} before.",
        f"Avec les W et b que laisse `{answer.call}`, la perte moyenne est {after:.2f} ; elle était {before:.2f} avant.",
        cause.id if cause else None,
        cause.sentence if cause else None,
    )


def mean_loss(words, embeddings, W, b):
    """Mean of -log p(next) over all positions."""
    losses = []
    for wrapped in (f".{word}." for word in words):
        for position in range(1, len(wrapped)):
            scores = lesson.forward(lesson.get_context_vector(wrapped, position, embeddings), W, b)
            if not all(map(math.isfinite, scores)):
                return math.nan
            p = lesson.softmax(scores)[lesson.char_to_id[wrapped[position]]]
            losses.append(-math.log(max(p, 1e-300)))
    return sum(losses) / len(losses)


@pytest.mark.points(0.5)
@pytest.mark.vacuous
@pytest.mark.title(fr="Ni les mots ni les embeddings ne changent")
def test_arguments_are_kept(student, inputs):
    """Neither the words nor the embeddings are changed"""
    given = [(words, embeddings, W, b, 1, lr) for words, embeddings, W, b, _, lr in inputs]
    answers = ask(student, "train", given, names=NAMES)
    keep(answers, given, {0: "words"}, TRAIN, "words_wrapped")
    keep(answers, given, {1: "embeddings"})
