"""Two workers against one: the same class of mini_gpt part 1, graded with ``--jobs 1`` and ``--jobs 2`` in turn.

    python -m benchmarks.scaling [--students 24] [--rounds 3]

Whole commands are timed, start-up included, and the start-up alone (a run that finds everything graded except one
submission), so that both ratios can be read: as a user sees it, and of the grading alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.throughput import course, timed

COMMAND = ["grader", "autograde", "mini_gpt"]


def main() -> None:
    """Time both and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=24)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    seconds: dict[str, list[float]] = {"1": [], "2": [], "one": []}
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        place = course(Path(folder) / "course", chosen.students, stock=False, short=False)
        for number in range(chosen.rounds):
            for jobs in ("1", "2"):
                seconds[jobs].append(timed([*COMMAND, "--force", "--jobs", jobs], place)[0])
            seconds["one"].append(
                timed([*COMMAND, "--force", "--students", "student000", "--jobs", "1"], place)[0]
            )
            print(
                f"round {number + 1}: " + ", ".join(f"{k} {v[-1]:.1f} s" for k, v in seconds.items()),
                flush=True,
            )
    one, two, single = (statistics.median(seconds[k]) for k in ("1", "2", "one"))
    spread = {k: f"{min(v):.1f} to {max(v):.1f}" for k, v in seconds.items()}
    print(
        f"{chosen.students} submissions: one worker {one:.1f} s ({spread['1']}), two {two:.1f} s ({spread['2']})"
    )
    print(f"whole command: {one / two:.2f} times")
    rest = chosen.students - 1
    print(
        f"one submission alone {single:.1f} s; without it {(one - single) / rest:.2f} and {(two - single) / rest:.2f} s "
        f"a submission: {(one - single) / (two - single):.2f} times"
    )


if __name__ == "__main__":
    main()
