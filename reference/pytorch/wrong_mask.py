"""Wrong causal masks: `hypothesis(n)` is the (n, n) tensor of a student who holds the idea.

Values only: compare with `torch.equal` (with `equal_nan` for `nan_mask`) after the dtype was
checked. From n = 3 on, no two hypotheses agree with each other or with the right mask.
"""

import torch
from torch import Tensor

from reference.text import Misconception, Text

INF = float("inf")


def _future(n: int, value: float, diagonal: int = 1) -> Tensor:
    """`value` where column - row >= diagonal, 0 elsewhere; shape (n, n)."""
    return torch.full((n, n), value).triu(diagonal)


MASK: tuple[Misconception, ...] = (
    Misconception(
        "diagonal_masked",
        Text(
            "The diagonal is masked: a position must see itself. "
            "Look at where your triangle starts (the `diagonal` argument).",
            "La diagonale est masquée : une position doit se voir elle-même. "
            "Regardez où commence votre triangle (l'argument `diagonal`).",
        ),
        lambda n: _future(n, -INF, diagonal=0),
    ),
    Misconception(
        "transposed",
        Text(
            "The mask is transposed: it hides the past and shows the future. Row i says what position i "
            "may look at; look at which triangle you keep (upper or lower).",
            "Le masque est transposé : il cache le passé et montre l'avenir. La ligne i dit ce que la "
            "position i peut regarder ; regardez quel triangle vous gardez (supérieur ou inférieur).",
        ),
        lambda n: _future(n, -INF).T.contiguous(),
    ),
    Misconception(
        "inverted",
        Text(
            "0 and -inf are swapped: the past is hidden, the future is open. The mask is added to the "
            "scores, so 0 means “may look”; look at the condition that chooses between them.",
            "0 et -inf sont échangés : le passé est caché, l'avenir est ouvert. Le masque s'ajoute aux "
            "scores, donc 0 veut dire « peut regarder » ; regardez la condition qui choisit entre les deux.",
        ),
        lambda n: torch.full((n, n), -INF).tril(),
    ),
    Misconception(
        "one_for_minus_inf",
        Text(
            "The future holds 1 where -inf was expected. The mask is added to the scores: 1 would make a "
            "forbidden position more attractive. Look at the value that fills your triangle.",
            "L'avenir contient 1 au lieu de -inf. Le masque s'ajoute aux scores : 1 rendrait une position "
            "interdite plus attirante. Regardez la valeur qui remplit votre triangle.",
        ),
        lambda n: _future(n, 1.0),
    ),
    Misconception(
        "zero_one_mask",
        Text(
            "This is a mask of ones and zeros, to multiply with. Here the mask is added to the scores: "
            "allowed is 0, forbidden is -inf. The last step, from 1 and 0 to those values, is missing.",
            "C'est un masque de uns et de zéros, fait pour multiplier. Ici le masque s'ajoute aux scores : "
            "permis vaut 0, interdit vaut -inf. Il manque le passage de 1 et 0 à ces valeurs.",
        ),
        lambda n: torch.ones(n, n).tril(),
    ),
    Misconception(
        "ones_where_allowed",
        Text(
            "The future is at -inf, as it should be, but the allowed positions hold 1 instead of 0. "
            "After filling the zeros with -inf, the ones are still there.",
            "L'avenir est bien à -inf, mais les positions permises contiennent 1 au lieu de 0. "
            "Une fois les zéros remplacés par -inf, les uns sont restés.",
        ),
        lambda n: torch.ones(n, n).tril() + _future(n, -INF),
    ),
    Misconception(
        "nan_mask",
        Text(
            "The mask contains nan. In floating point 0 × inf is nan, so a matrix of zeros and ones cannot be "
            "multiplied by infinity; look at that product.",
            "Le masque contient des nan. En virgule flottante, 0 × inf donne nan : on ne peut pas multiplier "
            "par l'infini une matrice de zéros et de uns ; regardez ce produit.",
        ),
        lambda n: torch.ones(n, n).triu(1) * -INF,
    ),
    Misconception(
        "plus_inf",
        Text(
            "The future holds +inf where -inf was expected: softmax would look only at what is forbidden. "
            "Look at the sign.",
            "L'avenir contient +inf au lieu de -inf : softmax ne regarderait que ce qui est interdit. "
            "Regardez le signe.",
        ),
        lambda n: _future(n, INF),
    ),
    Misconception(
        "minus_one",
        Text(
            "The future holds -1, which only lowers a score a little: softmax still gives it a weight. "
            "Only -inf gives a weight of exactly 0; look at the value you fill in.",
            "L'avenir contient -1, ce qui baisse à peine un score : softmax lui laisse un poids. "
            "Seul -inf donne un poids de 0 exactement ; regardez la valeur que vous mettez.",
        ),
        lambda n: _future(n, -1.0),
    ),
    Misconception(
        "large_negative",
        Text(
            "The future holds -1e9 where the exercise asks for -inf. It often works, but it is a finite number; "
            'write infinity itself, float("-inf").',
            "L'avenir contient -1e9 alors que l'exercice demande -inf. Cela marche souvent, mais c'est un nombre "
            'fini ; écrivez l\'infini lui-même, float("-inf").',
        ),
        lambda n: _future(n, -1e9),
    ),
    Misconception(
        "lowest_float",
        Text(
            "The future holds the lowest finite float where the exercise asks for -inf. Adding a score to it may "
            'overflow; write infinity itself, float("-inf").',
            "L'avenir contient le plus petit nombre fini alors que l'exercice demande -inf. Lui ajouter un score "
            'peut déborder ; écrivez l\'infini lui-même, float("-inf").',
        ),
        lambda n: _future(n, torch.finfo(torch.float32).min),
    ),
    Misconception(
        "sees_one_ahead",
        Text(
            "Each position still sees the one just after it: the triangle starts one column too far. "
            "Look at the `diagonal` argument or at the comparison of column and row.",
            "Chaque position voit encore celle qui la suit : le triangle commence une colonne trop loin. "
            "Regardez l'argument `diagonal` ou la comparaison entre colonne et ligne.",
        ),
        lambda n: _future(n, -INF, diagonal=2),
    ),
    Misconception(
        "sees_only_itself",
        Text(
            "Each position sees itself and nothing else: the past is hidden too. "
            "Look at the condition: it should hide only what comes after.",
            "Chaque position ne voit qu'elle-même : le passé est caché aussi. "
            "Regardez la condition : elle ne doit cacher que ce qui vient après.",
        ),
        lambda n: _future(n, -INF) + _future(n, -INF).T,
    ),
    Misconception(
        "all_zeros",
        Text(
            "The mask is all zeros: nothing is hidden. If you fill a tensor, look at whether the result is kept "
            "(`masked_fill` returns a new tensor, `masked_fill_` changes the old one).",
            "Le masque ne contient que des zéros : rien n'est caché. Si vous remplissez un tenseur, regardez si "
            "le résultat est gardé (`masked_fill` rend un nouveau tenseur, `masked_fill_` change l'ancien).",
        ),
        lambda n: torch.zeros(n, n),
    ),
    Misconception(
        "all_minus_inf",
        Text(
            "Everything is -inf: no position may look anywhere, and softmax would give nan. "
            "The allowed half still has to become 0.",
            "Tout vaut -inf : aucune position ne peut rien regarder, et softmax donnerait nan. "
            "La moitié permise doit encore devenir 0.",
        ),
        lambda n: torch.full((n, n), -INF),
    ),
    Misconception(
        "bool_mask",
        Text(
            "The mask holds True and False. Here it is added to the scores, so it must hold numbers: "
            "0.0 where a position may look, -inf where it may not.",
            "Le masque contient True et False. Ici il s'ajoute aux scores, il faut donc des nombres : "
            "0.0 là où une position peut regarder, -inf là où elle ne le peut pas.",
        ),
        seen_by="dtype torch.bool",
    ),
    Misconception(
        "int_mask",
        Text(
            "The mask holds integers, and an integer cannot be infinite. "
            "Look at the `dtype` where the tensor is made.",
            "Le masque contient des entiers, et un entier ne peut pas être infini. "
            "Regardez le `dtype` là où le tenseur est créé.",
        ),
        seen_by="an integer dtype",
    ),
    Misconception(
        "list_for_tensor",
        Text(
            "The function returns a Python list. The attention adds the mask to a tensor: "
            "turn the list into a tensor before `return`.",
            "La fonction renvoie une liste Python. L'attention ajoute le masque à un tenseur : "
            "transformez la liste en tenseur avant `return`.",
        ),
        seen_by="type list",
    ),
    Misconception(
        "array_for_tensor",
        Text(
            "The function returns a NumPy array. The attention adds the mask to a PyTorch tensor: "
            "make it one before `return`.",
            "La fonction renvoie un tableau NumPy. L'attention ajoute le masque à un tenseur PyTorch : "
            "convertissez-le avant `return`.",
        ),
        seen_by="type numpy.ndarray",
    ),
    Misconception(
        "nothing_returned",
        Text(
            "The function returns nothing (None). If it prints the mask, the caller still does not get it: "
            "look for the `return` line.",
            "La fonction ne renvoie rien (None). Afficher le masque ne le donne pas à l'appelant : "
            "cherchez la ligne `return`.",
        ),
        seen_by="the value None",
    ),
    Misconception(
        "extra_dimension",
        Text(
            "The values may be right, but the mask has one dimension too many. "
            "It should be (seq_len, seq_len); look for an `unsqueeze` or a leading 1.",
            "Les valeurs sont peut-être justes, mais le masque a une dimension de trop. "
            "Il doit être (seq_len, seq_len) ; cherchez un `unsqueeze` ou un 1 en tête.",
        ),
        seen_by="shape (1, n, n)",
    ),
    Misconception(
        "one_row_only",
        Text(
            "The function returns one row of seq_len values. Each position needs a row of its own: "
            "the mask is (seq_len, seq_len).",
            "La fonction renvoie une seule ligne de seq_len valeurs. Chaque position a besoin de sa ligne : "
            "le masque est (seq_len, seq_len).",
        ),
        seen_by="shape (n,)",
    ),
    Misconception(
        "hard_coded_size",
        Text(
            "The mask has the same size whatever seq_len is. "
            "Look for a number written in the body where `seq_len` should stand.",
            "Le masque a la même taille quel que soit seq_len. "
            "Cherchez un nombre écrit dans la fonction là où devrait se trouver `seq_len`.",
        ),
        seen_by="a shape that does not follow n",
    ),
)
