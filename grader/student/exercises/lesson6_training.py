"""Public checks of lesson 6: the backward pass against slopes that the student's own forward pass shows."""

import math
import random
from typing import Any

from grader.student import tiny_model as tiny
from grader.student.described import counted
from grader.student.exercises.lesson5_mini_llm import continuing, drawing_by_lot, sliding, spelling, stopping
from grader.student.expect import Answer, Cause, Student, Wrong, require, unchanged
from grader.student.lessons import Lesson
from grader.student.pure_python import expect

lesson = Lesson("lesson6_training", ("Lesson 6, training", "Leçon 6, l'entraînement"))
forward_with_cache = lesson.exercise(
    "forward_with_cache", 3, ("the pass that remembers", "la passe qui se souvient")
)
generate = lesson.exercise("generate", 3, ("the model writes", "le modèle écrit"))
backward = lesson.exercise("backward", 8, ("the way back", "le chemin du retour"))
sgd_update = lesson.exercise("sgd_update", 2, ("one step downhill", "un pas vers le bas"))
train = lesson.exercise("train", 4, ("the training loop", "la boucle d'entraînement"))

LN27 = math.log(27)
STEP = 1e-5  # for slopes: (loss(x + STEP) - loss(x - STEP)) / (2 STEP), right to about 1e-9


def probabilities(student: Student, ids: list[int], params: tiny.Params) -> tuple[Answer, Any]:
    """Probabilities of the student's forward pass."""
    answer = student.call(
        "forward_with_cache", list(ids), params, spoken=f"forward_with_cache({list(ids)}, params)"
    )
    pair = expect(answer).is_((list, tuple), "a pair (probs, cache)", "un couple (probs, cache)").value
    things, choses = counted(len(pair), "thing", "chose")
    require(len(pair) == 2, f"`{answer.call}` returned {things}; two were expected: probs, cache.",
            f"`{answer.call}` a renvoyé {choses} ; il en faut deux : probs, cache.")  # fmt: skip
    probs = Answer(pair[0], f"{answer.call}[0]")
    expect(probs).is_table(27)
    return probs, pair[1]


@forward_with_cache.check("The probabilities of lesson 5", "Les probabilités de la leçon 5")
def _(student: Student) -> None:
    cases: tuple[tuple[list[int], list[float], list[Cause]], ...] = (
        (tiny.AFTER_ONE, tiny.FIRST_OF_ONE, [(one, en, fr) for one, _, en, fr in tiny.MISTAKES if one]),
        (tiny.AFTER_THREE, tiny.FIRST_OF_THREE, [(three, en, fr) for _, three, en, fr in tiny.MISTAKES]),
        (tiny.AFTER_EIGHT, tiny.FIRST_OF_EIGHT, []),
    )
    for ids, expected, known in cases:
        params = tiny.waves()
        probs, _ = probabilities(student, ids, params)
        expect(Answer(list(probs.value[:3]), f"{probs.call}[:3]")).near(expected, known)
        unchanged(tiny.waves(), params, probs.call, "params")


def gradients(student: Student, ids: list[int], target: int, params: tiny.Params) -> tiny.Params:
    """What the student's `backward` says, as nested lists; its keys and shapes are checked."""
    probs, cache = probabilities(student, ids, params)
    call = f"backward(cache, probs, {target}, params)"
    answer = student.call("backward", cache, probs.value, target, params, spoken=call)
    grads = expect(answer).is_(dict, "a dict of gradients", "un dict de gradients").value
    for name in tiny.SHAPES:
        require(
            name in grads,
            f"`{call}` has no gradient for {name}.",
            f"`{call}` n'a pas de gradient pour {name}.",
        )
    strange = [str(name) for name in grads if name not in tiny.SHAPES]
    require(not strange, f"`{call}` has keys that `params` has not: {', '.join(strange[:3])}.",
            f"`{call}` a des clés que `params` n'a pas : {', '.join(strange[:3])}.")  # fmt: skip
    return {
        name: expect(Answer(grads[name], f"{call}[{name!r}]")).is_table(*size)
        for name, size in tiny.SHAPES.items()
    }


@backward.check(
    "A gradient for each parameter, of the same shape", "Un gradient par paramètre, de la même forme"
)
def _(student: Student) -> None:
    params = tiny.waves()
    gradients(student, [0, 8, 21], 7, params)
    call = "backward(cache, probs, target, params)"
    unchanged(tiny.waves(), params, call, "params")
    probs, cache = probabilities(student, [0, 8, 21], params)
    before = list(probs.value)
    student.call("backward", cache, probs.value, 7, params, spoken=call)
    unchanged(before, list(probs.value), call, "probs")


# From the output back to the embeddings: the first one that is wrong is where to look.
ORDER = ("W_out", "b2", "W2", "b1", "W1", "Wv", "Wq", "Wk", "pos_emb", "tok_emb")


@backward.check("Each gradient is the slope of the loss", "Chaque gradient est la pente de la perte")
def _(student: Student) -> None:
    chance = random.Random(6)
    for ids, target in (([8], 21), ([0, 8, 21], 7), ([0, 1, 14, 14, 1], 0)):
        params = tiny.waves()
        grads = gradients(student, ids, target, params)
        for name in ORDER:
            rows = {"tok_emb": ids[-1], "pos_emb": len(ids) - 1, "W_out": target}.get(name)
            for _ in range(3):
                i = rows if rows is not None else chance.randrange(tiny.SHAPES[name][0])
                j = chance.randrange(tiny.SHAPES[name][1]) if len(tiny.SHAPES[name]) == 2 else None
                compare(student, ids, target, params, (name, i, j), grads)


def compare(
    student: Student,
    ids: list[int],
    target: int,
    params: tiny.Params,
    place: tuple[str, int, int | None],
    grads: tiny.Params,
) -> None:
    """One entry of one gradient against the slope that the student's forward pass shows there."""
    name, i, j = place
    row, k = (params[name], i) if j is None else (params[name][i], j)
    said = grads[name][i] if j is None else grads[name][i][j]
    here, losses = row[k], []
    for step in (STEP, -STEP):
        row[k] = here + step
        losses.append(-math.log(probabilities(student, ids, params)[0].value[target]))
    row[k] = here
    slope = (losses[0] - losses[1]) / (2 * STEP)
    if abs(said - slope) <= 1e-5 * abs(slope) + 1e-7:
        return
    where = f"{name}[{i}]" + ("" if j is None else f"[{j}]")
    en, fr = f"When {where} grows a little, the loss", f"Quand {where} augmente un peu, la perte"
    cause = ("", "")
    if abs(said + slope) <= 1e-5 * abs(slope) + 1e-7:
        cause = (" The sign is turned.", " Le signe est inversé.")
    elif said == 0:
        cause = (" Nothing arrives there.", " Rien n'y arrive.")
    raise Wrong(
        f"{en} changes {slope:.6g} times as much, but backward says {said:.6g} (ids {ids}, target {target}).{cause[0]}"
        f" Everything nearer to the output is right: look where {name} comes in.",
        f"{fr} change {slope:.6g} fois autant, mais backward dit {said:.6g} (ids {ids}, cible {target}).{cause[1]}"
        f" Tout ce qui est plus près de la sortie est juste : regardez où {name} intervient.",
    )


@backward.check("Zero where a row is not used", "Zéro là où une ligne ne sert pas")
def _(student: Student) -> None:
    grads = gradients(student, [0, 8, 21], 7, tiny.waves())
    for name, i in (("tok_emb", 5), ("pos_emb", 6)):
        expect(Answer(grads[name][i], f"backward(...)[{name!r}][{i}]")).near([0.0] * 16)


@sgd_update.check(
    "Each parameter goes down by lr times its gradient", "Chaque paramètre descend de lr fois son gradient"
)
def _(student: Student) -> None:
    params, grads = (
        {"b1": [1.0, 2.0], "tok_emb": [[1.0, 0.0], [2.0, -1.0]]},
        {"b1": [10.0, 0.0], "tok_emb": [[1.0, 2.0], [0.0, -4.0]]},
    )
    call = student.call("sgd_update", params, grads, 0.5, spoken="sgd_update(params, grads, 0.5)").call
    still = (
        "Nothing moved: change the lists themselves.",
        "Rien n'a bougé : changez les listes elles-mêmes.",
    )
    up = ("This is uphill: subtract.", "C'est la montée : il faut soustraire.")
    expect(Answer(params["b1"], f'{call}; params["b1"]')).near(
        [-4.0, 2.0],
        [([1.0, 2.0], *still), ([6.0, 2.0], *up), ([-9.0, 2.0], "lr is missing.", "Il manque lr.")],
    )
    expect(Answer(params["tok_emb"], f'{call}; params["tok_emb"]')).near(
        [[0.5, -1.0], [2.0, 1.0]], [([[1.0, 0.0], [2.0, -1.0]], *still)]
    )
    unchanged({"b1": [10.0, 0.0], "tok_emb": [[1.0, 2.0], [0.0, -4.0]]}, grads, call, "grads")


@train.check("With lr = 0, every loss is log 27", "Avec lr = 0, chaque perte vaut log 27")
def _(student: Student) -> None:
    words = ["hugo", "al"]
    answer = student.call("train", words, tiny.zeros(), 2, 0.0, spoken='train(["hugo", "al"], zeros, 2, 0.0)')
    expect(answer).near(
        [LN27] * 2,
        [([8 * LN27] * 2, "This is the sum; the mean is asked.", "C'est la somme ; on demande la moyenne."),
         ([4 * LN27] * 2, "This is the sum divided by the number of words; divide by the number of positions.",
          "C'est la somme divisée par le nombre de mots ; divisez par le nombre de positions.")],
    )  # fmt: skip


@train.check("One word, followed step by step", "Un mot, suivi pas à pas")
def _(student: Student) -> None:
    params = tiny.waves()
    answer = student.call("train", ["al"], params, 2, 0.1, spoken='train(["al"], params, 2, 0.1)')
    expect(answer).near([3.542517902, 1.147606613], KNOWN_TRAIN)
    for name, size in tiny.SHAPES.items():
        expect(Answer(params[name], f"{answer.call}; params[{name!r}]")).is_table(*size)
    require(
        params != tiny.waves(),
        f"`{answer.call}` did not change params.",
        f"`{answer.call}` n'a pas changé params.",
    )


@train.check("The list of words is left as it was", "La liste des mots reste comme elle était")
def _(student: Student) -> None:
    words = ["a", "b", "c", "d", "e", "f", "g", "h"]
    answer = student.call("train", words, tiny.zeros(), 1, 0.01, spoken="train(words, params, 1, 0.01)")
    unchanged(["a", "b", "c", "d", "e", "f", "g", "h"], words, answer.call, "words")


generate.check("Writes what the model is sure of", "Écrit ce dont le modèle est sûr")(spelling)
generate.check("Goes on from a beginning", "Continue un début")(continuing)
generate.check("Stops after max_len letters", "S'arrête après max_len lettres")(stopping)
generate.check("Sees the last CONTEXT letters", "Voit les CONTEXT dernières lettres")(sliding)
generate.check("Draws by lot, and the temperature counts", "Tire au sort, et la température compte")(
    drawing_by_lot
)

KNOWN_TRAIN = [
    ([1.024493792, 0.532882052], "These are the losses after each update; take them before it.",
     "Ce sont les pertes après chaque mise à jour ; prenez-les avant."),
    ([3.020374348, 0.195287503], "The final dot should be a target too.", "Le point final doit être une cible aussi."),
    ([10.62755371, 3.442819839], "This is the sum; the mean is asked.", "C'est la somme ; on demande la moyenne."),
    ([3.418519775, 1.158235704], "There is one update for each word; one for each position is asked.",
     "Il y a une mise à jour par mot ; on en demande une par position."),
]  # fmt: skip
