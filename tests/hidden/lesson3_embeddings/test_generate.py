"""generate: letters drawn one by one from the model, until the dot or `max_len` letters.

The test of the law fails a right sampler with probability below 1e-6: two independent samples must
reject it at 3e-4 each, over all its conditions together.
"""

import pytest

from grader.checks import fail
from grader.checks.carried import carried
from grader.checks.diagnose import named
from grader.checks.numbers import described, same
from grader.checks.sampling import deviation
from reference.pure_python import embeddings as lesson
from reference.pure_python.wrong_embeddings import GENERATE
from reference.pure_python.wrong_embeddings_sampler import law

RELIES_ON = {
    "get_context_vector": carried(lesson.get_context_vector),
    "softmax": carried(lesson.softmax),
    "forward": carried(lesson.forward),
}
pytestmark = pytest.mark.exercise("generate", relies_on=RELIES_ON)


def because(cause):
    """A misconception or None, as the last arguments of `fail`."""
    return (cause.id, cause.sentence) if cause else (None, None)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Un texte fait de lettres, sans points")
def test_text(writer):
    """A text of letters, without dots"""
    word = writer.draw.word(4)
    cases = [(writer.chain(f"{word}."), [{}, {"max_len": 3}]), (writer.endless(), [{"max_len": 5}] * 3)]
    for model, arguments in cases:
        for answer in writer.write(model, arguments):
            if type(answer.value) is str and set(answer.value) <= set(lesson.ALPHABET[1:]):
                continue
            kind = described(answer.value, answer.type_name)
            seen = (repr(answer.value[:40]),) * 2 if type(answer.value) is str else kind
            fail(
                f"`{answer.call}` returned {seen[0]}; a text of letters (str) was expected.",
                f"`{answer.call}` a renvoyé {seen[1]} ; on attendait un texte fait de lettres (str).",
                *because(writer.cause()),
            )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le prénom finit quand le point sort")
def test_end(writer):
    """The name ends when the dot is drawn"""
    for length in (1, 3, writer.draw.rng.randrange(5, 9)):
        word = writer.draw.word(length)
        (answer,) = writer.write(writer.chain(f"{word}."), [{"max_len": length + 6}])
        wrote(writer, answer, word)


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Jamais plus de max_len lettres (20 par défaut)")
def test_length(writer):
    """Never more than max_len letters (20 by default)"""
    word = writer.draw.word(26)
    for arguments in ({"max_len": 1}, {"max_len": writer.draw.rng.randrange(4, 9)}, {}, {"max_len": 24}):
        (answer,) = writer.write(writer.chain(f"{word}."), [arguments])
        wrote(writer, answer, word[: arguments.get("max_len", 20)])


def wrote(writer, answer, word):
    """Fail unless this word came back from a model that is certain of each letter."""
    seen = answer.value
    text = "".join(map(str, seen)) if isinstance(seen, (list, tuple)) else str(seen)
    if text.replace(".", "") == word:  # what else is wrong with it, the first test says
        return
    fail(
        f"`{answer.call}` wrote {text[:40]!r}; {word!r} was expected, from a model that is certain of each "
        "character.",
        f"`{answer.call}` a écrit {text[:40]!r} ; on attendait {word!r}, d'un modèle qui est sûr de chaque "
        "caractère.",
        *because(writer.cause()),
    )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le hasard vient du module `random` : même graine, même prénom")
def test_seeds(writer):
    """Chance comes from the module `random`: same seed, same name"""
    # 12 letters out of 26: two right names are alike once in 10^17.
    model, rng = writer.endless(), writer.draw.rng
    stream = [a.value for a in writer.write(model, [{"max_len": 12}] * 5)]
    apart = writer.write(model, [{"max_len": 12}] * 5, seed=[rng.randrange(1 << 31) for _ in range(5)])
    if all(same(s, stream[0]) for s in stream) or all(same(a.value, apart[0].value) for a in apart):
        fail(
            f"`generate(embeddings, W, b, max_len=12)` wrote {str(stream[0])[:40]!r} five times in a row.",
            f"`generate(embeddings, W, b, max_len=12)` a écrit {str(stream[0])[:40]!r} cinq fois de suite.",
            *because(writer.cause()),
        )
    one = rng.randrange(1 << 31)
    seeds = [
        {"random": one, "numpy": rng.randrange(1 << 31), "torch": rng.randrange(1 << 31)} for _ in "abcde"
    ]
    again = [a.value for a in writer.write(model, [{"max_len": 12}] * 5, seed=seeds)]
    other = next((text for text in again if not same(text, again[0])), None)
    if other is not None:
        fail(
            f"After the same `random.seed`, `generate` wrote {str(again[0])[:40]!r} and {str(other)[:40]!r}.",
            f"Après le même `random.seed`, `generate` a écrit {str(again[0])[:40]!r} et {str(other)[:40]!r}.",
            *because(named(GENERATE, "other_generator")),
        )


@pytest.mark.points(1)
@pytest.mark.title(fr="Chaque lettre suit la loi du modèle, qui lit les trois caractères d'avant")
def test_law(writer):
    """Each letter follows the law of the model, which reads the three characters before"""
    models = writer.random_pair()
    # Few letters are possible there, so that many names are alike; in a third model rare letters show.
    models.append(writer.uneven())
    laws = [m.names(law) for m in models]
    found = deviation(lambda n, of: [writer.sample(models[i], n) for i in of], laws, 250, 750)
    if found:
        name, k = found.outcome or "(an empty name)", models[found.where].longest
        fail(
            f"`generate(embeddings, W, b, max_len={k})` wrote {name!r} in {found.seen:.0%} of {found.drawn} names; "
            f"the model says {found.expected:.0%}.",
            f"`generate(embeddings, W, b, max_len={k})` a écrit {found.outcome!r} dans {100 * found.seen:.0f} % de "
            f"{found.drawn} prénoms ; le modèle dit {100 * found.expected:.0f} %.",
            *because(writer.cause()),
        )
