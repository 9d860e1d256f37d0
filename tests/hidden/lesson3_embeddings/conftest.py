"""Fixtures of the hidden tests of lesson 3.

Every test sees the constants that the notebook gives, whatever cells have made of them since.
`draw` makes random models; `writer` calls the student's `generate` with models whose law is known
exactly, and says which wrong sampler explains what it wrote.
"""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from grader.bridge import Answer, Student, StudentError
from grader.checks.diagnose import named
from grader.checks.sampling import RARE, agrees
from grader.checks.texts import require_something
from reference.pure_python import embeddings as lesson
from reference.pure_python.embeddings import ALPHABET, VOCAB_SIZE, char_to_id
from reference.pure_python.wrong_embeddings_sampler import GENERATE, law

GIVEN = ("ALPHABET", "char_to_id", "id_to_char", "VOCAB_SIZE", "EMBED_DIM", "CONTEXT_SIZE")
LETTERS = ALPHABET[1:]
WINDOW = lesson.CONTEXT_SIZE * lesson.EMBED_DIM  # 24


@pytest.fixture(autouse=True)
def constants(student):
    """What the notebook gives, as it gave it: a changed constant is not what is graded here."""
    for name in GIVEN:
        student.replace(name, getattr(lesson, name))


@dataclass
class Draw:
    """Random inputs, with few digits so that a message can quote them."""

    rng: random.Random

    def vector(self, n: int, scale: float = 1.0, digits: int = 2) -> list[float]:
        """(n,) numbers from N(0, scale²), no two equal, none 0."""
        found: list[float] = []
        while len(found) < n:
            x = round(self.rng.gauss(0.0, scale), digits)
            if x and x not in found:
                found.append(x)
        return found

    def matrix(self, rows: int, columns: int, scale: float = 1.0) -> list[list[float]]:
        """(rows, columns) numbers from N(0, scale²)."""
        return [[round(self.rng.gauss(0.0, scale), 3) for _ in range(columns)] for _ in range(rows)]

    def embeddings(self) -> list[list[float]]:
        """(27, 8)"""
        return self.matrix(VOCAB_SIZE, lesson.EMBED_DIM)

    def model(self, scale: float = 0.3) -> tuple[list[list[float]], list[float]]:
        """W (24, 27) and b (27,), under which no letter is nearly certain or excluded."""
        return self.matrix(WINDOW, VOCAB_SIZE, scale), self.vector(VOCAB_SIZE, scale, 3)

    def context(self) -> list[float]:
        """(24,) the numbers of a window whose first two characters are one letter; a 0 is among its numbers."""
        twice = self.vector(lesson.EMBED_DIM)
        twice[self.rng.randrange(2, 6)] = 0.0
        return twice * 2 + self.vector(lesson.EMBED_DIM)

    def word(self, length: int) -> str:
        """Letters that all differ, so that no window looks like another."""
        return "".join(self.rng.sample(LETTERS, length))

    def mirrored(self) -> str:
        """A word of four letters that come twice each, as in "anna"."""
        half = self.word(2)
        return half + half[::-1]


@pytest.fixture
def draw(rng):
    """Source of random inputs of this test."""
    return Draw(rng)


# -- generate ---------------------------------------------------------------------------------

CERTAIN = 40.0  # score of a certain letter above any other, at least twice this
FEW = 3  # letters that a random model may draw, besides the dot
DRAWN = 12  # random models to choose from
LONGEST = 3  # letters of the names whose law is compared
CONTEXTS = 60  # texts after which a likelihood asks for the next letter's law
CLOSE = [  # samplers that a bad choice of the model would hide
    named(GENERATE, name).hypothesis
    for name in ("context_frozen", "last_letter_only", "one_letter_behind", "scores_as_weights",
                 "dot_never_drawn", "probabilities_squared")
]  # fmt: skip


@dataclass
class Model:
    """Arguments of `generate` in the student's kernel, and here.

    Parameters
    ----------
    embeddings, W, b : list
    placed : list of Answer
        The same, kept in the kernel for many calls.
    longest : int
        Letters of the names whose law is compared.
    """

    embeddings: list[list[float]]
    W: list[list[float]]
    b: list[float]
    placed: Sequence[Answer] = ()
    longest: int = LONGEST

    def names(self, hypothesis, floor: float = 0.0) -> dict[str, float]:
        """Probability of each name of at most `self.longest` letters under a sampler's law."""
        found: dict[str, float] = {}
        unfinished = {"": 1.0}
        for length in range(self.longest + 1):
            longer: dict[str, float] = {}
            for text, p in unfinished.items():
                if length == self.longest:
                    found[text] = found.get(text, 0.0) + p
                    continue
                for j, q in enumerate(hypothesis(text, self.embeddings, self.W, self.b)):
                    if p * q > max(floor, 1e-12):
                        if j == 0:
                            found[text] = found.get(text, 0.0) + p * q
                        else:
                            longer[text + ALPHABET[j]] = p * q
            unfinished = longer
        return found

    def log_likelihood(self, names, hypothesis) -> float:
        """Log probability that a sampler writes these names of at most `self.longest` letters.

        One draw in fifty may be anything, so that a single surprise does not rule a sampler out.  Draws
        after the first `CONTEXTS` texts are left out: they would cost much and tell little.
        """
        laws: dict[str, list[float]] = {}
        total = 0.0
        for name in names:
            drawn = name if len(name) == self.longest else f"{name}."
            for i, letter in enumerate(drawn):
                seen = drawn[:i]
                if seen not in laws and len(laws) == CONTEXTS:
                    break
                if seen not in laws:
                    laws[seen] = hypothesis(seen, self.embeddings, self.W, self.b)
                total += math.log(0.98 * laws[seen][char_to_id[letter]] + 0.02 / VOCAB_SIZE)
        return total

    def distance(self, hypothesis) -> float:
        """Total variation between the names of the right sampler and of another."""
        a, b = self.names(law, 1e-4), self.names(hypothesis, 1e-4)
        return sum(abs(a.get(name, 0.0) - b.get(name, 0.0)) for name in {*a, *b}) / 2


@dataclass
class Writer:
    """A student's `generate` and models for it."""

    student: Student
    draw: Draw
    kept: dict = field(default_factory=dict)

    def model(self, embeddings, W, b) -> Model:
        """Put a model into the kernel once, for many calls."""
        return Model(embeddings, W, b, [self.student.place(x) for x in (embeddings, W, b)])

    def random_model(self) -> Model:
        """A model that draws the dot and `FEW` secret letters, each context in its own way."""
        drawn = self._random_model()
        return self.model(drawn.embeddings, drawn.W, drawn.b)

    def random_pair(self) -> list[Model]:
        """Two such models, so chosen among `DRAWN` that each wrong sampler differs much from the right one under
        one of them at least, and a few hundred names tell them apart."""
        drawn = [self._random_model() for _ in range(DRAWN)]
        apart = [[m.distance(h) for h in CLOSE] for m in drawn]
        pair = max(
            itertools.combinations(range(DRAWN), 2),
            key=lambda ab: min(map(max, apart[ab[0]], apart[ab[1]])),
        )
        return [self.model(m.embeddings, m.W, m.b) for m in map(drawn.__getitem__, pair)]

    def _random_model(self) -> Model:
        few = [char_to_id[c] for c in self.draw.rng.sample(LETTERS, FEW)]
        b = [-60.0] * VOCAB_SIZE
        b[0] = 3.0
        for j in few:  # positive, so that whoever draws by scores draws the right letters wrongly
            b[j] = 3.5
        embeddings = self.draw.matrix(VOCAB_SIZE, lesson.EMBED_DIM, 0.8)
        # The letter before the last weighs most, so that it shows who looks at the last one only.
        W = [
            row for scale in (0.3, 0.7, 0.3) for row in self.draw.matrix(lesson.EMBED_DIM, VOCAB_SIZE, scale)
        ]
        return Model(embeddings, W, b)

    def chain(self, text: str) -> Model:
        """A model that is certain of each next character by the last one: ``"abc."`` writes abc, then ends.

        What comes after the last character is what comes first, so a loop that goes on repeats the text.
        """
        codes = [[1.0 if (j >> k) & 1 else -1.0 for k in range(5)] + [1.0] * 3 for j in range(VOCAB_SIZE)]
        order = [".", *text.rstrip(".")]
        W = [[0.0] * VOCAB_SIZE for _ in range(WINDOW)]
        for last, then in zip(order, [*order[1:], "." if text.endswith(".") else order[1]], strict=True):
            for k, x in enumerate(codes[char_to_id[last]]):
                W[WINDOW - lesson.EMBED_DIM + k][char_to_id[then]] += CERTAIN * x
        b = [0.0 if c in order else -60.0 * CERTAIN for c in ALPHABET]
        return self.model(codes, W, b)

    def endless(self) -> Model:
        """A model that never draws the dot, and all letters nearly alike, whatever comes before."""
        zeros = [[0.0] * VOCAB_SIZE for _ in range(WINDOW)]
        b = [-200.0, *(3.0 + x for x in self.draw.vector(26, 0.05, 4))]  # no ties
        return self.model(self.draw.embeddings(), zeros, b)

    def uneven(self) -> Model:
        """A model that gives each of the 27 characters its own share, from 1 % to 10 %, for names of one letter.

        Half of them have less than 3 %, and together 22 %: who leaves out what is rare, shows here.
        """
        zeros = [[0.0] * VOCAB_SIZE for _ in range(WINDOW)]
        b = [1.7 + 0.1 * k for k in range(VOCAB_SIZE - 1)]
        self.draw.rng.shuffle(b)
        # The dot is the likeliest, so that a name that takes no notice of max_len ends soon.
        return replace(self.model(self.draw.embeddings(), zeros, [4.3, *b]), longest=1)

    def write(self, model: Model, arguments: list[dict], seed=None) -> list[Answer]:
        """Answers to these keyword arguments; without `seed` from one stream, seeded once."""
        first = self.draw.rng.randrange(1 << 31)
        seeds = [first, *[None] * (len(arguments) - 1)] if seed is None else seed
        spoken = [", ".join(["embeddings", "W", "b", *(f"{k}={v}" for k, v in a.items())]) for a in arguments]
        try:
            answers = self.student.calls("generate", [(model.placed, a) for a in arguments], seed=seeds)
        except StudentError as error:
            error.call = f"generate({spoken[0]})"
            raise
        told = [replace(a, call=f"generate({text})") for a, text in zip(answers, spoken, strict=True)]
        return require_something(told, GENERATE)

    def sample(self, model: Model, n: int) -> list[str]:
        """n names of at most `model.longest` letters."""
        arguments = [{"max_len": model.longest}] * n
        return [letters(a.value)[: model.longest] for a in self.write(model, arguments)]

    def cause(self):
        """The misconception that explains what `generate` does with several models, or None; looked for once a grading."""
        if "cause" not in self.kept:
            try:
                self.kept["cause"] = self._sign() or self._likeliest()
            except StudentError:
                self.kept["cause"] = None
        return self.kept["cause"]

    def _sign(self):
        word = "".join(self.draw.rng.sample(LETTERS, 8))
        chain = self.chain(word + ".")
        short, whole = self.write(chain, [{"max_len": 4}, {"max_len": 12}])
        if isinstance(short.value, (list, tuple)):
            return named(GENERATE, "list_returned")
        if not isinstance(short.value, str):
            return None
        if "." in short.value + str(whole.value):
            return named(GENERATE, "dots_in_text")
        again = word + word[: 12 - len(word) - 1]
        if short.value == word[:4] and whole.value == again:
            # Whoever never draws the dot goes on too, but then never writes a shorter name.
            ends = any(len(name) < LONGEST for name in self.sample(self.random_model(), 60))
            return named(GENERATE, "goes_on_after_dot") if ends else None
        if short.value == word and whole.value == word:
            return named(GENERATE, "max_len_ignored")
        if short.value == word[:3] and whole.value == word:
            return named(GENERATE, "one_letter_short")
        return None

    def _likeliest(self):
        # Certain letters tell a law that is nearly flat from one that is flat.
        models = [*self.random_pair(), self.chain(self.draw.word(20))]
        samples = [self.sample(m, 250) for m in models]
        if all(len(set(s)) == 1 for s in samples[:2]):
            (alike,) = self.write(self.endless(), [{"max_len": 12}])
            return named(GENERATE, "greedy" if len(set(letters(alike.value))) == 1 else "reseeded")
        hypotheses = {None: law} | {m.id: m.hypothesis for m in GENERATE if m.hypothesis}

        def likelihood(name):
            return sum(m.log_likelihood(s, hypotheses[name]) for m, s in zip(models, samples, strict=True))

        best = max(hypotheses, key=likelihood)
        floor = RARE / 2 / len(samples[0])
        fits = all(agrees(s, m.names(hypotheses[best], floor)) for m, s in zip(models, samples, strict=True))
        return named(GENERATE, best) if best and fits else None


def letters(value) -> str:
    """The letters of what was returned.

    Lenient on purpose: that it is no text, or holds dots, costs points in the test of that, and in
    no other.
    """
    if isinstance(value, (list, tuple)):
        value = "".join(str(c) for c in value)
    return "".join(c if c in char_to_id else "z" for c in str(value) if c != ".")


@pytest.fixture
def writer(student, draw, kept):
    """The student's `generate` with models for it."""
    return Writer(student, draw, kept)
