"""Wrong forward passes of lessons 5 and 6: `hypothesis(ids, params)` is the list of 27 numbers a
student who holds the idea returns.

`ids` are 1 to 8 ids, `params` parameters whose every number is random, biases too. All ideas are
switches of one miswired machine. Some need several ids to show (with one id there is nobody else
to look at): compare with the right answer first. On 3 to 7 ids no two ideas agree (with 8 there is nothing to
align).
"""

import math
from typing import Any

from reference.pure_python.mini_llm import CONTEXT, EMBED_DIM, mat_vec, relu, softmax, vec_add
from reference.text import Misconception, Text

Params = dict[str, Any]


def miswired(
    ids: list[int],
    params: Params,
    *,
    place: str = "from_start",  # from_start, from_end, right_aligned, none
    divisor: float = math.sqrt(EMBED_DIM),
    asks: int = -1,  # who asks
    swapped: bool = False,  # keys ask, the query answers
    projected_values: bool = True,
    normalised: bool = True,  # softmax over the scores
    seen: str = "all",  # all, itself, others
    transposed: bool = False,  # vector times matrix in the attention
    first_shortcut: bool = True,
    second_shortcut: str = "x1",  # x1, embedding, none
    activation: bool = True,
    biases: bool = True,
    probabilities: bool = True,
) -> list[float]:
    """Lesson 5's forward pass under some wrong idea; with no switch set, the right one."""
    n = len(ids)
    places = {
        "from_start": lambda t: t,
        "from_end": lambda t: n - 1 - t,
        "right_aligned": lambda t: CONTEXT - n + t,
    }
    xs = [
        vec_add(params["tok_emb"][i], params["pos_emb"][places[place](t)])
        if place != "none"
        else params["tok_emb"][i]
        for t, i in enumerate(ids)
    ]
    wq, wk, wv = (
        [list(column) for column in zip(*params[name], strict=True)] if transposed else params[name]
        for name in ("Wq", "Wk", "Wv")
    )
    if swapped:
        wq, wk = wk, wq
    query = mat_vec(wq, xs[asks])
    visible = {"all": range(n), "itself": range(n - 1, n), "others": range(n - 1)}[seen]
    scores = [sum(q * k for q, k in zip(query, mat_vec(wk, xs[t]), strict=True)) / divisor for t in visible]
    weights = softmax(scores) if normalised and scores else scores
    values = [mat_vec(wv, xs[t]) if projected_values else xs[t] for t in visible]
    attended = [sum(w * v[j] for w, v in zip(weights, values, strict=True)) for j in range(EMBED_DIM)]
    x = vec_add(xs[-1], attended) if first_shortcut else attended
    before = mat_vec(params["W1"], x)
    before = vec_add(before, params["b1"]) if biases else before
    out = mat_vec(params["W2"], relu(before) if activation else before)
    out = vec_add(out, params["b2"]) if biases else out
    if second_shortcut != "none":
        out = vec_add(x if second_shortcut == "x1" else xs[-1], out)
    logits = mat_vec(params["W_out"], out)
    return softmax(logits) if probabilities else logits


FORWARD: tuple[Misconception, ...] = (
    Misconception(
        "no_positions",
        Text(
            "The places of the letters play no part. Add `pos_emb[t]` to the embedding of the letter at place t.",
            "La place des lettres ne joue aucun rôle. Ajoutez `pos_emb[t]` à l'embedding de la lettre de la place t.",
        ),
        lambda ids, params: miswired(ids, params, place="none"),
    ),
    Misconception(
        "positions_from_the_end",
        Text(
            "Places are counted from the end. The first id stands at place 0, the next one at place 1.",
            "Les places sont comptées depuis la fin. Le premier numéro est à la place 0, le suivant à la place 1.",
        ),
        lambda ids, params: miswired(ids, params, place="from_end"),
    ),
    Misconception(
        "positions_right_aligned",
        Text(
            "Short contexts are pushed to the end of the 8 places. There is no padding: the first id stands at place 0.",
            "Les contextes courts sont poussés au bout des 8 places. Pas de remplissage ici : "
            "le premier numéro est à la place 0.",
        ),
        lambda ids, params: miswired(ids, params, place="right_aligned"),
    ),
    Misconception(
        "no_scale",
        Text(
            "The attention scores are not divided by `math.sqrt(EMBED_DIM)`.",
            "Les scores d'attention ne sont pas divisés par `math.sqrt(EMBED_DIM)`.",
        ),
        lambda ids, params: miswired(ids, params, divisor=1.0),
    ),
    Misconception(
        "scale_without_root",
        Text(
            "The attention scores are divided by EMBED_DIM. The square root is missing: divide by 4, not by 16.",
            "Les scores d'attention sont divisés par EMBED_DIM. Il manque la racine carrée : divisez par 4, pas par 16.",
        ),
        lambda ids, params: miswired(ids, params, divisor=EMBED_DIM),
    ),
    Misconception(
        "first_letter_asks",
        Text(
            "The query is made from the first letter. The last one asks, since it is after it that we write: `xs[-1]`.",
            "La question (query) vient de la première lettre. C'est la dernière qui demande, car on écrit après elle : "
            "`xs[-1]`.",
        ),
        lambda ids, params: miswired(ids, params, asks=0),
    ),
    Misconception(
        "query_and_key_swapped",
        Text(
            "Wq and Wk have changed places: the last letter asks with Wq, all letters answer with Wk.",
            "Wq et Wk sont inversées : la dernière lettre demande avec Wq, toutes les lettres répondent avec Wk.",
        ),
        lambda ids, params: miswired(ids, params, swapped=True),
    ),
    Misconception(
        "values_not_projected",
        Text(
            "The attention adds up the letters' vectors themselves. It should add up their values, `Wv·x`.",
            "L'attention additionne les vecteurs des lettres eux-mêmes. Elle doit additionner leurs valeurs, `Wv·x`.",
        ),
        lambda ids, params: miswired(ids, params, projected_values=False),
    ),
    Misconception(
        "scores_not_normalised",
        Text(
            "The scores are used as weights directly. Put them through `softmax` first, so that their sum is 1.",
            "Les scores servent de poids directement. Passez-les d'abord dans `softmax`, pour que leur somme soit 1.",
        ),
        lambda ids, params: miswired(ids, params, normalised=False),
    ),
    Misconception(
        "sees_only_itself",
        Text(
            "The last letter looks at nobody but itself. Let the keys and values of all the letters take part.",
            "La dernière lettre ne regarde qu'elle-même. Faites participer les clés et les valeurs de toutes les lettres.",
        ),
        lambda ids, params: miswired(ids, params, seen="itself"),
    ),
    Misconception(
        "sees_only_others",
        Text(
            "The last letter does not look at itself. It is one of those that answer: keep its key and value too.",
            "La dernière lettre ne se regarde pas elle-même. Elle répond aussi : gardez sa clé et sa valeur.",
        ),
        lambda ids, params: miswired(ids, params, seen="others"),
    ),
    Misconception(
        "attention_transposed",
        Text(
            "The attention multiplies by the transposed matrices. Use `mat_vec(Wq, x)`: one output for each row.",
            "L'attention multiplie par les matrices transposées. Utilisez `mat_vec(Wq, x)` : une sortie par ligne.",
        ),
        lambda ids, params: miswired(ids, params, transposed=True),
    ),
    Misconception(
        "no_first_shortcut",
        Text(
            "The shortcut around the attention is missing: add the last letter's vector to what the attention gives.",
            "Il manque le raccourci autour de l'attention : ajoutez le vecteur de la dernière lettre au résultat de "
            "l'attention.",
        ),
        lambda ids, params: miswired(ids, params, first_shortcut=False),
    ),
    Misconception(
        "no_second_shortcut",
        Text(
            "The shortcut around the MLP is missing: add the vector from before the MLP to what the MLP gives.",
            "Il manque le raccourci autour du MLP : ajoutez le vecteur d'avant le MLP au résultat du MLP.",
        ),
        lambda ids, params: miswired(ids, params, second_shortcut="none"),
    ),
    Misconception(
        "second_shortcut_from_embedding",
        Text(
            "The second shortcut starts too early, before the attention. It should carry the vector from just before "
            "the MLP.",
            "Le second raccourci part trop tôt, avant l'attention. Il doit transporter le vecteur de juste avant le MLP.",
        ),
        lambda ids, params: miswired(ids, params, second_shortcut="embedding"),
    ),
    Misconception(
        "no_relu",
        Text(
            "The MLP has no ReLU: put `relu(...)` around `W1·x + b1`.",
            "Le MLP n'a pas de ReLU : mettez `relu(...)` autour de `W1·x + b1`.",
        ),
        lambda ids, params: miswired(ids, params, activation=False),
    ),
    Misconception(
        "biases_forgotten",
        Text(
            "The biases b1 and b2 are never added: `W2·relu(W1·x + b1) + b2`.",
            "Les biais b1 et b2 ne sont jamais ajoutés : `W2·relu(W1·x + b1) + b2`.",
        ),
        lambda ids, params: miswired(ids, params, biases=False),
    ),
    Misconception(
        "logits_returned",
        Text(
            "The scores come back, not probabilities: `softmax` is the very last step.",
            "Ce sont les scores qui reviennent, pas des probabilités : `softmax` est la toute dernière étape.",
        ),
        lambda ids, params: miswired(ids, params, probabilities=False),
    ),
    Misconception(
        "params_changed",
        Text(
            "The parameters have changed after the call. A row such as `params['tok_emb'][i]` is no copy: "
            "make a new list before you add to it.",
            "Les paramètres ont changé après l'appel. Une ligne comme `params['tok_emb'][i]` n'est pas une copie : "
            "faites une nouvelle liste avant d'y ajouter.",
        ),
        seen_by="params after the call are not what they were",
    ),
)
