"""Wrong decoders: `hypothesis(model, ids)` is what the miswired decoder returns.

`model` is a *reference* TransformerDecoder (attributes embedding, pos_encoding, layers, norm,
head; blocks with norm1, attention, norm2, feed_forward) in evaluation mode, whose weights were
loaded into the student's decoder; `ids` is (B, S). The answer is a (B, S, V) tensor of logits,
unless its idea is another shape. Nothing of the model is changed.

The weights must go from the reference to the student and be random everywhere (biases and layer
norms too, or `no_final_norm` looks half right). Read back from the student, shared layers and a
tied head are invisible: all copies are equal by then. Two layers at least, S of at least 3.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from reference.text import Misconception, Text


def _mask(ids: Tensor, diagonal: int = 1) -> Tensor:
    """Causal mask (S, S) for ids (B, S), -inf from that diagonal on."""
    n = ids.size(1)
    return torch.full((n, n), float("-inf"), device=ids.device).triu(diagonal)


def _embed(model: Any, ids: Tensor, scale: float | None = None) -> Tensor:
    """Embeddings times `scale` (right: sqrt(D)), positions added; (B, S, D)."""
    e = model.embedding(ids)
    return model.pos_encoding(e * (math.sqrt(e.size(-1)) if scale is None else scale))


def _blocks(model: Any, h: Tensor, mask: Tensor | None) -> Tensor:
    """All the blocks in order, under one mask; (B, S, D)."""
    for layer in model.layers:
        h = layer(h, mask)
    return h


def _finish(model: Any, h: Tensor) -> Tensor:
    """Final norm and head; (B, S, D) to (B, S, V)."""
    return model.head(model.norm(h))


def _right(model: Any, ids: Tensor) -> Tensor:
    return _finish(model, _blocks(model, _embed(model, ids), _mask(ids)))


def _masked_by(model: Any, ids: Tensor, mask: Tensor | None) -> Tensor:
    return _finish(model, _blocks(model, _embed(model, ids), mask))


def _scaled_by(model: Any, ids: Tensor, scale: float) -> Tensor:
    return _finish(model, _blocks(model, _embed(model, ids, scale), _mask(ids)))


def _scale_after_positions(model: Any, ids: Tensor) -> Tensor:
    e = model.embedding(ids)
    h = model.pos_encoding(e) * math.sqrt(e.size(-1))
    return _finish(model, _blocks(model, h, _mask(ids)))


def _no_positions(model: Any, ids: Tensor) -> Tensor:
    e = model.embedding(ids)
    return _finish(model, _blocks(model, e * math.sqrt(e.size(-1)), _mask(ids)))


def _mask_in_first_layer_only(model: Any, ids: Tensor) -> Tensor:
    h = _embed(model, ids)
    for i, layer in enumerate(model.layers):
        h = layer(h, _mask(ids) if i == 0 else None)
    return _finish(model, h)


def _chosen_layers(model: Any, ids: Tensor, chosen: list[int]) -> Tensor:
    h = _embed(model, ids)
    for i in chosen:
        h = model.layers[i](h, _mask(ids))
    return _finish(model, h)


def _norm_before_blocks(model: Any, ids: Tensor) -> Tensor:
    return model.head(_blocks(model, model.norm(_embed(model, ids)), _mask(ids)))


def _norm_after_each_block(model: Any, ids: Tensor) -> Tensor:
    h = _embed(model, ids)
    for layer in model.layers:
        h = model.norm(layer(h, _mask(ids)))
    return model.head(h)


def _post_norm(model: Any, ids: Tensor) -> Tensor:
    h = _embed(model, ids)
    for layer in model.layers:
        h = layer.norm1(h + layer.attention(h, _mask(ids)))
        h = layer.norm2(h + layer.feed_forward(h))
    return _finish(model, h)


def _tied_head(model: Any, ids: Tensor) -> Tensor:
    # One tensor under two names: the head, loaded last, is what both then hold.
    e = F.embedding(ids, model.head.weight)
    h = model.pos_encoding(e * math.sqrt(e.size(-1)))
    return _finish(model, _blocks(model, h, _mask(ids)))


def _last(model: Any) -> int:
    return len(model.layers) - 1


DECODER: tuple[Misconception, ...] = (
    Misconception(
        "no_scale",
        Text(
            "The logits are those of a decoder whose embeddings are not multiplied by √embed_dim. "
            "Look at the line that calls `self.embedding`.",
            "Les logits sont ceux d'un décodeur dont les embeddings ne sont pas multipliés par √embed_dim. "
            "Regardez la ligne qui appelle `self.embedding`.",
        ),
        lambda model, ids: _scaled_by(model, ids, 1.0),
    ),
    Misconception(
        "no_final_norm",
        Text(
            "The final layer norm is missing: the blocks' output goes straight into the head. "
            "Look at the end of `forward`.",
            "La normalisation finale manque : la sortie des blocs va droit dans la tête. "
            "Regardez la fin de `forward`.",
        ),
        lambda model, ids: model.head(_blocks(model, _embed(model, ids), _mask(ids))),
    ),
    Misconception(
        "no_mask",
        Text(
            "No mask is at work: each position sees the future. "
            "Look at what the blocks receive as their second argument.",
            "Aucun masque n'agit : chaque position voit l'avenir. "
            "Regardez ce que les blocs reçoivent comme deuxième argument.",
        ),
        lambda model, ids: _masked_by(model, ids, None),
    ),
    Misconception(
        "no_positions",
        Text(
            "The positional encoding is not used: the decoder knows which letters came, not where. "
            "Look at what happens between the embedding and the first block.",
            "L'encodage de position n'est pas utilisé : le décodeur sait quelles lettres sont venues, pas où. "
            "Regardez ce qui se passe entre l'embedding et le premier bloc.",
        ),
        _no_positions,
    ),
    Misconception(
        "scale_after_positions",
        Text(
            "The factor √embed_dim multiplies the positions too. Only the embedding is scaled; "
            "the positional encoding comes after.",
            "Le facteur √embed_dim multiplie aussi les positions. Seul l'embedding est mis à l'échelle ; "
            "l'encodage de position vient après.",
        ),
        _scale_after_positions,
    ),
    Misconception(
        "scale_without_root",
        Text(
            "The embeddings are multiplied by embed_dim itself. The square root is missing from the factor.",
            "Les embeddings sont multipliés par embed_dim lui-même. Il manque la racine carrée dans le facteur.",
        ),
        lambda model, ids: _scaled_by(model, ids, float(model.embedding.embedding_dim)),
    ),
    Misconception(
        "scale_divides",
        Text(
            "The embeddings are divided by √embed_dim: that is what attention does to its scores. "
            "Embeddings are multiplied; look at the line that calls `self.embedding`.",
            "Les embeddings sont divisés par √embed_dim : c'est ce que l'attention fait de ses scores. "
            "Les embeddings sont multipliés ; regardez la ligne qui appelle `self.embedding`.",
        ),
        lambda model, ids: _scaled_by(model, ids, model.embedding.embedding_dim**-0.5),
    ),
    Misconception(
        "transposed_mask",
        Text(
            "The mask at work is transposed: each position sees the future and not the past. "
            "Look at the mask you hand to the blocks.",
            "Le masque qui agit est transposé : chaque position voit l'avenir et non le passé. "
            "Regardez le masque que vous donnez aux blocs.",
        ),
        lambda model, ids: _masked_by(model, ids, _mask(ids).T),
    ),
    Misconception(
        "diagonal_masked",
        Text(
            "The logits contain nan: the first position may look nowhere, not even at itself. "
            "Look at the diagonal of the mask you hand to the blocks.",
            "Les logits contiennent des nan : la première position ne peut rien regarder, pas même elle. "
            "Regardez la diagonale du masque que vous donnez aux blocs.",
        ),
        lambda model, ids: _masked_by(model, ids, _mask(ids, diagonal=0)),
    ),
    Misconception(
        "zero_one_mask",
        Text(
            "The blocks receive a mask of ones and zeros. They add it to the scores, so the future stays "
            "visible: allowed is 0, forbidden is -inf.",
            "Les blocs reçoivent un masque de uns et de zéros. Ils l'ajoutent aux scores, donc l'avenir reste "
            "visible : permis vaut 0, interdit vaut -inf.",
        ),
        lambda model, ids: _masked_by(model, ids, torch.ones_like(_mask(ids)).tril()),
    ),
    Misconception(
        "mask_in_first_layer_only",
        Text(
            "Only the first block gets the mask; the others see the future. "
            "Look at the call inside your loop over the layers.",
            "Seul le premier bloc reçoit le masque ; les autres voient l'avenir. "
            "Regardez l'appel dans votre boucle sur les couches.",
        ),
        _mask_in_first_layer_only,
    ),
    Misconception(
        "first_layer_only",
        Text(
            "Only the first block is used. Look at your loop over the layers: does a `return` end it too soon?",
            "Seul le premier bloc est utilisé. Regardez votre boucle sur les couches : un `return` la "
            "termine-t-il trop tôt ?",
        ),
        lambda model, ids: _chosen_layers(model, ids, [0]),
    ),
    Misconception(
        "layers_not_chained",
        Text(
            "Only the last block counts: each one receives the embeddings instead of the output of the block "
            "before. Look at the variable on both sides of `=` in your loop.",
            "Seul le dernier bloc compte : chacun reçoit les embeddings au lieu de la sortie du bloc précédent. "
            "Regardez la variable des deux côtés du `=` dans votre boucle.",
        ),
        lambda model, ids: _chosen_layers(model, ids, [_last(model)]),
    ),
    Misconception(
        "one_block_repeated",
        Text(
            "All the layers are one and the same block: their weights are shared. "
            "`[block] * n` repeats a reference; each layer needs a block made for it.",
            "Toutes les couches sont un seul et même bloc : leurs poids sont partagés. "
            "`[bloc] * n` répète une référence ; chaque couche a besoin d'un bloc créé pour elle.",
        ),
        lambda model, ids: _chosen_layers(model, ids, [_last(model)] * len(model.layers)),
    ),
    Misconception(
        "norm_before_blocks",
        Text(
            "The final layer norm is applied before the blocks. It belongs after them, just before the head.",
            "La normalisation finale est appliquée avant les blocs. Sa place est après eux, juste avant la tête.",
        ),
        _norm_before_blocks,
    ),
    Misconception(
        "norm_after_each_block",
        Text(
            "The final layer norm is applied after every block. It is needed once: "
            "look at the indentation of that line.",
            "La normalisation finale est appliquée après chaque bloc. Une seule fois suffit : "
            "regardez l'indentation de cette ligne.",
        ),
        _norm_after_each_block,
    ),
    Misconception(
        "post_norm",
        Text(
            "The blocks normalise after the addition (post-norm). The given `DecoderBlock` normalises before "
            "attention and feed-forward (pre-norm): call it as it is.",
            "Les blocs normalisent après l'addition (post-norm). Le `DecoderBlock` fourni normalise avant "
            "l'attention et le feed-forward (pre-norm) : appelez-le tel quel.",
        ),
        _post_norm,
    ),
    Misconception(
        "softmax_output",
        Text(
            "The output is a table of probabilities, not of logits. The loss and the sampler apply softmax "
            "themselves: the head's output is the answer.",
            "La sortie contient des probabilités et non des logits. La perte et l'échantillonnage appliquent "
            "eux-mêmes softmax : la sortie de la tête est la réponse.",
        ),
        lambda model, ids: _right(model, ids).softmax(-1),
    ),
    Misconception(
        "log_softmax_output",
        Text(
            "The output went through log-softmax. The loss does that itself: return the head's output as it is.",
            "La sortie est passée par log-softmax. La perte s'en charge : renvoyez la sortie de la tête telle "
            "quelle.",
        ),
        lambda model, ids: _right(model, ids).log_softmax(-1),
    ),
    Misconception(
        "last_position_only",
        Text(
            "Only the last position's logits come back. Training learns from every position at once: "
            "return all of them, (B, S, vocab_size).",
            "Seuls les logits de la dernière position reviennent. L'entraînement apprend de toutes les positions "
            "à la fois : renvoyez-les toutes, (B, S, vocab_size).",
        ),
        lambda model, ids: _right(model, ids)[:, -1],
    ),
    Misconception(
        "argmax_output",
        Text(
            "The best token's id comes back for each position. Return its scores instead: one logit for each "
            "token of the vocabulary.",
            "L'id du meilleur token revient pour chaque position. Renvoyez plutôt les scores : un logit pour "
            "chaque token du vocabulaire.",
        ),
        lambda model, ids: _right(model, ids).argmax(-1),
    ),
    Misconception(
        "tied_head",
        Text(
            "The head and the embedding share one weight. Some large models do that; here the head is an "
            "`nn.Linear` with weights of its own.",
            "La tête et l'embedding partagent un même poids. De grands modèles le font ; ici la tête est un "
            "`nn.Linear` avec ses propres poids.",
        ),
        _tied_head,
    ),
    Misconception(
        "padding_learned",
        Text(
            "The padding token's embedding is learned like a letter. "
            "Look at the arguments of `nn.Embedding`: one of them names the padding id.",
            "L'embedding du token de remplissage est appris comme une lettre. "
            "Regardez les arguments de `nn.Embedding` : l'un d'eux désigne l'id de remplissage.",
        ),
        seen_by="a gradient in row pad_idx of the embedding",
    ),
    Misconception(
        "pad_idx_ignored",
        Text(
            "The padding id is always 0, whatever `pad_idx` says. "
            "Look for a number written where the argument should stand.",
            "L'id de remplissage est toujours 0, quoi que dise `pad_idx`. "
            "Cherchez un nombre écrit là où devrait se trouver l'argument.",
        ),
        seen_by="with pad_idx=2: a gradient in row 2 of the embedding and none in row 0",
    ),
    Misconception(
        "layers_in_python_list",
        Text(
            "The blocks are in a plain Python list: PyTorch does not see their parameters, so they are neither "
            "trained nor saved. Look at the kind of list PyTorch offers for modules.",
            "Les blocs sont dans une simple liste Python : PyTorch ne voit pas leurs paramètres, ils ne sont ni "
            "entraînés ni sauvegardés. Regardez la sorte de liste que PyTorch propose pour les modules.",
        ),
        seen_by="no key layers.* in the state_dict",
    ),
    Misconception(
        "graph_cut",
        Text(
            "No gradient reaches the embedding: the chain is cut on the way. "
            "Look for `detach`, `no_grad` or `.data` in `forward`.",
            "Aucun gradient n'atteint l'embedding : la chaîne est coupée en route. "
            "Cherchez `detach`, `no_grad` ou `.data` dans `forward`.",
        ),
        seen_by="embedding.weight.grad is None after backward",
    ),
    Misconception(
        "ff_dim_ignored",
        Text(
            "The feed-forward layers keep their default size whatever `ff_dim` says. "
            "Look at the arguments each `DecoderBlock` gets.",
            "Les couches feed-forward gardent leur taille par défaut quoi que dise `ff_dim`. "
            "Regardez les arguments que reçoit chaque `DecoderBlock`.",
        ),
        seen_by="parameter shapes with ff_dim given",
    ),
    Misconception(
        "ff_dim_none_as_embed_dim",
        Text(
            "With `ff_dim=None` the feed-forward layers have embed_dim hidden units; four times as many were "
            "expected. The given block knows what None means: hand it on.",
            "Avec `ff_dim=None`, les couches feed-forward ont embed_dim unités cachées ; il en faut quatre fois "
            "plus. Le bloc fourni sait ce que None veut dire : transmettez-le.",
        ),
        seen_by="parameter shapes with ff_dim=None",
    ),
    Misconception(
        "dropout_ignored",
        Text(
            "With `dropout=0` the decoder in training mode still drops values at random. "
            "Look at what the blocks and the positional encoding get as `dropout`.",
            "Avec `dropout=0`, le décodeur en mode entraînement efface encore des valeurs au hasard. "
            "Regardez ce que les blocs et l'encodage de position reçoivent comme `dropout`.",
        ),
        seen_by="with dropout=0: two forward passes in training mode that differ",
    ),
)
