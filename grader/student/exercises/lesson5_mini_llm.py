"""Public checks of lesson 5: a model of zeros, one that follows a formula, one that knows a word."""

import math

from grader.student import tiny_model as tiny
from grader.student.described import quote
from grader.student.expect import Answer, Student, require, unchanged
from grader.student.lessons import Lesson
from grader.student.pure_python import expect

lesson = Lesson("lesson5_mini_llm", ("Lesson 5, my first LLM", "Leçon 5, mon premier LLM"))
count_parameters = lesson.exercise("count_parameters", 1, ("how many numbers", "combien de nombres"))
forward_llm = lesson.exercise("forward_llm", 5, ("the forward pass", "la passe avant"))
mean_loss = lesson.exercise("mean_loss", 3, ("the mean surprise", "la surprise moyenne"))
apply_temperature = lesson.exercise("apply_temperature", 2, ("careful or bold", "sage ou audacieuse"))
generate = lesson.exercise("generate", 4, ("the model writes", "le modèle écrit"))

LN27 = math.log(27)


@count_parameters.check("2,832 for the lesson's sizes", "2 832 pour les tailles de la leçon")
def _(student: Student) -> None:
    expect(student.count_parameters(27, 16, 8, 32)).near(
        2832,
        [(2784, "The biases b1 and b2 count too.", "Les biais b1 et b2 comptent aussi."),
         (2704, "The position embeddings count too.", "Les embeddings de position comptent aussi."),
         (2400, "W_out (or the token embeddings) is missing.", "Il manque W_out (ou les embeddings des tokens)."),
         (2320, "Attention has three matrices: Wq, Wk and Wv.", "L'attention a trois matrices : Wq, Wk et Wv."),
         (3088, "Attention has three matrices here, not four.", "L'attention a ici trois matrices, pas quatre.")],
    )  # fmt: skip


@count_parameters.check("Other sizes", "D'autres tailles")
def _(student: Student) -> None:
    expect(student.count_parameters(3, 2, 2, 5)).near(
        55, because=("Embeddings 6 + 4, attention 3·4, MLP 10 + 5 + 10 + 2, output 6.",
                     "Embeddings 6 + 4, attention 3·4, MLP 10 + 5 + 10 + 2, sortie 6."),
    )  # fmt: skip


@forward_llm.check(
    "A model of zeros gives 1/27 to every letter", "Un modèle de zéros donne 1/27 à chaque lettre"
)
def _(student: Student) -> None:
    expect(student.call("forward_llm", [0, 8], tiny.zeros(), spoken="forward_llm([0, 8], zeros)")).near(
        [1 / 27] * 27
    )


@forward_llm.check(
    "One letter: embeddings, shortcuts, MLP, softmax", "Une lettre : embeddings, raccourcis, MLP, softmax"
)
def _(student: Student) -> None:
    known = [(one, en, fr) for one, _, en, fr in tiny.MISTAKES if one]
    expect(beginning(student, "forward_llm", tiny.AFTER_ONE)).near(tiny.FIRST_OF_ONE, known)


@forward_llm.check("Several letters: the last one asks", "Plusieurs lettres : la dernière demande")
def _(student: Student) -> None:
    known = [(three, en, fr) for _, three, en, fr in tiny.MISTAKES]
    expect(beginning(student, "forward_llm", tiny.AFTER_THREE)).near(tiny.FIRST_OF_THREE, known)
    expect(beginning(student, "forward_llm", tiny.AFTER_EIGHT)).near(tiny.FIRST_OF_EIGHT)


def beginning(student: Student, name: str, ids: list[int]) -> Answer:
    """First three of the 27 probabilities after these ids; the parameters must stay as they are."""
    params = tiny.waves()
    answer = student.call(name, list(ids), params, spoken=f"{name}({ids}, params)")
    expect(answer).is_table(27)
    unchanged(tiny.waves(), params, answer.call, "params")
    return Answer(list(answer.value[:3]), f"{answer.call}[:3]")


@apply_temperature.check("T = 1 changes nothing", "T = 1 ne change rien")
def _(student: Student) -> None:
    probs = [0.7, 0.3]
    answer = student.apply_temperature(probs, 1.0)
    expect(answer).near([0.7, 0.3])
    student.apply_temperature(probs, 2.0)
    unchanged([0.7, 0.3], probs, answer.call, "probs")


@apply_temperature.check("p to the power 1/T, back to sum 1", "p puissance 1/T, ramené à une somme de 1")
def _(student: Student) -> None:
    expect(student.apply_temperature([0.8, 0.2], 2.0)).near(
        [2 / 3, 1 / 3],
        [([16 / 17, 1 / 17], "This is p ** T; p ** (1 / T) is meant.", "C'est p ** T ; il faut p ** (1 / T)."),
         ([math.sqrt(0.8), math.sqrt(0.2)], "The division by the sum is missing.", "La division par la somme manque."),
         ([0.8, 0.2], "The temperature has no effect.", "La température n'a aucun effet.")],
        because=("The roots of 0.8 and 0.2 are as 2 to 1.", "Les racines de 0,8 et 0,2 sont comme 2 et 1."),
    )  # fmt: skip


@apply_temperature.check(
    "Zeros stay zero, also for a small T", "Les zéros restent zéro, même pour un petit T"
)
def _(student: Student) -> None:
    hint = ("Beware of log(0).", "Attention à log(0).")
    expect(student.call("apply_temperature", [0.5, 0.0, 0.5], 0.05, hint=hint)).near([0.5, 0.0, 0.5])
    expect(student.call("apply_temperature", [0.75, 0.0, 0.25], 20.0, hint=hint)).near(
        [3**0.05 / (3**0.05 + 1), 0.0, 1 / (3**0.05 + 1)]
    )


@mean_loss.check("A model of zeros: log 27", "Un modèle de zéros : log 27")
def _(student: Student) -> None:
    answer = student.call(
        "mean_loss", ["hugo", "al"], tiny.zeros(), spoken='mean_loss(["hugo", "al"], zeros)'
    )
    expect(answer).near(
        LN27,
        [(8 * LN27, "This is the sum; the mean is asked.", "C'est la somme ; on demande la moyenne."),
         (4 * LN27, "This is the sum divided by the number of words; divide by the number of positions.",
          "C'est la somme divisée par le nombre de mots ; divisez par le nombre de positions."),
         (-LN27, "The sign: the loss is minus the logarithm.", "Le signe : la perte est moins le logarithme."),
         (1 / 27, "This is a probability; its -log is meant.", "C'est une probabilité ; il faut son -log."),
         (math.log2(27), "math.log is meant, not log2.", "Il faut math.log, pas log2.")],
    )  # fmt: skip


@mean_loss.check("Every letter and the final dot is a target", "Chaque lettre et le point final sont cibles")
def _(student: Student) -> None:
    params = tiny.waves()
    answer = student.call("mean_loss", ["hugo", "al"], params, spoken='mean_loss(["hugo", "al"], params)')
    expect(answer).near(3.980848002, KNOWN_LOSS)
    unchanged(tiny.waves(), params, answer.call, "params")


@mean_loss.check("A word longer than the context", "Un mot plus long que le contexte")
def _(student: Student) -> None:
    hint = (
        "The model sees at most the last CONTEXT = 8 ids.",
        "Le modèle voit au plus les CONTEXT = 8 derniers ids.",
    )
    call = 'mean_loss(["christopher"], params)'
    expect(student.call("mean_loss", ["christopher"], tiny.waves(), spoken=call, hint=hint)).near(
        3.712726784, because=hint
    )


@generate.check("Writes what the model is sure of", "Écrit ce dont le modèle est sûr")
def _(student: Student) -> None:
    spelling(student)


@generate.check("Goes on from a beginning", "Continue un début")
def _(student: Student) -> None:
    continuing(student)


@generate.check("Stops after max_len letters", "S'arrête après max_len lettres")
def _(student: Student) -> None:
    stopping(student)


@generate.check("Sees the last CONTEXT letters", "Voit les CONTEXT dernières lettres")
def _(student: Student) -> None:
    sliding(student)


@generate.check("Draws by lot, and the temperature counts", "Tire au sort, et la température compte")
def _(student: Student) -> None:
    drawing_by_lot(student)


def spelling(student: Student) -> None:
    """A model that knows one word writes it and stops at the dot."""
    answer = student.call("generate", tiny.speller("hugo"), temperature=1.0, spoken="generate(knows_hugo)")
    known = {".hugo": ("Leave out the leading dot.", "Enlevez le point du début."),
             ".hugo.": ("Leave out the dots.", "Enlevez les points."),
             "hugo.": ("Leave out the final dot.", "Enlevez le point final.")}.get(str(answer.value))  # fmt: skip
    expect(answer).equals("hugo", because=known or ("The dot ends the word.", "Le point finit le mot."))


def continuing(student: Student) -> None:
    """The beginning is part of the text."""
    answer = student.call(
        "generate", tiny.speller("hugo"), start=".hu", spoken='generate(knows_hugo, start=".hu")'
    )
    because = ("The beginning is part of the text.", "Le début fait partie du texte.")
    expect(answer).equals("hugo", because=because)


def stopping(student: Student) -> None:
    """`max_len` bounds the letters that are added."""
    for start, length, text in ((".", 2, "hu"), (".h", 2, "hug")):
        call = f"generate(knows_hugo, start={start!r}, max_len={length})"
        answer = student.call("generate", tiny.speller("hugo"), start=start, max_len=length, spoken=call)
        because = (
            f"max_len={length} means {length} more letters.",
            f"max_len={length} veut dire {length} lettres de plus.",
        )
        expect(answer).equals(text, because=because)


def sliding(student: Student) -> None:
    """At the eighth place and from there on the model says z: the window slides."""
    call = "generate(says_a_to_g_then_z, max_len=10)"
    answer = student.call("generate", tiny.speller("abcdefgz"), max_len=10, spoken=call)
    expect(answer).equals(
        "abcdefgzzz", because=("The model reads the last 8 ids of the text, or all while there are fewer.",
                               "Le modèle lit les 8 derniers ids du texte, ou tous tant qu'il y en a moins."),
    )  # fmt: skip


def drawing_by_lot(student: Student) -> None:
    """Shares of letters: 3 of 4 at T = 1, 9 of 10 at T = 0.5, 4 of 7 at T = 4.

    Of 600 letters a right sampler leaves these bounds less than once in a million times.
    """
    params = tiny.hesitant(0.75)
    for temperature, low, high in ((1.0, 0.65, 0.85), (0.5, 0.82, 0.97), (4.0, 0.46, 0.67)):
        call = f"generate(params, temperature={temperature})"
        text = ""
        while len(text) < 600:
            # Short texts: the forward pass in pure Python is slow on long ones.
            answer = student.call("generate", params, temperature=temperature, max_len=2, spoken=call)
            expect(answer).is_(str, "a text", "un texte")
            require(len(answer.value) == 2, f"With max_len=2, `{call}` wrote {quote(answer.value)}: 2 letters were expected.",
                    f"Avec max_len=2, `{call}` a écrit {quote(answer.value)} ; on attendait 2 lettres.")  # fmt: skip
            text += answer.value
        share = text.count("a") / len(text)
        require(low < share < high,
                f"`{call}` wrote a in {share:.0%} of its letters; between {low:.0%} and {high:.0%} was expected "
                "(the model gives a 75% and b 25%).",
                f"`{call}` a écrit a dans {100 * share:.0f} % des lettres ; on attendait entre {100 * low:.0f} % et "
                f"{100 * high:.0f} % (le modèle donne 75 % à a et 25 % à b).")  # fmt: skip


KNOWN_LOSS = [
    (3.741565375, "The final dot should be a target too.", "Le point final doit être une cible aussi."),
    (3.696320592, "The leading dot should be in the context: wrap the word as .hugo.",
     "Le point du début doit être dans le contexte : entourez le mot, .hugo."),
    (3.868382357, "This is the mean of the words' means; take the mean over all positions of all words.",
     "C'est la moyenne des moyennes des mots ; prenez la moyenne sur toutes les positions de tous les mots."),
    (31.84678402, "This is the sum; the mean is asked.", "C'est la somme ; on demande la moyenne."),
    (15.92339200, "This is the sum divided by the number of words; divide by the number of positions.",
     "C'est la somme divisée par le nombre de mots ; divisez par le nombre de positions."),
]  # fmt: skip
