"""Wrong repetition penalties and wrong top-k filters.

    PENALTY  hypothesis(logits, token_ids, penalty) -> (V,) tensor
    TOP_K    hypothesis(logits, k) -> tensor

A hypothesis may agree with the right answer, or with another one, on easy inputs (the first of four
logits may be the largest): compare with the right answer first, and give all inputs of a test to
the diagnosis at once.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from reference.pytorch.gpt2_sampling import apply_repetition_penalty, top_k_filter
from reference.text import Misconception, Text

INF = float("inf")
NOTHING_RETURNED = Misconception(
    "nothing_returned",
    Text(
        "The function returns nothing. Look at its last line: the result has to be returned.",
        "La fonction ne renvoie rien. Regardez sa dernière ligne : il faut renvoyer le résultat.",
    ),
    seen_by="None",
)


# -- apply_repetition_penalty -----------------------------------------------------------------


def _ids(token_ids: Sequence[int] | Tensor) -> list[int]:
    return [int(i) for i in token_ids]


def _penalised(logits: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    """Penalise once for each entry of `ids`, repeated ones included."""
    result = logits.clone()
    for i in ids:
        result[i] = result[i] / penalty if result[i] > 0 else result[i] * penalty
    return result


def _on_ids(logits: Tensor, token_ids: Sequence[int] | Tensor, new: Tensor) -> Tensor:
    """`new` where an id came, `logits` elsewhere."""
    result = logits.clone()
    seen = sorted(set(_ids(token_ids)))
    result[seen] = new[seen]
    return result


PENALTY: tuple[Misconception, ...] = (
    Misconception(
        "always_divided",
        Text(
            "Negative logits are divided too, which brings them nearer to 0: those tokens become likelier. "
            "Look at what happens to a logit below 0.",
            "Les logits négatifs sont divisés aussi, ce qui les rapproche de 0 : ces tokens deviennent plus "
            "probables. Regardez ce qui arrive à un logit inférieur à 0.",
        ),
        lambda logits, ids, penalty: _on_ids(logits, ids, logits / penalty),
    ),
    Misconception(
        "always_multiplied",
        Text(
            "Positive logits are multiplied too: those tokens become likelier. Look at what happens above 0.",
            "Les logits positifs sont multipliés aussi : ces tokens deviennent plus probables. "
            "Regardez ce qui arrive au-dessus de 0.",
        ),
        lambda logits, ids, penalty: _on_ids(logits, ids, logits * penalty),
    ),
    Misconception(
        "swapped",
        Text(
            "Multiplication and division are swapped: repeated tokens become likelier. "
            "Look at the condition that chooses between them.",
            "Multiplication et division sont échangées : les tokens répétés deviennent plus probables. "
            "Regardez la condition qui choisit entre les deux.",
        ),
        lambda logits, ids, penalty: apply_repetition_penalty(logits, ids, 1 / penalty),
    ),
    Misconception(
        "counted_each_time",
        Text(
            "An id that came twice is penalised twice. Each id counts once: a set, or `unique`, helps.",
            "Un id apparu deux fois est pénalisé deux fois. Chaque id compte une fois : un ensemble, ou "
            "`unique`, y aide.",
        ),
        lambda logits, ids, penalty: _penalised(logits, _ids(ids), penalty),
    ),
    Misconception(
        "set_of_tensors",
        Text(
            "With a tensor of ids, an id that came twice is penalised twice: the elements of a tensor are tensors, "
            "and a set takes each for another. Look at `.tolist()` or `.unique()`.",
            "Avec un tenseur d'ids, un id apparu deux fois est pénalisé deux fois : les éléments d'un tenseur sont "
            "des tenseurs, tous différents pour un ensemble. Regardez `.tolist()` ou `.unique()`.",
        ),
        lambda logits, ids, penalty: _penalised(
            logits, _ids(ids) if isinstance(ids, Tensor) else sorted(set(ids)), penalty
        ),
    ),
    Misconception(
        "subtracted",
        Text(
            "The penalty is subtracted from the logits. Here it divides or multiplies them.",
            "La pénalité est soustraite des logits. Ici elle les divise ou les multiplie.",
        ),
        lambda logits, ids, penalty: _on_ids(logits, ids, logits - penalty),
    ),
    Misconception(
        "all_penalised",
        Text(
            "Every token is penalised, also those that never came. Look at which entries you change.",
            "Tous les tokens sont pénalisés, même ceux qui ne sont jamais venus. Regardez quelles entrées "
            "vous changez.",
        ),
        lambda logits, ids, penalty: apply_repetition_penalty(logits, range(len(logits)), penalty),
    ),
    Misconception(
        "others_penalised",
        Text(
            "The tokens that did not come are penalised, instead of those that came. Look at your condition.",
            "Ce sont les tokens absents qui sont pénalisés, au lieu de ceux qui sont venus. Regardez votre "
            "condition.",
        ),
        lambda logits, ids, penalty: apply_repetition_penalty(
            logits, sorted(set(range(len(logits))) - set(_ids(ids))), penalty
        ),
    ),
    Misconception(
        "forbidden",
        Text(
            "The tokens that came are forbidden (-inf). The penalty makes them less likely, not impossible.",
            "Les tokens déjà venus sont interdits (-inf). La pénalité les rend moins probables, pas impossibles.",
        ),
        lambda logits, ids, penalty: _on_ids(logits, ids, torch.full_like(logits, -INF)),
    ),
    Misconception(
        "last_id_only",
        Text(
            "Only the last id is penalised. Look at the loop: every id that came counts.",
            "Seul le dernier id est pénalisé. Regardez la boucle : chaque id déjà venu compte.",
        ),
        lambda logits, ids, penalty: apply_repetition_penalty(logits, _ids(ids)[-1:], penalty),
    ),
    Misconception(
        "nothing_penalised",
        Text(
            "The logits come back as they were. Look at whether the new values reach the tensor you return.",
            "Les logits reviennent tels quels. Regardez si les nouvelles valeurs arrivent dans le tenseur renvoyé.",
        ),
        lambda logits, ids, penalty: logits,
    ),
    Misconception(
        "argument_changed",
        Text(
            "The logits that were passed in are changed. Whoever calls may still need them: work on a `clone()`.",
            "Les logits reçus sont modifiés. L'appelant peut en avoir encore besoin : travaillez sur un `clone()`.",
        ),
        seen_by="the logits after the call",
    ),
    NOTHING_RETURNED,
)


# -- top_k_filter -----------------------------------------------------------------------------


def kept(logits: Tensor, keep: Tensor, filling: float = -INF) -> Tensor:
    """`logits` at the indices (or under the mask) `keep`, `filling` elsewhere."""
    result = torch.full_like(logits, filling)
    result[keep] = logits[keep]
    return result


def _best(logits: Tensor, k: int, largest: bool = True) -> Tensor:
    return logits.topk(max(0, min(k, logits.numel())), largest=largest).indices


TOP_K: tuple[Misconception, ...] = (
    Misconception(
        "zero_for_minus_inf",
        Text(
            "The tokens left out get 0, which softmax turns into a positive probability. Look for -inf.",
            "Les tokens écartés reçoivent 0, et softmax en fait une probabilité positive. Il faut -inf.",
        ),
        lambda logits, k: kept(logits, _best(logits, k), filling=0.0),
    ),
    Misconception(
        "smallest_kept",
        Text(
            "The k smallest logits are kept. Look at the order of your sort, or at `largest`.",
            "Ce sont les k plus petits logits qui sont gardés. Regardez l'ordre de votre tri, ou `largest`.",
        ),
        lambda logits, k: kept(logits, _best(logits, k, largest=False)),
    ),
    Misconception(
        "largest_removed",
        Text(
            "The k largest logits are left out and the others kept. Look at which side becomes -inf.",
            "Les k plus grands logits sont écartés et les autres gardés. Regardez quel côté devient -inf.",
        ),
        lambda logits, k: kept(logits, logits.argsort(descending=True)[k:]),
    ),
    Misconception(
        "one_too_few",
        Text(
            "The k-th largest is left out as well. Look at the comparison with the threshold: > or >= ?",
            "Le k-ième plus grand est écarté aussi. Regardez la comparaison au seuil : > ou >= ?",
        ),
        lambda logits, k: kept(logits, _best(logits, k - 1)),
    ),
    Misconception(
        "one_too_many",
        Text(
            "One token too many is kept. Indices count from 0: the k-th largest is at place k - 1.",
            "Un token de trop est gardé. Les indices partent de 0 : le k-ième plus grand est à la place k - 1.",
        ),
        lambda logits, k: kept(logits, _best(logits, k + 1)),
    ),
    Misconception(
        "only_k_returned",
        Text(
            "Only the k best logits are returned. All V are expected, at their places, -inf for the others.",
            "Seuls les k meilleurs logits sont renvoyés. On attend les V, à leur place, -inf pour les autres.",
        ),
        lambda logits, k: logits[_best(logits, k)],
    ),
    Misconception(
        "sorted_returned",
        Text(
            "The result is sorted, so each logit belongs to another token. Put the values back in their places.",
            "Le résultat est trié : chaque logit va à un autre token. Remettez les valeurs à leur place.",
        ),
        lambda logits, k: top_k_filter(logits.sort(descending=True).values, k),
    ),
    Misconception(
        "first_k_kept",
        Text(
            "The first k tokens of the vocabulary are kept, not the k best. Look at the indices you use.",
            "Les k premiers tokens du vocabulaire sont gardés, pas les k meilleurs. Regardez vos indices.",
        ),
        lambda logits, k: kept(logits, torch.arange(min(k, len(logits)))),
    ),
    Misconception(
        "absolute_values",
        Text(
            "The choice looks at absolute values: a very negative logit is a very unlikely token.",
            "Le choix regarde les valeurs absolues : un logit très négatif est un token très improbable.",
        ),
        lambda logits, k: kept(logits, _best(logits.abs(), k)),
    ),
    Misconception(
        "probabilities_returned",
        Text(
            "Probabilities are returned. The filter gives logits: softmax comes after all the filters.",
            "Ce sont des probabilités qui sont renvoyées. Le filtre donne des logits : softmax vient après tous "
            "les filtres.",
        ),
        lambda logits, k: F.softmax(top_k_filter(logits, k), dim=-1),
    ),
    Misconception(
        "nothing_filtered",
        Text(
            "All logits come back as they were. Look at whether `k` is used.",
            "Tous les logits reviennent tels quels. Regardez si `k` sert.",
        ),
        lambda logits, k: logits,
    ),
    Misconception(
        "k_beyond_vocabulary",
        Text(
            "A k larger than the vocabulary stops the function: `topk` takes at most V. Then all are kept.",
            "Un k plus grand que le vocabulaire arrête la fonction : `topk` prend au plus V. Alors on garde tout.",
        ),
        seen_by="an error where k > V, and only there",
    ),
    NOTHING_RETURNED,
)
