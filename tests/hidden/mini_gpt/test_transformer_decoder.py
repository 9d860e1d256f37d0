"""TransformerDecoder: embedding × √D, positions, masked blocks, final norm, head.

The reference's random weights go into the student's model; from then on only values are compared.
"""

import math

import pytest
import torch
import torch.nn.functional as F

from grader.bridge import NoAnswer, StudentError
from grader.checks import fail
from grader.checks.diagnose import same
from grader.checks.evidence import curve, matrix
from grader.checks.expect import first_difference
from grader.checks.gradients import reference_gradients, unlike_its_loss
from grader.wire import Stub
from reference.pytorch.mini_gpt import TransformerDecoder, create_causal_mask

# What stands in for the student's own mask where that exercise failed.
RIGHT_MASK = Stub("corner", {"mask": create_causal_mask(256)})
pytestmark = pytest.mark.exercise("transformer_decoder", relies_on={"create_causal_mask": RIGHT_MASK})

TOLERANCE = 2e-5


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Les parties : embedding, pos_encoding, layers, norm, head")
def test_parts(decoder, rng):
    """The parts: embedding, pos_encoding, layers, norm, head"""
    layers = rng.randrange(2, 5)
    for sizes, settings in [
        ((9, 8, 2, layers), {"ff_dim": 4 * 8}),
        ((11, 12, 3, 2), {}),
        ((7, 8, 4, 1), {"ff_dim": 13}),
    ]:
        made = decoder(*sizes, **settings, weights=False)
        seen = made.anatomy()["state"]
        wanted = {name: list(p.shape) for name, p in made.reference.named_parameters()}
        if not any(name.startswith("layers.") for name in seen):
            fail(
                f"PyTorch finds no block in `layers` of `{made.call}`.",
                f"PyTorch ne trouve aucun bloc dans `layers` de `{made.call}`.",
                *made.known("layers_in_python_list"),
            )
        for name, shape in wanted.items():
            if name not in seen:
                fail(
                    f"`{made.call}` has no parameter `{name}` (shape {tuple(shape)}).",
                    f"`{made.call}` n'a pas de paramètre `{name}` (forme {tuple(shape)}).",
                )
            if seen[name] != shape:
                fail(
                    f"In `{made.call}`, `{name}` has shape {tuple(seen[name])}, {tuple(shape)} was expected.",
                    f"Dans `{made.call}`, `{name}` a la forme {tuple(seen[name])}, {tuple(shape)} était attendu.",
                    *ff_dim_misread(made, name, seen[name], sizes[1], settings),
                )
        extra = {n for n in seen if n.startswith("layers.")} - set(wanted)
        if extra:
            fail(
                f"`{made.call}` has more than {sizes[3]} blocks: `{min(extra)}` is one too many.",
                f"`{made.call}` a plus de {sizes[3]} blocs : `{min(extra)}` est de trop.",
            )


def ff_dim_misread(made, name, shape, embed_dim, settings):
    """Which misconception about ff_dim a wrong shape in a feed-forward layer shows, if any."""
    if "feed_forward" not in name:
        return ()
    if "ff_dim" not in settings and embed_dim in shape and 4 * embed_dim not in shape:
        return made.known("ff_dim_none_as_embed_dim")
    return made.known("ff_dim_ignored") if "ff_dim" in settings else ()


@pytest.mark.points(1)
@pytest.mark.title(fr="Des logits de forme (B, S, vocab_size), pour toute longueur jusqu'à max_len")
def test_shape(decoder, ids_of, rng):
    """Logits of shape (B, S, vocab_size), for any length up to max_len"""
    vocab_size, max_len = rng.randrange(9, 20), rng.randrange(110, 140)
    made = decoder(vocab_size, 8, 2, 2, ff_dim=32)
    for batch, length in [(1, 1), (1, 3), (2, 4), (3, rng.randrange(5, 60)), (1, 100)]:
        ids = ids_of(batch, length, vocab_size)
        made.require_logits(made.logits(ids), ids)
    made = decoder(vocab_size, 8, 2, 2, max_len, ff_dim=32)
    ids = ids_of(1, max_len, vocab_size)
    made.require_logits(made.logits(ids), ids)
    if made.anatomy()["state"].get("pos_encoding.pe", [1, max_len, 8])[1] != max_len:
        fail(
            f"`{made.call}`: the positional encoding does not know `max_len`={max_len} positions. "
            "Look at what `PositionalEncoding` gets.",
            f"`{made.call}` : l'encodage de position ne connaît pas `max_len`={max_len} positions. "
            "Regardez ce que reçoit `PositionalEncoding`.",
        )


@pytest.mark.points(3)
@pytest.mark.title(fr="Avec les mêmes poids, les mêmes logits que le décodeur de référence")
def test_values(decoder, ids_of, rng):
    """With the same weights, the same logits as the reference decoder"""
    vocab_size = rng.randrange(9, 20)
    for sizes, settings in [
        ((vocab_size, 8, 2, 2), {"ff_dim": 32}),
        (
            (vocab_size + 3, 12, rng.choice([2, 3]), 3),
            {"ff_dim": 48, "max_len": 31, "dropout": 0.3, "pad_idx": 2},
        ),
    ]:
        made = decoder(*sizes, **settings)
        inputs = [ids_of(b, s, sizes[0]) for b, s in [(1, 3), (1, 4), (2, rng.randrange(5, 9)), (3, 20)]]
        outputs = [made.logits(ids) for ids in inputs]
        for seen, ids in zip(outputs, inputs, strict=True):
            made.require_logits(seen, ids)
            expected = made.expected(ids)
            if same(seen, expected, TOLERANCE):
                continue
            cause = made.cause(outputs, inputs)
            where, was, should = first_difference(seen, expected, TOLERANCE)
            fail(
                f"With the reference's weights, `{made.on(ids)}`{where} is {was}; {should} was expected.",
                f"Avec les poids de référence, `{made.on(ids)}`{where} vaut {was} ; {should} était attendu.",
                cause.id if cause else None,
                cause.sentence if cause else None,
                matrix(seen, expected, TOLERANCE),
            )


@pytest.mark.points(1)
@pytest.mark.title(fr="Causalité : changer l'avenir ne change pas le passé")
def test_causality(decoder, ids_of, rng):
    """Causality: a change in the future leaves the past alone"""
    made = decoder(10, 8, 2, 2, ff_dim=32)
    for length in (3, 5, rng.randrange(8, 20)):
        ids = ids_of(2, length, 10)
        before = made.require_logits(made.logits(ids), ids)
        for changed in sorted({1, length // 2, length - 1}):
            other = ids.clone()
            other[:, changed:] = (other[:, changed:] + rng.randrange(1, 10)) % 10
            after = made.require_logits(made.logits(other), other)
            sentence = broken_causality(made, ids, changed, before, after)
            if sentence:
                cause = made.cause([before, after], [ids, other])  # tries every misconception: only now
                fail(*sentence, *((cause.id, cause.sentence) if cause else ()))


def broken_causality(made, ids, changed, before, after):
    """What is wrong with logits before and after a change of the tokens from `changed` on; None if nothing."""
    if not (before.isfinite().all() and after.isfinite().all()):
        return (
            f"The logits of `{made.on(ids)}` are not all finite numbers.",
            f"Les logits de `{made.on(ids)}` ne sont pas tous des nombres finis.",
        )
    if not same(before[:, :changed], after[:, :changed], TOLERANCE):
        return (
            f"Changing the tokens from position {changed} on changes the logits before it "
            f"(`{made.on(ids)}`): a position sees its future.",
            f"Changer les tokens à partir de la position {changed} change les logits d'avant "
            f"(`{made.on(ids)}`) : une position voit son avenir.",
        )
    if same(before[:, changed], after[:, changed], TOLERANCE):
        return (
            f"Changing the token at position {changed} does not change its own logits "
            f"(`{made.on(ids)}`): the position does not see itself.",
            f"Changer le token à la position {changed} ne change pas ses propres logits "
            f"(`{made.on(ids)}`) : la position ne se voit pas elle-même.",
        )
    return None


@pytest.mark.points(1)
@pytest.mark.title(fr="La perte donne un gradient à chaque paramètre")
def test_gradients(decoder, ids_of):
    """The loss gives every parameter a gradient"""
    made = decoder(9, 8, 2, 2, ff_dim=32)
    ids, targets = ids_of(4, 8, 9), ids_of(4, 8, 9)
    seen = gradients(made, ids, targets, f"{made.on(ids)} and backward")
    expected = reference_gradients(made.reference, ids, targets)
    if "embedding.weight" not in seen:
        fail(
            f"`{made.call}` shows no parameter `embedding.weight` to the optimizer.",
            f"`{made.call}` ne montre pas de paramètre `embedding.weight` à l'optimiseur.",
        )
    for name, gradient in seen.items():
        # In exact arithmetic a key's bias has no gradient: softmax does not see a common shift.
        if name in expected and expected[name].abs().max() < 1e-6:
            continue
        if name not in expected and gradient is not None and gradient.abs().max() > 0:
            fail(
                f"`{made.call}` learns `{name}`, which is no parameter of the parts asked for.",
                f"`{made.call}` apprend `{name}`, qui n'est un paramètre d'aucune des parties demandées.",
            )
        if gradient is None or not gradient.abs().max() > 0:
            embedding = name == "embedding.weight"
            fail(
                f"After `backward`, `{name}` has no gradient: it would never learn.",
                f"Après `backward`, `{name}` n'a pas de gradient : il n'apprendrait jamais.",
                *(made.known("graph_cut") if embedding else ()),
            )
    name = unlike_its_loss(made, ids, targets, seen, expected, set(expected), tolerance=TOLERANCE)
    if name is not None:
        fail(
            f"After `backward`, the gradient of `{name}` does not say how the loss of `{made.on(ids)}` changes with it.",
            f"Après `backward`, le gradient de `{name}` ne dit pas comment la perte de `{made.on(ids)}` change avec lui.",
        )


def gradients(made, ids, targets, spoken):
    """What the student's process says of the gradients: a tensor of floats or None for each parameter."""
    told = made.procedure("gradients", spoken, ids=ids, targets=targets)
    told = told if isinstance(told, dict) else {}
    return {n: g if isinstance(g, torch.Tensor) and g.is_floating_point() else None for n, g in told.items()}


@pytest.mark.points(0.5)
@pytest.mark.title(fr="L'embedding du remplissage (pad_idx) n'apprend pas")
def test_padding(decoder, ids_of, rng):
    """The embedding of padding (pad_idx) does not learn"""
    pad = rng.randrange(1, 9)
    for settings, padding in [({"pad_idx": pad}, pad), ({}, 0)]:
        made = decoder(9, 8, 2, 2, ff_dim=32, **settings)
        ids, targets = torch.arange(9).repeat(2, 1), ids_of(2, 9, 9)
        seen = gradients(made, ids, targets, made.on(ids)).get("embedding.weight")
        learns = (
            [bool(row.abs().max() > 0) for row in seen]
            if seen is not None and seen.dim() == 2
            else [False] * 9
        )
        if not any(learns):
            fail(
                "No row of `embedding.weight` has a gradient.",
                "Aucune ligne de `embedding.weight` n'a de gradient.",
                *made.known("graph_cut"),
            )
        if len(learns) != 9 or learns[padding]:
            fail(
                f"In `{made.call}`, row {padding} of `embedding.weight` (the padding) has a gradient.",
                f"Dans `{made.call}`, la ligne {padding} de `embedding.weight` (le remplissage) a un gradient.",
                *made.known("padding_learned" if learns[0] or padding == 0 else "pad_idx_ignored"),
            )
        expected = reference_gradients(made.reference, ids, targets)
        told, only = {"embedding.weight": seen}, {"embedding.weight"}
        if unlike_its_loss(made, ids, targets, told, expected, only, tolerance=TOLERANCE, padding=padding):
            fail(
                f"The gradient of `embedding.weight` does not say how the loss of `{made.on(ids)}` changes with it.",
                f"Le gradient de `embedding.weight` ne dit pas comment la perte de `{made.on(ids)}` change avec lui.",
            )


@pytest.mark.points(0.5)
@pytest.mark.title(fr="dropout arrive à toutes les couches, et vaut 0.1 par défaut")
def test_dropout(decoder, ids_of, rng):
    """dropout reaches all the layers, and is 0.1 by default"""
    made = decoder(9, 8, 2, 3, ff_dim=32, dropout=0.0)
    ids = ids_of(2, 9, 9)
    quiet, busy = made.logits(ids), made.logits(ids, training=True)
    made.require_logits(quiet, ids)
    if not same(made.require_logits(busy, ids), quiet, TOLERANCE):
        fail(
            f"With `dropout=0.0`, `{made.on(ids)}` gives other logits in training mode than in evaluation mode.",
            f"Avec `dropout=0.0`, `{made.on(ids)}` donne d'autres logits en mode entraînement qu'en évaluation.",
            *made.known("dropout_ignored"),
        )
    rate = round(rng.uniform(0.35, 0.6), 2)
    for settings, wanted in [({"dropout": rate}, rate), ({}, 0.1)]:
        made = decoder(9, 8, 2, 2, ff_dim=32, **settings)
        rates = made.anatomy()["dropout"]
        if not rates or any(not isinstance(p, float) or not math.isclose(p, wanted) for p in rates):
            fail(
                f"In `{made.call}` the dropout rates are {shown(rates)}; {wanted} was expected everywhere.",
                f"Dans `{made.call}`, les taux de dropout sont {shown(rates)} ; {wanted} était attendu partout.",
                *made.known("dropout_ignored"),
            )
        # Rates are only told; that they act is seen, where the logits are otherwise right.
        ids = ids_of(24, 9, 9)
        quiet, expected = made.logits(ids), made.expected(ids)
        if same(quiet, expected, TOLERANCE):
            busy = made.require_logits(made.logits(ids, training=True), ids)
            noise = spread(busy, quiet) / spread(made.reference.train()(ids).detach(), expected)
            if not 0.6 < noise < 1.7:
                fail(
                    f"`{made.call}` in training mode changes its logits {noise:.1f} times as much as with a dropout of "
                    f"{wanted} everywhere.",
                    f"`{made.call}`, en mode entraînement, change ses logits {noise:.1f} fois autant qu'avec un dropout de "
                    f"{wanted} partout.",
                    *made.known("dropout_ignored"),
                )


def shown(rates):
    """Rates without repetition, in order; whatever they are."""
    return sorted({str(rate)[:20] for rate in rates})


def spread(one, other):
    """How far logits are apart."""
    return (one - other).abs().mean().item()


STEPS, LEARNING_RATE = 30, 1e-2  # a right decoder comes to 2 % of its first loss; half is asked for


@pytest.mark.points(1.5)
@pytest.mark.title(fr="Votre modèle apprend : la perte baisse sur des données jamais vues")
def test_training(decoder, generator):
    """Your model learns: the loss goes down on data it has never seen"""
    vocab_size = 12
    made = decoder(vocab_size, 24, 2, 2, ff_dim=96, dropout=0.0, weights=False)
    following = torch.randperm(vocab_size - 1, generator=generator) + 1  # what comes after each token
    ids = torch.randint(1, vocab_size, (STEPS + 1, 8, 6), generator=generator)
    targets = following[ids - 1]
    trained = made.procedure(
        "train", made.on(ids[0]), inputs=ids[:-1], targets=targets[:-1], lr=LEARNING_RATE
    )
    before = loss_in_reference(made.reference, made.procedure("state"), ids[-1], targets[-1])
    after = loss_in_reference(made.reference, trained, ids[-1], targets[-1])
    if after is None or before is None:
        fail(
            f"The trained weights of `{made.call}` cannot be read: a parameter is missing or is not finite.",
            f"Les poids entraînés de `{made.call}` ne peuvent pas être lus : un paramètre manque ou n'est pas fini.",
        )
    goal = 0.5 * min(before, math.log(vocab_size))
    if not after < goal:
        fail(
            f"After {STEPS} training steps your weights, in a right decoder, have a loss of {after:.2f} on new data "
            f"(before: {before:.2f}); less than half was expected.",
            f"Après {STEPS} pas d'entraînement, vos poids, dans un décodeur juste, ont une perte de {after:.2f} sur de "
            f"nouvelles données (avant : {before:.2f}) ; moins de la moitié était attendu.",
            evidence=training_curve(made, ids, targets, goal),
        )


def training_curve(made, ids, targets, goal):
    """Losses after some of the steps, each of a training from the start; None where one fails."""
    steps, losses = [0, 2, 5, 10, 20, STEPS], []
    try:
        for n in steps:
            trained = made.procedure(
                "train", made.on(ids[0]), inputs=ids[:n], targets=targets[:n], lr=LEARNING_RATE
            )
            losses.append(loss_in_reference(made.reference, trained, ids[-1], targets[-1]))
    except (StudentError, NoAnswer):  # what failed is told all the same
        return None
    return None if None in losses else curve(losses, goal, steps)


def loss_in_reference(model: TransformerDecoder, weights, ids, targets):
    """Loss of these weights in the reference decoder; None where they do not fit it."""
    own = {name: p.shape for name, p in model.named_parameters()}
    if not isinstance(weights, dict):
        return None
    fitting = {n: w for n, w in weights.items() if isinstance(w, torch.Tensor) and own.get(n) == w.shape}
    if set(fitting) != set(own) or not all(w.isfinite().all() for w in fitting.values()):
        return None
    model.load_state_dict(fitting, strict=False)
    with torch.no_grad():
        return F.cross_entropy(model(ids).flatten(0, 1), targets.flatten()).item()
