"""Judges `generate(params, start, temperature, max_len)` of lessons 5 and 6.

`NameWriter` draws parameters whose law it knows, places them in the student's kernel and asks for texts.  Nothing is
replaced there: however a student computes, the text must follow the law of the model that these parameters are.  A
right sampler fails with probability below 1e-6 (`sampling`); each listed wrong one is seen (`wrong_samplers`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from grader.bridge import Answer, Student, StudentError
from grader.checks import letter_model, wrong_samplers
from grader.checks.diagnose import named
from grader.checks.evidence import distribution
from grader.checks.letter_law import Hypothesis, Law, Laws, Setting
from grader.checks.letter_model import Params
from grader.checks.numbers import same
from grader.checks.sampling import RARE, agrees, deviation
from grader.checks.texts import require_something
from grader.checks.verdict import fail
from grader.checks.wrong_samplers import FIRST, SECOND, size

TRIES = 80  # parameters drawn at most in search of some that show every wrong sampler
SECONDS = 90.0  # wall time of one message: pure Python on a busy machine


@dataclass
class NameWriter:
    """A student's `generate`, and what is known about right and wrong ones.

    Parameters
    ----------
    student : Student
    rng : random.Random
    machine : module
        The reference: `SHAPES`, `ALPHABET`, `CONTEXT`, `forward_llm`.
    wrong : module
        `Draw`, `right_distribution`.
    misconceptions : sequence
        Those of the exercise.
    usual : float
        The default temperature.
    """

    student: Student
    rng: random.Random
    machine: ModuleType
    wrong: ModuleType
    misconceptions: Sequence[Any]
    usual: float

    def __post_init__(self) -> None:
        self.laws = Laws(self.machine, self.wrong.Draw, self.usual)
        self.circle = list(range(1, len(self.machine.ALPHABET)))
        self.rng.shuffle(self.circle)
        self.circle.insert(0, 0)  # the dot, then all letters, then the dot again
        self.chain_params = letter_model.chain(self.circle, self.machine.SHAPES)
        letters = self.rng.sample(range(1, len(self.machine.ALPHABET)), 18)
        self.drawn_letters, self.start_letters = letters[:8], letters[8:]

    # -- asking -----------------------------------------------------------------------------

    def write(self, placed: Answer, arguments: Sequence[dict[str, Any]], seed: Any = None) -> list[Answer]:
        """The texts of these calls, in one message; without `seed` from one stream, seeded once."""
        seeds = [self.rng.randrange(1 << 31), *[None] * (len(arguments) - 1)] if seed is None else seed
        try:
            answers = self._ask(placed, arguments, seeds)
        except StudentError as error:
            error.call = error.call.replace("(model", "(params", 1)
            if error.name != "NameError":
                self._explain_error(placed, arguments, error)
            raise
        told = [replace(a, call=a.call.replace("(model", "(params", 1)) for a in answers]
        return require_something(told, self.misconceptions)

    def _ask(self, placed: Answer, arguments: Sequence[dict[str, Any]], seed: Any) -> list[Answer]:
        calls = [((placed,), a) for a in arguments]
        return self.student.calls("generate", calls, seed=seed, seconds=SECONDS)

    def _explain_error(
        self, placed: Answer, arguments: Sequence[dict[str, Any]], error: StudentError
    ) -> None:
        """Fail if only texts that are longer than the context raise."""
        longest = max(len(a.get("start", ".")) + a.get("max_len", 15) - 1 for a in arguments)
        if longest <= self.machine.CONTEXT:
            return
        try:
            self._ask(placed, [{"max_len": 2}], 1)
        except StudentError:
            return
        fail(
            f"`{error.call}` raised {error.name} ({error.text[:100]}); with few letters it does not.",
            f"`{error.call}` a levé {error.name} ({error.text[:100]}) ; avec peu de lettres, non.",
            *self.known("context_not_cut"),
        )

    def known(self, name: str) -> tuple[str, Any]:
        """Misconception of that id, as the last arguments of `fail`."""
        return name, named(self.misconceptions, name).sentence  # type: ignore[union-attr]

    def spell(self, ids: Sequence[int]) -> str:
        """The letters of these ids."""
        return "".join(self.machine.ALPHABET[i] if i >= 0 else "?" for i in ids)

    def drawn(self, value: Any, start: Sequence[int]) -> tuple[int, ...]:
        """Ids of the new letters.

        Lenient on purpose: dots, a missing start, a list of letters cost points in the test of that,
        and in no other.
        """
        if isinstance(value, (list, tuple)):
            value = "".join(v for v in value if isinstance(v, str))
        text = value.strip(".") if isinstance(value, str) else ""
        text = text.removeprefix(self.spell(start[1:]))
        ids = {letter: i for i, letter in enumerate(self.machine.ALPHABET)}
        return tuple(ids.get(c, -1) for c in text if c != ".")

    def on_circle(self, before: int, after: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A start of `before` letters of the chain, and the `after` letters that follow, up to the dot."""
        end = len(self.circle) - after
        return (0, *self.circle[end - before : end]), tuple(self.circle[end:])

    # -- what a text looks like -------------------------------------------------------------

    def check_text(self) -> None:
        """Fail unless a text is a str that begins with the start's letters and holds no dot."""
        placed = self.student.place(self.chain_params)
        cases = [self.on_circle(before, after) for before, after in ((3, 2), (1, 3), (4, 1), (2, 5))]
        cases.append(((0,), ()))
        arguments = [{"start": self.spell(start), "max_len": 4} for start, _ in cases]
        for (start, following), answer in zip(cases, self.write(placed, arguments), strict=True):
            text, beginning = answer.value, self.spell(start[1:])
            if type(text) is not str:
                name = "list_returned" if answer.type_name == "list" else None
                fail(
                    f"`{answer.call}` returned a value of type {answer.type_name}, a text (str) was expected.",
                    f"`{answer.call}` a renvoyé une valeur de type {answer.type_name}, un texte (str) était attendu.",
                    *(self.known(name) if name else ()),
                )
            inner = text.strip(".")
            if "." in text:
                name = "leading_dot_kept" if text.startswith(".") else "goes_on_after_dot"
                name = "final_dot_kept" if text == f"{inner}." and "." not in inner else name
                fail(
                    f"`{answer.call}` returned {text[:40]!r}: the dots do not belong to the text.",
                    f"`{answer.call}` a renvoyé {text[:40]!r} : les points ne font pas partie du texte.",
                    *self.known(name),
                )
            if not text.startswith(beginning):
                only_new = bool(following) and text.startswith(self.spell(following[:1]))
                fail(
                    f"`{answer.call}` returned {text[:40]!r}, which does not begin with {beginning!r}.",
                    f"`{answer.call}` a renvoyé {text[:40]!r}, qui ne commence pas par {beginning!r}.",
                    *(self.known("start_missing") if only_new else ()),
                )
            if not set(text) <= set(self.machine.ALPHABET):
                fail(
                    f"`{answer.call}` returned {text[:40]!r}, which holds something else than letters.",
                    f"`{answer.call}` a renvoyé {text[:40]!r}, qui contient autre chose que des lettres.",
                )
        if not same_params(self.student.get(placed).value, self.chain_params):
            fail(
                "`generate` changed `params`, which belong to the caller.",
                "`generate` a modifié `params`, qui appartient à l'appelant.",
            )

    def check_end(self) -> None:
        """Fail unless the text ends where the model says the dot."""
        placed = self.student.place(self.chain_params)
        cases = [self.on_circle(2, 2), self.on_circle(5, 4), self.on_circle(0, 26), self.on_circle(4, 0)]
        arguments = [{"start": self.spell(start), "max_len": len(then) + 4} for start, then in cases]
        for (start, wanted), answer in zip(cases, self.write(placed, arguments), strict=True):
            seen = self.drawn(answer.value, start)
            if seen == wanted:
                continue
            goes_on = bool(wanted) and seen[: len(wanted) + 1] == (*wanted, self.circle[1])
            fail(
                f"`{answer.call}` added {self.spell(seen)[:40]!r}; {self.spell(wanted)!r} was expected: the model is "
                "certain of these letters, then of the dot.",
                f"`{answer.call}` a ajouté {self.spell(seen)[:40]!r} ; {self.spell(wanted)!r} était attendu : le modèle "
                "est sûr de ces lettres, puis du point.",
                *(self.known("goes_on_after_dot") if goes_on else ()),
            )

    def check_length(self) -> None:
        """Fail unless exactly max_len letters are added where the model does not want to stop."""
        placed = self.student.place(self.chain_params)
        # (letters of the start, max_len); 15 is the default
        sizes = [(0, 1), (0, 6), (2, 4), (4, self.rng.randrange(6, 11)), (9, 12), (3, None), (0, None)]
        starts = [(0, *self.circle[2 : 2 + before]) for before, _ in sizes]
        arguments = [
            {"start": self.spell(start)} | ({} if bound is None else {"max_len": bound})
            for start, (_, bound) in zip(starts, sizes, strict=True)
        ]
        answers = self.write(placed, arguments)
        new = [len(self.drawn(a.value, start)) for a, start in zip(answers, starts, strict=True)]
        whole = all(n == (15 if b is None else b) - before for n, (before, b) in zip(new, sizes, strict=True))
        for n, (_, bound), answer in zip(new, sizes, answers, strict=True):
            bound = 15 if bound is None else bound
            if n != bound:
                name = "max_len_counts_start" if whole else "max_len_ignored" if n > bound else None
                fail(
                    f"`{answer.call}` added {n} letters with a model that does not want to stop there; "
                    f"{bound} were expected.",
                    f"`{answer.call}` a ajouté {n} lettres avec un modèle qui ne veut pas s'arrêter là ; "
                    f"il en fallait {bound}.",
                    *(self.known(name) if name else ()),
                )

    # -- where chance comes from ------------------------------------------------------------

    def check_seeds(self) -> None:
        """Fail unless a seed of `random`, and nothing else, decides the text."""
        params = self._free(self.drawn_letters, 0.7)
        placed, case = self.student.place(params), {"max_len": 8}
        stream = [self.drawn(a.value, (0,)) for a in self.write(placed, [case] * 6)]
        seeds = [self.rng.randrange(1 << 31) for _ in range(6)]
        apart = [self.drawn(a.value, (0,)) for a in self.write(placed, [case] * 6, seed=seeds)]
        if len(set(stream)) == 1 or len(set(apart)) == 1:
            best: list[int] = [0]
            for _ in range(8):
                probs = self.machine.forward_llm(best[-self.machine.CONTEXT :], params)
                best.append(max(range(len(probs)), key=probs.__getitem__))
            greedy = stream[0] == tuple(best[1:])
            fail(
                f"`generate(params, max_len=8)` wrote {self.spell(stream[0])!r} six times.",
                f"`generate(params, max_len=8)` a écrit {self.spell(stream[0])!r} six fois.",
                *self.known("greedy" if greedy else "reseeded"),
            )
        again = [{"random": seeds[0] ^ 1, "numpy": i, "torch": i} for i in range(6)]
        texts = [self.drawn(a.value, (0,)) for a in self.write(placed, [case] * 6, seed=again)]
        if len(set(texts)) > 1:
            other = next(t for t in texts if t != texts[0])
            fail(
                f"After the same `random.seed`, `generate(params, max_len=8)` wrote {self.spell(texts[0])!r} and "
                f"{self.spell(other)!r}.",
                f"Après le même `random.seed`, `generate(params, max_len=8)` a écrit {self.spell(texts[0])!r} et "
                f"{self.spell(other)!r}.",
                *self.known("other_generator"),
            )

    # -- the law of texts -------------------------------------------------------------------

    def check_temperature(self) -> None:
        """Fail unless the first letter follows p^(1/T), with the default temperature too."""
        self._judge(self.temperature_settings())

    def check_context(self) -> None:
        """Fail unless each letter follows the model that reads the last letters, start included."""
        self._judge(self.context_settings())

    def temperature_settings(self) -> list[Setting]:
        """One letter after the dot, as usual and hot: each letter possible, the dot by far the likeliest."""
        hot = round(self.rng.uniform(2.0, 3.0), 2)
        every = range(len(self.circle))
        return self._settings([(0,)] * 2, [None, hot], 1, every, 0.2, wrong_samplers.OF_TEMPERATURE)

    def context_settings(self) -> list[Setting]:
        """Two letters after a start that is longer than the context, cold."""
        cold = round(self.rng.uniform(0.3, 0.45), 2)
        given = ([self._long_start()], [cold], 2, self.drawn_letters[:5], 2.2 * cold)
        return self._settings(*given, wrong_samplers.OF_CONTEXT)

    def _long_start(self) -> tuple[int, ...]:
        return (0, *self.rng.choices(self.start_letters, k=self.machine.CONTEXT + 1), self.start_letters[0])

    def _judge(self, settings: Sequence[Setting]) -> None:
        for setting in settings:
            setting.placed = settings[0].placed or self.student.place(setting.params)
        laws = [self._law(s) for s in settings]
        # Whoever ignores max_len is told so elsewhere; here that costs patience only.
        brief = all(len(path) <= settings[0].length for path in self._paths(settings[0], 3))
        sizes = (FIRST, SECOND) if brief else (FIRST // 6, SECOND // 6)
        found = deviation(
            lambda n, of: [self._sample(settings[i], size(settings[i], n)) for i in of], laws, *sizes
        )
        if found:
            setting = settings[found.where]
            cause = self._cause(setting, found.sample)
            call, letters = f"generate(params{self._spoken(setting)})", self.spell(found.outcome)
            fail(
                f"`{call}` went on with {letters!r} in {found.seen:.0%} of {found.drawn} texts; the model's "
                f"probabilities say {found.expected:.0%}.",
                f"`{call}` a continué par {letters!r} dans {100 * found.seen:.0f} % de {found.drawn} textes ; les "
                f"probabilités du modèle disent {100 * found.expected:.0f} %.",
                cause.id if cause else None,
                cause.sentence if cause else None,
                distribution(found.sample, found.law, self.spell),
            )

    def _settings(
        self,
        starts: Sequence[tuple[int, ...]],
        temperatures: Sequence[float | None],
        length: int,
        tokens: Sequence[int],
        spread: float,
        ideas: Sequence[str],
    ) -> list[Setting]:
        """Settings of which one shows each of these ideas."""
        best: tuple[float, list[Setting]] = (-1.0, [])
        for _ in range(TRIES):
            params = self._free(tokens, spread)
            settings = [Setting(params, s, t, length) for s, t in zip(starts, temperatures, strict=True)]
            for setting in settings[1:]:
                setting.known = settings[0].known
            right = [(s, self._law(s)) for s in settings]
            worst = min(
                max(
                    wrong_samplers.chance_of_rejection(self._law(s, idea), as_should, size(s), len(right))
                    for s, as_should in right
                )
                for idea in ideas
            )
            best = max(best, (worst, settings), key=lambda pair: pair[0])
            if worst >= wrong_samplers.SURE:
                break
        return best[1]

    def _free(self, tokens: Sequence[int], spread: float) -> Params:
        def logits_of(params: Params, ids: list[int]) -> list[float]:
            return [math.log(max(p, 1e-300)) for p in self.machine.forward_llm(ids, params)]

        params = letter_model.free(self.rng, self.machine.SHAPES, tokens, spread, logits_of)
        if 0 in tokens:
            # The dot comes first with a probability of 0.5 to 0.9, which temperatures change most.
            said = self.machine.forward_llm([0], params)[0]
            others = (1 - said) / (len(tokens) - 1)
            params["W_out"][0][0] += self.rng.uniform(3.3, 4.0) + math.log(others / said)
        return params

    def _law(self, setting: Setting, idea: str | None = None) -> Law:
        return wrong_samplers.law(self.laws, self.wrong, self.misconceptions, setting, idea)

    def _spoken(self, setting: Setting) -> str:
        start = f", start={self.spell(setting.start)!r}" if len(setting.start) > 1 else ""
        temperature = "" if setting.temperature is None else f", temperature={setting.temperature}"
        return f"{start}{temperature}, max_len={setting.length}"

    def _paths(self, setting: Setting, n: int) -> list[tuple[int, ...]]:
        given = {} if setting.temperature is None else {"temperature": setting.temperature}
        arguments = {"start": self.spell(setting.start), "max_len": setting.length, **given}
        assert setting.placed is not None
        return [self.drawn(a.value, setting.start) for a in self.write(setting.placed, [arguments] * n)]

    def _sample(self, setting: Setting, n: int) -> list[tuple[int, ...]]:
        paths = self._paths(setting, n)
        # A text that is too short was ended by the dot.
        return [(*p, 0)[: setting.length] if len(p) < setting.length else p[: setting.length] for p in paths]

    # -- the likely cause -------------------------------------------------------------------

    def _cause(self, failed: Setting, sample: Sequence[Any]) -> Any:
        """The misconception that is likeliest and fits, or None."""
        for name in wrong_samplers.OF_FIRST_LETTER if failed.length == 1 else ():
            if agrees(sample, self._law(failed, name)):
                return named(self.misconceptions, name)
        hypotheses: dict[str | None, Hypothesis] = {None: self.wrong.right_distribution}
        hypotheses |= {m.id: m.hypothesis for m in self.misconceptions if m.hypothesis}
        ideas = [name for name in hypotheses if name and name not in wrong_samplers.OF_FIRST_LETTER]
        settings = self._settings([self._long_start()] * 2, [0.5, 2.0], 2, self.drawn_letters[:4], 1.5, ideas)
        settings[0].placed = settings[1].placed = self.student.place(settings[0].params)
        samples = [self._sample(s, 150) for s in settings]

        def likelihood(name: str | None) -> float:
            steps: dict[Hashable, list[float]] = {}
            total = 0.0
            for setting, sample in zip(settings, samples, strict=True):
                for path in sample:
                    for i, token in enumerate(path):
                        key = (setting.temperature, path[:i])
                        if key not in steps:
                            steps[key] = self.laws.next_letter(setting, hypotheses[name], path[:i])
                        law = steps[key]
                        total += math.log(0.98 * law[token] + 0.02 / len(law)) if token >= 0 else -9
            return total

        best = max(hypotheses, key=likelihood)
        for setting, sample in zip(settings, samples, strict=True):
            law = self.laws.of_texts(setting, hypotheses[best], 1e-6)
            first: Law = {}
            for path, p in law.items():
                first[path[:1]] = first.get(path[:1], 0.0) + p
            likely = {path: p for path, p in law.items() if p * len(sample) >= RARE}
            if not agrees(sample, likely) or not agrees([path[:1] for path in sample], first):
                return None
        return named(self.misconceptions, best) if best else None


def same_params(seen: Any, expected: Params, rtol: float = 0.0) -> bool:
    """Whether a student's dict holds these parameters."""
    if type(seen) is not dict or set(seen) != set(expected):
        return False
    return all(same(seen[name], value, rtol) for name, value in expected.items())
