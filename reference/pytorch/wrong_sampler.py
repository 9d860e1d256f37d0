"""Wrong samplers: `hypothesis(logits, temperature, draw)` is the law of the next token drawn.

`logits` (V,) are what the model says after `draw.ids`, at its last position: a right sampler
draws from `right_distribution(logits, temperature)`. `draw` tells the rest: the ids so far and
what the model *would* say after any other ids, which is what the sampler that forgets the prompt
gets to see. The answer is a (V,) tensor of probabilities, in float64.

With a stub model whose logits are known for every context, the law of a whole text is the product
of these along its letters; so one sample of texts tells which hypothesis has the higher likelihood.
To tell all of them apart the stub must look at the whole context and its order, not only at the
last id, and the prompt must not be empty. All of them stop at EOS.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from reference.text import Misconception, Text


@dataclass(frozen=True)
class Draw:
    """Where a sampler stands just before it draws one token.

    Parameters
    ----------
    ids : tuple of int
        What a right sampler has fed so far: SOS, the prompt, the drawn tokens.
    prompt_len : int
        How many of them are the prompt's (SOS not counted).
    next_logits : callable
        The stub model: non-empty ids -> logits (V,) at their last position.
    pad : int
        Id of PAD, from which a sampler without SOS starts when there is no prompt.
    """

    ids: tuple[int, ...]
    prompt_len: int
    next_logits: Callable[[tuple[int, ...]], Tensor]
    pad: int = 0

    @property
    def drawn(self) -> tuple[int, ...]:
        """The tokens drawn before this one."""
        return self.ids[1 + self.prompt_len :]


def right_distribution(logits: Tensor, temperature: float) -> Tensor:
    """Softmax of logits (V,) / temperature, in float64; shape (V,)."""
    return F.softmax(logits.double() / temperature, dim=-1)


def _one_hot(index: int, logits: Tensor) -> Tensor:
    return F.one_hot(torch.tensor(index), logits.size(-1)).double()


def _seen_after(draw: Draw, ids: tuple[int, ...], temperature: float) -> Tensor:
    return right_distribution(draw.next_logits(ids), temperature)


def _draws_once(logits: Tensor, temperature: float, draw: Draw) -> Tensor:
    return _one_hot(draw.drawn[0], logits) if draw.drawn else right_distribution(logits, temperature)


def _over_positions(logits: Tensor, temperature: float, draw: Draw) -> Tensor:
    ends = range(1, len(draw.ids) + 1)
    rows = torch.stack([draw.next_logits(draw.ids[:end]) for end in ends])  # (S, V)
    weights = F.softmax(rows.double() / temperature, dim=0)[-1]  # (V,), multinomial rescales it
    return weights / weights.sum()


def _sigmoid(logits: Tensor, temperature: float, draw: Draw) -> Tensor:
    weights = torch.sigmoid(logits.double() / temperature)
    return weights / weights.sum()


SAMPLER: tuple[Misconception, ...] = (
    Misconception(
        "greedy",
        Text(
            "The most likely token is always taken. A sampler draws at random: look for an `argmax` or a `topk`.",
            "Le token le plus probable est toujours pris. Il faut tirer au hasard : cherchez un `argmax` ou un "
            "`topk`.",
        ),
        lambda logits, temperature, draw: _one_hot(int(logits.argmax()), logits),
    ),
    Misconception(
        "temperature_ignored",
        Text(
            "The texts follow the model at temperature 1, whatever `temperature` is. "
            "Look at where the logits are divided: before softmax, and is the result used?",
            "Les textes suivent le modèle à la température 1, quelle que soit `temperature`. "
            "Regardez où les logits sont divisés : avant softmax, et le résultat sert-il ?",
        ),
        lambda logits, temperature, draw: right_distribution(logits, 1.0),
    ),
    Misconception(
        "temperature_multiplied",
        Text(
            "The logits are multiplied by the temperature: high temperatures become cautious, low ones wild. "
            "Look at the operator between logits and temperature.",
            "Les logits sont multipliés par la température : les hautes deviennent prudentes, les basses "
            "extravagantes. Regardez l'opérateur entre logits et température.",
        ),
        lambda logits, temperature, draw: right_distribution(logits * temperature, 1.0),
    ),
    Misconception(
        "uniform",
        Text(
            "All tokens come equally often, as if the model did not matter. "
            "Look at what goes into the draw, and along which `dim` softmax works.",
            "Tous les tokens viennent aussi souvent, comme si le modèle ne comptait pas. "
            "Regardez ce qui entre dans le tirage, et selon quelle `dim` softmax travaille.",
        ),
        lambda logits, temperature, draw: torch.full_like(logits, 1 / logits.numel(), dtype=torch.float64),
    ),
    Misconception(
        "softmax_twice",
        Text(
            "Softmax is applied twice, which flattens the distribution. Keep one, just before the draw.",
            "Softmax est appliquée deux fois, ce qui aplatit la distribution. "
            "Gardez-en une, juste avant le tirage.",
        ),
        lambda logits, temperature, draw: right_distribution(right_distribution(logits, temperature), 1.0),
    ),
    Misconception(
        "first_position",
        Text(
            "The tokens follow the model's first position, so each draw forgets what was written since. "
            "Look at which position you read from the logits (B, S, V).",
            "Les tokens suivent la première position du modèle : chaque tirage oublie ce qui a été écrit depuis. "
            "Regardez quelle position vous lisez dans les logits (B, S, V).",
        ),
        lambda logits, temperature, draw: _seen_after(draw, draw.ids[:1], temperature),
    ),
    Misconception(
        "prompt_not_fed",
        Text(
            "The prompt is in the text, but the model never reads it. "
            "Look at the ids you start from: SOS, then those of the prompt.",
            "Le prompt est dans le texte, mais le modèle ne le lit jamais. "
            "Regardez les ids de départ : SOS, puis ceux du prompt.",
        ),
        lambda logits, temperature, draw: _seen_after(draw, draw.ids[:1] + draw.drawn, temperature),
    ),
    Misconception(
        "sos_missing",
        Text(
            "The model reads the text without SOS before it, as it never did in training. "
            "Look at the first id you feed.",
            "Le modèle lit le texte sans SOS devant, ce qu'il n'a jamais vu à l'entraînement. "
            "Regardez le premier id que vous donnez.",
        ),
        lambda logits, temperature, draw: _seen_after(
            draw, draw.ids[1:] if draw.prompt_len else (draw.pad, *draw.drawn), temperature
        ),
    ),
    Misconception(
        "last_token_only",
        Text(
            "The model reads only the last token, so it forgets the beginning. "
            "Look at how the new id joins the ones before.",
            "Le modèle ne lit que le dernier token, il oublie donc le début. "
            "Regardez comment le nouvel id rejoint les précédents.",
        ),
        lambda logits, temperature, draw: _seen_after(draw, draw.ids[-1:], temperature),
    ),
    Misconception(
        "drawn_tokens_not_fed",
        Text(
            "The model always reads the prompt alone: what was drawn is not fed back to it. "
            "Look at whether the input grows inside the loop.",
            "Le modèle lit toujours le prompt seul : ce qui est tiré ne lui est pas redonné. "
            "Regardez si l'entrée grandit dans la boucle.",
        ),
        lambda logits, temperature, draw: _seen_after(draw, draw.ids[: 1 + draw.prompt_len], temperature),
    ),
    Misconception(
        "draws_once",
        Text(
            "One token is drawn and then repeated. The model and the draw belong inside the loop: "
            "each letter needs its own.",
            "Un seul token est tiré puis répété. Le modèle et le tirage ont leur place dans la boucle : "
            "à chaque lettre le sien.",
        ),
        _draws_once,
    ),
    Misconception(
        "softmax_over_positions",
        Text(
            "Softmax runs over the positions instead of the vocabulary. "
            "Look at its `dim`, or take the last position first.",
            "Softmax parcourt les positions au lieu du vocabulaire. "
            "Regardez son `dim`, ou prenez d'abord la dernière position.",
        ),
        _over_positions,
    ),
    Misconception(
        "sigmoid_for_softmax",
        Text(
            "The weights come from a sigmoid of each logit. Tokens compete with each other: "
            "softmax turns logits into probabilities.",
            "Les poids viennent d'une sigmoïde de chaque logit. Les tokens sont en concurrence : "
            "c'est softmax qui change les logits en probabilités.",
        ),
        _sigmoid,
    ),
    Misconception(
        "goes_on_after_eos",
        Text(
            "The text goes on after EOS. When EOS is drawn the name is over: look at what ends your loop.",
            "Le texte continue après EOS. Quand EOS est tiré, le nom est fini : regardez ce qui arrête votre "
            "boucle.",
        ),
        seen_by="a stub that says EOS for sure at one place only, letters after it: the text is longer",
    ),
    Misconception(
        "max_len_ignored",
        Text(
            "The text is longer than `max_len` allows. A model that never says EOS would write forever: "
            "look at what bounds your loop.",
            "Le texte est plus long que `max_len` ne le permet. Un modèle qui ne dit jamais EOS écrirait sans "
            "fin : regardez ce qui borne votre boucle.",
        ),
        seen_by="a stub that never says EOS: more than max_len new characters",
    ),
    Misconception(
        "special_tokens_in_text",
        Text(
            "The text contains special tokens. They are for the model: "
            "look at what you leave out when you turn ids into characters.",
            "Le texte contient des tokens spéciaux. Ils sont pour le modèle : "
            "regardez ce que vous écartez en changeant les ids en caractères.",
        ),
        seen_by="the name of a special token in the text",
    ),
    Misconception(
        "prompt_missing_from_text",
        Text(
            "The text begins after the prompt. The whole name is expected, prompt included.",
            "Le texte commence après le prompt. On attend le nom entier, prompt compris.",
        ),
        seen_by="a text that lacks only the prompt at its beginning",
    ),
    Misconception(
        "unknown_characters_crash",
        Text(
            "A prompt with a character outside the vocabulary stops the function. "
            "Characters the model does not know are skipped: look at the lookup in `char2idx`.",
            "Un prompt avec un caractère hors du vocabulaire arrête la fonction. "
            "Les caractères inconnus du modèle sont sautés : regardez la recherche dans `char2idx`.",
        ),
        seen_by="KeyError on a prompt with an unknown character",
    ),
    Misconception(
        "training_mode",
        Text(
            "The model writes in training mode: dropout disturbs each guess. "
            "Look for the call that puts it in evaluation mode.",
            "Le modèle écrit en mode entraînement : le dropout perturbe chaque prédiction. "
            "Cherchez l'appel qui le met en mode évaluation.",
        ),
        seen_by="a stub that records `self.training` in its forward pass",
    ),
    Misconception(
        "gradients_recorded",
        Text(
            "PyTorch records gradients while the model writes, which costs memory for nothing. "
            "Look for the context or decorator that turns them off.",
            "PyTorch enregistre les gradients pendant que le modèle écrit, ce qui coûte de la mémoire pour rien. "
            "Cherchez le contexte ou le décorateur qui les coupe.",
        ),
        seen_by="a stub that records `torch.is_grad_enabled()` in its forward pass",
    ),
    Misconception(
        "reseeded",
        Text(
            "Every call writes the same text: the random generator is seeded inside the function. "
            "A seed is set once, by the caller.",
            "Chaque appel écrit le même texte : la graine du générateur est fixée dans la fonction. "
            "Une graine se fixe une fois, par l'appelant.",
        ),
        seen_by="the same text under many different seeds",
    ),
    Misconception(
        "other_generator",
        Text(
            "The same torch seed gives different texts: the draw uses another random generator. "
            "Look for `random` or `numpy` where torch should draw.",
            "La même graine de torch donne des textes différents : le tirage utilise un autre générateur. "
            "Cherchez `random` ou `numpy` là où torch devrait tirer.",
        ),
        seen_by="different texts under one torch seed",
    ),
    Misconception(
        "ids_returned",
        Text(
            "The function returns ids or a list of characters. "
            "A text is expected: join the characters that `idx2char` gives.",
            "La fonction renvoie des ids ou une liste de caractères. "
            "On attend un texte : joignez les caractères que donne `idx2char`.",
        ),
        seen_by="type other than str",
    ),
    Misconception(
        "nothing_returned",
        Text(
            "The function returns nothing (None). If it prints the text, the caller still does not get it: "
            "look for the `return` line.",
            "La fonction ne renvoie rien (None). Afficher le texte ne le donne pas à l'appelant : "
            "cherchez la ligne `return`.",
        ),
        seen_by="the value None",
    ),
)
