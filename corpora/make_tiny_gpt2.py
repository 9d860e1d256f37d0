"""Train the tiny GPT-2 of Mini-GPT, part 2: `source/mini_gpt/tiny_gpt2/`.

The real GPT-2 is a download of half a gigabyte. So that the notebook runs without a network, the
course ships a model of the same architecture and file format, 500 times smaller, with a byte-level
BPE tokenizer of the same kind. It has read one thing: short tales about the people of `names.txt`, written
by the grammar below. It therefore writes sentences, as GPT-2 does, and the notebook's
fine-tuning turns it into a model that writes names.

    python corpora/make_tiny_gpt2.py            # trains (about two minutes on one core) and writes
    python corpora/make_tiny_gpt2.py --out DIR  # writes somewhere else

Everything is drawn from one seed, on one thread, with deterministic algorithms: on one machine and
one set of library versions the files come out alike to the byte; elsewhere sums of floats may be
rounded otherwise, and the weights differ in their last digits.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "source" / "mini_gpt" / "names.txt"
OUT = ROOT / "source" / "mini_gpt" / "tiny_gpt2"

SEED = 2019  # the year of GPT-2
END = "<|endoftext|>"
VOCAB_SIZE = 640  # 256 bytes, END, and 383 merges
CONTEXT, WIDTH, LAYERS, HEADS = 64, 64, 4, 4
SENTENCES, STEPS, BATCH, LEARNING_RATE = 20_000, 1_200, 32, 3e-3

PATTERNS = (
    "{a} {walks} to {place}.",
    "{a} and {b} {walks} to {place} {when}.",
    "{when_first}, {a} {meets} {b} near {place}.",
    '"{says}," said {a}.',
    '{a} asked {b}: "{asks}?"',
    "Nobody in {place} remembered {a}, {child} of {b}.",
    "{a} {gives} {b} {thing}.",
    "The {trade} {a} lived by {place} and {gives} the children {thing}.",
    "{when_first}, the {trade} {walks} to {place} with {thing}.",
)
WORDS = {
    "walks": ("walked", "ran", "rode", "went back", "sailed", "came"),
    "meets": ("met", "saw", "called", "lost sight of", "found", "helped"),
    "gives": ("gave", "sold", "showed", "brought", "promised"),
    "place": (
        "the harbour", "the old mill", "the sea", "the standing stones", "the island", "the market",
        "the dark wood", "the river", "the lighthouse", "the hill",
    ),
    "when": ("before the rain", "at night", "in the morning", "after the storm", "every summer"),
    "when_first": ("One morning", "That winter", "At dusk", "Long ago", "After the storm"),
    "says": ("The tide is coming", "We should go home", "I know this song", "The boat is ready", "It is late"),
    "asks": ("Where is the key", "Who lit the fire", "Do you hear the wind", "Is it far", "What is your name"),
    "child": ("daughter", "son", "child"),
    "thing": (
        "a silver ring", "a loaf of bread", "the red cloak", "an apple", "a small harp", "two horses",
        "a map of the coast", "salt and honey",
    ),
    "trade": ("fisherman", "miller", "singer", "smith", "shepherd", "healer"),
}  # fmt: skip


def sentences(names: list[str], count: int, rng: random.Random) -> list[str]:
    """Draw sentences about people of that list."""
    drawn = []
    for _ in range(count):
        words = {kind: rng.choice(options) for kind, options in WORDS.items()}
        a, b = rng.choice(names), rng.choice(names)
        drawn.append(rng.choice(PATTERNS).format(a=a, b=b, **words))
    return drawn


def make_tokenizer(texts: list[str], folder: Path) -> None:
    """Learn a byte-level BPE and write it as GPT-2's tokenizer is written."""
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, VOCAB_SIZE, min_frequency=2, show_progress=False, special_tokens=[END])
    bpe.save(str(folder / "tokenizer.json"), pretty=False)
    config = {
        "tokenizer_class": "GPT2Tokenizer",
        "bos_token": END,
        "eos_token": END,
        "unk_token": END,
        "add_prefix_space": False,
        "model_max_length": CONTEXT,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def train(model: GPT2LMHeadModel, ids: torch.Tensor, generator: torch.Generator) -> float:
    """Train on random windows of one long text; return the mean loss of the last tenth of the steps."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    losses = []
    model.train()
    for _ in range(STEPS):
        starts = torch.randint(0, len(ids) - CONTEXT, (BATCH,), generator=generator)
        batch = torch.stack([ids[s : s + CONTEXT] for s in starts.tolist()])  # (B, S)
        loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    last = losses[-STEPS // 10 :]
    return sum(last) / len(last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    names = NAMES.read_text(encoding="utf-8").splitlines()
    texts = sentences(names, SENTENCES, random.Random(SEED))
    make_tokenizer(texts, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer([f"{END}{text}\n" for text in texts])["input_ids"]
    ids = torch.tensor([i for text in encoded for i in text])  # (N,)

    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=CONTEXT,
            n_embd=WIDTH,
            n_layer=LAYERS,
            n_head=HEADS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
    began = time.monotonic()
    loss = train(model, ids, torch.Generator().manual_seed(SEED))
    model.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)  # the weights are written for their owner alone, and graders are others
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(
        f"{len(ids)} tokens, {model.num_parameters():,} parameters, loss {loss:.2f}, "
        f"{time.monotonic() - began:.0f} s, {size / 1e6:.2f} MB in {folder}"
    )


if __name__ == "__main__":
    main()
