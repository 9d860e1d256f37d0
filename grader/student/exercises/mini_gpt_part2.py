"""Public checks of the project, part 2: filters on four or five logits, a bigram that learns, GPT-2 itself."""

import math
from typing import Any

import torch
import torch.nn as nn

from grader.student.described import counted
from grader.student.expect import Student, Wrong, expect, require
from grader.student.lessons import Lesson
from grader.student.values import to_lists

lesson = Lesson("mini_gpt_part2", ("Mini-GPT, part 2", "Mini-GPT, 2e partie"))
apply_repetition_penalty = lesson.exercise(
    "apply_repetition_penalty", 2, ("say it once", "ne pas se répéter")
)
top_k_filter = lesson.exercise("top_k_filter", 2, ("the k best", "les k meilleurs"))
top_p_filter = lesson.exercise("top_p_filter", 3, ("enough probability", "assez de probabilité"))
fine_tune = lesson.exercise("fine_tune", 4, ("fine-tuning", "l'affinage"))
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
    once = (
        "Each id counts once, however often it came.",
        "Chaque id compte une fois, quel que soit son nombre d'apparitions.",
    )
    for ids in ([0, 0, 1, 0], torch.tensor([0, 0, 1, 0])):
        answer = student.apply_repetition_penalty(torch.tensor([2.0, -2.0, 1.0]), ids, 2.0)
        expect(answer).near([1.0, -4.0, 1.0], because=once)


@top_k_filter.check("All but the k largest become -inf", "Tout sauf les k plus grands devient -inf")
def _(student: Student) -> None:
    expect(student.top_k_filter(torch.tensor([-6.0, 5.0, 3.0, 4.0]), 2)).is_float_tensor(4).near(
        [-INF, 5.0, -INF, 4.0],
        [([0.0, 5.0, 0.0, 4.0], "Logits left out become -inf, not 0.", "Les logits écartés deviennent -inf, pas 0."),
         ([-6.0, -INF, 3.0, -INF], "The largest are left out.", "Ce sont les plus grands qui sont écartés."),
         ([-INF, 5.0, -INF, -INF], "The k-th largest is kept too.", "Le k-ième plus grand est gardé aussi."),
         ([-6.0, 5.0, -INF, -INF], "-6 is not large: its sign counts.", "-6 n'est pas grand : son signe compte.")],
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
        (0.97, logits, [([a, b, -INF, d], "The three likeliest make 0.95 only: p is no share of the tokens.",
                         "Les trois plus probables ne font que 0,95 : p n'est pas une part des tokens.")]),
    ):  # fmt: skip
        answer = student.call(
            "top_p_filter",
            torch.tensor(logits),
            p,
            spoken=f"top_p_filter(torch.tensor([0.15, 0.5, 0.05, 0.3]).log(), {p})",
        )
        expect(answer).is_float_tensor(4).near(expected, known)


class Output(dict):
    """What a model of transformers returns: read by name, by key or by place."""

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)


class Bigram(nn.Module):
    """Guesses the next of five tokens from the last one; knows nothing at first, or only what follows 0."""

    def __init__(self, device: Any, knows: float = 0.0) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 5, device=device)
        nn.init.zeros_(self.table.weight)
        self.table.weight.data[0, 0] = knows
        self.batches: list[int] = []
        self.piled_up = False
        self._fresh: torch.Tensor | None = None
        self.table.weight.register_hook(self._keep)
        self.table.weight.register_post_accumulate_grad_hook(self._compare)

    def _keep(self, gradient: torch.Tensor) -> None:
        self._fresh = gradient.clone()

    def _compare(self, weight: torch.Tensor) -> None:
        """Whether the gradient of this batch was added to one that was there before."""
        if self._fresh is not None and weight.grad is not None:
            self.piled_up |= not torch.allclose(weight.grad, self._fresh, atol=1e-7)

    @property
    def device(self) -> torch.device:
        return self.table.weight.device

    def forward(self, input_ids: Any = None, labels: Any = None, **_: Any) -> Output:
        self.batches.append(len(input_ids))
        logits = self.table(input_ids)
        if labels is None:
            return Output(logits=logits)
        if labels.shape != input_ids.shape or not torch.equal(labels, input_ids):
            raise Wrong("The labels should be the inputs: the model shifts them itself.",
                        "Les labels doivent être les entrées : le modèle les décale lui-même.")  # fmt: skip
        loss = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        return Output(loss=loss, logits=logits)


def place(student: Student) -> Any:
    """Where the notebook's models live: a student may well send batches to the notebook's `device`."""
    try:
        return student["device"]
    except Wrong:
        return "cpu"


TEXTS = [torch.tensor([0, 1, 2, 3, 4, 0, 1, 2]) for _ in range(8)]
# Seven texts of which the model knows nothing, and one that it knows: no batch of four is like the mean.
UNEQUAL = [torch.tensor([1, 2, 3, 4, 1, 2, 3, 4]) for _ in range(7)] + [torch.tensor([0] * 8)]
KNOWS = 3.0
MEAN = (7 * math.log(5) + math.log(4 + math.exp(KNOWS)) - KNOWS) / 8


@fine_tune.check("The mean batch loss of each epoch", "La perte moyenne des lots, à chaque époque")
def _(student: Student) -> None:
    model = Bigram(place(student), KNOWS)
    answer = student.call("fine_tune", model, UNEQUAL, epochs=3, lr=0.0, batch_size=4,
                          spoken="fine_tune(model, texts, epochs=3, lr=0, batch_size=4)")  # fmt: skip
    expect(answer).near(
        [MEAN] * 3,
        [([2 * MEAN] * 3, "This is the sum over the batches; the mean is asked.",
          "C'est la somme sur les lots ; on demande la moyenne."),
         ([MEAN / 4] * 3, "Divide by the number of batches.", "Divisez par le nombre de lots.")],
        tolerance=1e-4, because=("With lr=0 nothing is learned: in each epoch it is the mean over both batches.",
                                 "Avec lr=0, rien ne s'apprend : à chaque époque, c'est la moyenne des deux lots."),
    )  # fmt: skip
    seen = sorted(set(model.batches))
    require(seen == [4], f"`{answer.call}` gave the model batches of {seen} texts; batch_size=4 was asked for.",
            f"`{answer.call}` a donné au modèle des lots de {seen} textes ; on demandait batch_size=4.")  # fmt: skip


@fine_tune.check("The model learns", "Le modèle apprend")
def _(student: Student) -> None:
    model, texts = Bigram(place(student)), torch.stack(TEXTS).to(place(student))
    answer = student.call("fine_tune", model, TEXTS, epochs=20, lr=0.1, batch_size=4,
                          spoken="fine_tune(model, texts, epochs=20, lr=0.1, batch_size=4)")  # fmt: skip
    losses = to_lists(answer.value)
    require(bool(model.table.weight.any()),
            f"`{answer.call}` left the model as it was: train the model itself, no copy, and call optimizer.step().",
            f"`{answer.call}` a laissé le modèle tel quel : entraînez le modèle lui-même, pas une copie, et appelez "
            "optimizer.step().")  # fmt: skip
    require(not model.piled_up, "The gradients of each batch are added to those of the batches before: zero_grad() is missing.",
            "Les gradients de chaque lot s'ajoutent à ceux des lots d'avant : il manque zero_grad().")  # fmt: skip
    require(losses[-1] < 0.3 * losses[0], f"The loss goes from {losses[0]:.2f} to {losses[-1]:.2f}; it should nearly vanish: "
            "zero_grad, backward, step?", f"La perte va de {losses[0]:.2f} à {losses[-1]:.2f} ; elle devrait presque "
            "disparaître : zero_grad, backward, step ?")  # fmt: skip
    with torch.no_grad():
        left = float(model(input_ids=texts, labels=texts).loss)
    require(losses[-1] < 2 * left + 0.05, f"The last epoch is said to have a mean loss of {losses[-1]:.2f}, but the model is at "
            f"{left:.2f} then: does each epoch begin a new list of losses?",
            f"La dernière époque aurait une perte moyenne de {losses[-1]:.2f}, mais le modèle en est alors à {left:.2f} : "
            "chaque époque commence-t-elle une nouvelle liste de pertes ?")  # fmt: skip


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
    things, choses = counted(len(texts), "thing", "chose")
    require(len(texts) == 3 and all(isinstance(t, str) for t in texts),
            f"`{answer.call}` returned {things}; 3 texts were expected.",
            f"`{answer.call}` a renvoyé {choses} ; on attendait 3 textes.")  # fmt: skip
    for text in texts:
        whole = text.startswith("Gw") and "\n" not in text and text == text.strip()
        require(whole, f"`{answer.call}` wrote {text!r}: the first line, prompt included, without outer spaces, was expected.",
                f"`{answer.call}` a écrit {text!r} ; on attendait une ligne, prompt compris, sans espaces autour.")  # fmt: skip


def speller(student: Student, table: Any, late: Any = ()) -> Any:
    """A GPT-2 whose next letter is known, with the notebook's own tokenizer.

    Attention and MLP add nothing, so what comes next depends on the last token and, a little, on its place.

    Parameters
    ----------
    table : dict of str to (dict of str to float)
        Letter -> logits of the letters after it; "" stands for any other token.  " " and line breaks are letters.
    late : sequence of (letter, float)
        Added to these logits from the third token on.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    model, tokenizer = loaded(student)
    number = {c: tokenizer.convert_tokens_to_ids({" ": "Ġ", "\n": "Ċ"}.get(c, c)) for c in "abcdz \n"}
    rows, size = list(table), len(table) + 2 + len(table) % 2
    made = GPT2LMHeadModel(GPT2Config(
        vocab_size=len(tokenizer), n_positions=64, n_embd=size, n_layer=1, n_head=1, tie_word_embeddings=False,
        layer_norm_epsilon=1e-10, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    ))  # fmt: skip
    with torch.no_grad():
        for p in made.parameters():
            p.zero_()
        body = made.transformer
        # A token switches one number on, its place another: x holds two ones, which the last norm keeps.
        body.wte.weight[:, rows.index("")] = 1.0
        for k, c in enumerate(rows):
            if c:
                body.wte.weight[number[c]] = nn.functional.one_hot(torch.tensor(k), size).float()
        body.wpe.weight[:2, -2] = 1.0
        body.wpe.weight[2:, -1] = 1.0
        body.ln_f.weight.fill_(math.sqrt(2 / size * (1 - 2 / size)))
        body.ln_f.bias.fill_(2 / size)
        for k, c in enumerate(rows):
            made.lm_head.weight[:, k] = -1e4
            for letter, logit in table[c].items():
                made.lm_head.weight[tokenizer.eos_token_id if letter == "" else number[letter], k] = logit
        for letter, more in late:
            made.lm_head.weight[number[letter], -1] = more
    return made.eval().to(next(model.parameters()).device)


def texts_of(student: Student, model: Any, **settings: Any) -> tuple[list[str], str]:
    """What the student's function writes with this model, and the call in words."""
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    spoken = f"generate_with_params(known_model, tokenizer, {told})"
    answer = student.call("generate_with_params", model, student["tokenizer"], spoken=spoken, **settings)
    expect(answer).is_(list, "a list of texts", "une liste de textes")
    return [str(text) for text in answer.value], spoken


SURE = 40.0


@generate_with_params.check("A model that knows its text by heart", "Un modèle qui sait son texte par cœur")
def _(student: Student) -> None:
    # Whoever starts a text says "ab", a space, a new line, "c", the end; "c" is followed by "d" only late.
    by_heart = {
        "": {"a": SURE},
        "a": {"b": SURE},
        "b": {" ": SURE},
        " ": {"\n": SURE},
        "\n": {"c": SURE},
        "c": {"": SURE},
    }
    on = {"": {"z": SURE}, "a": {"b": SURE}, "b": {"c": SURE}, "c": {"z": SURE, "d": 0.0}, "d": {"a": SURE}}
    for table, late, settings, expected, en, fr in (
        (by_heart, (), {"prompt": ""}, "ab",
         "An empty prompt starts from BOS; of what comes, the first line, without special tokens and outer spaces.",
         "Un prompt vide part de BOS ; de ce qui vient, la première ligne, sans tokens spéciaux ni espaces autour."),
        (on, [("d", 2 * SURE)], {"prompt": "a", "max_new_tokens": 3}, "abcd",
         "The model reads all tokens so far, the prompt first, and writes max_new_tokens new ones.",
         "Le modèle lit tous les tokens écrits, prompt d'abord, et en écrit max_new_tokens nouveaux."),
    ):  # fmt: skip
        seen, call = texts_of(student, speller(student, table, late), num_return_sequences=2, **settings)
        require(seen == [expected] * 2, f"`{call}` wrote {seen}; {[expected] * 2} was expected. {en}",
                f"`{call}` a écrit {seen} ; on attendait {[expected] * 2}. {fr}")  # fmt: skip


LAW = {"a": math.log(0.5), "b": math.log(0.25), "c": math.log(0.15), "d": math.log(0.1)}


@generate_with_params.check(
    "Drawn by lot, by the model's probabilities", "Tiré au sort, selon les probabilités du modèle"
)
def _(student: Student) -> None:
    model = speller(student, {c: LAW for c in ("", "a", "b", "c", "d")})
    free: dict[str, Any] = {"prompt": "z", "temperature": 1.0, "top_k": 50, "top_p": 1.0, "max_new_tokens": 1}
    seen, call = texts_of(student, model, **free, num_return_sequences=250)
    said = ", ".join(sorted(set(seen)))
    require(said == "za, zb, zc, zd", f"`{call}` wrote {said}; za, zb, zc and zd should all come up: nothing is filtered here.",
            f"`{call}` a écrit {said} ; za, zb, zc et zd devraient tous sortir : rien n'est filtré ici.")  # fmt: skip
    # A right answer leaves these bounds less than once in a million times.
    require(85 < seen.count("za") < 165, f"`{call}` wrote za {seen.count('za')} times of 250; about 125 were expected.",
            f"`{call}` a écrit za {seen.count('za')} fois sur 250 ; on en attendait environ 125.")  # fmt: skip
    first, call = texts_of(student, model, **free, num_return_sequences=40)
    again, _ = texts_of(student, model, **free, num_return_sequences=40)
    require(again != first, f"`{call}`, called twice, wrote the same 40 texts: do not set a seed inside.",
            f"`{call}`, appelé deux fois, a écrit les mêmes 40 textes : ne fixez pas de graine dedans.")  # fmt: skip


@generate_with_params.check("Penalty, temperature, top-k, top-p", "Pénalité, température, top-k, top-p")
def _(student: Student) -> None:
    model = speller(student, {c: LAW for c in ("", "a", "b", "c", "d")})
    # Each expected text is missing from 60 less than once in a million times.
    for temperature, top_k, top_p, expected, en, fr in (
        (1.0, 2, 1.0, "za, zb", "top_k keeps the two best letters.", "top_k garde les deux meilleures lettres."),
        (1.0, 50, 0.7, "za, zb", "top_p keeps a (50%) and b, with which 70% is reached.",
         "top_p garde a (50 %) et b, qui fait atteindre 70 %."),
        (3.0, 50, 0.7, "za, zb, zc", "Temperature comes before top-p: flattened, three letters make 70%.",
         "La température vient avant top-p : une fois aplati, il faut trois lettres pour 70 %."),
        (1.0, 2, 0.6, "za", "Top-k comes before top-p: of the two letters left, a alone has 67%.",
         "Top-k vient avant top-p : des deux lettres restantes, a seule a 67 %."),
    ):  # fmt: skip
        seen, call = texts_of(student, model, prompt="z", temperature=temperature, top_k=top_k, top_p=top_p,
                              max_new_tokens=1, num_return_sequences=60)  # fmt: skip
        said = ", ".join(sorted(set(seen)))
        require(said == expected, f"`{call}` wrote {said}; {expected} should come up. {en}",
                f"`{call}` a écrit {said} ; on attendait {expected}. {fr}")  # fmt: skip
    likes_a = speller(student, {"": {"a": 2.0, "b": 1.5}, "a": {"a": 2.0, "b": 1.5}})
    seen, call = texts_of(student, likes_a, prompt="z", top_k=1, repetition_penalty=2.0, max_new_tokens=2,
                          num_return_sequences=2)  # fmt: skip
    require(seen == ["zab", "zab"],
            f"`{call}` wrote {seen}; ['zab', 'zab'] was expected: the penalty halves the logit of a, which came already, "
            "before the best one is kept.",
            f"`{call}` a écrit {seen} ; on attendait ['zab', 'zab'] : la pénalité divise par deux le logit de a, déjà écrit, "
            "avant que le meilleur soit gardé.")  # fmt: skip
