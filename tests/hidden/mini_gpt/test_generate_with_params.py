"""generate_with_params: penalty, temperature, top-k, top-p, then a draw; texts of one line.

The models are real GPT-2s whose next-token law is a table (`grader.checks.table_gpt2`), so a loop
of one's own and `model.generate` are both judged by what they write. Left open, and kept out of
every test: whether the prompt's own tokens are penalised (none is ever drawn), whether BOS stands
before a prompt (both laws pass), whether a loop goes on after EOS (only a line break follows it).
Each test of randomness fails a right sampler with probability below 1e-6 (two independent samples
must reject it).
"""

import functools
import itertools
import math
from dataclasses import replace

import pytest
import torch

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.gpt2_writer import BEGIN, DRAWN, END, Writer, drawn
from grader.checks.sampling import agrees, deviation
from grader.checks.table_gpt2 import LINE_BREAK, NEVER, SPACE
from grader.wire import Stub
from reference.pytorch.gpt2_sampling import apply_repetition_penalty
from reference.pytorch.wrong_gpt2_sampler import GENERATE, Settings, right_law

FILTERS = ("apply_repetition_penalty", "top_k_filter", "top_p_filter")
pytestmark = pytest.mark.exercise(
    "generate_with_params", relies_on={name: Stub("logits_filter", {"name": name}) for name in FILTERS}
)

OPEN = {"top_k": 1000, "top_p": 1.0, "temperature": 1.0, "repetition_penalty": 1.0}  # no filter at all
FIRST, SECOND = 200, 400  # texts in the sample, and in the one that decides


def known(name):
    """Misconception of that id, as the last arguments of `fail`."""
    return name, named(GENERATE, name).sentence


@pytest.fixture
def writer(student, rng, generator, device):
    """The student's `generate_with_params` with models for it."""
    return Writer(student, rng, generator, device, GENERATE)


def texts_of(answer, number):
    """The list of texts, or a failure that says what is no such list."""
    value = answer.value
    if not isinstance(value, (list, tuple)) or not all(type(t) is str for t in value):
        many = isinstance(value, (list, tuple))
        ids = isinstance(value, torch.Tensor) or (many and not any(type(t) is str for t in value))
        fail(
            f"`{answer.call}` returned no list of texts, but a value of type {answer.type_name}"
            + (f" of {type(value[0]).__name__}." if isinstance(value, (list, tuple)) and value else "."),
            f"`{answer.call}` n'a pas renvoyé une liste de textes, mais une valeur de type {answer.type_name}"
            + (f" de {type(value[0]).__name__}." if isinstance(value, (list, tuple)) and value else "."),
            *(known("ids_returned") if ids else ()),
        )
    if len(value) != number:
        fail(
            f"`{answer.call}` returned {len(value)} texts, {number} were expected.",
            f"`{answer.call}` a renvoyé {len(value)} textes, {number} étaient attendus.",
            *known("number_ignored"),
        )
    return list(value)


@pytest.mark.points(0.75)
@pytest.mark.title(
    fr="La première ligne de chaque texte : prompt compris, sans tokens spéciaux ni espaces autour"
)
def test_texts(writer):
    """The first line of each text: prompt included, without special tokens and outer spaces"""
    a, b, c, *_ = writer.letters
    cases = [
        ([a, b, SPACE, c, END, LINE_BREAK], f"{a}{b} {c}"),
        ([a, b, LINE_BREAK, c], f"{a}{b}"),
        ([SPACE, a, b, LINE_BREAK, c], f" {a}{b}"),
        ([a, b, SPACE, LINE_BREAK, c], f"{a}{b}"),
        ([LINE_BREAK, a, b], ""),
        ([END, LINE_BREAK], ""),
    ]
    for chain, line in cases:
        for prompt in (writer.prompt, ""):
            placed = writer.place(writer.chain_model(chain))
            arguments = {"prompt": prompt, "num_return_sequences": 3, "max_new_tokens": len(chain)}
            answer = writer.write(placed, [arguments])[0]
            wanted = (prompt + line).strip()
            for text in texts_of(answer, 3):
                if text == wanted:
                    continue
                name = None
                if BEGIN in text or END in text:
                    name = "special_tokens_in_text"
                elif "\n" in text:
                    name = "all_lines"
                elif text.strip() == wanted:
                    name = "outer_spaces"
                elif prompt and text.strip() == line.strip():
                    name = "prompt_missing"
                fail(
                    f"`{answer.call}` wrote {text[:60]!r}; {wanted!r} was expected, since the model is sure of its text.",
                    f"`{answer.call}` a écrit {text[:60]!r} ; {wanted!r} était attendu, car le modèle est sûr de son texte.",
                    *(known(name) if name else ()),
                )


@pytest.mark.points(0.25)
@pytest.mark.title(fr="Un prompt vide part du BOS du tokenizer, ou de EOS s'il n'en a pas")
def test_empty_prompt(writer):
    """An empty prompt starts from the tokenizer's BOS, or from EOS where it has none"""
    for bos in (BEGIN, None):
        model = writer.random_model(bos=bos)
        # Sure of one letter after the token that a text starts from, of another after all others.
        wanted, other, *_ = writer.letters
        model = model.certain_of([other], [])
        model = replace(model, last=model.last.clone())
        model.last[model.start] = model.certain_of([wanted], []).last[model.start]
        try:
            arguments = {"num_return_sequences": 2, "max_new_tokens": 3}
            answer = writer.write(writer.place(model), [arguments])[0]
        except StudentError as error:
            fail(
                f"`generate_with_params` with an empty prompt raised {error.name}: {error.text[:150]}",
                f"`generate_with_params` avec un prompt vide a levé {error.name} : {error.text[:150]}",
                *known("empty_prompt_refused"),
            )
        for text in texts_of(answer, 2):
            if drawn(model, text, "")[:1] != model.ids(wanted):
                fail(
                    f"`{answer.call}` wrote {text[:40]!r}; after {bos or END} the model is sure of {wanted!r}.",
                    f"`{answer.call}` a écrit {text[:40]!r} ; après {bos or END}, le modèle est sûr de "
                    f"{wanted!r}.",
                )


@pytest.mark.points(0.5)
@pytest.mark.title(
    fr="num_return_sequences textes, tirés chacun, de max_new_tokens nouveaux tokens (par défaut 5 et 20)"
)
def test_number_and_length(writer):
    """num_return_sequences texts, each drawn, of max_new_tokens new tokens (by default 5 and 20)"""
    model = writer.random_model()
    placed, number = writer.place(model), writer.rng.randrange(6, 10)
    length, prompt = writer.rng.randrange(22, 40), writer.prompt
    cases = [
        {"prompt": prompt, "num_return_sequences": number, "max_new_tokens": length, **OPEN},
        {"prompt": prompt, "num_return_sequences": 1, "max_new_tokens": 3, **OPEN},
        {**OPEN},
    ]
    for answer, case in zip(writer.write(placed, cases), cases, strict=True):
        texts = texts_of(answer, case.get("num_return_sequences", 5))
        bound = case.get("max_new_tokens", 20)
        lengths = sorted({len(text.removeprefix(case.get("prompt", ""))) for text in texts})
        if len(lengths) > 1 and lengths[-1] <= bound:  # ended by tokens of probability 0
            fail(
                f"`{answer.call}` wrote texts of {lengths[0]} to {lengths[-1]} new tokens (one a letter) with a model that "
                f"never ends; {bound} were expected in each.",
                f"`{answer.call}` a écrit des textes de {lengths[0]} à {lengths[-1]} nouveaux tokens (un par lettre) avec un "
                f"modèle qui ne finit jamais ; il en fallait {bound} dans chacun.",
                *known("uniform"),
            )
        if lengths != [bound]:
            fail(
                f"`{answer.call}` wrote {lengths[-1]} new tokens (one a letter) with a model that never ends; {bound} were "
                "expected.",
                f"`{answer.call}` a écrit {lengths[-1]} nouveaux tokens (un par lettre) avec un modèle qui ne finit jamais ; "
                f"il en fallait {bound}.",
                *known("max_new_tokens_ignored"),
            )
        if len(texts) > 1 and len(set(texts)) == 1:
            fail(
                f"`{answer.call}` wrote {texts[0][:40]!r} {len(texts)} times, with a model that is unsure.",
                f"`{answer.call}` a écrit {texts[0][:40]!r} {len(texts)} fois, avec un modèle qui hésite.",
                *known(repeated(model, case, texts[0])),
            )
    pair = [writer.write(placed, [cases[0]])[0].value for _ in range(2)]
    if set(pair[0]) == set(pair[1]):
        fail(
            f"Two calls of `generate_with_params` under two seeds wrote the same texts, {pair[0][0][:40]!r} and so on.",
            f"Deux appels de `generate_with_params` sous deux graines ont écrit les mêmes textes, {pair[0][0][:40]!r}...",
            *known("one_text_repeated"),
        )


def repeated(model, case, text):
    """Why one text comes again and again: because the best is always taken, or because it is copied."""
    prompt = case.get("prompt", "")
    ids = list(model.ids(prompt)) or [model.start]
    for token in model.ids(text.removeprefix(prompt)):
        if token != int(model.next_logits(ids).argmax()):
            return "one_text_repeated"
        ids.append(token)
    return "greedy"


# -- the law ----------------------------------------------------------------------------------


def laws(model, prompt, settings, hypothesis=None):
    """Law of the first tokens after a prompt, without and with BOS before it."""
    starts = [model.ids(prompt), (model.start, *model.ids(prompt))] if prompt else [(model.start,)]
    made = []
    for start in starts:
        s = Settings(**settings, started_with=len(start), bos=model.start)
        law = hypothesis or right_law
        made.append(model.law(start, DRAWN, lambda ids, s=s, law=law: law(model.next_logits, ids, s)))
    return made


def settled(model, prompt, settings):
    """Whether rounding decides nothing: no ties near the k-th place, no sum of probabilities near p."""
    s = {"temperature": 1.0, "top_k": 50, "top_p": 0.95, "repetition_penalty": 1.0} | settings
    letters = [i for i in range(len(model.tokens)) if model.last[0, i] > NEVER]
    for start in [model.ids(prompt), (model.start, *model.ids(prompt))]:
        for ids in [start, *((*start, i) for i in letters)] if start else []:
            logits = apply_repetition_penalty(model.next_logits(ids), ids, s["repetition_penalty"])
            best = (logits / s["temperature"]).double().sort(descending=True).values
            k = min(s["top_k"], len(best))
            if k < len(letters) and best[k - 1] - best[k] < 1e-3:
                return False
            sums = best[:k].softmax(0).cumsum(0)
            if s["top_p"] < 1 and (sums - s["top_p"]).abs().min() < 1e-3:
                return False
    return True


def distance(one, other):
    """Total variation between two laws: how far apart two samplers are."""
    return sum(abs(one.get(o, 0.0) - other.get(o, 0.0)) for o in {*one, *other}) / 2


def judge(writer, model, conditions, rather=()):
    """Fail unless the first tokens follow their law under each condition (prompt, settings)."""
    placed = writer.place(model)
    full = [(prompt, {**OPEN, **settings} if settings else {}) for prompt, settings in conditions]
    right = [laws(model, prompt, settings) for prompt, settings in full]

    @functools.cache  # both laws, and then the diagnosis, read the same samples
    def sample(n, i):
        return writer.sample(model, placed, n, *full[i])

    def draw(n, of):
        return [sample(n, i) for i in of]

    def off(choice):
        return deviation(draw, [law[min(choice, len(law) - 1)] for law in right], FIRST, SECOND)

    found = off(0)
    if found is None or off(1) is None:  # BOS before the prompt is right too
        return
    enough = FIRST if len(full) > 2 else SECOND  # where few conditions speak, they say more
    cause = likeliest(model, full, draw(enough, range(len(full))), rather)
    prompt, settings = conditions[found.where]
    call = ", ".join(["model", "tokenizer", repr(prompt), *(f"{k}={v}" for k, v in settings.items())])
    text = model.text(found.outcome)
    fail(
        f"`generate_with_params({call})` went on with {text!r} in {found.seen:.0%} of {found.drawn} texts; "
        f"{found.expected:.0%} were expected.",
        f"`generate_with_params({call})` a continué par {text!r} dans {100 * found.seen:.0f} % de {found.drawn} textes ; "
        f"on en attendait {100 * found.expected:.0f} %.",
        cause.id if cause else None,
        cause.sentence if cause else None,
    )


def likeliest(model, conditions, samples, rather):
    """The misconception under which these samples are likeliest, if it fits all; `rather` wins a tie."""
    surprise, anything = 0.02, 0.02 / len(model.tokens) ** DRAWN

    def likelihood(law, sample):
        return sum(math.log((1 - surprise) * law.get(o, 0.0) + anything) for o in sample)

    def by(hypothesis, choice):
        return [laws(model, p, s, hypothesis)[choice if p else 0] for p, s in conditions]

    candidates = [
        (m, by(m.hypothesis, choice))
        for m in sorted(GENERATE, key=lambda m: m.id not in rather)
        if m.hypothesis is not None
        for choice in (0, 1)
    ]
    best, found = max(
        candidates, key=lambda c: sum(likelihood(law, s) for law, s in zip(c[1], samples, strict=True))
    )
    fits = all(agrees(sample, law) for law, sample in zip(found, samples, strict=True))
    return best if fits else None


@pytest.mark.points(1)
@pytest.mark.title(
    fr="Chaque réglage agit : température, top-k, top-p, pénalité, et leurs valeurs par défaut"
)
def test_each_setting(writer):
    """Each setting acts: temperature, top-k, top-p, penalty, and their defaults"""
    rng = writer.rng
    while True:
        model = writer.random_model()
        conditions = [
            ("", {"temperature": round(rng.uniform(0.4, 0.6), 2)}),
            (writer.prompt, {"temperature": round(rng.uniform(1.8, 2.5), 2)}),
            ("", {"top_k": rng.choice([2, 3])}),
            (writer.prompt, {"top_p": round(rng.uniform(0.5, 0.75), 2)}),
            (writer.prompt, {"repetition_penalty": round(rng.uniform(2.5, 4.0), 2)}),
            (writer.prompt, {}),
        ]
        if all(settled(model, prompt, {**OPEN, **s} if s else {}) for prompt, s in conditions):
            break
    judge(writer, model, conditions)
    require_long_text(writer)
    require_defaults(writer)


def require_long_text(writer):
    """A model that is sure of each letter by its place, and of one more only as long as that one came nowhere before."""
    model, wanted = writer.long_model()
    arguments = OPEN | {"num_return_sequences": 1, "max_new_tokens": len(wanted), "repetition_penalty": 2.0}
    answer = writer.write(writer.place(model), [arguments])[0]
    text = texts_of(answer, 1)[0].replace(BEGIN, "").replace(END, "").strip()[: len(wanted)]
    if text == wanted[: len(text)] and len(text) > len(wanted) // 2:
        return
    same = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(text, wanted, strict=False))
    )
    again = text[same : same + 1] == wanted[0]
    fail(
        f"`{answer.call}` wrote {text[: same + 1]!r}, {wanted[: same + 1]!r} was expected: the model reads all the ids so "
        "far, and all of them are penalised.",
        f"`{answer.call}` a écrit {text[: same + 1]!r}, {wanted[: same + 1]!r} était attendu : le modèle lit tous les ids "
        "écrits, et la pénalité les compte tous.",
        *(known("penalty_ignored") if again else ()),
    )


MANY = (
    120,
    230,
)  # of 10⁷ right samplers one draws so many tokens without any of the three rarest that it may


def require_defaults(writer):
    """By default the 50 best tokens, and of these as many as reach 0.95: no others, and not fewer."""
    model, ranks = writer.flat_model()
    best = model.next_logits((model.start,))[[model.id_of(t) for t in ranks[:50]]]
    kept = ranks[: int((best.double().softmax(0).cumsum(0) < 0.95).sum()) + 1]
    placed, seen, beyond = writer.place(model), set(), set()
    for number in MANY:
        answer = writer.write(placed, [{"num_return_sequences": number, "max_new_tokens": 1}])[0]
        seen |= {t.replace(BEGIN, "").replace(END, "").strip() for t in texts_of(answer, number)}
        beyond = seen & set(ranks[50:])  # what top-p keeps of the 50 hangs on the order, told elsewhere
        if beyond or seen & set(kept[-3:]):
            break
    if beyond or not seen & set(kept[-3:]):
        fail(
            f"`{answer.call}`, with a model to which {len(ranks)} tokens are almost alike, wrote {len(seen)} different "
            f"ones; by default (top_k=50, top_p=0.95) it chooses among the {len(kept)} likeliest.",
            f"`{answer.call}`, avec un modèle pour qui {len(ranks)} tokens se valent presque, en a écrit {len(seen)} "
            f"différents ; par défaut (top_k=50, top_p=0.95), il choisit parmi les {len(kept)} plus probables.",
            *(known("top_k_ignored") if beyond else ()),
        )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="L'ordre : pénalité, température, top-k, top-p")
def test_order(writer):
    """The order: penalty, temperature, top-k, top-p"""
    rng, orders = writer.rng, ("temperature_last", "top_p_before_top_k", "penalty_last")
    wrong = {m.id: m.hypothesis for m in GENERATE if m.hypothesis}
    while True:
        model = writer.random_model()
        values = {
            "temperature": round(rng.uniform(1.5, 2.5), 2),
            "top_k": rng.choice([3, 4]),
            "top_p": round(rng.uniform(0.5, 0.8), 2),
            "repetition_penalty": round(rng.uniform(2.0, 4.0), 2),
        }
        conditions = list(itertools.product((writer.prompt, ""), [values]))
        if not all(settled(model, *c) for c in conditions):
            continue

        # Every wrong order must show, with and without BOS before the prompt, and be told from other mistakes or just as they.
        @functools.cache
        def by(hypothesis, model=model, conditions=tuple(conditions)):
            made = [laws(model, *c, hypothesis) for c in conditions]
            return [[law[min(bos, len(law) - 1)] for law in made] for bos in (0, 1)]

        shown = (max(map(distance, o, r)) for name in orders for o in by(wrong[name]) for r in by(right_law))
        if min(shown) <= 0.25:
            continue
        pairs = [(order, name) for order in orders for name in wrong if name != order]
        apart = [(n, max(map(distance, by(wrong[o])[0], law))) for o, n in pairs for law in by(wrong[n])]
        # Where a setting that is ignored gives just the same, the order is told; two orders may never.
        if all(d > 0.08 or (d < 1e-9 and name not in orders) for name, d in apart):
            break
    # A wrong order may look like a setting ignored, but that one has been told by the test before.
    judge(writer, model, conditions, orders)
