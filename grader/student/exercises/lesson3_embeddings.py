"""Public checks of lesson 3: simple tables whose results can be followed with a pencil.

Where the exercise does not say that other sizes work, the tables have the lesson's own: 27 letters
of 8 numbers, windows of 3 letters.  An answer may count on them.
"""

import math
import random
from copy import deepcopy

from grader.student.expect import Answer, Student, require, unchanged
from grader.student.lessons import Lesson
from grader.student.pure_python import expect

lesson = Lesson("lesson3_embeddings", ("Lesson 3, the model's memory", "Leçon 3, la mémoire du modèle"))
make_embeddings = lesson.exercise(
    "make_embeddings", 1, ("numbers for each letter", "des nombres pour chaque lettre")
)
get_context_vector = lesson.exercise(
    "get_context_vector", 2, ("three letters side by side", "trois lettres bout à bout")
)
softmax = lesson.exercise("softmax", 2, ("from scores to probabilities", "des scores aux probabilités"))
forward = lesson.exercise("forward", 2, ("the model gives its opinion", "le modèle donne son avis"))
sgd_step = lesson.exercise("sgd_step", 3, ("learning from one mistake", "apprendre d'une erreur"))
train = lesson.exercise("train", 3, ("again, many times", "recommencer, beaucoup"))
generate = lesson.exercise("generate", 3, ("the model writes", "le modèle écrit"))

ALPHABET = ".abcdefghijklmnopqrstuvwxyz"
LN2, LN3, LN27 = math.log(2), math.log(3), math.log(27)

# Row i of this table is [i, i.1, i.2, ... i.7], so that a letter can be recognised in the result.
NUMBERED = [[round(i + k / 10, 1) for k in range(8)] for i in range(27)]
QUIET = [[0.0] * 8 for _ in range(27)]  # every letter looks alike: only b decides


@make_embeddings.check("As many rows and columns as asked", "Autant de lignes et de colonnes que demandé")
def _(student: Student) -> None:
    expect(student.make_embeddings(5, 3)).is_table(5, 3)


@make_embeddings.check("Each row drawn for itself", "Chaque ligne tirée pour elle-même")
def _(student: Student) -> None:
    answer = student.make_embeddings(5, 3)
    expect(answer).is_table(5, 3)
    rows = list(answer.value)
    require(len({id(row) for row in rows}) == 5,
            f"The rows of `{answer.call}` are one and the same list: changing one would change all. Build a new list each time.",
            f"Les lignes de `{answer.call}` sont une seule et même liste : en changer une les changerait toutes. "
            "Construisez une nouvelle liste à chaque fois.")  # fmt: skip
    again = expect(student.make_embeddings(5, 3)).is_table(5, 3)
    require(len({x for table in (rows, again) for row in table for x in row}) == 30,
            f"Numbers of `{answer.call}` come back, in the same table or in the next one: draw a new one for each place.",
            f"Des nombres de `{answer.call}` reviennent, dans le même tableau ou dans le suivant : tirez-en un nouveau pour "
            "chaque place.")  # fmt: skip


@make_embeddings.check(
    "The same random.seed gives the same numbers", "Le même random.seed donne les mêmes nombres"
)
def _(student: Student) -> None:
    tables = []
    for _ in range(2):
        random.seed(3)
        answer = student.make_embeddings(5, 3)
        tables.append(expect(answer).is_table(5, 3))
    require(tables[0] == tables[1],
            f"After the same `random.seed`, `{answer.call}` gave two different tables: draw from the module `random` itself, "
            "and keep no number for the next call.",
            f"Après le même `random.seed`, `{answer.call}` a donné deux tableaux différents : tirez les nombres du module "
            "`random` lui-même, et n'en gardez aucun pour l'appel suivant.")  # fmt: skip


@make_embeddings.check(
    "Numbers around 0, spread as std says", "Des nombres autour de 0, étalés comme le dit std"
)
def _(student: Student) -> None:
    for std, kwargs in ((0.5, {}), (2.0, {"std": 2.0})):
        answer = student.make_embeddings(100, 20, **kwargs)
        numbers = [x for row in expect(answer).is_table(100, 20) for x in row]
        mean, spread = sum(numbers) / len(numbers), math.sqrt(sum(x * x for x in numbers) / len(numbers))
        # 2,000 draws: the spread is within 10 % and the mean within 0.12 std but once in 10 million.
        right = 0.9 < spread / std < 1.1 and abs(mean) < 0.12 * std
        require(right, f"The numbers of `{answer.call}` have mean {mean:.2f} and spread {spread:.2f}; 0 and {std} were expected. "
                "Draw each with `random.gauss(0, std)`.",
                f"Les nombres de `{answer.call}` ont pour moyenne {mean:.2f} et pour écart type {spread:.2f} ; on attendait 0 et "
                f"{std}. Tirez chacun avec `random.gauss(0, std)`.")  # fmt: skip


@get_context_vector.check(
    "The three letters before, oldest first", "Les trois lettres d'avant, la plus ancienne d'abord"
)
def _(student: Student) -> None:
    spoken = 'get_context_vector(".hugo.", 4, numbered)'
    expect(student.call("get_context_vector", ".hugo.", 4, deepcopy(NUMBERED), spoken=spoken)).near(
        side_by_side(8, 21, 7),
        [
            (side_by_side(7, 21, 8), "The letters are in reverse: the oldest comes first.",
             "Les lettres sont à l'envers : la plus ancienne vient d'abord."),
            (side_by_side(21, 7, 15), "The window ends one letter too late: the letter to guess is in it.",
             "La fenêtre finit une lettre trop tard : elle contient la lettre à deviner."),
        ],
        because=("Before the o of .hugo. come h (8), u (21), g (7).", "Avant le o de .hugo. viennent h (8), u (21), g (7)."),
    )  # fmt: skip


@get_context_vector.check("Dots where the word has not begun", "Des points là où le mot n'a pas commencé")
def _(student: Student) -> None:
    because = ("Places before the word count as dots.", "Les places avant le mot comptent comme des points.")
    spoken = 'get_context_vector(".hugo.", {}, numbered)'
    for position, expected in ((1, side_by_side(0, 0, 0)), (2, side_by_side(0, 0, 8))):
        call = spoken.format(position)
        expect(student.call("get_context_vector", ".hugo.", position, deepcopy(NUMBERED), spoken=call)).near(
            expected, because=because
        )


@softmax.check("Equal scores, equal shares", "À scores égaux, parts égales")
def _(student: Student) -> None:
    because = ("Equal scores get equal shares, and the shares add up to 1.",
               "À scores égaux, parts égales ; et les parts font 1 en tout.")  # fmt: skip
    expect(student.softmax([0.0, 0.0])).near([0.5, 0.5], because=because)
    expect(student.softmax([7.0] * 4)).near([0.25] * 4, because=because)


@softmax.check("e to the score, divided by the sum", "L'exponentielle du score, divisée par la somme")
def _(student: Student) -> None:
    expect(student.softmax([0.0, LN3])).near(
        [0.25, 0.75],
        [([1.0, 3.0], "The division by the sum is missing.", "La division par la somme manque."),
         ([0.0, 1.0], "Scores are divided by their sum; take math.exp of each first.",
          "Les scores sont divisés par leur somme ; prenez d'abord math.exp de chacun.")],
        because=("exp(0) = 1 and exp(1.0986) = 3, so the shares are 1 of 4 and 3 of 4.",
                 "exp(0) = 1 et exp(1,0986) = 3 : les parts sont donc 1 sur 4 et 3 sur 4."),
    )  # fmt: skip


@softmax.check("Huge scores do no harm", "Les scores énormes ne font rien sauter")
def _(student: Student) -> None:
    hint = ("math.exp(1000) is too large for a float: subtract the highest score from all of them first.",
            "math.exp(1000) est trop grand pour un float : retirez d'abord le plus grand score à tous.")  # fmt: skip
    for scores, expected in (
        ([1000.0, 0.0], [1.0, 0.0]),
        ([1000.0 + LN3, 1000.0], [0.75, 0.25]),
        ([-1000.0, -1000.0], [0.5, 0.5]),
    ):
        expect(student.call("softmax", scores, hint=hint)).near(expected, because=hint)


@softmax.check("The scores are left as they were", "Les scores restent comme ils étaient")
def _(student: Student) -> None:
    scores = [1.0, 2.0, 3.0]
    answer = student.softmax(scores)
    unchanged([1.0, 2.0, 3.0], scores, answer.call, "scores")


@forward.check("The bias, plus each number times its weight", "Le biais, plus chaque nombre fois son poids")
def _(student: Student) -> None:
    W, b = [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], [0.5, 0.0, -0.5]
    expect(student.forward([2.0, 0.1], W, b)).near(
        [3.5, 6.0, 8.5],
        [([3.0, 6.0, 9.0], "The bias b[j] is missing.", "Il manque le biais b[j].")],
        because=(
            "The first score is 0.5 + 2·1 + 0.1·10 = 3.5.",
            "Le premier score est 0,5 + 2·1 + 0,1·10 = 3,5.",
        ),
    )
    unchanged([0.5, 0.0, -0.5], b, "forward(context, W, b)", "b")


@sgd_step.check("The loss before the step", "La perte avant le pas")
def _(student: Student) -> None:
    expect(student.call("sgd_step", [1.0, -2.0, *[0.0] * 22], 0, *fresh(), 0.27, spoken=STEP.format("zeros, zeros"))).near(
        LN27,
        [(math.log10(27), "This is log10; math.log is meant.", "C'est log10 ; il faut math.log."),
         (math.log2(27), "This is log2; math.log is meant.", "C'est log2 ; il faut math.log."),
         (-LN27, "The sign: the loss is minus the logarithm.", "Le signe : la perte est moins le logarithme."),
         (math.log(1 + 26 * math.exp(-1.62)), "This is the loss after the step.", "C'est la perte après le pas.")],
        because=("27 letters at 1/27 each: -log(1/27) = 3.296.", "27 lettres à 1/27 chacune : -log(1/27) = 3,296."),
    )  # fmt: skip


@sgd_step.check("W and b move downhill, in place", "W et b descendent la pente, sur place")
def _(student: Student) -> None:
    context, (W, b) = [1.0, -2.0, *[0.0] * 22], fresh()
    call = student.call("sgd_step", context, 0, W, b, 0.27, spoken=STEP.format("W, b")).call
    step = f"W, b = zeros, zeros; {call}"
    still = ("They did not move: change the lists themselves (b[j] -= ...).",
             "Ils n'ont pas bougé : changez les listes elles-mêmes (b[j] -= ...).")  # fmt: skip
    uphill = ("This is uphill: subtract the gradient.", "C'est la montée : il faut soustraire le gradient.")
    zeros = fresh()
    expect(Answer(b, f"{step}; b")).near(
        moved(1), [(zeros[1], *still), (moved(-1), *uphill)],
        because=("All probabilities are 1/27: the errors are -26/27 (target) and +1/27 (others); b[j] moves by -lr·error.",
                 "Toutes les probabilités valent 1/27 : les erreurs sont -26/27 (cible) et +1/27 (autres) ; b[j] bouge de "
                 "-lr·erreur."),
    )  # fmt: skip
    expect(Answer(W, f"{step}; W")).near(
        [moved(x) for x in context],
        [(zeros[0], *still), ([moved(-x) for x in context], *uphill),
         ([moved(1) for _ in context], "context[i] is missing in the slope of W[i][j].",
          "Il manque context[i] dans la pente de W[i][j].")],
        because=("The slope of W[i][j] is context[i] times the error of j; the context is 1, -2, then zeros.",
                 "La pente de W[i][j] est context[i] fois l'erreur de j ; le contexte est 1, -2, puis des zéros."),
    )  # fmt: skip
    unchanged([1.0, -2.0, *[0.0] * 22], context, call, "context")


@train.check("With lr = 0, every loss is log 27", "Avec lr = 0, chaque perte vaut log 27")
def _(student: Student) -> None:
    answer = student.call("train", ["hugo", "lina"], deepcopy(QUIET), *fresh(), 3, 0.0,
                          spoken='train(["hugo", "lina"], zeros, zeros, zeros, epochs=3, lr=0)')  # fmt: skip
    expect(answer).near(
        [LN27] * 3,
        [([LN27 * 10] * 3, "This is the sum over the positions; the mean is asked.", "C'est la somme ; on demande la moyenne."),
         ([LN27 * 5] * 3, "This is the sum divided by the number of words; divide by the number of positions.",
          "C'est la somme divisée par le nombre de mots ; divisez par le nombre de positions.")],
        because=("A model that knows nothing gives 1/27 to every letter.",
                 "Un modèle qui ne sait rien donne 1/27 à chaque lettre."),
    )  # fmt: skip


@train.check(
    "Each letter and the final dot is a target, once", "Chaque lettre et le point final sont cibles, une fois"
)
def _(student: Student) -> None:
    words, (W, b) = ["c", "ab"], fresh()
    answer = student.call("train", words, deepcopy(QUIET), W, b, 2, 0.5,
                          spoken='train(["c", "ab"], zeros, zeros, zeros, epochs=2, lr=0.5)')  # fmt: skip
    expect(answer).near(
        [3.245457404, 2.752034385],
        KNOWN_TRAIN,
        because=("In each epoch the targets are c and the dot, then a, b and the dot: five losses, and their mean.",
                 "À chaque époque les cibles sont c et le point, puis a, b et le point : cinq pertes, et leur moyenne."),
    )  # fmt: skip
    expect(Answer(W, f"{answer.call}; W")).is_table(24, 27)
    expect(Answer(b, f"{answer.call}; b")).is_table(27)
    require(any(b), f"`{answer.call}` left b as it was: W and b change in place.",
            f"`{answer.call}` a laissé b comme il était : W et b changent sur place.")  # fmt: skip
    unchanged(["c", "ab"], words, answer.call, "words")


@generate.check(
    "Writes what the model is sure of, up to max_len", "Écrit ce dont le modèle est sûr, jusqu'à max_len"
)
def _(student: Student) -> None:
    W, _ = fresh()
    only_z = [100.0 if i == 26 else 0.0 for i in range(27)]
    expect(
        student.call("generate", deepcopy(QUIET), W, only_z, max_len=5, spoken="generate(..., max_len=5)")
    ).equals("zzzzz", because=("This model is sure of z each time.", "Ce modèle est sûr de z à chaque fois."))
    only_dot = [100.0] + [0.0] * 26
    expect(
        student.call("generate", deepcopy(QUIET), W, only_dot, spoken="generate(embeddings, W, b)")
    ).equals(
        "",
        because=(
            "This model is sure of the dot at once; the dot ends the word and is not part of it.",
            "Ce modèle est sûr du point dès le début ; le point finit le mot et n'en fait pas partie.",
        ),
    )


@generate.check("Reads what it has written", "Lit ce qu'il a écrit")
def _(student: Student) -> None:
    # Five characters on a circle: the score of the next letter is highest where the last one points.
    table, (W, b) = deepcopy(QUIET), fresh()
    for k, (last, following) in enumerate(zip(".hugo", "hugo.", strict=True)):
        x, y = math.cos(2 * math.pi * k / 5), math.sin(2 * math.pi * k / 5)
        table[ALPHABET.index(last)][:2] = [x, y]
        j = ALPHABET.index(following)
        W[16][j], W[17][j] = 1000 * x, 1000 * y  # the last letter's numbers begin at 16
    expect(student.call("generate", table, W, b, spoken="generate(embeddings, W, b)")).equals(
        "hugo", because=("This model is sure of h, then after h of u, and so on until the dot: each letter is drawn after "
                         "those before it.",
                         "Ce modèle est sûr de h, puis, après h, de u, et ainsi de suite jusqu'au point : chaque lettre est "
                         "tirée d'après les précédentes."),
    )  # fmt: skip


@generate.check(
    "Draws by lot, as often as the probabilities say",
    "Tire au sort, aussi souvent que disent les probabilités",
)
def _(student: Student) -> None:
    W, _ = fresh()
    b = [-100.0, LN3, 0.0] + [-100.0] * 24  # a: 3 of 4, b: 1 of 4
    text = "".join(
        str(student.call("generate", deepcopy(QUIET), W, b, max_len=20, spoken="generate(...)").value)
        for _ in range(50)
    )
    share = text.count("a") / max(len(text), 1)
    require(0.65 < share < 0.85,
            f"A model that gives a 75% and b 25% wrote a in {share:.0%} of its letters. Draw with random.choices and weights.",
            f"Un modèle qui donne 75 % à a et 25 % à b a écrit a dans {100 * share:.0f} % des lettres. "
            "Tirez avec random.choices et weights.")  # fmt: skip


def fresh() -> tuple[list[list[float]], list[float]]:
    """W and b of zeros for a window of three letters of eight numbers."""
    return [[0.0] * 27 for _ in range(24)], [0.0] * 27


STEP = "sgd_step([1, -2, 0, 0, ...], 0, {}, 0.27)"


def moved(times: float) -> list[float]:
    """How far a step with lr = 0.27 moves the 27 letters' numbers, the dot being the target, times this."""
    return [0.26 * times] + [-0.01 * times] * 26


def side_by_side(*letters: int) -> list[float]:
    """What `NUMBERED` holds for these letters, in one list."""
    return [x for i in letters for x in NUMBERED[i]]


KNOWN_TRAIN = [
    ([3.319169339, 2.918335471], "The final dot should be a target too.", "Le point final doit être une cible aussi."),
    ([2.978755506, 2.219962106], "The leading dot should never be a target.", "Le point du début ne doit jamais être une cible."),
    ([16.22728702, 13.76017192], "This is the sum; the mean over the positions is asked.",
     "C'est la somme ; on demande la moyenne sur les positions."),
    ([8.113643509, 6.880085962], "This is the sum divided by the number of words; divide by the number of positions.",
     "C'est la somme divisée par le nombre de mots ; divisez par le nombre de positions."),
    ([3.243228422, 2.746091740], "The words come in another order than given.",
     "Les mots viennent dans un autre ordre que celui donné."),
]  # fmt: skip
