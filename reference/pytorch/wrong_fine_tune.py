"""Wrong fine-tuning: `hypothesis(model, dataset, epochs, lr, batch_size)` trains and returns as a
student who holds the idea does.

The order of the batches is free, so returned means can be compared only where order plays no part:
with a learning rate of zero, with texts that are all alike, or with the whole dataset in one batch.
What is free besides (`clip`, `decay`) every hypothesis but one takes as keyword arguments. Two signs
need no hypothesis but the weights after the call.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from reference.text import Misconception, Text

Optimizer = type[torch.optim.Optimizer]


def trained(
    model: nn.Module,
    dataset: Dataset,
    epochs: int,
    lr: float,
    batch_size: int,
    *,
    labels: Callable[[Tensor], Tensor] = lambda ids: ids,
    sign: float = 1.0,
    zero: bool = True,
    clip: float | None = 1.0,
    decay: bool = False,
    optimizer_class: Optimizer = torch.optim.AdamW,
    result: Callable[[list[list[float]]], object] = lambda losses: [sum(e) / len(e) for e in losses],
) -> object:
    """A training loop whose every step can be got wrong; by default it is right.

    Parameters
    ----------
    model, dataset, epochs, lr, batch_size
        As `reference.pytorch.gpt2_sampling.fine_tune` takes them.
    labels : callable
        Ids (B, S) -> labels (B, S).
    sign : float
        -1 climbs instead of descending.
    zero : bool
        Whether the gradients of the batch before are forgotten.
    clip : float, optional
        Largest norm of the gradient.
    decay : bool
        Whether the learning rate falls to zero along the training, as many recipes have it.
    optimizer_class : type
    result : callable
        Losses by epoch and batch -> what is returned.
    """
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    optimizer = optimizer_class(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, max(1, epochs * len(loader)))
    losses: list[list[float]] = []
    model.train()
    for _ in range(epochs):
        losses.append([])
        for ids in loader:  # (B, S)
            loss = model(input_ids=ids, labels=labels(ids)).loss
            if zero:
                optimizer.zero_grad()
            (sign * loss).backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            if decay:
                schedule.step()
            losses[-1].append(loss.item())
    model.eval()
    return result(losses)


def _shifted(ids: Tensor) -> Tensor:
    """Labels moved by one, as a model that does not shift them itself would want them."""
    return torch.cat([ids[:, 1:], torch.full_like(ids[:, :1], -100)], dim=1)


def _one_epoch(
    model: nn.Module, dataset: Dataset, epochs: int, lr: float, batch_size: int, **choices: object
) -> object:
    return trained(model, dataset, 1, lr, batch_size, **choices)


def _batches_of_8(
    model: nn.Module, dataset: Dataset, epochs: int, lr: float, batch_size: int, **choices: object
) -> object:
    return trained(model, dataset, epochs, lr, 8, **choices)


def _running(losses: list[list[float]]) -> list[float]:
    so_far: list[float] = []
    means = []
    for epoch in losses:
        so_far += epoch
        means.append(sum(so_far) / len(so_far))
    return means


FINE_TUNE: tuple[Misconception, ...] = (
    Misconception(
        "sum_returned",
        Text(
            "The sum of the batches' losses is returned. Divide by the number of batches.",
            "C'est la somme des pertes des lots qui est renvoyée. Divisez par le nombre de lots.",
        ),
        partial(trained, result=lambda losses: [sum(e) for e in losses]),
    ),
    Misconception(
        "divided_by_items",
        Text(
            "The sum of the batches' losses is divided by the number of items. A batch's loss is a mean already: "
            "divide by the number of batches.",
            "La somme des pertes des lots est divisée par le nombre de textes. La perte d'un lot est déjà une "
            "moyenne : divisez par le nombre de lots.",
        ),
        lambda model, dataset, epochs, lr, batch_size: trained(
            model, dataset, epochs, lr, batch_size, result=lambda ls: [sum(e) / len(dataset) for e in ls]
        ),
    ),
    Misconception(
        "every_batch_returned",
        Text(
            "There is a number for each batch. One for each epoch is expected: the mean over its batches.",
            "Il y a un nombre par lot. On en attend un par époque : la moyenne sur ses lots.",
        ),
        partial(trained, result=lambda losses: [loss for e in losses for loss in e]),
    ),
    Misconception(
        "last_epoch_returned",
        Text(
            "Only one number is returned. One for each epoch is expected, in a list.",
            "Un seul nombre est renvoyé. On en attend un par époque, dans une liste.",
        ),
        partial(trained, result=lambda losses: sum(losses[-1]) / len(losses[-1])),
    ),
    Misconception(
        "epochs_ignored",
        Text(
            "The model goes through the data once, whatever `epochs` is. Look at the outer loop.",
            "Le modèle parcourt les données une fois, quel que soit `epochs`. Regardez la boucle extérieure.",
        ),
        _one_epoch,
    ),
    Misconception(
        "labels_shifted",
        Text(
            "The labels are shifted by one, and the model shifts them once more: it learns to guess the token after "
            "the next. Give the inputs as labels.",
            "Les labels sont décalés d'un cran, et le modèle les décale encore : il apprend à deviner le token "
            "d'après. Donnez les entrées comme labels.",
        ),
        partial(trained, labels=_shifted),
    ),
    Misconception(
        "last_batch_returned",
        Text(
            "The loss of an epoch's last batch is returned. Keep the losses of all batches, then take their mean.",
            "C'est la perte du dernier lot de l'époque. Gardez les pertes de tous les lots, puis leur moyenne.",
        ),
        partial(trained, result=lambda losses: [e[-1] for e in losses]),
    ),
    Misconception(
        "running_mean",
        Text(
            "The mean runs on over the epochs before. Empty the list of losses at the start of each epoch.",
            "La moyenne continue sur les époques d'avant. Videz la liste des pertes au début de chaque époque.",
        ),
        partial(trained, result=_running),
    ),
    Misconception(
        "lr_ignored",
        Text(
            "The weights do not move as `lr` says. Look at what the optimizer gets.",
            "Les poids ne bougent pas comme le dit `lr`. Regardez ce que reçoit l'optimiseur.",
        ),
        seen_by="weights that change at lr=0",
    ),
    Misconception(
        "nothing_learned",
        Text(
            "The model you were given has not changed. `loss.backward()`, then `optimizer.step()`, on that very model?",
            "Le modèle reçu n'a pas changé. `loss.backward()`, puis `optimizer.step()`, sur ce modèle-là ?",
        ),
        seen_by="weights that do not change at a large lr",
    ),
    Misconception(
        "gradient_ascent",
        Text(
            "The loss goes up: the model learns to be wrong. Look at the sign of what `backward` gets.",
            "La perte monte : le modèle apprend à se tromper. Regardez le signe de ce que reçoit `backward`.",
        ),
        partial(trained, sign=-1.0),
    ),
    Misconception(
        "gradients_pile_up",
        Text(
            "The gradients of all batches pile up, so the steps overshoot. Look for `zero_grad`, once a batch.",
            "Les gradients de tous les lots s'accumulent et les pas vont trop loin. Cherchez `zero_grad`, à chaque "
            "lot.",
        ),
        partial(trained, zero=False),
    ),
    Misconception(
        "batch_size_ignored",
        Text(
            "The number of steps is not that of batches of `batch_size` texts. Look at what cuts the batches.",
            "Le nombre de pas n'est pas celui de lots de `batch_size` textes. Regardez ce qui découpe les lots.",
        ),
        _batches_of_8,
    ),
    Misconception(
        "sgd_for_adamw",
        Text(
            "The model hardly learns at this learning rate: AdamW goes about `lr` far in each weight at each step, "
            "SGD much less. Look at the optimizer.",
            "Le modèle n'apprend presque pas à ce pas : AdamW avance chaque poids d'environ `lr` à chaque pas, SGD "
            "bien moins. Regardez l'optimiseur.",
        ),
        partial(trained, optimizer_class=torch.optim.SGD),
    ),
    Misconception(
        "nothing_returned",
        Text(
            "The function returns nothing. The mean loss of each epoch is expected, in a list.",
            "La fonction ne renvoie rien. On attend la perte moyenne de chaque époque, dans une liste.",
        ),
        seen_by="None",
    ),
)
