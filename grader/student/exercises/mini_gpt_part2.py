"""Public checks of the project, part 2: filters on four or five logits, a bigram that learns, GPT-2 itself."""

import math
from typing import Any

import torch
import torch.nn as nn

from grader.student.expect import Student, Wrong, expect, require
from grader.student.lessons import Lesson

lesson = Lesson("mini_gpt_part2", ("Mini-GPT, part 2", "Mini-GPT, 2e partie"))
apply_repetition_penalty = lesson.exercise(
    "apply_repetition_penalty", 2, ("say it once", "ne pas se répéter")
)
top_k_filter = lesson.exercise("top_k_filter", 2, ("the k best", "les k meilleurs"))
top_p_filter = lesson.exercise("top_p_filter", 3, ("enough probability", "assez de probabilité"))
fine_tune = lesson.exercise("fine_tune", 4, ("fine-tuning", "l'ajustement fin"))
generate_with_params = lesson.exercise(
    "generate_with_params", 3, ("all settings together", "tous les réglages ensemble")
)

INF = math.inf


@apply_repetition_penalty.check(
    "Divided where positive, multiplied where negative", "Divisé si positif, multiplié si négatif"
)
def _(student: Student) -> None:
    for ids in ([0, 1], torch.tensor([0, 1])):
        logits = torch.tensor([2.0, -2.0, 1.0, -0.5])
        answer = student.apply_repetition_penalty(logits, ids, 2.0)
        expect(answer).is_float_tensor(4).near(
            [1.0, -4.0, 1.0, -0.5],
            [([1.0, -1.0, 1.0, -0.5], "A negative logit is multiplied: divided, it would become likelier.",
              "Un logit négatif se multiplie : divisé, il deviendrait plus probable."),
             ([1.0, -4.0, 0.5, -1.0], "Only the ids in token_ids are changed.", "Seuls les ids de token_ids changent."),
             ([2.0, -2.0, 1.0, -0.5], "Nothing changed: is the new tensor returned?",
              "Rien n'a changé : le nouveau tenseur est-il renvoyé ?")],
        )  # fmt: skip
        require(logits.tolist() == [2.0, -2.0, 1.0, -0.5], f"`{answer.call}` changed its argument: work on a clone.",
                f"`{answer.call}` a modifié son argument : travaillez sur un clone.")  # fmt: skip


@apply_repetition_penalty.check("A repeated id counts once", "Un id répété compte une fois")
def _(student: Student) -> None:
    answer = student.apply_repetition_penalty(torch.tensor([2.0, -2.0, 1.0]), [0, 0, 1, 0], 2.0)
    once = (
        "Each id counts once, however often it came.",
        "Chaque id compte une fois, quel que soit son nombre d'apparitions.",
    )
    expect(answer).near([1.0, -4.0, 1.0], because=once)
    expect(student.apply_repetition_penalty(torch.tensor([2.0, -2.0]), [], 2.0)).near([2.0, -2.0])


@top_k_filter.check("All but the k largest become -inf", "Tout sauf les k plus grands devient -inf")
def _(student: Student) -> None:
    expect(student.top_k_filter(torch.tensor([1.0, 5.0, 3.0, 4.0]), 2)).is_float_tensor(4).near(
        [-INF, 5.0, -INF, 4.0],
        [([0.0, 5.0, 0.0, 4.0], "Logits left out become -inf, not 0.", "Les logits écartés deviennent -inf, pas 0."),
         ([1.0, -INF, 3.0, -INF], "The largest are left out.", "Ce sont les plus grands qui sont écartés."),
         ([-INF, 5.0, -INF, -INF], "The k-th largest is kept too.", "Le k-ième plus grand est gardé aussi.")],
    )  # fmt: skip
    expect(student.top_k_filter(torch.tensor([1.0, 5.0, 3.0]), 1)).near([-INF, 5.0, -INF])


@top_k_filter.check(
    "A k larger than the vocabulary keeps all", "Un k plus grand que le vocabulaire garde tout"
)
def _(student: Student) -> None:
    logits, hint = (
        torch.tensor([1.0, 5.0, 3.0]),
        ("torch.topk takes at most V.", "torch.topk prend au plus V."),
    )
    expect(student.call("top_k_filter", logits, 10, hint=hint)).near([1.0, 5.0, 3.0])


@top_p_filter.check("The smallest set that reaches p", "Le plus petit ensemble qui atteint p")
def _(student: Student) -> None:
    # Probabilities 0.15, 0.5, 0.05, 0.3.
    logits = [math.log(x) for x in (0.15, 0.5, 0.05, 0.3)]
    a, b, _, d = logits
    short = (
        "The token that makes the sum reach p is kept too.",
        "Le token qui fait atteindre p est gardé aussi.",
    )
    for p, expected, known in (
        (0.7, [-INF, b, -INF, d], [([-INF, b, -INF, -INF], *short), ([a, b, -INF, d], "One token too many is kept.",
                                                                  "Un token de trop est gardé.")]),
        (0.9, [a, b, -INF, d], [([-INF, b, -INF, d], *short)]),
        (0.4, [-INF, b, -INF, -INF], [([-INF] * 4, "At least one token is kept.", "Au moins un token est gardé.")]),
    ):  # fmt: skip
        answer = student.call(
            "top_p_filter",
            torch.tensor(logits),
            p,
            spoken=f"top_p_filter(log of [0.15, 0.5, 0.05, 0.3], {p})",
        )
        expect(answer).is_float_tensor(4).near(expected, known)


class Output(dict):
    """What a model of transformers returns: read by name, by key or by place."""

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


class Bigram(nn.Module):
    """Guesses the next of five tokens from the last one; knows nothing at first."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 5)
        nn.init.zeros_(self.table.weight)

    @property
    def device(self) -> torch.device:
        return self.table.weight.device

    def forward(self, input_ids: Any = None, labels: Any = None, **_: Any) -> Output:
        logits = self.table(input_ids)
        if labels is None:
            return Output(logits=logits)
        if labels.shape != input_ids.shape or not torch.equal(labels, input_ids):
            raise Wrong("The labels should be the inputs: the model shifts them itself.",
                        "Les labels doivent être les entrées : le modèle les décale lui-même.")  # fmt: skip
        loss = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        return Output(loss=loss, logits=logits)


TEXTS = [torch.tensor([0, 1, 2, 3, 4, 0, 1, 2]) for _ in range(8)]


@fine_tune.check("The mean batch loss of each epoch", "La perte moyenne des lots, à chaque époque")
def _(student: Student) -> None:
    answer = student.call("fine_tune", Bigram(), TEXTS, epochs=3, lr=0.0, batch_size=4,
                          spoken="fine_tune(knows_nothing, 8 texts, epochs=3, lr=0, batch_size=4)")  # fmt: skip
    ln5 = math.log(5)
    expect(answer).is_((list, tuple), "a list of 3 losses", "une liste de 3 pertes").near(
        [ln5] * 3,
        [([2 * ln5] * 3, "This is the sum over the batches; the mean is asked.",
          "C'est la somme sur les lots ; on demande la moyenne."),
         ([ln5 / 4] * 3, "Divide by the number of batches.", "Divisez par le nombre de lots.")],
        tolerance=1e-4, because=("A model that knows nothing of 5 tokens loses log 5.",
                                 "Un modèle qui ne sait rien de 5 tokens perd log 5."),
    )  # fmt: skip


@fine_tune.check("The model learns", "Le modèle apprend")
def _(student: Student) -> None:
    model = Bigram()
    answer = student.call("fine_tune", model, TEXTS, epochs=20, lr=0.1, batch_size=4,
                          spoken="fine_tune(model, 8 texts, epochs=20, lr=0.1, batch_size=4)")  # fmt: skip
    losses = list(answer.value)
    require(losses[-1] < 0.3 * losses[0], f"The loss goes from {losses[0]:.2f} to {losses[-1]:.2f}; it should nearly vanish: "
            "zero_grad, backward, step?", f"La perte va de {losses[0]:.2f} à {losses[-1]:.2f} ; elle devrait presque "
            "disparaître : zero_grad, backward, step ?")  # fmt: skip


def loaded(student: Student) -> tuple[Any, Any]:
    """The model and the tokenizer that the notebook has loaded."""
    model, tokenizer = student["model"], student["tokenizer"]
    require(hasattr(model, "generate") and hasattr(tokenizer, "decode"),
            "`model` and `tokenizer` should be GPT-2 and its tokenizer: run the cell that loads them.",
            "`model` et `tokenizer` doivent être GPT-2 et son tokenizer : exécutez la cellule qui les charge.")  # fmt: skip
    return model, tokenizer


@generate_with_params.check(
    "As many texts as asked, each of one line", "Autant de textes que demandé, d'une ligne chacun"
)
def _(student: Student) -> None:
    model, tokenizer = loaded(student)
    answer = student.call("generate_with_params", model, tokenizer, prompt="Gw", num_return_sequences=3, max_new_tokens=4,
                          spoken='generate_with_params(model, tokenizer, "Gw", num_return_sequences=3)')  # fmt: skip
    texts = expect(answer).is_(list, "a list of 3 texts", "une liste de 3 textes").value
    require(len(texts) == 3 and all(isinstance(t, str) for t in texts),
            f"`{answer.call}` returned {len(texts)} things; 3 texts were expected.",
            f"`{answer.call}` a renvoyé {len(texts)} choses ; on attendait 3 textes.")  # fmt: skip
    for text in texts:
        whole = text.startswith("Gw") and "\n" not in text and text == text.strip()
        require(whole, f"`{answer.call}` wrote {text!r}: the first line, prompt included, without outer spaces, was expected.",
                f"`{answer.call}` a écrit {text!r} ; on attendait une ligne, prompt compris, sans espaces autour.")  # fmt: skip
        special = next((s for s in tokenizer.all_special_tokens if s in text), None)
        require(special is None, f"`{answer.call}` wrote {text!r}, which contains {special}: skip special tokens.",
                f"`{answer.call}` a écrit {text!r}, qui contient {special} : sautez les tokens spéciaux.")  # fmt: skip


@generate_with_params.check("top_k = 1 leaves no choice", "top_k = 1 ne laisse pas le choix")
def _(student: Student) -> None:
    model, tokenizer = loaded(student)
    answer = student.call("generate_with_params", model, tokenizer, prompt="", top_k=1, num_return_sequences=3, max_new_tokens=4,
                          spoken="generate_with_params(model, tokenizer, top_k=1)")  # fmt: skip
    different = len(set(answer.value))
    require(different == 1, f"`{answer.call}` wrote {different} different texts; the best token alone leaves one.",
            f"`{answer.call}` a écrit {different} textes différents ; le meilleur seul n'en laisse qu'un.")  # fmt: skip
