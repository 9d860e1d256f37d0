"""make_embeddings: independent rows of independent numbers from N(0, std²).

The test of the law fails a right answer with probability below 1e-6: two independent samples must
reject it at 3e-4 each, over all its conditions together.
"""

import itertools
import math
import statistics
from bisect import bisect_left

import pytest
from scipy import stats

from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.numbers import as_float, described, is_list, shape
from grader.checks.sampling import deviation
from reference.pure_python.wrong_embeddings import MAKE_EMBEDDINGS, normal

pytestmark = pytest.mark.exercise("make_embeddings")

FAR = -4  # no cell: of all draws of a grading, one lies beyond 8 std once in 10^10
# Sixteen equally likely cells of the normal law, in std; the outer two are divided, since what cuts off or heaps up the
# tails, or has the right spread under another curve, shows there.
NORMAL = statistics.NormalDist()
EDGES = sorted([*(NORMAL.inv_cdf(i / 16) for i in range(1, 16)), -2.5, -2.0, 2.0, 2.5])
SHARES = dict(enumerate(b - a for a, b in itertools.pairwise([0.0, *map(NORMAL.cdf, EDGES), 1.0])))
FEW = 15  # of 35 numbers: fewer different ones no draw gives, not even one that is rounded


def known(name):
    """Misconception of that id, as the last arguments of `fail`; two None without an id."""
    return (name, named(MAKE_EMBEDDINGS, name).sentence) if name else (None, None)


def table(answer, rows, columns):
    """The numbers as floats, by row; a wrong shape fails."""
    value, sizes = answer.value, shape(answer.value)
    if sizes == (rows, columns):
        numbers = [[as_float(x) for x in row] for row in value]
        strange = next((x for row in numbers for x in row if not math.isfinite(x)), None)
        if strange is None:
            return numbers
        fail(f"`{answer.call}` holds {strange}.", f"`{answer.call}` contient {strange}.")
    name = "sizes_swapped" if sizes == (columns, rows) else "flat_list" if flat(value) else None
    en, fr = described(value, answer.type_name)
    fail(
        f"`{answer.call}` returned {en}; a list of {rows} rows of {columns} numbers was expected.",
        f"`{answer.call}` a renvoyé {fr} ; on attendait une liste de {rows} lignes de {columns} nombres.",
        *known(name),
    )


def flat(value):
    """Whether it is a list of numbers."""
    return is_list(value) and len(shape(value) or ()) == 1 and len(value) > 0


@pytest.mark.points(0.25)
@pytest.mark.title(fr="vocab_size lignes de embed_dim nombres")
def test_shape(student, rng):
    """vocab_size rows of embed_dim numbers"""
    for rows, columns in [(2, 3), (27, 8), (rng.randrange(5, 12), rng.randrange(13, 20)), (4, 1)]:
        table(student.make_embeddings(rows, columns), rows, columns)


@pytest.mark.points(0.25)
@pytest.mark.title(fr="De nouveaux nombres pour chaque case et à chaque appel, tirés de `random`")
def test_seeds(student, rng):
    """New numbers for each place and each call, drawn from `random`"""
    # 35 is odd: who makes numbers in pairs and keeps one for the next call, shows after the same seed.
    seed = rng.randrange(1 << 31)
    first, second = student.calls("make_embeddings", [((7, 5), {})] * 2, seed=[seed, None])
    rows = [tuple(row) for row in table(first, 7, 5)]
    numbers = {x for row in rows for x in row}
    if len(numbers) < FEW:
        n, s = len(numbers), "" if len(numbers) == 1 else "s"
        fail(
            f"`{first.call}` holds only {n} different number{s} in 35 places.",
            f"`{first.call}` ne contient que {n} nombre{s} différent{s} dans 35 cases.",
            *known(repeated_as(rows, numbers)),
        )
    if [tuple(row) for row in table(second, 7, 5)] == rows:
        fail(
            f"`{first.call}` gave the same table twice in a row.",
            f"`{first.call}` a donné deux fois de suite le même tableau.",
            *known("reseeded"),
        )
    seeds = [{"random": seed, "numpy": rng.randrange(1 << 31), "torch": rng.randrange(1 << 31)} for _ in "ab"]
    again = [table(a, 7, 5) for a in student.calls("make_embeddings", [((7, 5), {})] * 2, seed=seeds)]
    if again[0] != again[1]:
        fail(
            f"After the same `random.seed`, `{first.call}` gave two different tables: draw from the module "
            "`random` itself, and keep no number for the next call.",
            f"Après le même `random.seed`, `{first.call}` a donné deux tableaux différents : tirez les nombres "
            "du module `random` lui-même, et n'en gardez aucun pour l'appel suivant.",
        )


def repeated_as(rows, numbers):
    """What few different numbers show."""
    if numbers == {0}:
        return "all_zeros"
    if numbers == {0.5}:
        return "arguments_swapped"
    if len(set(rows)) == 1:
        return "one_row_repeated" if len(numbers) > 1 else None
    return "one_number_for_a_row" if all(len(set(row)) == 1 for row in rows) else None


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Des nombres indépendants de loi normale N(0, std²)")
def test_law(student, rng):
    """Independent numbers from the normal distribution N(0, std²)"""
    stds = [None, round(rng.uniform(0.2, 0.3), 2), round(rng.uniform(1.7, 3.0), 2)]
    kept: dict[int, list] = {}

    def draw(n, of):
        """For each std the cells of n numbers, then of n neighbours in a row and in a column; of these, some."""
        side = math.isqrt(n)
        arguments = [((side, side), {} if std is None else {"std": std}) for std in stds]
        seeds = [rng.randrange(1 << 31), None, None]
        tables = [table(a, side, side) for a in student.calls("make_embeddings", arguments, seed=seeds)]
        samples = []
        for i, (std, rows) in enumerate(zip(stds, tables, strict=True)):
            kept[i] = [x for row in rows for x in row]
            samples.append([cell(x, std or 0.5) for row in rows for x in row])
            quarters = [[quarter(x, std or 0.5) for x in row] for row in rows]
            beside = [pair for row in quarters for pair in zip(row[::2], row[1::2], strict=False)]
            below = [
                pair
                for upper, lower in zip(quarters[::2], quarters[1::2], strict=False)
                for pair in zip(upper, lower, strict=True)
            ]
            samples += [beside, below]
        return [samples[i] for i in of]

    two = {(a, b): 1 / 16 for a in range(4) for b in range(4)}
    found = deviation(draw, [SHARES, two, two] * len(stds), 900, 3600)
    if found is None:
        return
    std, numbers = stds[found.where // 3], kept[found.where // 3]
    call = f"make_embeddings(60, 60{'' if std is None else f', std={std}'})"
    cause = likeliest(stds, kept)
    if found.where % 3:
        fail(
            f"Neighbouring numbers of `{call}` go together: each one should be drawn for itself.",
            f"Des nombres voisins de `{call}` vont ensemble : chacun doit être tiré pour lui-même.",
            *known(cause),
        )
    numbers = [min(max(x, -1e6), 1e6) for x in numbers]  # a square of more may be no float
    mean = math.fsum(numbers) / len(numbers)
    spread = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / len(numbers))
    fail(
        f"The numbers of `{call}` have mean {mean:.2f} and standard deviation {spread:.2f}; they do not follow "
        f"the normal distribution of mean 0 and standard deviation {std or 0.5}.",
        f"Les nombres de `{call}` ont pour moyenne {mean:.2f} et pour écart type {spread:.2f} ; ils ne suivent pas "
        f"la loi normale de moyenne 0 et d'écart type {std or 0.5}.",
        *known(cause),
    )


def cell(x, std):
    """Which cell of N(0, std²) holds x; FAR where no right draw ever lies."""
    return FAR if abs(x) > 8 * std else bisect_left(EDGES, x / std)


def quarter(x, std):
    """Which quarter of N(0, std²) holds x."""
    return min(int(normal(x, std) * 4), 3)


def likeliest(stds, numbers):
    """The first wrong law that the numbers of every std follow, by Kolmogorov's test."""
    for misconception in MAKE_EMBEDDINGS:
        if misconception.hypothesis is None:
            continue
        if all(follow(numbers[i], misconception.hypothesis, std or 0.5) for i, std in enumerate(stds)):
            return misconception.id
    return None


def follow(numbers, hypothesis, std):
    """Whether these numbers may come from a law, given by its distribution function."""
    if len(set(numbers)) == 1:  # a law with a step: Kolmogorov's test is for others
        x = numbers[0]
        return hypothesis(x, std) == 1.0 and hypothesis(x - 1e-9, std) == 0.0
    distribution = [hypothesis(x, std) for x in sorted(numbers)]
    n = len(distribution)
    far = max(max((i + 1) / n - p, p - i / n) for i, p in enumerate(distribution))
    return stats.kstwo.sf(far, n) > 1e-6
