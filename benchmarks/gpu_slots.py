"""Submissions a minute on one graphics card: the same class with 1 slot and with 16.

    python -m benchmarks.gpu_slots [--students 32] [--slots 16] [--steps 300] [--rounds 1]

The class is that of `benchmarks.throughput`: right and wrong solutions of mini_gpt part 1 in turn, here with a training
of ``--steps`` batches in each notebook, on the card.  Each round grades it on one slot and then on the others, from the
first start of `grader autograde` to its end; quote the ratio.  While a class is graded the driver is asked what the
kernels hold of the card.  Exits with 1 where there is no card to measure on.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.throughput import course, row, run, scores
from grader.sandbox.cards import GIB, SHARE_BYTES, Card, described, driver, find_cards, torch_knows_cuda

TARGET = 6


def main() -> None:
    """Run the benchmark and print its rows."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--students", type=int, default=32)
    options.add_argument("--slots", type=int, default=16)
    options.add_argument("--steps", type=int, default=300, help="batches of training in each notebook")
    options.add_argument("--rounds", type=int, default=1)
    chosen = options.parse_args()
    card = the_card()
    print(f"{described([card], SHARE_BYTES)}, driver {driver().nvml.nvmlSystemGetDriverVersion()}")
    print(
        f"{chosen.students} submissions, {chosen.steps} steps of training each, {os.cpu_count()} cores "
        f"({platform.processor() or platform.machine()}), Python {platform.python_version()}, torch {version('torch')}"
    )
    os.environ["CUDA_VISIBLE_DEVICES"] = card.uuid  # one card, whatever else the machine has
    ratios, found = [], {}
    with tempfile.TemporaryDirectory(prefix="gpu-slots-") as folder:
        made = course(Path(folder) / "made", chosen.students, stock=False, short=False)
        settings = {"EPOCHS": 10**6, "MAX_STEPS": chosen.steps, "SHOWN": 1, "SAMPLES": 1}
        with (made / "nbgrader_config.py").open("a") as file:
            file.write(f"c.Grading.parameters = {{'mini_gpt': {settings}}}\n")
        for number in range(chosen.rounds):
            seconds = {}
            for slots in (1, chosen.slots):
                place = Path(shutil.copytree(made, Path(folder) / f"round{number}-{slots}"))
                seconds[slots] = graded(place, slots, chosen.students, card)
                found[slots] = scores(place)
            ratios.append(seconds[1] / seconds[chosen.slots])
            print(f"ratio: {ratios[-1]:.1f} times the submissions a minute (target: {TARGET})", flush=True)
    if chosen.rounds > 1:
        print(f"median ratio {statistics.median(ratios):.1f}, from {min(ratios):.1f} to {max(ratios):.1f}")
    different = {s for s in found[1] if found[1][s] != found[chosen.slots][s]}
    print(
        f"the same scores with 1 and {chosen.slots} slots for {len(found[1]) - len(different)} of {len(found[1])}"
    )


def the_card() -> Card:
    """The first card; says so and ends where there is none."""
    cards, reason = find_cards()
    if cards and not torch_knows_cuda():
        cards, reason = [], "the PyTorch that is installed here was built without CUDA"
    if not cards:
        print(f"nothing was measured, there is no card: {reason}", file=sys.stderr)
        raise SystemExit(1)
    return cards[0]


def graded(place: Path, slots: int, students: int, card: Card) -> float:
    """Seconds in which a class is graded on so many slots; prints its row."""
    held: list[dict[int, int]] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            held.append(driver().bytes_by_process(card.uuid))

    onlooker = threading.Thread(target=look)
    onlooker.start()
    began = time.monotonic()
    try:
        run(["grader", "autograde", "mini_gpt", "--device", "cuda", "--jobs", str(slots)], place)
    finally:
        seconds = time.monotonic() - began
        done.set()
        onlooker.join()
    row(f"{slots} slot{'s' * (slots != 1)}", students, seconds)
    if not any(held):
        raise SystemExit("no kernel was ever on the card: the figures would mean nothing")
    largest = max((b for now in held for b in now.values()), default=0)
    total = max(sum(now.values()) for now in held)
    print(
        f"  on the card: at most {max(map(len, held))} kernels, {largest / GIB:.2f} GiB in one, {total / GIB:.1f} GiB in all"
    )
    return seconds


if __name__ == "__main__":
    main()
