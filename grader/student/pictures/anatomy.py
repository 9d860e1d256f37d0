"""Reads the parts of a model, with their sizes: parameters in a dict, or a PyTorch module.

PyTorch is not imported: a module is known by its methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.student.speech import Words
from grader.student.values import not_nothing, shape
from grader.student.wrong_use import WrongUse


@dataclass(frozen=True)
class Stage:
    """One box.

    Parameters
    ----------
    name, size : str or (en, fr)
    parameters : int
        How many numbers training may change in it.
    kind : {"embedding", "attention", "mlp", "norm", "head", ""}
        Colour of the box.
    shortcut : bool
        Whether a residual connection goes around it.
    """

    name: Words
    size: Words = ""
    parameters: int = 0
    kind: str = ""
    shortcut: bool = False


@dataclass(frozen=True)
class Block:
    """The same boxes several times over, drawn once.

    Parameters
    ----------
    stages : tuple of Stage
    times : int
    total : int
        Parameters of all repetitions together.
    """

    stages: tuple[Stage, ...]
    times: int
    total: int

    @property
    def parameters(self) -> int:
        """Parameters of all repetitions together."""
        return self.total


SOFTMAX = Stage("softmax", ("scores → probabilities", "scores → probabilités"))
TOKENS: Words = ("token embedding", "embedding des tokens")
LETTERS: Words = ("letter embedding", "embedding des lettres")
PLACES: Words = ("+ position embedding", "+ embedding des positions")
ATTENTION: Words = ("self-attention", "auto-attention")
HEAD: Words = ("projection to scores", "projection vers les scores")


def stages(model: Any) -> list[Stage | Block]:
    """The parts of a model, first one first.

    Parameters
    ----------
    model : dict, module, or sequence of Stage and Block

    Raises
    ------
    WrongUse
        For anything else.
    """
    if isinstance(model, Mapping) and model:
        try:
            return _of_parameters(model)
        except (ValueError, ZeroDivisionError):
            raise WrongUse(
                "show_architecture: the tables do not have the sizes of the lesson's model. Look at the shape of each.",
                "show_architecture : les tableaux n'ont pas les tailles du modèle de la leçon. Regardez la forme de chacun.",
            ) from None
    if isinstance(model, (list, tuple)) and model and all(isinstance(s, (Stage, Block)) for s in model):
        return list(model)
    if callable(getattr(model, "named_children", None)):
        return _of_module(model)
    not_nothing(model, "show_architecture")
    raise WrongUse(
        f"show_architecture: a model was expected, or the dict of its parameters; this is of type {type(model).__name__}.",
        f"show_architecture : on attendait un modèle, ou le dict de ses paramètres ; ceci est de type {type(model).__name__}.",
    )


def _of_parameters(params: Mapping[str, Any]) -> list[Stage | Block]:
    sizes = {name: shape(value) for name, value in params.items()}
    if {"tok_emb", "pos_emb", "Wq", "W1", "W2", "W_out"} <= set(sizes):
        (vocab, width), (context, _), (hidden, _) = sizes["tok_emb"], sizes["pos_emb"], sizes["W1"]
        attention = sum(_product(sizes[k]) for k in ("Wq", "Wk", "Wv", "Wo") if k in sizes)
        mlp = sum(_product(sizes[k]) for k in ("W1", "b1", "W2", "b2") if k in sizes)
        count = sum(k in sizes for k in ("Wq", "Wk", "Wv", "Wo"))
        return [
            Stage(LETTERS, f"{vocab} × {width}", vocab * width, "embedding"),
            Stage(PLACES, f"{context} × {width}", context * width, "embedding"),
            Stage(ATTENTION, f"{count} × ({width} × {width})", attention, "attention", shortcut=True),
            Stage(("MLP (ReLU)", "MLP (ReLU)"), f"{width} → {hidden} → {width}", mlp, "mlp", shortcut=True),
            Stage(HEAD, f"{width} → {vocab}", _product(sizes["W_out"]), "head"),
            SOFTMAX,
        ]
    if {"embeddings", "W", "b"} <= set(sizes):
        (vocab, width), (inputs, outputs) = sizes["embeddings"], sizes["W"]
        window = inputs // width
        joined = (
            f"{window} letters × {width} numbers = {inputs}",
            f"{window} lettres × {width} nombres = {inputs}",
        )
        return [
            Stage(("embedding", "embedding"), f"{vocab} × {width}", vocab * width, "embedding"),
            Stage(("side by side", "bout à bout"), joined),
            Stage(
                ("one layer", "une couche"),
                f"{inputs} → {outputs}",
                inputs * outputs + _product(sizes["b"]),
                "head",
            ),
            SOFTMAX,
        ]
    return [Stage(name, " × ".join(map(str, size)), _product(size)) for name, size in sizes.items()]


def _of_module(model: Any) -> list[Stage | Block]:
    children = dict(model.named_children())
    if {"embedding", "pos_encoding", "layers", "norm", "head"} <= set(children):
        vocab, width = shape(children["embedding"].weight)
        layers = list(children["layers"])
        return [
            Stage(TOKENS, f"{vocab} × {width}, × √{width}", _parameters(children["embedding"]), "embedding"),
            Stage(
                ("positions (sines)", "positions (sinus)"),
                ("added, nothing to learn", "ajoutées, rien à apprendre"),
                _parameters(children["pos_encoding"]),
                "embedding",
            ),
            *([_decoder_block(layers, width)] if layers else []),
            Stage(("final norm", "norme finale"), str(width), _parameters(children["norm"]), "norm"),
            Stage(HEAD, f"{width} → {vocab}", _parameters(children["head"]), "head"),
        ]
    config = getattr(model, "config", None)
    if all(hasattr(config, name) for name in ("n_layer", "n_head", "n_embd", "vocab_size", "n_positions")):
        return _gpt2(model, config)
    return [
        Stage(f"{name} ({type(part).__name__})", _size(part), _parameters(part), _kind(name))
        for name, part in children.items()
    ]


def _decoder_block(layers: list[Any], width: int) -> Block:
    first = layers[0]
    heads = getattr(first.attention, "num_heads", None)
    inner = next((shape(p)[0] for p in first.feed_forward.parameters() if len(shape(p)) == 2), 4 * width)
    return Block(
        (
            _attention(heads, width, _parameters(first.norm1) + _parameters(first.attention)),
            _mlp(width, inner, _parameters(first.norm2) + _parameters(first.feed_forward)),
        ),
        len(layers),
        sum(map(_parameters, layers)),
    )


def _gpt2(model: Any, config: Any) -> list[Stage | Block]:
    width, vocab = config.n_embd, config.vocab_size
    body = getattr(model, "transformer", model)
    layers = list(body.h)
    inner = getattr(config, "n_inner", None) or 4 * width
    first = layers[0]
    parts: list[Stage | Block] = [
        Stage(TOKENS, f"{vocab} × {width}", _parameters(body.wte), "embedding"),
        Stage(PLACES, f"{config.n_positions} × {width}", _parameters(body.wpe), "embedding"),
        Block(
            (
                _attention(config.n_head, width, _parameters(first.ln_1) + _parameters(first.attn)),
                _mlp(width, inner, _parameters(first.ln_2) + _parameters(first.mlp)),
            ),
            len(layers),
            sum(map(_parameters, layers)),
        ),
        Stage(("final norm", "norme finale"), str(width), _parameters(body.ln_f), "norm"),
    ]
    if hasattr(model, "lm_head"):
        tied = model.lm_head.weight is body.wte.weight
        said = (
            f"{width} → {vocab} (the token embedding again)",
            f"{width} → {vocab} (l'embedding des tokens, encore)",
        )
        parts.append(
            Stage(
                HEAD,
                said if tied else f"{width} → {vocab}",
                0 if tied else _parameters(model.lm_head),
                "head",
            )
        )
    return parts


def _attention(heads: Any, width: int, parameters: int) -> Stage:
    size: Words = f"{width}"
    if heads:
        size = (f"{heads} heads × {width // heads}", f"{heads} têtes × {width // heads}")
    return Stage(
        ("norm + self-attention", "norme + auto-attention"), size, parameters, "attention", shortcut=True
    )


def _mlp(width: int, inner: int, parameters: int) -> Stage:
    return Stage(
        ("norm + MLP (GELU)", "norme + MLP (GELU)"),
        f"{width} → {inner} → {width}",
        parameters,
        "mlp",
        shortcut=True,
    )


def _size(module: Any) -> str:
    """Rows and columns of a layer's weights; nothing for a part that is made of others."""
    weight = getattr(module, "weight", None)
    return "" if weight is None else " × ".join(map(str, shape(weight)))


def _parameters(module: Any) -> int:
    return sum(_product(shape(p)) for p in module.parameters())


def _product(sizes: tuple[int, ...]) -> int:
    result = 1
    for n in sizes:
        result *= n
    return result


def _kind(name: str) -> str:
    for word, kind in (
        ("emb", "embedding"),
        ("att", "attention"),
        ("norm", "norm"),
        ("head", "head"),
        ("mlp", "mlp"),
        ("ff", "mlp"),
    ):
        if word in name.lower():
            return kind
    return ""
