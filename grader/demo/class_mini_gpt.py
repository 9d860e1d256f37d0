"""The class that hands in ``mini_gpt``: 42 students and more, of every kind."""

from __future__ import annotations

from grader.demo import attacks
from grader.demo.submission import (
    ABSENT,
    UNTOUCHED,
    Assignment,
    Cell,
    Exercise,
    Notebook,
    Student,
    attack,
    right,
    worthless,
    wrong,
)

MASK, DECODER, SAMPLER = "create_causal_mask", "transformer_decoder", "generate"
PENALTY, TOP_K, TOP_P = "apply_repetition_penalty", "top_k_filter", "top_p_filter"
TUNE, WRITE = "fine_tune", "generate_with_params"
PART_1 = Notebook(
    "part1_from_scratch",
    (Exercise(MASK, 4, "mask"), Exercise(DECODER, 10, "dec."), Exercise(SAMPLER, 6, "gen.")),
)
PART_2 = Notebook(
    "part2_gpt2",
    (
        Exercise(PENALTY, 2, "pen."),
        Exercise(TOP_K, 2, "top-k"),
        Exercise(TOP_P, 3, "top-p"),
        Exercise(TUNE, 4, "tune"),
        Exercise(WRITE, 3, "write"),
    ),
)


def _right(
    mask: str = "01_triu", decoder: str = "01_module_list", sampler: str = "01_multinomial"
) -> dict[str, Cell]:
    return {MASK: right(mask), DECODER: right(decoder), SAMPLER: right(sampler)}


def _but(**cells: Cell) -> dict[str, Cell]:
    """Part 1 with everything right but for these."""
    exercise = {"mask": MASK, "decoder": DECODER, "sampler": SAMPLER}
    return _right() | {exercise[name]: cell for name, cell in cells.items()}


def _right_2(
    penalty: str = "01_where_unique",
    top_k: str = "01_threshold",
    top_p: str = "01_sum_before",
    tune: str = "01_straight",
    write: str = "02_own_loop",
) -> dict[str, Cell]:
    return {
        PENALTY: right(penalty),
        TOP_K: right(top_k),
        TOP_P: right(top_p),
        TUNE: right(tune),
        WRITE: right(write),
    }


def _but_2(**cells: Cell) -> dict[str, Cell]:
    """Part 2 with everything right but for these; its loop uses the student's own filters."""
    exercise = {"penalty": PENALTY, "top_k": TOP_K, "top_p": TOP_P, "tune": TUNE, "write": WRITE}
    return _right_2() | {exercise[name]: cell for name, cell in cells.items()}


HONEST_ZEROS = "hedwig"  # hands in the all-zeros mask without any attack
HONEST_IDLER = "yara"  # hands in a training without steps, and no attack

RIGHT = (
    Student("ada", "both parts right, in the reference's style", _right() | _right_2()),
    Student(
        "bruno",
        "right, with tril and a buffer; part 2 with the library's own filters",
        _right("02_tril_masked_fill", "02_mask_buffer", "02_categorical_whole_text")
        | _right_2("06_library", "07_library", "07_library", "04_scheduler", "01_library"),
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
    Student(
        "greta",
        "mask: the diagonal is masked; part 2 right",
        _but(mask=wrong("01_diagonal_masked"))
        | _right_2("03_mask", "04_ranks", "03_loop", "02_clipping", "06_one_call_a_text"),
    ),
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
    Student(
        "mallory-equal",
        "tensor that equals everything",
        _but(mask=attack(attacks.ALWAYS_EQUAL, HONEST_ZEROS)),
    ),
    Student(
        "mallory-patch",
        "patches every comparison",
        _but(mask=attack(attacks.PATCHED_COMPARISONS, HONEST_ZEROS)),
    ),
    Student(
        "mallory-assert", "rewrites asserts away", _but(mask=attack(attacks.NO_MORE_ASSERTS, HONEST_ZEROS))
    ),
    Student("mallory-kernel", "a kernel that always says ok", _but(sampler=worthless(attacks.ALWAYS_OK))),
    Student("mallory-thief", "looks for tests and reference", _but(mask=attack(attacks.THIEF, HONEST_ZEROS))),
    Student(
        "mallory-forger", "writes to the gradebook", _but(mask=attack(attacks.GRADEBOOK_FORGER, HONEST_ZEROS))
    ),
    Student(
        "mallory-score",
        "edits scores, tests and points",
        _but(mask=attack(attacks.OWN_SCORE, HONEST_ZEROS)),
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

# Students who hand in part 2 alone.
SECOND_PART = (
    Student(
        "xaver",
        "part 2: always divides; top-p leaves out the last",
        _but_2(penalty=wrong("01_always_divided"), top_p=wrong("01_crossing_left_out")),
    ),
    Student(
        HONEST_IDLER,
        "part 2: never takes a step; multiplies by temperature",
        _but_2(tune=wrong("10_no_step"), write=wrong("04_temperature_multiplied")),
    ),
    Student(
        "zeno",
        "part 2: top-k keeps one too few; the loop relies on it",
        _but_2(top_k=wrong("04_one_too_few")),
    ),
    Student(
        "mallory-check",
        "part 2: never takes a step, and all checks say yes",
        _but_2(tune=attack(attacks.CHECKS_SAY_YES, HONEST_IDLER, "wrong/10_no_step")),
    ),
    Student("zita", "part 2 of the release, untouched", dict.fromkeys(_right_2(), UNTOUCHED)),
    Student("blank", "part 2 as an empty file", _right_2(), change="an_empty_file", not_graded="is empty"),
    Student("absent", "nothing", change=ABSENT, not_graded="nothing was handed in"),
)

MINI_GPT = Assignment(
    "mini_gpt",
    (PART_1, PART_2),
    (*RIGHT, *MISTAKEN, *UNFINISHED, *HOSTILE, *BROKEN, *SECOND_PART),
    instructive="rosa",  # three mistakes, one in each exercise
)
