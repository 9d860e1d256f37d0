"""Right versions of a lesson's earlier exercises, for tests of what relies on them (error carried forward).

``relies_on={"softmax": carried(reference.softmax)}``: where a student's `softmax` lost points, the
tests of `sgd_step` run with this one in its place.  It travels as data, the reference's own lines, and
only then: nothing that answers an exercise lies in the box before that exercise has failed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from grader.wire import Stub

# Annotations stay text: the names in them mean nothing in the student's process.
OPENING = "from __future__ import annotations\n\nimport math\nimport random\n"


def carried(function: Callable[..., Any], *helpers: Callable[..., Any], **constants: Any) -> Stub:
    """A stub that computes what `function` computes.

    Parameters
    ----------
    function : callable
        Pure Python, with nothing in its body but `math`, `random`, `helpers` and `constants`.
    *helpers : callable
        Functions of the reference that it calls.
    **constants
        Plain values that it reads, by name.
    """
    values = "\n".join(f"{name} = {value!r}" for name, value in constants.items())
    bodies = "\n\n".join(inspect.getsource(f) for f in (*helpers, function))
    return Stub("stand_in", {"source": f"{OPENING}{values}\n\n{bodies}", "name": function.__name__})
