"""The class as data: who hands in what, and what the grader must say.

What must be found does not come from the grader.  It comes from the label on the file that a student
handed in: a file of ``tests/solutions/<assignment>/<exercise>/right`` earns full points, one of
``.../wrong`` loses points and is told the misconception that its own first line names; an attack
earns at most what the same wrong answer earns honestly; a broken file is not graded, for the reason
named here.  By the contract an exercise costs nothing because an earlier one was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grader.demo import attacks

MASK, DECODER, SAMPLER = "create_causal_mask", "transformer_decoder", "generate"
EXERCISES = (MASK, DECODER, SAMPLER)

Worth = Literal["full", "less", "zero", "as honest"]


@dataclass(frozen=True)
class Cell:
    """What stands in a solution cell, and what it must earn.

    Parameters
    ----------
    worth : {"full", "less", "zero", "as honest"}
        Full points; fewer than full; none; at most what the honest student with the same answer gets.
    solution : str
        File below ``tests/solutions/<assignment>/<exercise>``, without ``.py``; its label says the misconception.
    source : str
        Text of the cell, where there is no file.
    told : str
        Misconception that must be named; for a wrong file its label says it.
    """

    worth: Worth
    solution: str = ""
    source: str = ""
    told: str = ""


def right(name: str) -> Cell:
    """A right answer of the library: full points."""
    return Cell("full", solution=f"right/{name}")


def wrong(name: str) -> Cell:
    """A wrong answer of the library: fewer points, and its misconception is named."""
    return Cell("less", solution=f"wrong/{name}")


def attack(source: str) -> Cell:
    """An attack that sells an all-zeros mask: worth what the honest all-zeros mask is worth."""
    return Cell("as honest", source=source)


def worthless(source: str) -> Cell:
    """A cell that leaves nothing usable behind."""
    return Cell("zero", source=source)


UNTOUCHED = Cell("zero", told="not_written")


@dataclass(frozen=True)
class Student:
    """A simulated student.

    Parameters
    ----------
    name : str
        Student id.
    story : str
        What is handed in, in a few words.
    cells : dict of str to Cell
        By exercise; the release's cell stays where an exercise is missing.
    change : str
        What is done to the notebook or its folder, a function of `grader.demo.handing_in`.
    not_graded : str
        Part of the reason for which it must not be graded; empty where it must be graded.
    event : str
        Part of what the instructor must be told about the kernel.
    never_shown : tuple of str
        Texts that the feedback page must not contain.
    """

    name: str
    story: str
    cells: dict[str, Cell] = field(default_factory=dict)
    change: str = ""
    not_graded: str = ""
    event: str = ""
    never_shown: tuple[str, ...] = ()


def _right(
    mask: str = "01_triu", decoder: str = "01_module_list", sampler: str = "01_multinomial"
) -> dict[str, Cell]:
    return {MASK: right(mask), DECODER: right(decoder), SAMPLER: right(sampler)}


def _but(**cells: Cell) -> dict[str, Cell]:
    """Everything right but for these."""
    exercise = {"mask": MASK, "decoder": DECODER, "sampler": SAMPLER}
    return _right() | {exercise[name]: cell for name, cell in cells.items()}


HONEST_ZEROS = "hedwig"  # hands in the all-zeros mask without any attack

RIGHT = (
    Student("ada", "right, in the reference's style", _right()),
    Student(
        "bruno",
        "right, with tril and a buffer",
        _right("02_tril_masked_fill", "02_mask_buffer", "02_categorical_whole_text"),
    ),
    Student(
        "chiara",
        "right, with lists and Gumbel noise",
        _right("03_nested_lists", "03_own_mask", "03_gumbel_max"),
    ),
    Student("dilan", "right, by recursion", _right("06_recursion", "04_helper_methods", "05_recursion")),
    Student(
        "elif",
        "right, by way of NumPy",
        _right("07_numpy_detour", "06_grown_mask", "04_inverse_cdf"),
    ),
    Student(
        "farid",
        "right, from indices",
        _right("11_indices", "08_config_object", "06_exponential_race"),
    ),
)

MISTAKEN = (
    Student("greta", "mask: the diagonal is masked", _but(mask=wrong("01_diagonal_masked"))),
    Student(HONEST_ZEROS, "mask: all zeros", _but(mask=wrong("15_all_zeros"))),
    Student("ivo", "mask: transposed", _but(mask=wrong("03_transposed"))),
    Student("jana", "mask: the size is written in", _but(mask=wrong("24_hard_coded_size"))),
    Student("kenji", "decoder: embedding not scaled", _but(decoder=wrong("01_no_scale"))),
    Student("lea", "decoder: no final norm", _but(decoder=wrong("02_no_final_norm"))),
    Student("malik", "decoder: no mask", _but(decoder=wrong("03_no_mask"))),
    Student("nora", "decoder: norms after, not before", _but(decoder=wrong("17_post_norm"))),
    Student("oskar", "generate: always the likeliest", _but(sampler=wrong("01_greedy"))),
    Student("paula", "generate: multiplies by temperature", _but(sampler=wrong("05_temperature_multiplied"))),
    Student("quentin", "generate: reseeds each time", _but(sampler=wrong("24_reseeded"))),
    Student(
        "rosa",
        "all three wrong",
        {
            MASK: wrong("05_one_for_minus_inf"),
            DECODER: wrong("18_softmax_output"),
            SAMPLER: wrong("17_goes_on_after_eos"),
        },
    ),
)

UNFINISHED = (
    Student("sami", "the release, untouched", {MASK: UNTOUCHED, DECODER: UNTOUCHED, SAMPLER: UNTOUCHED}),
    Student(
        "tove",
        "only the first exercise",
        {MASK: right("04_where_arange"), DECODER: UNTOUCHED, SAMPLER: UNTOUCHED},
    ),
    Student("umar", "threw the test cells away", _right(), change="without_test_cells"),
)

HOSTILE = (
    Student("mallory-equal", "tensor that equals everything", _but(mask=attack(attacks.ALWAYS_EQUAL))),
    Student("mallory-patch", "patches every comparison", _but(mask=attack(attacks.PATCHED_COMPARISONS))),
    Student("mallory-assert", "rewrites asserts away", _but(mask=attack(attacks.NO_MORE_ASSERTS))),
    Student("mallory-kernel", "a kernel that always says ok", _but(sampler=worthless(attacks.ALWAYS_OK))),
    Student("mallory-thief", "looks for tests and reference", _but(mask=attack(attacks.THIEF))),
    Student("mallory-forger", "writes to the gradebook", _but(mask=attack(attacks.GRADEBOOK_FORGER))),
    Student(
        "mallory-score",
        "edits scores, tests and points",
        _but(mask=attack(attacks.OWN_SCORE)),
        change="with_own_tests_and_points",
    ),
    Student(
        "mallory-script",
        "scripts for your browser",
        _but(mask=worthless(attacks.SCRIPT_IN_OUTPUT)),
        never_shown=("<script>document.title", "<script>alert(", "<img src=x onerror"),
    ),
    Student(
        "mallory-exit",
        "ends the kernel",
        _but(decoder=worthless(attacks.DEAD_KERNEL)),
        event="the kernel died",
    ),
    Student("mallory-bomb", "fork bomb", _but(sampler=worthless(attacks.FORK_BOMB)), event="the kernel died"),
    Student(
        "mallory-hog",
        "takes all memory",
        _but(sampler=worthless(attacks.MEMORY_HOG)),
        event="the kernel died",
    ),
    Student(
        "mallory-flood",
        "endless output",
        _but(sampler=worthless(attacks.OUTPUT_FLOOD)),
        event="cell ",  # ended for its output or for its time, whichever limit a loaded machine meets first
    ),
    Student("vera", "a loop that never ends", _but(sampler=worthless(attacks.ENDLESS_LOOP))),
)

BROKEN = (
    Student("empty", "an empty file", change="an_empty_file", not_graded="is empty"),
    Student("cut-off", "a truncated upload", _right(), change="cut_off", not_graded="not valid JSON"),
    Student("picture", "a photograph of the screen", change="a_picture", not_graded="not a text file"),
    Student("renamed", "another file name", _right(), change="renamed", not_graded="rename it"),
    Student(
        "forgot",
        "a folder without notebook",
        change="without_notebook",
        not_graded="no notebook was handed in",
    ),
    Student("ancient", "notebook format 3", change="of_format_three", not_graded="format 4 is needed"),
    Student("deep", "100,000 nested lists", change="nested_deep", not_graded="nested too deep"),
    Student(
        "linked", "a link to the gradebook", change="a_link_to_the_gradebook", not_graded="symbolic link"
    ),
)

CLASS = (*RIGHT, *MISTAKEN, *UNFINISHED, *HOSTILE, *BROKEN)
