"""Wrong generation with parameters: `hypothesis(model, ids, settings)` is the law of the next token.

`model(ids)` gives the logits (V,) after some ids, and `ids` are what a right sampler has fed so far:
the prompt's, or BOS, then the tokens drawn. The law is a (V,) tensor of probabilities. As for part
1's samplers, the product of these laws along a text says which hypothesis is the likeliest.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from reference.pytorch.gpt2_sampling import (
    apply_repetition_penalty,
    next_distribution,
    top_k_filter,
    top_p_filter,
)
from reference.text import Misconception, Text

Model = Callable[[tuple[int, ...]], Tensor]


@dataclass(frozen=True)
class Settings:
    """What `generate_with_params` is called with, how many ids the text begins with, and BOS."""

    temperature: float = 1.0
    top_k: int = 50
    top_p: float = 0.95
    repetition_penalty: float = 1.0
    started_with: int = 1
    bos: int = 0


def right_law(model: Model, ids: tuple[int, ...], s: Settings, **other: float) -> Tensor:
    """Law (V,) of the right sampler, or of one that takes `other` settings."""
    values = {
        "temperature": s.temperature,
        "top_k": s.top_k,
        "top_p": s.top_p,
        "repetition_penalty": s.repetition_penalty,
    }
    return next_distribution(model(ids), ids, **(values | other))


def _greedy(model: Model, ids: tuple[int, ...], s: Settings) -> Tensor:
    logits = apply_repetition_penalty(model(ids), ids, s.repetition_penalty)
    return F.one_hot(logits.argmax(), len(logits)).float()


def _top_p_first(model: Model, ids: tuple[int, ...], s: Settings) -> Tensor:
    logits = apply_repetition_penalty(model(ids), ids, s.repetition_penalty) / s.temperature
    return F.softmax(top_k_filter(top_p_filter(logits, s.top_p), s.top_k), dim=-1)


def _temperature_last(model: Model, ids: tuple[int, ...], s: Settings) -> Tensor:
    logits = apply_repetition_penalty(model(ids), ids, s.repetition_penalty)
    return F.softmax(top_p_filter(top_k_filter(logits, s.top_k), s.top_p) / s.temperature, dim=-1)


def _penalty_last(model: Model, ids: tuple[int, ...], s: Settings) -> Tensor:
    logits = top_p_filter(top_k_filter(model(ids) / s.temperature, s.top_k), s.top_p)
    return F.softmax(apply_repetition_penalty(logits, ids, s.repetition_penalty), dim=-1)


def _uniform(model: Model, ids: tuple[int, ...], s: Settings) -> Tensor:
    logits = apply_repetition_penalty(model(ids), ids, s.repetition_penalty) / s.temperature
    kept = top_p_filter(top_k_filter(logits, s.top_k), s.top_p) > -math.inf  # even those of probability 0
    return kept / kept.sum()


GENERATE: tuple[Misconception, ...] = (
    Misconception(
        "greedy",
        Text(
            "The most likely token is always taken. With `model.generate`, chance has to be asked for "
            "(`do_sample`); in your own loop, tokens are drawn.",
            "Le token le plus probable est toujours pris. Avec `model.generate`, le hasard se demande "
            "(`do_sample`) ; dans votre boucle, les tokens se tirent au sort.",
        ),
        _greedy,
    ),
    Misconception(
        "temperature_ignored",
        Text(
            "The texts follow temperature 1, whatever `temperature` is. Look at whether it is passed on.",
            "Les textes suivent la température 1, quelle que soit `temperature`. Regardez si elle est transmise.",
        ),
        lambda model, ids, s: right_law(model, ids, s, temperature=1.0),
    ),
    Misconception(
        "temperature_multiplied",
        Text(
            "The logits are multiplied by the temperature. Look at the operator: they are divided by it.",
            "Les logits sont multipliés par la température. Regardez l'opérateur : on les divise.",
        ),
        lambda model, ids, s: right_law(model, ids, s, temperature=1 / s.temperature),
    ),
    Misconception(
        "top_k_ignored",
        Text(
            "Tokens come that are not among the `top_k` best. Look at whether `top_k` is passed on.",
            "Des tokens viennent qui ne sont pas parmi les `top_k` meilleurs. Regardez si `top_k` est transmis.",
        ),
        lambda model, ids, s: right_law(model, ids, s, top_k=10**6),
    ),
    Misconception(
        "top_p_ignored",
        Text(
            "Tokens come that `top_p` should have left out. Look at whether it is passed on.",
            "Des tokens viennent que `top_p` aurait dû écarter. Regardez s'il est transmis.",
        ),
        lambda model, ids, s: right_law(model, ids, s, top_p=1.0),
    ),
    Misconception(
        "penalty_ignored",
        Text(
            "Tokens that came once come again as easily, whatever `repetition_penalty` is. Is it passed on, with all "
            "the ids so far?",
            "Les tokens déjà venus reviennent aussi facilement, quelle que soit `repetition_penalty`. Est-elle "
            "transmise, avec tous les ids écrits ?",
        ),
        lambda model, ids, s: right_law(model, ids, s, repetition_penalty=1.0),
    ),
    Misconception(
        "temperature_last",
        Text(
            "The temperature comes after the filters, so top-p sees probabilities that are not those of the draw. "
            "The order is penalty, temperature, top-k, top-p.",
            "La température vient après les filtres : top-p voit des probabilités qui ne sont pas celles du tirage. "
            "L'ordre est pénalité, température, top-k, top-p.",
        ),
        _temperature_last,
    ),
    Misconception(
        "top_p_before_top_k",
        Text(
            "Top-p comes before top-k. Probabilities are shared anew after top-k: it comes first.",
            "Top-p vient avant top-k. Les probabilités sont repartagées après top-k : c'est lui le premier.",
        ),
        _top_p_first,
    ),
    Misconception(
        "penalty_last",
        Text(
            "The repetition penalty comes after the filters, which have chosen without it. It comes first.",
            "La pénalité de répétition vient après les filtres, qui ont choisi sans elle. Elle vient en premier.",
        ),
        _penalty_last,
    ),
    Misconception(
        "uniform",
        Text(
            "The tokens that the filters keep come equally often. Draw with the probabilities of softmax.",
            "Les tokens que gardent les filtres viennent aussi souvent. Tirez avec les probabilités de softmax.",
        ),
        _uniform,
    ),
    Misconception(
        "last_token_only",
        Text(
            "The model reads only the last token and forgets the beginning. Give it all the ids so far.",
            "Le modèle ne lit que le dernier token et oublie le début. Donnez-lui tous les ids écrits.",
        ),
        lambda model, ids, s: next_distribution(
            model(ids[-1:]), ids, s.temperature, s.top_k, s.top_p, s.repetition_penalty
        ),
    ),
    Misconception(
        "prompt_not_fed",
        Text(
            "The prompt is in the text, but the model never reads it. Look at the ids you start from.",
            "Le prompt est dans le texte, mais le modèle ne le lit jamais. Regardez les ids de départ.",
        ),
        lambda model, ids, s: right_law(model, (s.bos, *ids[s.started_with :]), s),
    ),
    Misconception(
        "number_ignored",
        Text(
            "The number of texts is not `num_return_sequences`. Look at the outer loop, or at what `generate` gets.",
            "Le nombre de textes n'est pas `num_return_sequences`. Regardez la boucle, ou ce que reçoit `generate`.",
        ),
        seen_by="length of the list",
    ),
    Misconception(
        "one_text_repeated",
        Text(
            "One text is drawn and repeated, or the generator is seeded anew. Each text has its own draws.",
            "Un texte est tiré puis répété, ou la graine est remise. Chaque texte a ses propres tirages.",
        ),
        seen_by="the same text again and again, from a model that is unsure",
    ),
    Misconception(
        "prompt_missing",
        Text(
            "The texts begin after the prompt. The whole text is expected, prompt included.",
            "Les textes commencent après le prompt. On attend le texte entier, prompt compris.",
        ),
        seen_by="texts that lack only the prompt",
    ),
    Misconception(
        "special_tokens_in_text",
        Text(
            "The texts contain special tokens. Look at `skip_special_tokens` where you decode.",
            "Les textes contiennent des tokens spéciaux. Regardez `skip_special_tokens` au décodage.",
        ),
        seen_by="the name of a special token in a text",
    ),
    Misconception(
        "all_lines",
        Text(
            "The texts have several lines. Only the first is expected: cut at the line break.",
            "Les textes ont plusieurs lignes. On n'attend que la première : coupez au saut de ligne.",
        ),
        seen_by="a line break in a text",
    ),
    Misconception(
        "outer_spaces",
        Text(
            "The texts begin or end with spaces. Look at `strip`.",
            "Les textes commencent ou finissent par des espaces. Regardez `strip`.",
        ),
        seen_by="a text that is not its own strip",
    ),
    Misconception(
        "max_new_tokens_ignored",
        Text(
            "The number of new tokens is not `max_new_tokens`. It counts without the prompt (unlike `max_length`).",
            "Le nombre de nouveaux tokens n'est pas `max_new_tokens`. Il compte sans le prompt (au contraire de "
            "`max_length`).",
        ),
        seen_by="length of the texts of a model that never ends",
    ),
    Misconception(
        "empty_prompt_refused",
        Text(
            "An empty prompt stops the function: no id is left to read. Start from the tokenizer's BOS, or from EOS.",
            "Un prompt vide arrête la fonction : aucun id à lire. Partez du BOS du tokenizer, ou de EOS.",
        ),
        seen_by="an error with an empty prompt",
    ),
    Misconception(
        "ids_returned",
        Text(
            "The list holds ids. Texts are expected: look at `tokenizer.decode`.",
            "La liste contient des ids. On attend des textes : regardez `tokenizer.decode`.",
        ),
        seen_by="numbers, or lists or tensors of them, for texts",
    ),
    Misconception(
        "nothing_returned",
        Text(
            "The function returns nothing. A list of texts is expected.",
            "La fonction ne renvoie rien. On attend une liste de textes.",
        ),
        seen_by="None",
    ),
)
