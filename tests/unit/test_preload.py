"""What a zygote imports follows from what the notebooks import."""

from __future__ import annotations

from grader.sandbox.preload import KERNEL, imported, preload_for


def test_imports_are_found_in_any_cell_even_a_broken_one() -> None:
    cells = [
        "import math\nfrom torch import nn",
        "x = (",
        "  import numpy as np  # here",
        "say('import pandas')",
    ]
    assert imported(cells) == {"torch", "numpy"}


def test_a_pure_python_lesson_loads_no_torch() -> None:
    assert preload_for(imported(["import math, random\nfrom grader.student import check"])) == KERNEL


def test_what_a_library_needs_comes_before_it() -> None:
    modules = preload_for(["transformers"])
    assert modules.index("numpy") < modules.index("torch") < modules.index("transformers")
    assert modules[-len(KERNEL) :] == KERNEL


def test_where_nothing_is_known_the_usual_is_loaded() -> None:
    assert {"torch", "matplotlib.pyplot"} <= set(preload_for())
    assert "transformers" not in preload_for()


def test_what_is_not_installed_is_left_out(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from grader.sandbox import preload

    monkeypatch.setattr(preload, "find_spec", lambda name: None if name == "torch" else object())
    assert "torch" not in preload_for() and "numpy" in preload_for()
