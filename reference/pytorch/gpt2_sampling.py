"""Mini-GPT, part 2: three filters of logits, fine-tuning, and generation with all settings.

The file reads in the order of the notebook `source/mini_gpt/part2_gpt2.ipynb`:

    repetition penalty -> top-k -> top-p -> fine-tuning -> generation

The model is a causal language model of the library `transformers` (or anything that answers as one
does: `model(input_ids=..., labels=...)` has a `.loss` and `.logits`), so this file needs PyTorch
alone. A filter takes the logits of one next token and gives logits of the same shape: -inf is
"never", and softmax shares the probability among the others.

Shapes: B texts in a batch, S positions, V vocabulary size.

References
----------
.. [1] Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2).
.. [2] Fan et al., "Hierarchical Neural Story Generation", 2018, arXiv:1805.04833 (top-k).
.. [3] Holtzman et al., "The Curious Case of Neural Text Degeneration", 2019, arXiv:1904.09751
   (top-p, the nucleus).
.. [4] Keskar et al., "CTRL", 2019, arXiv:1909.05858 (the repetition penalty).
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

# ---------------------------------------------------------------------------------------------
# Exercises 1 to 3: the filters


def apply_repetition_penalty(logits: Tensor, token_ids: Sequence[int] | Tensor, penalty: float) -> Tensor:
    """Make the tokens that already came less likely.

    Parameters
    ----------
    logits : Tensor
        Shape (V,); it is not changed.
    token_ids : list of int or Tensor of shape (n,)
        Tokens so far; one that came twice counts once.
    penalty : float
        1 changes nothing, above 1 discourages.

    Returns
    -------
    Tensor
        Shape (V,): logits of `token_ids` divided by `penalty` where positive, multiplied by it
        where negative.
    """
    seen = torch.as_tensor(token_ids, dtype=torch.long, device=logits.device).unique()  # (u,)
    score = logits[seen]  # (u,)
    result = logits.clone()  # (V,)
    result[seen] = torch.where(score > 0, score / penalty, score * penalty)
    return result


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    """Keep the `k` largest logits.

    Parameters
    ----------
    logits : Tensor
        Shape (V,).
    k : int
        At least 1; V or more keeps all.

    Returns
    -------
    Tensor
        Shape (V,), -inf where a logit was left out.
    """
    best = logits.topk(min(k, logits.numel())).indices  # (k,)
    result = torch.full_like(logits, float("-inf"))  # (V,)
    result[best] = logits[best]
    return result


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    """Keep the smallest set of most likely tokens whose probability reaches `p`.

    Parameters
    ----------
    logits : Tensor
        Shape (V,).
    p : float
        Between 0 and 1; at least one token is kept.

    Returns
    -------
    Tensor
        Shape (V,), -inf where a logit was left out.
    """
    probs, order = F.softmax(logits, dim=-1).sort(descending=True)  # (V,), (V,)
    before = probs.cumsum(0) - probs  # (V,), probability of all that are likelier
    kept = order[before < p]  # (n,), the one that reaches p included
    kept = order[: max(1, len(kept))]
    result = torch.full_like(logits, float("-inf"))  # (V,)
    result[kept] = logits[kept]
    return result


# ---------------------------------------------------------------------------------------------
# Exercise 4: fine-tuning


def fine_tune(
    model: nn.Module, dataset: Dataset, epochs: int = 1, lr: float = 5e-5, batch_size: int = 8
) -> list[float]:
    """Train a causal language model further, on its own loss.

    Parameters
    ----------
    model : nn.Module
        Called as `model(input_ids=ids, labels=ids)` it gives an output with a `.loss`. It is
        trained in place and left in evaluation mode.
    dataset : Dataset
        Its items are 1-D int64 tensors of one length S: inputs and labels alike, since the model
        shifts the labels itself.
    epochs : int
    lr : float
        Learning rate of AdamW.
    batch_size : int

    Returns
    -------
    list of float
        For each epoch the mean of the batches' losses, each taken before its step.
    """
    where = next(model.parameters()).device
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    means = []
    model.train()
    for _ in range(epochs):
        losses = []
        for ids in loader:  # (B, S)
            ids = ids.to(where)
            loss = model(input_ids=ids, labels=ids).loss  # scalar
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    model.eval()
    return means


# ---------------------------------------------------------------------------------------------
# Exercise 5: generation with all the settings


def next_distribution(
    logits: Tensor,
    token_ids: Sequence[int],
    temperature: float = 1.0,
    top_k: int = 50,
    top_p: float = 0.95,
    repetition_penalty: float = 1.0,
) -> Tensor:
    """Probabilities (V,) of the next token: penalty, then temperature, then top-k, then top-p."""
    logits = apply_repetition_penalty(logits, token_ids, repetition_penalty)  # (V,)
    logits = logits / temperature  # (V,)
    logits = top_k_filter(logits, top_k)  # (V,)
    logits = top_p_filter(logits, top_p)  # (V,)
    return F.softmax(logits, dim=-1)  # (V,)


@torch.no_grad()
def generate_with_params(
    model: nn.Module,
    tokenizer: Any,
    prompt: str = "",
    temperature: float = 1.0,
    top_k: int = 50,
    top_p: float = 0.95,
    repetition_penalty: float = 1.0,
    num_return_sequences: int = 5,
    max_new_tokens: int = 20,
) -> list[str]:
    """Let the model write some texts of one line.

    Parameters
    ----------
    model : nn.Module
        Maps ids (1, S) to an output with `.logits` (1, S, V).
    tokenizer : PreTrainedTokenizer
        Of `transformers`.
    prompt : str
        Beginning of each text; empty: the model starts from the tokenizer's BOS, or from EOS where
        it has none.
    temperature, top_k, top_p, repetition_penalty : float, int, float, float
        As `next_distribution` takes them.
    num_return_sequences : int
        Number of texts.
    max_new_tokens : int
        Tokens drawn for each text, at most.

    Returns
    -------
    list of str
        First line of each text, prompt included, without special tokens and outer spaces.
    """
    model.eval()
    where = next(model.parameters()).device
    first = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    texts = []
    for _ in range(num_return_sequences):
        ids = list(tokenizer.encode(prompt)) if prompt else [first]
        for _ in range(max_new_tokens):
            logits = model(torch.tensor([ids], device=where)).logits[0, -1]  # (V,)
            probs = next_distribution(logits, ids, temperature, top_k, top_p, repetition_penalty)  # (V,)
            ids.append(int(torch.multinomial(probs, num_samples=1)))
            if ids[-1] == tokenizer.eos_token_id:
                break
        text = tokenizer.decode(ids, skip_special_tokens=True)
        texts.append(text.split("\n")[0].strip())
    return texts
