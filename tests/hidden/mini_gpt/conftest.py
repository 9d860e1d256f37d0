"""Fixtures of the hidden tests of mini_gpt.

`decoder(...)` builds the student's `TransformerDecoder` and the reference with the same settings,
and gives both the same random weights, from the reference to the student.

`writer` calls the student's `generate` with stub models whose next-token law is known exactly, and
says which wrong sampler explains what it wrote.
"""

import itertools
import random
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from grader.bridge import Answer, Student, StudentError
from grader.checks import fail
from grader.checks.context_model import ContextModel, random_table
from grader.checks.diagnose import explains, named
from grader.checks.sampling import ALIKE, RARE, agrees
from grader.checks.texts import require_something
from reference.pytorch import mini_gpt
from reference.pytorch.misconceptions import DECODER, SAMPLER, Draw, right_distribution

SPECIAL = (mini_gpt.PAD_TOKEN, mini_gpt.SOS_TOKEN, mini_gpt.EOS_TOKEN)


@dataclass
class Decoder:
    """A student's decoder in its kernel, and the reference that holds the same weights."""

    model: Answer
    call: str
    reference: torch.nn.Module

    def procedure(self, name, spoken=None, **data):
        """Run a procedure on the student's model; an error quotes the call as a student writes it."""
        try:
            return self.model.procedure(name, **data).value
        except StudentError as error:
            error.call = spoken or f"{self.call}"
            raise

    def anatomy(self):
        """What the student's process says the model is made of; nothing of what has not that form."""
        told = self.procedure("anatomy")
        told = told if isinstance(told, dict) else {}
        forms = {"module": bool, "state": dict, "dropout": list}
        kept = {name: told[name] for name, form in forms.items() if isinstance(told.get(name), form)}
        if all(isinstance(shape, list) for shape in kept.get("state", {}).values()):
            return {"state": {}, "dropout": []} | kept
        return {"state": {}, "dropout": []}

    def logits(self, ids, training=False):
        """The student's output on ids (B, S); anything that its forward returned."""
        return self.procedure("logits", self.on(ids), ids=ids, training=training)

    def on(self, ids):
        """The call of the model, for messages."""
        return f"{self.call}(ids {tuple(ids.shape)})"

    def expected(self, ids):
        """The reference's logits (B, S, V)."""
        with torch.no_grad():
            return self.reference(ids)

    def cause(self, seen, ids):
        """The misconception that gives what was seen, or None."""
        with torch.no_grad():
            return explains(seen, [(self.reference, i) for i in ids], DECODER)

    def require_logits(self, seen, ids):
        """Fail unless `seen` are finite floats of shape (B, S, V)."""
        shape = (*ids.shape, self.reference.head.out_features)
        if not isinstance(seen, torch.Tensor):
            fail(
                f"`{self.on(ids)}` did not return one tensor; logits of shape {shape} were expected.",
                f"`{self.on(ids)}` n'a pas renvoyé un tenseur ; des logits de forme {shape} étaient attendus.",
            )
        if tuple(seen.shape) != shape or not seen.dtype.is_floating_point:
            kind = f"{str(seen.dtype).removeprefix('torch.')} {tuple(seen.shape)}"
            cause = self.cause([seen], [ids])  # tries every misconception: only now
            fail(
                f"`{self.on(ids)}` returned {kind}; float logits of shape {shape} were expected.",
                f"`{self.on(ids)}` a renvoyé {kind} ; des logits flottants de forme {shape} étaient attendus.",
                cause.id if cause else None,
                cause.sentence if cause else None,
            )
        return seen

    def known(self, name):
        """Misconception of that id, as the last arguments of `fail`."""
        return name, named(DECODER, name).sentence


def random_weights(model, generator):
    """Every weight random: nothing stays at one or zero, so that nothing can be left out unseen."""
    with torch.no_grad():
        for p in model.parameters():
            noise = torch.randn(p.shape, generator=generator) * 0.5
            p.copy_(noise + (0.5 if p.dim() == 1 else 0.0))
    return model


@pytest.fixture
def decoder(student, generator, device):
    """Function that builds a `Decoder`: ``decoder(11, 8, 2, 3, pad_idx=4)``."""

    def build(*sizes, weights=True, **settings):
        # The seed makes the student's own initial weights the same at every grading.
        model = student.calls("TransformerDecoder", [(sizes, settings)], seed=7, keep=True)[0]
        text = ", ".join([*map(str, sizes), *(f"{k}={v}" for k, v in settings.items())])
        made = Decoder(
            model, f"TransformerDecoder({text})", mini_gpt.TransformerDecoder(*sizes, **settings).eval()
        )
        if not made.anatomy().get("module"):
            fail(
                f"`{made.call}` is no `nn.Module`: the class must inherit from it.",
                f"`{made.call}` n'est pas un `nn.Module` : la classe doit en hériter.",
            )
        if device != "cpu":
            model.method("to", device)
        if weights:
            random_weights(made.reference, generator)
            made.procedure("load", weights=made.reference.state_dict())
        return made

    return build


@pytest.fixture
def ids_of(generator):
    """Function that draws ids (B, S) below V."""

    def draw(batch, length, vocab_size):
        return torch.randint(0, vocab_size, (batch, length), generator=generator)

    return draw


# -- generate ---------------------------------------------------------------------------------

LONGEST = 150  # a model says EOS for sure from here on, so that no loop runs for ever


@dataclass
class Writer:
    """A student's `generate`, the vocabulary it reads, and models for it."""

    student: Student
    rng: random.Random
    generator: torch.Generator
    device: str
    char2idx: dict[str, int]
    kept: dict[str, Any]

    def __post_init__(self):
        self.tokens = sorted(self.char2idx, key=self.char2idx.__getitem__)
        self.pad, self.sos, self.eos = (self.char2idx[t] for t in SPECIAL)
        letters = [c for c in self.tokens if c.isalpha()]
        self.rng.shuffle(letters)
        self.prompt = "".join(letters[:2])  # no model below ever draws these two
        # Known characters that are no letters belong to a prompt too; a word list may have none.
        marks = sorted({c for c in self.tokens if len(c) == 1 and not c.isalpha()}, reverse=True)
        self.marked_prompts = ["".join(c + m for c, m in zip(letters, marks[:3]))] if marks else []  # noqa: B905
        self.letters = [self.char2idx[c] for c in letters[2:12]]
        self.others = [self.char2idx[c] for c in letters[12:20]]
        self.unknown = [c for c in "7☃漢Ж" if c not in self.char2idx][:2]

    def context_model(self, tokens=None, eos_from=LONGEST, spread=1.0, choices=None, **more):
        """A random `ContextModel` over some letters that says EOS once it has read `eos_from` ids."""
        table = random_table(self.generator, len(self.tokens), tokens or self.letters, spread, choices)
        return ContextModel(table, (-1,) * (eos_from - 1) + (self.eos,), **more)

    def place(self, model):
        """Build the model in the student's kernel once, for many calls."""
        return self.student.place(model.stub(self.device) if isinstance(model, ContextModel) else model)

    def write(self, model, arguments, seed=None):
        """What `generate` returns for each of these keyword arguments, in one message.

        Without `seed` the texts come from one stream, seeded once: as a user draws them.
        """
        seeds = [self.rng.randrange(1 << 31), *[None] * (len(arguments) - 1)] if seed is None else seed
        answers = self.student.calls("generate", [((model,), a) for a in arguments], seed=seeds)
        return require_something(answers, SAMPLER)

    def sample(self, model, n, length=1, prompt="", temperature=1.0):
        """First `length` new tokens of n texts."""
        arguments = {"prompt": prompt, "max_len": length + len(prompt), "temperature": temperature}
        return [self.drawn(a.value, prompt)[:length] for a in self.write(model, [arguments] * n)]

    def draws_alike(self, model, placed, length, settings):
        """Whether texts are, letter for letter, those that `torch.multinomial` draws after the same seeds.

        Nobody else's are, so that a few say more than many do of a law: of a sampler whose texts differ from the
        right one's with probability d, n texts are alike with a probability of at most (1 - d)^n, while a law shows
        d once n is far beyond 1 / d².  Who draws otherwise is judged by the law, as if this had not been asked.

        Parameters
        ----------
        model : ContextModel
        placed : Answer
            The same model in the student's kernel.
        length : int
            Of the texts that are compared, without the prompt.
        settings : list of (prompt, temperature)
        """
        if self.device != "cpu":  # a card has a generator of its own
            return False
        for n, (prompt, temperature) in itertools.product(
            (4, ALIKE - 4), settings
        ):  # four say who draws otherwise
            seeds = [self.rng.randrange(1 << 31) for _ in range(n)]
            arguments = {"prompt": prompt, "max_len": length + len(prompt), "temperature": temperature}
            answers = self.write(placed, [arguments] * n, seed=[{"torch": s} for s in seeds])
            for seed, answer in zip(seeds, answers, strict=True):
                stream = torch.Generator().manual_seed(seed)
                text = model.text(self.start(prompt), length, temperature, stream)
                if self.drawn(answer.value, prompt)[:length] != text:
                    return False
        return True

    def drawn(self, value, prompt=""):
        """Ids of the letters after the prompt.

        Lenient on purpose: that it is no str, or keeps special tokens, or lacks the prompt, costs
        points in the test of that, and in no other.
        """
        if isinstance(value, (list, tuple, torch.Tensor)):
            items = value.flatten().tolist() if isinstance(value, torch.Tensor) else value
            known = range(len(self.tokens))
            value = "".join(self.tokens[i] if type(i) is int and i in known else str(i) for i in items)
        text = str(value)
        for token in SPECIAL:
            text = text.replace(token, "")
        text = text[len(prompt) :] if prompt and text.startswith(prompt) else text
        return tuple(self.char2idx.get(c, -1) for c in text)

    def spell(self, ids):
        """The letters of these ids."""
        return "".join(self.tokens[i] if i >= 0 else "?" for i in ids)

    def cause(self):
        """The misconception about sampling that is likeliest and fits, or None; looked for once a grading."""
        if "cause" not in self.kept:
            self.kept["cause"] = self._likeliest()
        return self.kept["cause"]

    def _likeliest(self):
        model = self.context_model(eos_from=6, spread=1.5, choices=4)
        placed = self.place(model)
        conditions = [(prompt, t) for prompt in ("", self.prompt) for t in (0.3, 2.0)]
        samples = [
            [s for s in self.sample(placed, 250, 3, p, t) if len(s) == 3 and -1 not in s]
            for p, t in conditions
        ]
        hypotheses = {None: lambda logits, t, draw: right_distribution(logits, t)}
        hypotheses |= {m.id: m.hypothesis for m in SAMPLER if m.hypothesis}

        def steps(hypothesis, prompt, temperature):
            def distribution(logits, ids):
                return hypothesis(logits, temperature, Draw(ids, len(prompt), model.next_logits, self.pad))

            return distribution

        def likelihood(name, n):
            return sum(
                model.log_likelihood(self.start(prompt), sample[:n], steps(hypotheses[name], prompt, t))
                for (prompt, t), sample in zip(conditions, samples, strict=True)
            )

        # A part of the texts tells most apart; between the two that are left, as nearly alike as a uniform law and
        # a softmax of probabilities, all of them decide.
        likely = sorted(hypotheses, key=lambda name: likelihood(name, 100))[-2:]
        best = max(likely, key=lambda name: likelihood(name, None))
        for (prompt, t), sample in zip(conditions, samples, strict=True):
            law = model.law(
                self.start(prompt), 3, steps(hypotheses[best], prompt, t), RARE / max(len(sample), 1)
            )
            if not sample or not agrees(sample, law):
                return None
        return named(SAMPLER, best) if best else None

    def start(self, prompt):
        """SOS and the ids of a prompt."""
        return (self.sos, *(self.char2idx[c] for c in prompt))


@pytest.fixture
def writer(student, rng, generator, device, kept):
    """The student's `generate` with the vocabulary that its kernel holds, or a right one."""
    known = None
    if student.kind("char2idx") == student.kind("idx2char") == "value":
        known = vocabulary(student.get("char2idx").value, student.get("idx2char").value)
    if known is None:  # changed by an earlier cell: that is not what is graded here
        known = mini_gpt.char2idx
        for name in ("vocab", "char2idx", "idx2char", "PAD_TOKEN", "SOS_TOKEN", "EOS_TOKEN"):
            student.replace(name, getattr(mini_gpt, name))
    return Writer(student, rng, generator, device, known, kept)


def vocabulary(char2idx, idx2char):
    """`char2idx` if both tables are a vocabulary, else None."""
    if type(char2idx) is not dict or type(idx2char) is not dict:
        return None
    if not all(type(c) is str and type(i) is int for c, i in char2idx.items()):
        return None
    whole = sorted(char2idx.values()) == list(range(len(char2idx))) and set(SPECIAL) <= set(char2idx)
    enough = sum(len(c) == 1 and c.isalpha() for c in char2idx) >= 20
    return char2idx if whole and enough and idx2char == {i: c for c, i in char2idx.items()} else None
