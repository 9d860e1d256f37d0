"""generate: SOS and prompt in, letters drawn from softmax(logits / temperature), until EOS.

The models are stubs whose next-token law is known exactly.  Each test of randomness fails a right
sampler with probability below 1e-6 (two independent samples must reject it at 3e-4 each).
"""

import itertools
from dataclasses import replace

import pytest

from grader.bridge import StudentError
from grader.checks import fail
from grader.checks.diagnose import named
from grader.checks.evidence import distribution
from grader.checks.sampling import deviation
from grader.checks.wrong_samplers import SURE, chance_of_rejection
from grader.wire import Stub
from reference.pytorch.mini_gpt import EOS_TOKEN, PAD_TOKEN, SOS_TOKEN
from reference.pytorch.misconceptions import SAMPLER, right_distribution

pytestmark = pytest.mark.exercise("generate")

LONG = 20  # letters of a text that is compared letter by letter
SECOND_LETTERS = 150  # texts whose second letter is judged


def known(name):
    """Misconception of that id, as the last arguments of `fail`."""
    return name, named(SAMPLER, name).sentence


@pytest.mark.points(1)
@pytest.mark.title(fr="Un texte qui commence par le prompt, sans tokens spéciaux")
def test_text(writer):
    """A text that begins with the prompt, without special tokens"""
    plain = writer.context_model(eos_from=6)
    special = writer.context_model([writer.sos, writer.pad, *writer.letters[:3]], eos_from=12)
    for model in (plain, special):
        placed = writer.place(model)
        prompts = ["", writer.prompt] * 4
        for prompt, answer in zip(
            prompts, writer.write(placed, [{"prompt": p} for p in prompts]), strict=True
        ):
            text = answer.value
            if type(text) is not str:
                fail(
                    f"`{answer.call}` returned a value of type {answer.type_name}, a text (str) was expected.",
                    f"`{answer.call}` a renvoyé une valeur de type {answer.type_name}, un texte (str) était attendu.",
                    *known("ids_returned"),
                )
            shown = next((t for t in (SOS_TOKEN, EOS_TOKEN, PAD_TOKEN) if t in text), None)
            if shown:
                fail(
                    f"`{answer.call}` returned {text[:40]!r}, which contains {shown}.",
                    f"`{answer.call}` a renvoyé {text[:40]!r}, qui contient {shown}.",
                    *known("special_tokens_in_text"),
                )
            if not text.startswith(prompt):
                # No model here ever draws a letter of the prompt: it was either kept or left out.
                left_out = not set(prompt) & set(text)
                fail(
                    f"`{answer.call}` returned {text[:40]!r}, which does not begin with the prompt.",
                    f"`{answer.call}` a renvoyé {text[:40]!r}, qui ne commence pas par le prompt.",
                    *(known("prompt_missing_from_text") if left_out else ()),
                )
            strange = set(text) - set(writer.tokens)
            if strange:
                fail(
                    f"`{answer.call}` returned {text[:40]!r}: {min(strange)!r} is no character of the vocabulary.",
                    f"`{answer.call}` a renvoyé {text[:40]!r} : {min(strange)!r} n'est pas dans le vocabulaire.",
                )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Les caractères inconnus du prompt sont sautés")
def test_unknown_characters(writer):
    """Unknown characters of the prompt are skipped"""
    # One letter is certain after each context, so texts that were fed alike are alike.
    placed = writer.place(writer.context_model(eos_from=8, choices=1))
    a, b = writer.prompt
    for mark in writer.unknown:
        for prompt in (f"{a}{mark}{b}", f"{mark}{a}{b}", f"{a}{b}{mark}"):
            wanted = writer.write(placed, [{"prompt": writer.prompt, "max_len": 20}])[0]
            try:
                seen = writer.write(placed, [{"prompt": prompt, "max_len": 20}])[0]
            except StudentError as error:
                fail(
                    f"`{error.call}` raised {error.name}: {mark!r} is not in the vocabulary.",
                    f"`{error.call}` a levé {error.name} : {mark!r} n'est pas dans le vocabulaire.",
                    *(known("unknown_characters_crash") if error.name == "KeyError" else ()),
                )
            text = seen.value.replace(mark, "") if isinstance(seen.value, str) else seen.value
            if writer.drawn(text, writer.prompt) != writer.drawn(wanted.value, writer.prompt):
                fail(
                    f"`{seen.call}` goes on otherwise than `{wanted.call}`: the unknown {mark!r} was fed to the "
                    "model. Leave out characters that `char2idx` does not hold.",
                    f"`{seen.call}` continue autrement que `{wanted.call}` : le caractère inconnu {mark!r} a été "
                    "donné au modèle. Sautez les caractères absents de `char2idx`.",
                )


@pytest.mark.points(1)
@pytest.mark.title(fr="Le texte s'arrête à EOS")
def test_end(writer):
    """The text stops at EOS"""
    letters, last = writer.letters, writer.char2idx[writer.prompt[-1]]
    for length in (0, 1, writer.rng.randrange(2, 5)):
        # SOS, or the prompt's last letter, then `length` letters, EOS, and other letters after it.
        following = [letters[9]] * len(writer.tokens)
        chain = [*letters[:length], writer.eos, *letters[length:8]]
        for token, then in itertools.pairwise(chain):
            following[token] = then
        for first in (writer.sos, writer.pad, last):  # PAD: whoever forgets SOS is told so elsewhere
            following[first] = chain[0]
        placed = writer.place(Stub("chain_model", {"following": following, "device": writer.device}))
        wanted = tuple(letters[:length])
        for prompt in ("", writer.prompt):
            answer = writer.write(placed, [{"prompt": prompt, "max_len": length + 5 + len(prompt)}])[0]
            seen = writer.drawn(answer.value, prompt)
            if seen != wanted:
                goes_on = seen[: length + 3] == (*wanted, *letters[length : length + 3])  # one may be chance
                en = fr = repr(writer.spell(wanted))
                en += " was expected: the model is certain of those letters, then of EOS."
                fr += " était attendu : le modèle est sûr de ces lettres, puis de EOS."
                if not wanted:
                    en = "no letter was expected: the model is certain of EOS at once."
                    fr = "aucune lettre n'était attendue : le modèle est tout de suite sûr de EOS."
                fail(
                    f"`{answer.call}` wrote {writer.spell(seen)[:40]!r} after the prompt, and {en}",
                    f"`{answer.call}` a écrit {writer.spell(seen)[:40]!r} après le prompt ; {fr}",
                    *(known("goes_on_after_eos") if goes_on else ()),
                )


@pytest.mark.points(1)
@pytest.mark.title(fr="max_len limite la longueur (25 par défaut)")
def test_length(writer):
    """max_len bounds the length (25 by default)"""
    placed = writer.place(writer.context_model())
    cases = [{"max_len": 1}, {"max_len": 4}, {"prompt": writer.prompt, "max_len": 7}, {}]
    cases.append({"prompt": writer.prompt[0], "max_len": writer.rng.randrange(30, 60)})
    for arguments, answer in zip(cases, writer.write(placed, cases), strict=True):
        prompt, bound = arguments.get("prompt", ""), arguments.get("max_len", 25)
        # It may bound the new letters or the whole text: both readings are right.
        new = len(writer.drawn(answer.value, prompt))
        if new in (bound, bound - len(prompt)):
            continue
        fail(
            f"`{answer.call}` wrote {new} new letters with a model that never says EOS; {bound} were expected.",
            f"`{answer.call}` a écrit {new} nouvelles lettres avec un modèle qui ne dit jamais EOS ; "
            f"il en fallait {bound}.",
            *(known("max_len_ignored") if new > bound else ()),
        )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Le modèle écrit en mode évaluation")
def test_evaluation_mode(writer):
    """The model writes in evaluation mode"""
    placed = judge_by_letters(writer, "training_table", "training_mode")
    # From here on the model comes in evaluation mode: to leave it so and to put it back are one.
    placed.method("eval")
    call = writer.write(placed, [{"max_len": 6}])[0].call
    if writer.student.get(placed, "last_set").value is True:
        fail(
            f"The model was in evaluation mode before `{call}`, and is in training mode after it.",
            f"Le modèle était en mode évaluation avant `{call}` ; après, il est en mode entraînement.",
        )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="Aucun gradient n'est enregistré")
def test_no_gradients(writer):
    """No gradients are recorded"""
    judge_by_letters(writer, "grad_table", "gradients_recorded")


def judge_by_letters(writer, table, name):
    """A model that says other letters in the wrong mode: the text is the evidence."""
    other = writer.context_model(writer.others).table
    placed = writer.place(writer.context_model(**{table: other}))
    cases = [{"max_len": 6}, {"max_len": 8, "prompt": writer.prompt}]
    for answer, case in zip(writer.write(placed, cases), cases, strict=True):
        seen = set(writer.drawn(answer.value, case.get("prompt", "")))
        if seen <= set(writer.letters):
            continue
        betrayed = bool(seen) and seen <= set(writer.others)
        text = str(answer.value)[:40]
        fail(
            f"`{answer.call}` wrote {text!r}, with letters that the model says only otherwise.",
            f"`{answer.call}` a écrit {text!r}, avec des lettres que le modèle ne dit qu'autrement.",
            *(known(name) if betrayed else ()),
        )
    return placed


@pytest.mark.points(1)
@pytest.mark.title(fr="Le hasard vient du générateur de torch : même graine, même texte")
def test_seeds(writer):
    """Chance comes from torch's generator: same seed, same text"""
    model = writer.context_model(spread=0.5)
    placed, case = writer.place(model), {"max_len": 12}
    stream = [a.value for a in writer.write(placed, [case] * 6)]
    seeds = [writer.rng.randrange(1 << 31) for _ in range(6)]
    apart = [a.value for a in writer.write(placed, [case] * 6, seed=seeds)]
    if len({writer.drawn(t) for t in stream}) == 1 or len({writer.drawn(t) for t in apart}) == 1:
        best = next(iter(model.law((writer.sos,), 12, most_likely)))
        greedy = writer.drawn(stream[0]) == best
        fail(
            f"`generate(model, max_len=12)` wrote {str(stream[0])[:40]!r} six times in a row.",
            f"`generate(model, max_len=12)` a écrit {str(stream[0])[:40]!r} six fois de suite.",
            *known("greedy" if greedy else "reseeded"),
        )
    torch_seed = writer.rng.randrange(1 << 31)
    again = [{"torch": torch_seed, "random": writer.rng.randrange(1 << 31), "numpy": i} for i in range(6)]
    texts = [a.value for a in writer.write(placed, [case] * 6, seed=again)]
    if len({writer.drawn(t) for t in texts}) > 1:
        fail(
            f"After the same `torch.manual_seed`, `generate(model, max_len=12)` wrote {str(texts[0])[:40]!r} and "
            f"{str(next(t for t in texts if t != texts[0]))[:40]!r}.",
            f"Après le même `torch.manual_seed`, `generate(model, max_len=12)` a écrit {str(texts[0])[:40]!r} et "
            f"{str(next(t for t in texts if t != texts[0]))[:40]!r}.",
            *known("other_generator"),
        )


def most_likely(logits, ids):
    """A greedy sampler's distribution."""
    return (logits == logits.max()).double()


@pytest.mark.points(2)
@pytest.mark.title(fr="La première lettre suit softmax(logits / temperature)")
def test_temperature(writer):
    """The first letter follows softmax(logits / temperature)"""
    temperatures = [round(writer.rng.uniform(0.13, 0.18), 2), 1.0, round(writer.rng.uniform(1.8, 3.0), 2)]
    while True:  # until the lowest temperature leaves a choice, and the usual one more of it
        model = writer.context_model(eos_from=2)
        laws = [
            model.law((writer.sos,), 1, lambda logits, ids, t=t: right_distribution(logits, t))
            for t in temperatures
        ]
        if max(laws[0].values()) < 0.85 and max(laws[1].values()) < 0.25:
            break
    placed = writer.place(model)
    if not writer.draws_alike(model, placed, 1, [("", t) for t in temperatures]):
        found = deviation(
            lambda n, of: [writer.sample(placed, n, temperature=temperatures[i]) for i in of], laws, 200, 400
        )
        if found:
            tell(writer, found, f"temperature={temperatures[found.where]}")
    # Every letter is drawn at that temperature, after a prompt too. This model says the same after
    # all texts, so what a student feeds to it plays no part.
    t, chance = round(writer.rng.uniform(0.4, 0.6), 2), 0.0
    while chance < SURE:  # that a sample shows who draws this letter at temperature 1
        model = writer.context_model()
        alike = replace(
            model, table=model.table[:1].repeat(len(model.table), 1), forced=(-1,) * 6 + (writer.eos,)
        )
        law, usual = (
            alike.law((writer.sos,), 1, lambda logits, ids, t=t: right_distribution(logits, t))
            for t in (t, 1.0)
        )
        chance = chance_of_rejection(usual, law, SECOND_LETTERS, 1)
    placed = writer.place(alike)
    if writer.draws_alike(alike, placed, 2, [(writer.prompt, t)]):
        return
    found = deviation(
        lambda n, _: [[s[1:] for s in writer.sample(placed, n, 2, writer.prompt, t)]],
        [law],
        SECOND_LETTERS,
        300,
    )
    if found:
        setting = f"prompt={writer.prompt!r}, temperature={t}"
        tell(
            writer,
            found,
            setting,
            ("went on after its first letter with", "a continué après sa première lettre par"),
        )


@pytest.mark.points(2.5)
@pytest.mark.title(fr="Chaque lettre suit le modèle qui lit SOS, le prompt et les lettres d'avant")
def test_context(writer):
    """Each letter follows the model that reads SOS, the prompt and the letters before"""
    model = writer.context_model(eos_from=6, spread=2.0, choices=4)
    placed = writer.place(model)
    prompts = ["", writer.prompt]
    laws = [
        model.law(writer.start(p), 3, lambda logits, ids: right_distribution(logits, 1.0)) for p in prompts
    ]
    if not writer.draws_alike(model, placed, 3, [(p, 1.0) for p in prompts]):
        found = deviation(lambda n, of: [writer.sample(placed, n, 3, prompts[i]) for i in of], laws, 300, 500)
        if found:
            tell(writer, found, f"prompt={prompts[found.where]!r}")
    require_long_texts(writer, [*prompts, *writer.marked_prompts])


def require_long_texts(writer, prompts):
    """A model that is sure of each letter, by all it has read: the text says what it was given to read."""
    model = writer.context_model(choices=1)
    cases = [{"prompt": p, "max_len": LONG + len(p)} for p in prompts]
    for answer, case in zip(writer.write(writer.place(model), cases), cases, strict=True):
        prompt = case["prompt"]
        seen, wanted = writer.drawn(answer.value, prompt)[:LONG], ()
        for _ in seen:  # how many letters come is told by `test_length`
            wanted += (int(model.next_logits((*writer.start(prompt), *wanted)).argmax()),)
        if seen != wanted:
            same = sum(
                1
                for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(seen, wanted, strict=True))
            )
            cause = writer.cause()
            fail(
                f"`{answer.call}` wrote {writer.spell(seen)[: same + 1]!r} after the prompt; the model, which reads SOS, the "
                f"whole prompt and all letters before, is sure of {writer.spell(wanted)[: same + 1]!r}.",
                f"`{answer.call}` a écrit {writer.spell(seen)[: same + 1]!r} après le prompt ; le modèle, qui lit SOS, tout le "
                f"prompt et toutes les lettres d'avant, est sûr de {writer.spell(wanted)[: same + 1]!r}.",
                *((cause.id, cause.sentence) if cause else ()),
            )


def tell(writer, found, setting, spoken=("began with", "a commencé par")):
    """Fail with the outcome that is furthest from its probability, and its likely cause."""
    letters = writer.spell(found.outcome)
    cause = writer.cause()
    fail(
        f"`generate(model, {setting})` {spoken[0]} {letters!r} in {found.seen:.0%} of {found.drawn} texts; "
        f"softmax of the model's logits says {found.expected:.0%}.",
        f"`generate(model, {setting})` {spoken[1]} {letters!r} dans {100 * found.seen:.0f} % de {found.drawn} "
        f"textes ; softmax des logits du modèle dit {100 * found.expected:.0f} %.",
        cause.id if cause else None,
        cause.sentence if cause else None,
        distribution(found.sample, found.law, writer.spell),
    )
