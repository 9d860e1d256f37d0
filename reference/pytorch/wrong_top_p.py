"""Wrong top-p filters: `hypothesis(logits, p)` is what a student who holds the idea returns."""

import torch.nn.functional as F
from torch import Tensor

from reference.pytorch.gpt2_sampling import top_k_filter, top_p_filter
from reference.pytorch.wrong_filters import NOTHING_RETURNED, kept
from reference.text import Misconception, Text


def _nucleus(logits: Tensor, p: float, shift: int = 0, at_least: int = 1) -> Tensor:
    """Keep `shift` tokens more than the right filter does, but never fewer than `at_least`."""
    probs, order = F.softmax(logits.double(), dim=-1).sort(descending=True)
    right = int((probs.cumsum(0) - probs < p).sum())
    return kept(logits, order[: max(at_least, right + shift)])


def _wrong_places(logits: Tensor, p: float) -> Tensor:
    probs = F.softmax(logits, dim=-1).sort(descending=True).values
    return kept(logits, probs.cumsum(0) - probs < p)


def _least_likely(logits: Tensor, p: float) -> Tensor:
    probs, order = F.softmax(logits, dim=-1).sort()
    return kept(logits, order[probs.cumsum(0) - probs < p])


def _unsorted(logits: Tensor, p: float) -> Tensor:
    probs = F.softmax(logits, dim=-1)
    return kept(logits, probs.cumsum(0) - probs < p)


TOP_P: tuple[Misconception, ...] = (
    Misconception(
        "crossing_left_out",
        Text(
            "The token that makes the sum reach p is left out, so the tokens kept have less than p together. "
            "Compare p with the sum before each token.",
            "Le token qui fait atteindre p est écarté : les tokens gardés ont ensemble moins de p. "
            "Comparez p à la somme d'avant chaque token.",
        ),
        lambda logits, p: _nucleus(logits, p, shift=-1),
    ),
    Misconception(
        "nothing_kept",
        Text(
            "The token that makes the sum reach p is left out, and where the best token alone reaches p nothing is "
            "kept. Compare p with the sum before each token.",
            "Le token qui fait atteindre p est écarté, et quand le meilleur suffit à atteindre p il ne reste rien. "
            "Comparez p à la somme d'avant chaque token.",
        ),
        lambda logits, p: _nucleus(logits, p, shift=-1, at_least=0),
    ),
    Misconception(
        "one_too_many",
        Text(
            "One token too many is kept: p was reached before it. Look at how far you shift, and which sum you compare.",
            "Un token de trop est gardé : p était déjà atteint. Regardez votre décalage, et quelle somme vous comparez.",
        ),
        lambda logits, p: _nucleus(logits, p, shift=1),
    ),
    Misconception(
        "zero_for_minus_inf",
        Text(
            "The tokens left out get 0, which softmax turns into a positive probability. Look for -inf.",
            "Les tokens écartés reçoivent 0, et softmax en fait une probabilité positive. Il faut -inf.",
        ),
        lambda logits, p: _nucleus(logits, p).nan_to_num(neginf=0.0),
    ),
    Misconception(
        "wrong_places",
        Text(
            "The choice is made in sorted order but applied to the unsorted logits. "
            "The indices that sorting returns tell where each token belongs.",
            "Le choix est fait dans l'ordre trié mais appliqué aux logits non triés. "
            "Les indices que renvoie le tri disent où va chaque token.",
        ),
        _wrong_places,
    ),
    Misconception(
        "sorted_returned",
        Text(
            "The result is sorted, so each logit belongs to another token. Put the values back in their places.",
            "Le résultat est trié : chaque logit va à un autre token. Remettez les valeurs à leur place.",
        ),
        lambda logits, p: top_p_filter(logits.sort(descending=True).values, p),
    ),
    Misconception(
        "least_likely_kept",
        Text(
            "The sum begins with the least likely tokens. Look at the order of your sort.",
            "La somme commence par les tokens les moins probables. Regardez l'ordre de votre tri.",
        ),
        _least_likely,
    ),
    Misconception(
        "not_sorted",
        Text(
            "The sum runs in the order of the vocabulary. Sort first: the most likely tokens come first.",
            "La somme suit l'ordre du vocabulaire. Triez d'abord : les tokens les plus probables en premier.",
        ),
        _unsorted,
    ),
    Misconception(
        "threshold_on_probability",
        Text(
            "Each probability is compared with p. It is their sum, from the likeliest on, that has to reach p.",
            "Chaque probabilité est comparée à p. C'est leur somme, depuis la plus grande, qui doit atteindre p.",
        ),
        lambda logits, p: kept(logits, F.softmax(logits, dim=-1) >= p),
    ),
    Misconception(
        "share_of_the_vocabulary",
        Text(
            "A share p of the vocabulary is kept. It is the probability that counts: "
            "where the model is sure, few tokens are enough.",
            "Une part p du vocabulaire est gardée. C'est la probabilité qui compte : "
            "quand le modèle est sûr, peu de tokens suffisent.",
        ),
        lambda logits, p: top_k_filter(logits, max(1, int(p * len(logits)))),
    ),
    Misconception(
        "logits_summed",
        Text(
            "The logits themselves are summed. Turn them into probabilities first, with softmax.",
            "Ce sont les logits eux-mêmes qui sont sommés. Changez-les d'abord en probabilités, avec softmax.",
        ),
        lambda logits, p: kept(
            logits, logits.argsort(descending=True)[logits.sort(descending=True).values.cumsum(0) < p]
        ),
    ),
    Misconception(
        "probabilities_returned",
        Text(
            "Probabilities are returned. The filter gives logits: softmax comes after all the filters.",
            "Ce sont des probabilités qui sont renvoyées. Le filtre donne des logits : softmax vient après tous "
            "les filtres.",
        ),
        lambda logits, p: F.softmax(top_p_filter(logits, p), dim=-1),
    ),
    Misconception(
        "nothing_filtered",
        Text(
            "All logits come back as they were. Look at whether `p` is used.",
            "Tous les logits reviennent tels quels. Regardez si `p` sert.",
        ),
        lambda logits, p: logits,
    ),
    NOTHING_RETURNED,
)
