"""Parameters of the model of lessons 5 and 6 that public checks are made with.

`waves` fills every matrix by a formula, so that its right probabilities could be computed once and
are stored as numbers; `speller` makes a model that knows one word by heart.  Neither holds a
forward pass.
"""

import math

Params = dict[str, list]

VOCAB, WIDTH, CONTEXT, HIDDEN = 27, 16, 8, 32
SHAPES = {
    "tok_emb": (VOCAB, WIDTH),
    "pos_emb": (CONTEXT, WIDTH),
    "Wq": (WIDTH, WIDTH),
    "Wk": (WIDTH, WIDTH),
    "Wv": (WIDTH, WIDTH),
    "W1": (HIDDEN, WIDTH),
    "b1": (HIDDEN,),
    "W2": (WIDTH, HIDDEN),
    "b2": (WIDTH,),
    "W_out": (VOCAB, WIDTH),
}
ALPHABET = ".abcdefghijklmnopqrstuvwxyz"

# First three probabilities after these ids with the parameters of `waves()`.
AFTER_ONE, FIRST_OF_ONE = [3], [0.007571118604, 0.02139599707, 0.01108025821]
AFTER_THREE, FIRST_OF_THREE = [0, 8, 21], [0.005885934742, 0.03123353583, 0.003665986784]
AFTER_EIGHT, FIRST_OF_EIGHT = [0, 8, 21, 7, 15, 0, 1, 2], [0.01648653262, 0.02166373655, 0.003305513943]

# The same after AFTER_ONE and AFTER_THREE, with one mistake each: what it is, in both languages.
MISTAKES = [
    (None, [0.006713288734, 0.03065201668, 0.00446338828],
     "The scores are not divided by sqrt(EMBED_DIM).", "Les scores ne sont pas divisés par sqrt(EMBED_DIM)."),
    ([0.007171666447, 0.01583901652, 0.003431258078], [0.02665094182, 0.02675526844, 0.00784995306],
     "The shortcut around attention is missing: add x to what attention returns.",
     "Il manque le raccourci autour de l'attention : ajoutez x à ce que rend l'attention."),
    ([0.01759993464, 0.0210973391, 0.01938136197], [0.0137292749, 0.02267691934, 0.00942112427],
     "The shortcut around the MLP is missing: add x to what the MLP returns.",
     "Il manque le raccourci autour du MLP : ajoutez x à ce que rend le MLP."),
    ([0.03262015229, 0.01765770294, 0.008472797139], [0.01075795576, 0.05848882638, 0.006463036314],
     "The position embeddings are missing.", "Il manque les embeddings de position."),
    ([0.006995124338, 0.001963439722, 0.01065464343], [0.002273159226, 0.008168756432, 0.002366906837],
     "relu is missing in the MLP.", "Il manque relu dans le MLP."),
    ([-1.053019567, -0.01415653968, -0.6721954061], [-1.391270979, 0.2776558419, -1.864738998],
     "These are the logits: softmax is missing at the end.", "Ce sont les logits : il manque softmax à la fin."),
    (None, [0.003992529764, 0.02750395267, 0.002594607212],
     "The first position asks; the query is the last position's.",
     "C'est la première position qui demande ; la question est celle de la dernière."),
    ([0.02397922251, 0.0195148526, 0.08614468381], [0.003045263708, 0.04592088442, 0.01086117147],
     "The values are not multiplied by Wv.", "Les valeurs ne sont pas multipliées par Wv."),
    ([0.008010514053, 0.0243791184, 0.02590204948], [0.007263202342, 0.04150677417, 0.00999510834],
     "The bias b2 is missing.", "Il manque le biais b2."),
    ([0.00525058123, 0.0162680683, 0.006268585186], [0.006571357331, 0.02958706631, 0.004491404354],
     "The bias b1 is missing.", "Il manque le biais b1."),
]  # fmt: skip


def zeros() -> Params:
    """A model that knows nothing: every parameter 0."""
    return {
        name: [0.0] * s[0] if len(s) == 1 else [[0.0] * s[1] for _ in range(s[0])]
        for name, s in SHAPES.items()
    }


def waves() -> Params:
    """A model whose parameters follow a wave, each matrix another one."""
    made: Params = {}
    for k, (name, size) in enumerate(SHAPES.items()):
        if len(size) == 1:
            made[name] = [round(0.4 * math.sin(k + 1 + 1.7 * i), 3) for i in range(size[0])]
        else:
            made[name] = [
                [round(0.4 * math.sin(k + 1 + 1.7 * i + 0.9 * j + 0.31 * i * j), 3) for j in range(size[1])]
                for i in range(size[0])
            ]
    return made


def speller(text: str) -> Params:
    """A model that is sure of one text of up to eight characters, by heart, place by place.

    After one id it says the first character, after two the second, ...; a shorter text ends with a
    dot, and of one of eight the last character is said again and again.  Attention and MLP are 0,
    so only the shortcuts carry the position to the output.
    """
    made = zeros()
    for place, letter in enumerate((text + ".")[:CONTEXT]):
        made["pos_emb"][place][place] = 1.0
        made["W_out"][ALPHABET.index(letter)][place] = 400.0
    return made


def hesitant(first: float) -> Params:
    """A model that after anything says a with probability `first` and b otherwise."""
    made = zeros()
    for row in made["tok_emb"]:
        row[0] = 1.0
    for i, row in enumerate(made["W_out"]):
        row[0] = math.log(first) if i == 1 else math.log(1 - first) if i == 2 else -100.0
    return made


def copied(params: Params) -> Params:
    """The same parameters in new lists."""
    return {name: [list(r) if isinstance(r, list) else r for r in rows] for name, rows in params.items()}
