"""Wrong backward passes of lesson 6: `hypothesis(ids, target, params)` is the dict of gradients a
student who holds the idea returns, with the keys and shapes of `params`.

`ids` are 1 to 8 ids, `params` parameters whose every number is random, biases too. All ideas are
switches of one miswired way back. Some need several ids, or a letter that stands at two places, to
show: use three ids at least, one of them twice.
"""

import math
from typing import Any

from reference.pure_python.mini_llm import EMBED_DIM, mat_vec, vec_add
from reference.pure_python.nothing_returned import NOTHING
from reference.pure_python.training import dot, forward_with_cache, mat_t_vec, outer, zeros_like
from reference.text import Misconception, Text

Params = dict[str, Any]


def miswired(
    ids: list[int],
    target: int,
    params: Params,
    *,
    sign: float = 1.0,
    minus_one: bool = True,  # at the right letter
    gate: str = "activation",  # activation, gradient, none
    first_shortcut: bool = True,
    second_shortcut: bool = True,
    divisor: float = math.sqrt(EMBED_DIM),
    mean_removed: bool = True,  # through the softmax of the scores
    weights_fixed: bool = False,  # attention weights taken for constants
    query_path: bool = True,  # the query's share of the last vector
    transposed_back: bool = True,  # W transposed on the way back through the attention
    swapped_outer: bool = False,  # outer(x, dy) in the attention
    places: str = "all",  # Wk and Wv: all places, or the last alone
    repeated: str = "added",  # tok_emb: added or overwritten
    reached: str = "all",  # embeddings: all places, or the last alone
    positions: bool = True,
    biases: bool = True,
) -> Params:
    """Lesson 6's backward pass under some wrong idea; with no switch set, the right one."""
    probs, cache = forward_with_cache(ids, params)
    xs, query, keys, values, weights = (cache[k] for k in ("xs", "query", "keys", "values", "weights"))
    grads = zeros_like(params)

    d_logits = [sign * (p - float(minus_one and i == target)) for i, p in enumerate(probs)]
    grads["W_out"] = outer(d_logits, cache["x2"])
    d_x2 = mat_t_vec(params["W_out"], d_logits)

    grads["W2"] = outer(d_x2, cache["hidden"])
    d_hidden = mat_t_vec(params["W2"], d_x2)
    opens = {"activation": cache["hidden"], "gradient": d_hidden, "none": [1.0] * len(d_hidden)}[gate]
    d_hidden = [d if g > 0 else 0.0 for d, g in zip(d_hidden, opens, strict=True)]
    grads["W1"] = outer(d_hidden, cache["x1"])
    if biases:
        grads["b2"], grads["b1"] = list(d_x2), list(d_hidden)
    d_x1 = mat_t_vec(params["W1"], d_hidden)
    if second_shortcut:
        d_x1 = vec_add(d_x1, d_x2)

    back = mat_t_vec if transposed_back else mat_vec
    table = (lambda dy, x: outer(x, dy)) if swapped_outer else outer
    d_weights = [0.0 if weights_fixed else dot(d_x1, value) for value in values]
    mean = dot(weights, d_weights) if mean_removed else 0.0
    d_scores = [w * (d - mean) / divisor for w, d in zip(weights, d_weights, strict=True)]
    d_query = mat_t_vec(keys, d_scores)
    grads["Wq"] = table(d_query, xs[-1])
    d_xs = []
    for t, (x, weight, d_score) in enumerate(zip(xs, weights, d_scores, strict=True)):
        d_key, d_value = [d_score * q for q in query], [weight * d for d in d_x1]
        for name, dy in (("Wk", d_key), ("Wv", d_value)):
            if places == "all" or t == len(xs) - 1:
                grads[name] = [vec_add(a, b) for a, b in zip(grads[name], table(dy, x), strict=True)]
        d_xs.append(vec_add(back(params["Wk"], d_key), back(params["Wv"], d_value)))
    if query_path:
        d_xs[-1] = vec_add(d_xs[-1], back(params["Wq"], d_query))
    if first_shortcut:
        d_xs[-1] = vec_add(d_xs[-1], d_x1)

    for t, (i, d_x) in enumerate(zip(ids, d_xs, strict=True)):
        if reached == "all" or t == len(ids) - 1:
            grads["tok_emb"][i] = vec_add(grads["tok_emb"][i], d_x) if repeated == "added" else list(d_x)
            if positions:
                grads["pos_emb"][t] = list(d_x)
    return grads


BACKWARD: tuple[Misconception, ...] = (
    Misconception(
        "one_not_subtracted",
        Text(
            "Stage 1 starts from the probabilities alone: subtract 1 from the one of the right letter.",
            "L'étape 1 part des probabilités seules : retirez 1 à celle de la bonne lettre.",
        ),
        lambda ids, target, params: miswired(ids, target, params, minus_one=False),
    ),
    Misconception(
        "sign_flipped",
        Text(
            "All gradients have the wrong sign. Stage 1 is probability minus 1 for the right letter, not the reverse.",
            "Tous les gradients ont le mauvais signe. L'étape 1 est probabilité moins 1 pour la bonne lettre, "
            "pas l'inverse.",
        ),
        lambda ids, target, params: miswired(ids, target, params, sign=-1.0),
    ),
    Misconception(
        "relu_forgotten",
        Text(
            "Stage 4 lets everything through: where the ReLU gave 0, the gradient becomes 0 too.",
            "L'étape 4 laisse tout passer : là où le ReLU a donné 0, le gradient devient 0 aussi.",
        ),
        lambda ids, target, params: miswired(ids, target, params, gate="none"),
    ),
    Misconception(
        "relu_of_gradient",
        Text(
            "Stage 4 looks at the sign of the gradient. It should look at `hidden`, the number of the way there.",
            "L'étape 4 regarde le signe du gradient. Elle doit regarder `hidden`, le nombre de l'aller.",
        ),
        lambda ids, target, params: miswired(ids, target, params, gate="gradient"),
    ),
    Misconception(
        "second_shortcut_forgotten",
        Text(
            "The shortcut around the MLP is missing on the way back: d_x1 is what comes through W1 plus d_x2.",
            "Le raccourci autour du MLP manque au retour : d_x1 est ce qui revient par W1, plus d_x2.",
        ),
        lambda ids, target, params: miswired(ids, target, params, second_shortcut=False),
    ),
    Misconception(
        "first_shortcut_forgotten",
        Text(
            "The shortcut around the attention is missing on the way back: add d_x1 to the gradient of the last vector.",
            "Le raccourci autour de l'attention manque au retour : ajoutez d_x1 au gradient du dernier vecteur.",
        ),
        lambda ids, target, params: miswired(ids, target, params, first_shortcut=False),
    ),
    Misconception(
        "scale_forgotten",
        Text(
            "The scores were divided by the root of EMBED_DIM on the way there: divide d_scores by it on the way back.",
            "À l'aller les scores sont divisés par la racine de EMBED_DIM : divisez aussi d_scores au retour.",
        ),
        lambda ids, target, params: miswired(ids, target, params, divisor=1.0),
    ),
    Misconception(
        "softmax_taken_alone",
        Text(
            "Through the softmax of the scores: subtract the mean `dot(weights, d_weights)` before you multiply by the "
            "weight.",
            "À travers le softmax des scores : retirez la moyenne `dot(weights, d_weights)` avant de multiplier par le "
            "poids.",
        ),
        lambda ids, target, params: miswired(ids, target, params, mean_removed=False),
    ),
    Misconception(
        "weights_taken_as_fixed",
        Text(
            "The attention weights are taken for constants: Wq and Wk get nothing. The weights depend on them too.",
            "Les poids d'attention sont pris pour des constantes : Wq et Wk ne reçoivent rien. Ils en dépendent pourtant.",
        ),
        lambda ids, target, params: miswired(ids, target, params, weights_fixed=True),
    ),
    Misconception(
        "query_path_forgotten",
        Text(
            "The last vector also made the query: its gradient needs the way back through Wq.",
            "Le dernier vecteur a aussi fait la question (query) : il manque à son gradient le retour par Wq.",
        ),
        lambda ids, target, params: miswired(ids, target, params, query_path=False),
    ),
    Misconception(
        "not_transposed_on_the_way_back",
        Text(
            "On the way back through the attention the matrices must be transposed: `mat_t_vec`, not `mat_vec`.",
            "Au retour par l'attention il faut les matrices transposées : `mat_t_vec`, pas `mat_vec`.",
        ),
        lambda ids, target, params: miswired(ids, target, params, transposed_back=False),
    ),
    Misconception(
        "outer_swapped",
        Text(
            "The gradients of Wq, Wk and Wv are transposed: it is `outer(dy, x)`, the output's gradient first.",
            "Les gradients de Wq, Wk et Wv sont transposés : c'est `outer(dy, x)`, le gradient de la sortie d'abord.",
        ),
        lambda ids, target, params: miswired(ids, target, params, swapped_outer=True),
    ),
    Misconception(
        "last_place_only",
        Text(
            "Wk and Wv get the share of the last letter alone: add up the shares of all places, do not overwrite them.",
            "Wk et Wv ne reçoivent que la part de la dernière lettre : additionnez les parts de toutes les places.",
        ),
        lambda ids, target, params: miswired(ids, target, params, places="last"),
    ),
    Misconception(
        "repeated_letter_overwritten",
        Text(
            "A letter that stands at two places should get both gradients: add to its row of tok_emb, do not overwrite it.",
            "Une lettre placée deux fois doit recevoir les deux gradients : ajoutez à sa ligne de tok_emb, "
            "sans l'écraser.",
        ),
        lambda ids, target, params: miswired(ids, target, params, repeated="overwritten"),
    ),
    Misconception(
        "last_embedding_only",
        Text(
            "Only the last letter's embedding gets a gradient. The others passed on keys and values: they have a share too.",
            "Seul l'embedding de la dernière lettre reçoit un gradient. Les autres ont donné clés et valeurs : "
            "elles ont leur part.",
        ),
        lambda ids, target, params: miswired(ids, target, params, reached="last"),
    ),
    Misconception(
        "positions_forgotten",
        Text(
            "pos_emb gets no gradient. It was added like tok_emb, so it gets the same `d_xs[t]`, in row t.",
            "pos_emb ne reçoit aucun gradient. Elle est ajoutée comme tok_emb : elle reçoit le même `d_xs[t]`, "
            "à la ligne t.",
        ),
        lambda ids, target, params: miswired(ids, target, params, positions=False),
    ),
    Misconception(
        "biases_forgotten",
        Text(
            "b1 and b2 get no gradient. A bias that was added gets the gradient of what it was added to.",
            "b1 et b2 ne reçoivent aucun gradient. Un biais ajouté reçoit le gradient de ce à quoi on l'ajoute.",
        ),
        lambda ids, target, params: miswired(ids, target, params, biases=False),
    ),
    Misconception(
        "grads_kept_between_calls",
        Text(
            "The gradients grow from call to call: start each call from fresh zeros.",
            "Les gradients grossissent d'appel en appel : repartez de zéros neufs à chaque fois.",
        ),
        seen_by="the same call made twice gives two different answers",
    ),
    Misconception(
        "params_changed",
        Text(
            "The parameters have changed: backward only measures, the update comes later.",
            "Les paramètres ont changé : backward ne fait que mesurer, la mise à jour vient après.",
        ),
        seen_by="params after the call are not what they were",
    ),
    NOTHING,
)
