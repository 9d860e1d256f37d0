"""`grader` on a machine whose cards are made up: ``python lends_made_up_cards.py 2 runner ADDRESS …``.

The runner and all that it starts are real; the driver is that of tests/unit, and kernels find no card.  Each card has
the device nodes of ``MADE_UP_NODES``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":  # worker processes import this file, too
    sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
    from fake_driver import FakeDriver, card

    from grader.cli import devices
    from grader.cli.main import run
    from grader.sandbox.cards import find_cards

    nodes = tuple(os.environ.get("MADE_UP_NODES", "").split())
    machine = FakeDriver([card(number, nodes=nodes) for number in range(int(sys.argv.pop(1)))])
    devices.torch_knows_cuda = lambda: True  # type: ignore[assignment]
    devices.find_cards = lambda connect: find_cards(lambda: machine)  # type: ignore[assignment]
    run()
