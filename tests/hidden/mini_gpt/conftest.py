"""Fixtures of the hidden tests of mini_gpt: a student's decoder beside the reference's.

`decoder(...)` builds the student's `TransformerDecoder` and the reference with the same settings,
and gives both the same random weights, from the reference to the student.
"""

from dataclasses import dataclass

import pytest
import torch

from grader.bridge import Answer, StudentError
from grader.checks import fail
from grader.checks.diagnose import explains, named, same
from reference.pytorch import mini_gpt
from reference.pytorch.misconceptions import DECODER


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
        cause = self.cause([seen], [ids])
        if not isinstance(seen, torch.Tensor):
            fail(
                f"`{self.on(ids)}` did not return one tensor; logits of shape {shape} were expected.",
                f"`{self.on(ids)}` n'a pas renvoyé un tenseur ; des logits de forme {shape} étaient attendus.",
            )
        if tuple(seen.shape) != shape or not seen.dtype.is_floating_point:
            kind = f"{str(seen.dtype).removeprefix('torch.')} {tuple(seen.shape)}"
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
def decoder(student, generator):
    """Function that builds a `Decoder`: ``decoder(11, 8, 2, 3, pad_idx=4)``."""

    def build(*sizes, weights=True, **settings):
        # The seed makes the student's own initial weights the same at every grading.
        model = student.calls("TransformerDecoder", [(sizes, settings)], seed=7, keep=True)[0]
        text = ", ".join([*map(str, sizes), *(f"{k}={v}" for k, v in settings.items())])
        made = Decoder(model, f"TransformerDecoder({text})", mini_gpt.TransformerDecoder(*sizes, **settings).eval())
        if not made.procedure("anatomy").get("module"):
            fail(
                f"`{made.call}` is no `nn.Module`: the class must inherit from it.",
                f"`{made.call}` n'est pas un `nn.Module` : la classe doit en hériter.",
            )
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


__all__ = ["Decoder", "same"]
