"""Public checks of the project, part 1: a 3 × 3 mask, a decoder of tiny sizes, a parrot that writes."""

import math
import traceback
from typing import Any

import torch
import torch.nn as nn

from grader.student.described import counted
from grader.student.expect import Answer, Student, Wrong, attempt, expect, require
from grader.student.lessons import Lesson

lesson = Lesson("mini_gpt_part1", ("Mini-GPT, part 1", "Mini-GPT, 1re partie"))
create_causal_mask = lesson.exercise("create_causal_mask", 4, ("the causal mask", "le masque causal"))
transformer_decoder = lesson.exercise(
    "transformer_decoder", 10, ("the decoder", "le décodeur"), "TransformerDecoder"
)
generate = lesson.exercise("generate", 6, ("generation", "la génération"))

INF = math.inf


@create_causal_mask.check(
    "A float tensor of shape (seq_len, seq_len)", "Un tenseur de flottants de forme (seq_len, seq_len)"
)
def _(student: Student) -> None:
    for n in (1, 3, 5):
        expect(student.create_causal_mask(n)).is_float_tensor(n, n)


@create_causal_mask.check(
    "0 on and below the diagonal, -inf above", "0 sur la diagonale et en dessous, -inf au-dessus"
)
def _(student: Student) -> None:
    expect(student.create_causal_mask(3)).near(
        [[0.0, -INF, -INF], [0.0, 0.0, -INF], [0.0, 0.0, 0.0]],
        [([[-INF, -INF, -INF], [0.0, -INF, -INF], [0.0, 0.0, -INF]],
          "The diagonal is masked: a position must see itself. Look at where your triangle starts (the `diagonal` argument).",
          "La diagonale est masquée : une position doit se voir elle-même. Regardez où commence votre triangle (l'argument "
          "`diagonal`)."),
         ([[0.0, 0.0, 0.0], [-INF, 0.0, 0.0], [-INF, -INF, 0.0]],
          "The mask is transposed: it hides the past and shows the future. Row i says what position i may look at; look at which "
          "triangle you keep (upper or lower).",
          "Le masque est transposé : il cache le passé et montre l'avenir. La ligne i dit ce que la position i peut regarder ; "
          "regardez quel triangle vous gardez (supérieur ou inférieur)."),
         ([[-INF, 0.0, 0.0], [-INF, -INF, 0.0], [-INF, -INF, -INF]],
          "0 and -inf are swapped: the past is hidden, the future is open. The mask is added to the scores, so 0 means “may "
          "look”; look at the condition that chooses between them.",
          "0 et -inf sont échangés : le passé est caché, l'avenir est ouvert. Le masque s'ajoute aux scores, donc 0 veut dire "
          "« peut regarder » ; regardez la condition qui choisit entre les deux."),
         ([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
          "The future holds 1 where -inf was expected. The mask is added to the scores: 1 would make a forbidden position more "
          "attractive. Look at the value that fills your triangle.",
          "L'avenir contient 1 au lieu de -inf. Le masque s'ajoute aux scores : 1 rendrait une position interdite plus "
          "attirante. Regardez la valeur qui remplit votre triangle."),
         ([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]],
          "This is a mask of ones and zeros, to multiply with. Here the mask is added to the scores: allowed is 0, forbidden is "
          "-inf. The last step, from 1 and 0 to those values, is missing.",
          "C'est un masque de uns et de zéros, fait pour multiplier. Ici le masque s'ajoute aux scores : permis vaut 0, interdit "
          "vaut -inf. Il manque le passage de 1 et 0 à ces valeurs."),
         ([[0.0, INF, INF], [0.0, 0.0, INF], [0.0, 0.0, 0.0]],
          "The future holds +inf where -inf was expected: softmax would look only at what is forbidden. Look at the sign.",
          "L'avenir contient +inf au lieu de -inf : softmax ne regarderait que ce qui est interdit. Regardez le signe."),
         ([[0.0, -1e9, -1e9], [0.0, 0.0, -1e9], [0.0, 0.0, 0.0]],
          "The future holds -1e9 where the exercise asks for -inf. It often works, but it is a finite number; write infinity "
          'itself, float("-inf").',
          "L'avenir contient -1e9 alors que l'exercice demande -inf. Cela marche souvent, mais c'est un nombre fini ; écrivez "
          'l\'infini lui-même, float("-inf").'),
         ([[0.0] * 3] * 3,
          "The mask is all zeros: nothing is hidden. If you fill a tensor, look at whether the result is kept (`masked_fill` "
          "returns a new tensor, `masked_fill_` changes the old one).",
          "Le masque ne contient que des zéros : rien n'est caché. Si vous remplissez un tenseur, regardez si le résultat est "
          "gardé (`masked_fill` rend un nouveau tenseur, `masked_fill_` change l'ancien).")],
        because=("Row i says what position i may look at. (0 * inf is nan.)",
                 "La ligne i dit ce que la position i peut regarder. (0 * inf donne nan.)"),
    )  # fmt: skip


PARTS = ("embedding", "pos_encoding", "layers", "norm", "head")
IDS = [[1, 4, 2, 6], [3, 3, 5, 1]]  # two texts of four tokens


def built(student: Student, *sizes: int, **settings: Any) -> tuple[nn.Module, str]:
    """A decoder of the student in evaluation mode, and its call."""
    answer = student.call("TransformerDecoder", *sizes, **settings)
    expect(answer).is_(nn.Module, "an nn.Module", "un nn.Module")
    return answer.value.eval(), answer.call


def filled(model: nn.Module) -> nn.Module:
    """Give every parameter known values other than zero: how a right decoder starts is its own choice."""
    with torch.no_grad():
        for k, (_, p) in enumerate(sorted(model.named_parameters())):
            p.copy_(
                (0.5 * torch.sin(k + 1.3 * torch.arange(p.numel(), dtype=torch.float64))).reshape(p.shape)
            )
    return model


def logits_of(model: nn.Module, ids: list[list[int]]) -> torch.Tensor:
    """Logits for these ids, of shape (B, S, V)."""
    x = torch.tensor(ids)
    called = f"model(ids {tuple(x.shape)})"
    answer = Answer(attempt(lambda: _read(model, x), called), called)
    logits = expect(answer).is_float_tensor(*x.shape, 7).value
    require(not logits.isnan().any(), f"`{called}` contains nan. A mask that hides a whole row does this: does "
            "`create_causal_mask` pass its checks?", f"`{called}` contient des nan. Un masque qui cache toute une ligne fait "
            "cela : `create_causal_mask` passe-t-elle ses vérifications ?")  # fmt: skip
    return logits


def _read(model: nn.Module, x: torch.Tensor) -> Any:
    """Call the model; an empty answer to exercise 1 is no mistake in this one."""
    try:
        return model(x)
    except NotImplementedError as error:
        if traceback.extract_tb(error.__traceback__)[-1].name != "create_causal_mask":
            raise
        raise Wrong("The decoder calls `create_causal_mask`, which is still to be written: exercise 1 comes first.",
                    "Le décodeur appelle `create_causal_mask`, qui reste à écrire : l'exercice 1 vient d'abord.",
                    stop=True) from None  # fmt: skip


@transformer_decoder.check("Its parts have the names asked for", "Ses parties ont les noms demandés")
def _(student: Student) -> None:
    model, call = built(student, 7, 8, 2, 3)
    for name in PARTS:
        require(
            hasattr(model, name),
            f"`{call}` has no attribute `{name}`.",
            f"`{call}` n'a pas d'attribut `{name}`.",
        )
    layers: Any = model.layers
    blocks = attempt(lambda: len(layers), f"len({call}.layers)")
    has, a = counted(blocks, "layer", "couche")
    require(blocks == 3, f"`{call}` has {has}; num_layers=3 asks for 3.",
            f"`{call}` a {a} ; num_layers=3 en demande 3.")  # fmt: skip
    held = sum(p.numel() for p in model.parameters())
    each = layers.values() if isinstance(layers, nn.ModuleDict) else layers
    inside = sum(p.numel() for block in each for p in block.parameters())
    require(held > inside > 0, "The parameters of the blocks do not belong to the model: use nn.ModuleList.",
            "Les paramètres des blocs n'appartiennent pas au modèle : utilisez nn.ModuleList.")  # fmt: skip


@transformer_decoder.check("Each setting reaches its place", "Chaque réglage arrive à sa place")
def _(student: Student) -> None:
    model, call = built(student, 7, 8, 2, 1, pad_idx=2)
    widths = {n for p in model.parameters() for n in p.shape}
    require(32 in widths, f"`{call}`: ff_dim=None means 4 · embed_dim = 32 hidden numbers; no part has that size.",
            f"`{call}` : ff_dim=None veut dire 4 · embed_dim = 32 nombres cachés ; aucune partie n'a cette taille.")  # fmt: skip
    head, table = getattr(model.head, "weight", None), getattr(model.embedding, "weight", None)
    require(head is None or head is not table, "The head and the embedding share one weight; the head has its own here.",
            "La tête et l'embedding partagent un poids ; ici la tête a le sien.")  # fmt: skip
    logits_of(model, [[1, 2, 3]])[0, 2].square().sum().backward()
    if isinstance(table, nn.Parameter) and table.grad is not None:
        require(not table.grad[2].any(), f"`{call}`: the embedding of the padding id 2 is learned; look at `padding_idx`.",
                f"`{call}` : l'embedding de l'id de remplissage 2 est appris ; regardez `padding_idx`.")  # fmt: skip
    model = built(student, 7, 8, 2, 2, dropout=0.0)[0].train()
    calm = torch.equal(logits_of(model, IDS), logits_of(model, IDS))
    require(calm, "With dropout=0, the decoder in training mode still drops values: give `dropout` to every part.",
            "Avec dropout=0, le décodeur en mode entraînement efface encore des valeurs : donnez `dropout` à chaque "
            "partie.")  # fmt: skip


@transformer_decoder.check(
    "Ids (B, S) to logits (B, S, vocab_size)", "Des ids (B, S) aux logits (B, S, vocab_size)"
)
def _(student: Student) -> None:
    model, _ = built(student, 7, 8, 2, 2)
    for ids in (IDS, [[5]]):
        logits_of(model, ids)


@transformer_decoder.check("No position sees what comes after it", "Aucune position ne voit ce qui la suit")
def _(student: Student) -> None:
    model = filled(built(student, 7, 8, 2, 2)[0])
    here, other = logits_of(model, [[1, 4, 2, 6]]), logits_of(model, [[1, 4, 2, 5]])
    same = torch.allclose(here[:, :3], other[:, :3], atol=1e-5)
    require(same, "With another last token, logits of earlier positions change: is the causal mask right, and "
            "given to every block?", "Avec un autre dernier token, les logits des positions d'avant changent : le masque causal "
            "est-il juste, et va-t-il à chaque bloc ?")  # fmt: skip
    first = logits_of(model, [[2, 4, 2, 6]])
    require(not torch.allclose(here[:, 3], first[:, 3], atol=1e-6),
            "With another first token, the logits of the last position do not change: it should see the whole past.",
            "Avec un autre premier token, les logits de la dernière position ne changent pas : elle doit voir tout le "
            "passé.")  # fmt: skip


@transformer_decoder.check("Every parameter takes part", "Chaque paramètre sert")
def _(student: Student) -> None:
    model = filled(built(student, 7, 8, 2, 2)[0])
    logits = logits_of(model, IDS)
    require(logits.requires_grad, "No gradient flows back from the logits: the model could not learn.",
            "Aucun gradient ne remonte depuis les logits : le modèle ne pourrait pas apprendre.")  # fmt: skip
    logits.square().sum().backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # A key's bias shifts all scores of a row alike, which softmax forgets.
    idle = [n for n in idle if not n.endswith("k_proj.bias")]
    require(not idle, f"These parameters have no effect on the logits: {', '.join(idle[:4])}.",
            f"Ces paramètres n'ont aucun effet sur les logits : {', '.join(idle[:4])}.")  # fmt: skip


@transformer_decoder.check("The logits of a known small model", "Les logits d'un petit modèle connu")
def _(student: Student) -> None:
    model, _ = built(student, 7, 4, 2, 2, ff_dim=6)
    if len(list(model.parameters())) != 37:
        return  # parts of another make: the hidden tests look closer
    seen = logits_of(filled(model), [[1, 4, 2]])[0, :, :2]
    expect(Answer(seen, "model(ids (1, 3))[0, :, :2]")).near(LOGITS, LOGIT_MISTAKES, tolerance=1e-4)


def parrot(
    student: Student,
    name: str,
    other: str | None = None,
    after: str | None = None,
    read: list[list[int]] | None = None,
) -> Any:
    """A model that knows one name by heart; it says `other` instead where a right `generate` never lets it.

    The ids that it reads go to `read`, which is no part of the model: a copy of the model tells them too.
    """
    char2idx = student["char2idx"]
    end = char2idx[student["EOS_TOKEN"]]

    class Parrot(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(100.0))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            said = other if other and (self.training or torch.is_grad_enabled()) else name
            follows = [*(char2idx[c] for c in said), end]
            # After the end it says something else: whoever does not stop is heard.
            more = [char2idx[after]] * x.size(1) if after else follows * x.size(1)
            places = [[*follows, *more][i] for i in range(x.size(1))]
            if read is not None:
                read.append(x.tolist()[0])
            one = nn.functional.one_hot(torch.tensor(places, device=x.device), len(char2idx)).float()
            return (self.scale * one).expand(x.size(0), -1, -1)

    return Parrot().to(student["device"])


@generate.check("Writes what the model says, until EOS", "Écrit ce que dit le modèle, jusqu'à EOS")
def _(student: Student) -> None:
    answer = student.call("generate", parrot(student, "Gwen", after="a"), spoken="generate(parrot)")
    expect(answer).equals(
        "Gwen", because=("The parrot says Gwen, then EOS.", "Le perroquet dit Gwen, puis EOS.")
    )


@generate.check("Goes on from the prompt", "Continue le prompt")
def _(student: Student) -> None:
    read: list[list[int]] = []
    model = parrot(student, "Gwendal", read=read)
    answer = student.call("generate", model, prompt="Gwen", spoken='generate(parrot, prompt="Gwen")')
    expect(answer).equals(
        "Gwendal", because=("The prompt is part of the text.", "Le prompt fait partie du texte.")
    )
    char2idx = student["char2idx"]
    start = [char2idx[student["SOS_TOKEN"]], *(char2idx[c] for c in "Gwen")]
    require(read[0] == start, f"The model first read the ids {read[0]}; SOS and the prompt are {start}.",
            f"Le modèle a d'abord lu les ids {read[0]} ; SOS et le prompt sont {start}.")  # fmt: skip
    lengths = [len(ids) for ids in read]
    require(lengths == list(range(5, 5 + len(lengths))), f"The model read texts of lengths {lengths}: each drawn letter is to be "
            "added to what it reads.", f"Le modèle a lu des textes de longueurs {lengths} : chaque lettre tirée doit s'ajouter "
            "à ce qu'il lit.")  # fmt: skip


@generate.check("Stops at max_len", "S'arrête à max_len")
def _(student: Student) -> None:
    answer = student.call(
        "generate", parrot(student, "Gwendal"), max_len=3, spoken="generate(parrot, max_len=3)"
    )
    expect(answer).equals("Gwe")


@generate.check("Skips characters that the vocabulary does not know", "Saute les caractères hors vocabulaire")
def _(student: Student) -> None:
    hint = ("Skip characters that are not in char2idx.", "Sautez les caractères absents de char2idx.")
    read: list[list[int]] = []
    model = parrot(student, "Gwendal", read=read)
    student.call(
        "generate", model, prompt="G#w", max_len=9, spoken='generate(parrot, prompt="G#w")', hint=hint
    )
    ids, identifiants = counted(len(read[0]), "id", "id")
    require(len(read[0]) == 3, f"For the prompt G#w the model read {ids}; SOS, G and w are 3.",
            f"Pour le prompt G#w, le modèle a lu {identifiants} ; SOS, G et w font 3.")  # fmt: skip


@generate.check("Evaluation mode, no gradients", "Mode évaluation, sans gradients")
def _(student: Student) -> None:
    model = parrot(student, "Gwen", other="Mael").train()
    said = student.call("generate", model, max_len=4, spoken="generate(parrot)").value
    require(said == "Gwen", f"In training mode, or with gradients, this model says Mael; `generate(model)` wrote {said!r}. "
            "Call model.eval() and use torch.no_grad().", f"En mode entraînement, ou avec des gradients, ce modèle dit Mael ; "
            f"`generate(model)` a écrit {said!r}. Appelez model.eval() et utilisez torch.no_grad().")  # fmt: skip


class Hesitant(nn.Module):
    """Says one letter with probability 0.75 and another with 0.25, whatever it read."""

    def __init__(self, often: int, rarely: int, size: int) -> None:
        super().__init__()
        logits = torch.full((size,), -1e4)
        logits[often], logits[rarely] = math.log(3), 0.0
        self.logits = nn.Parameter(logits)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(*x.shape, -1)


@generate.check("softmax(logits / temperature), drawn by lot", "softmax(logits / temperature), tiré au sort")
def _(student: Student) -> None:
    char2idx = student["char2idx"]
    model = Hesitant(char2idx["a"], char2idx["b"], len(char2idx)).to(student["device"])
    # Of 600 letters a right sampler leaves these bounds less than once in a million times.
    for temperature, low, high in ((1.0, 0.65, 0.85), (0.5, 0.82, 0.97), (4.0, 0.46, 0.67)):
        call = f"generate(model, temperature={temperature})"
        drawn = [
            student.call("generate", model, max_len=10, temperature=temperature, spoken=call).value
            for _ in range(60)
        ]
        text = "".join(map(str, drawn))
        share = text.count("a") / max(len(text), 1)
        require(len(set(drawn)) > 1, f"`{call}` wrote the same text 60 times: is a seed set inside, or the best letter taken?",
                f"`{call}` a écrit 60 fois le même texte : une graine fixée dedans, ou la meilleure lettre prise ?")  # fmt: skip
        if not low < share < high:
            raise Wrong(f"`{call}` wrote a in {share:.0%} of its letters; between {low:.0%} and {high:.0%} was expected: at "
                        "temperature 1 the model gives a 75% and b 25%.",
                        f"`{call}` a écrit a dans {100 * share:.0f} % des lettres ; on attendait entre {100 * low:.0f} % et "
                        f"{100 * high:.0f} % : à la température 1, le modèle donne 75 % à a et 25 % à b.")  # fmt: skip


@generate.check("The same seed gives the same text", "La même graine donne le même texte")
def _(student: Student) -> None:
    char2idx = student["char2idx"]
    model = Hesitant(char2idx["a"], char2idx["b"], len(char2idx)).to(student["device"])
    texts = []
    for _ in range(2):
        torch.manual_seed(7)
        texts.append(student.call("generate", model, max_len=20, spoken="generate(model)").value)
    require(texts[0] == texts[1], f"After the same torch.manual_seed, `generate` wrote {texts[0]!r} and {texts[1]!r}: draw with "
            "torch.", f"Après le même torch.manual_seed, `generate` a écrit {texts[0]!r} et {texts[1]!r} : "
            "tirez avec torch.")  # fmt: skip


# Right logits of that model, then those of decoders with one mistake each; [position][token].
LOGITS = [[0.440815, -0.054707], [0.308683, -0.283609], [0.268395, -0.188404]]
LOGIT_MISTAKES = [
    ([[0.443168, -0.076383], [0.338219, -0.205285], [0.262266, -0.194271]],
     "The embeddings are not multiplied by √embed_dim.", "Les embeddings ne sont pas multipliés par √embed_dim."),
    ([[-2.309793, -2.157723], [-0.016894, -0.834059], [-1.574231, -2.984134]],
     "The final layer norm is missing.", "La normalisation finale manque."),
    ([[0.359033, -0.039367], [0.248167, -0.246260], [0.318302, -0.122762]],
     "The positional encoding is not used.", "L'encodage de position n'est pas utilisé."),
    ([[0.497846, -0.065115], [0.331577, -0.318008], [0.229191, -0.238782]],
     "The factor √embed_dim multiplies the positions too; only the embedding is scaled.",
     "Le facteur √embed_dim multiplie aussi les positions ; seul l'embedding est mis à l'échelle."),
    ([[0.433123, -0.028368], [0.246522, -0.376964], [0.275125, -0.184084]],
     "The factor is embed_dim itself: its root is missing.", "Le facteur est embed_dim lui-même : il manque la racine."),
    ([[0.443080, -0.089805], [0.346000, -0.179654], [0.257531, -0.199608]],
     "The embeddings are divided by √embed_dim; they are multiplied.",
     "Les embeddings sont divisés par √embed_dim ; il faut multiplier."),
    ([[0.501730, -0.003256], [0.274351, -0.373963], [0.237367, -0.204384]],
     "Only the first block is used: look at the loop.", "Seul le premier bloc est utilisé : regardez la boucle."),
    ([[0.462163, -0.070619], [0.288764, -0.370416], [0.249244, -0.242718]],
     "Each block receives the embeddings instead of what the block before returned.",
     "Chaque bloc reçoit les embeddings au lieu de ce qu'a renvoyé le bloc précédent."),
    ([[-0.998629, -1.829252], [-1.349616, -2.216739], [-1.386690, -2.202025]],
     "The final norm comes before the blocks; it belongs after them.",
     "La normalisation finale vient avant les blocs ; sa place est après eux."),
    ([[0.159997, -0.296452], [0.392166, -0.211158], [0.300538, -0.222999]],
     "The final norm is applied after every block; once is enough.",
     "La normalisation finale est appliquée après chaque bloc ; une fois suffit."),
    ([[0.177453, 0.108114], [0.155374, 0.085931], [0.156103, 0.098861]],
     "These are probabilities; the logits are asked: leave softmax out.",
     "Ce sont des probabilités ; on demande les logits : enlevez softmax."),
    ([[-1.729048, -2.224570], [-1.861920, -2.454212], [-1.857239, -2.314039]],
     "These went through log-softmax; return the head's output as it is.",
     "Ils sont passés par log-softmax ; renvoyez la sortie de la tête telle quelle."),
]  # fmt: skip
