"""UNTRUSTED.  Stand-ins that tests install in the student's process, by name and data.

A stub model is a real `nn.Module` with a parameter and a device whose next-token distribution is
known exactly, so that what a sampler returns can be judged.  Each is built from plain values only;
the library is fixed (`STUBS`).  What a stub knows the student may see: it carries no line of a
reference.  Two stand in for exercises that failed: `corner` is a table of values, `logits_filter` a
library's own function.  What cannot be had so asks the trusted side (`stand_in`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from grader.wire import Stub, WireError


def corner(mask: Any) -> Callable[[int], Any]:
    """A right `create_causal_mask` for a test of what relies on it: a corner of a known mask.

    Parameters
    ----------
    mask : Tensor
        (N, N), N at least the largest size asked for.
    """

    def create_causal_mask(seq_len: int, *args: Any, **kwargs: Any) -> Any:
        return mask[: int(seq_len), : int(seq_len)].clone()

    return create_causal_mask


def context_model(
    table: Any, forced: list[int], training_table: Any = None, grad_table: Any = None, device: str = "cpu"
) -> Any:
    """A model whose next-token logits depend on every id before, and on its place.

    Parameters
    ----------
    table : Tensor
        (R, V) logits; ids x_0 ... x_s speak with row ``(sum of x_i (i + 2)² + 7 s) mod R``.
    forced : list of int
        Token that is certain after 1, 2, ... ids, or -1 where the table speaks; the last entry
        holds for all longer contexts.
    training_table, grad_table : Tensor, optional
        (R, V) used instead while the module is in training mode, or while gradients are recorded,
        so that forgetting `eval()` or `no_grad()` shows in the returned text.
    device : str

    Returns
    -------
    nn.Module
        `forward(ids)` takes (B, S) integer ids and gives (B, S, V) logits.
    """
    import torch
    from torch import nn

    longest = 2000
    rows, vocab_size = table.shape
    tokens = (forced + [forced[-1]] * longest)[:longest]
    free = next((place for place, token in enumerate(tokens) if token >= 0), longest)

    class ContextModel(nn.Module):
        weight: torch.Tensor
        shift: torch.Tensor
        is_forced: torch.Tensor
        forced: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(table.clone())
            place = torch.arange(longest)
            self.register_buffer("weight", (place + 2) ** 2, persistent=False)
            self.register_buffer("shift", 7 * place, persistent=False)
            certain = torch.tensor(tokens)
            self.register_buffer("is_forced", (certain >= 0)[:, None], persistent=False)  # (P, 1)
            only = torch.full((longest, vocab_size), -1e4).scatter_(1, certain.clamp(min=0)[:, None], 0.0)
            self.register_buffer("forced", only, persistent=False)  # (P, V)
            self.last_set = self.training

        def train(self, mode: bool = True) -> Any:
            # The probe puts the mode back after each call: this tells what the call left.
            self.last_set = bool(mode)
            return super().train(mode)

        def forward(self, ids: Any) -> Any:
            _, length = ids.shape
            logits = self.table
            if self.training and training_table is not None:
                logits = training_table.to(ids.device)
            elif torch.is_grad_enabled() and grad_table is not None:
                logits = grad_table.to(ids.device)
            row = ((ids.long() * self.weight[:length]).cumsum(1) + self.shift[:length]) % rows  # (B, S)
            if length <= free:
                return logits[row]  # (B, S, V)
            return torch.where(self.is_forced[:length], self.forced[:length], logits[row])  # (B, S, V)

    return ContextModel().to(device)


def chain_model(following: list[int], device: str = "cpu") -> Any:
    """A model that is certain of the next token, by the last token alone.

    Parameters
    ----------
    following : list of int
        What comes after each token.
    device : str

    Returns
    -------
    nn.Module
        `forward(ids)` takes (B, S) integer ids and gives (B, S, V) logits.
    """
    import torch
    from torch import nn

    class ChainModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = len(following)
            certain = torch.full((size, size), -1e4).scatter_(1, torch.tensor(following)[:, None], 0.0)
            self.table = nn.Parameter(certain)  # (V, V)

        def forward(self, ids: Any) -> Any:
            _, _ = ids.shape
            return self.table[ids.long()]  # (B, S, V)

    return ChainModel().to(device)


def tiny_gpt2_model(config: dict[str, Any], weights: dict[str, Any], device: str = "cpu") -> Any:
    """A small GPT-2 of `transformers`, so that `model.generate`, losses and caches all work.

    Parameters
    ----------
    config : dict
        Arguments of `GPT2Config`.
    weights : dict of str to Tensor
        Its whole state_dict.
    device : str

    Returns
    -------
    GPT2LMHeadModel
        In evaluation mode, as `from_pretrained` gives it.
    """
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # it warns about its own choice of the loss
    model: Any = GPT2LMHeadModel(GPT2Config(**config))
    model.load_state_dict(weights)
    return model.to(device).eval()


def letter_tokenizer(tokens: list[str], eos: str, bos: str | None = None) -> Any:
    """A tokenizer of GPT-2's kind (byte-level BPE) without merges: one token a character.

    Parameters
    ----------
    tokens : list of str
        In the order of their ids, as byte-level BPE spells them (a space is ``Ġ``, a line break
        ``Ċ``); `eos` and `bos` are among them.
    eos, bos : str
        Special tokens; EOS also serves as padding.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    special = {"eos_token": eos, "pad_token": eos} | ({"bos_token": bos} if bos else {})
    return PreTrainedTokenizerFast(tokenizer_object=letters, clean_up_tokenization_spaces=False, **special)


def blocks(ids: Any) -> Any:
    """A dataset whose items are the rows of a tensor of ids.

    Parameters
    ----------
    ids : Tensor
        (N, S) int64.
    """
    from torch.utils.data import Dataset

    class Blocks(Dataset):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return len(ids)

        def __getitem__(self, i: int) -> Any:
            return ids[i].clone()  # past the last row this raises IndexError, as a sequence does

    return Blocks()


def logits_filter(name: str) -> Callable[..., Any]:
    """The library's own version of a filter, for a test of what relies on it.

    Parameters
    ----------
    name : str
        ``top_k_filter``, ``top_p_filter`` or ``apply_repetition_penalty``.
    """
    import torch
    from transformers import RepetitionPenaltyLogitsProcessor, TopKLogitsWarper, TopPLogitsWarper

    # Each takes its arguments by place or by the contract's names; a student's own version may have had more.
    def top_k_filter(logits: Any, k: Any, *_: Any, **__: Any) -> Any:
        return TopKLogitsWarper(k)(None, logits[None])[0]

    def top_p_filter(logits: Any, p: Any, *_: Any, **__: Any) -> Any:
        return TopPLogitsWarper(min(p, 1.0))(None, logits[None])[0]

    def apply_repetition_penalty(logits: Any, token_ids: Any, penalty: float, *_: Any, **__: Any) -> Any:
        ids = torch.as_tensor(token_ids, dtype=torch.long, device=logits.device)[None]
        return RepetitionPenaltyLogitsProcessor(penalty)(ids, logits[None].clone())[0]

    return {f.__name__: f for f in (top_k_filter, top_p_filter, apply_repetition_penalty)}[name]


def device(name: str) -> Any:
    """A device of PyTorch's, such as ``cpu``: where tests want the student's tensors."""
    import torch

    return torch.device(name)


def item() -> Callable[..., Any]:
    """``f(values, index)``: an item of something that stays here, such as the cache of a pair."""
    return operator.getitem


STUBS: dict[str, Callable[..., Any]] = {
    "item": item,
    "device": device,
    "corner": corner,
    "context_model": context_model,
    "chain_model": chain_model,
    "tiny_gpt2_model": tiny_gpt2_model,
    "letter_tokenizer": letter_tokenizer,
    "blocks": blocks,
    "logits_filter": logits_filter,
}


def build(stub: Stub) -> Any:
    """Build a stub of the fixed library."""
    if stub.name not in STUBS:
        raise WireError(f"no stub named {stub.name!r}")
    return STUBS[stub.name](**stub.data)
