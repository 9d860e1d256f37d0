"""The class of the four lessons in pure Python: ten students each, one of every kind.

Two or three are right in unlike styles; others hold misconceptions; "ivo" is wrong once, early, and loses nothing
for it later; one attacks; the rest are unfinished, empty or absent.
"""

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
    wrong,
)

HONEST = "hedwig"  # hands in what the attacker sells


def _right(notebook: Notebook, names: str) -> dict[str, Cell]:
    """A right answer to each exercise of a notebook, in its order; names have a space between them."""
    return {e.name: right(name) for e, name in zip(notebook.exercises, names.split(), strict=True)}


def _unfinished(notebook: Notebook) -> tuple[Student, ...]:
    """Students who hand in the release, an empty file, and nothing."""
    untouched = {e.name: UNTOUCHED for e in notebook.exercises}
    return (
        Student("sami", "the release, untouched", untouched),
        Student("empty", "an empty file", change="an_empty_file", not_graded="is empty"),
        Student("absent", "nothing", change=ABSENT, not_graded="nothing was handed in"),
    )


# -- lesson 3 ---------------------------------------------------------------------------------

EMBEDDINGS = Notebook(
    "embeddings",
    (
        Exercise("make_embeddings", 1, "embed"),
        Exercise("get_context_vector", 2, "window"),
        Exercise("softmax", 2, "softmax"),
        Exercise("forward", 2, "forward"),
        Exercise("sgd_step", 3, "step"),
        Exercise("train", 3, "train"),
        Exercise("generate", 3, "gen."),
    ),
)
PLAIN_3 = _right(EMBEDDINGS, "01_loops 01_loop 01_comprehension 01_loops 01_loops 01_loops 01_choices")

LESSON_3 = Assignment(
    "lesson3_embeddings",
    (EMBEDDINGS,),
    (
        Student("ada", "right, with loops", PLAIN_3),
        Student(
            "bruno",
            "right, with objects and itertools",
            _right(
                EMBEDDINGS,
                "06_callable_object 06_itertools 07_callable_object 06_reduce 05_gradient_first 06_own_step 03_gumbel",
            ),
        ),
        Student(
            "chiara",
            "right, by recursion and logarithms",
            _right(
                EMBEDDINGS,
                "04_box_muller 07_recursion 04_log_sum_exp 04_recursion 03_rows_replaced 04_helper_and_recursion "
                "06_python_generator",
            ),
        ),
        Student("hedwig", "softmax without exp", PLAIN_3 | {"softmax": wrong("02_no_exponential")}),
        Student(
            "ivo",
            "window reversed; the rest relies on it",
            PLAIN_3 | {"get_context_vector": wrong("01_newest_first")},
        ),
        Student(
            "jana",
            "one row for all; climbs; always the likeliest",
            PLAIN_3
            | {
                "make_embeddings": wrong("01_one_row_repeated"),
                "sgd_step": wrong("01_climbs"),
                "generate": wrong("01_greedy"),
            },
        ),
        Student(
            "kenji",
            "bias forgotten; a sum for a mean",
            PLAIN_3 | {"forward": wrong("01_bias_missing"), "train": wrong("04_sum_for_mean")},
        ),
        Student(
            "mallory-assert",
            "rewrites asserts away",
            PLAIN_3 | {"softmax": attack(attacks.WITHOUT_ASSERTS, HONEST, "wrong/02_no_exponential")},
        ),
        *_unfinished(EMBEDDINGS),
    ),
    instructive="jana",
)

# -- lesson 4 ---------------------------------------------------------------------------------

ATTENTION = Notebook(
    "attention",
    (
        Exercise("dot", 1, "dot"),
        Exercise("attention_scores", 2, "scores"),
        Exercise("attention", 3, "att."),
        Exercise("causal_mask", 2, "mask"),
        Exercise("causal_self_attention", 4, "causal"),
        Exercise("multi_head_attention", 4, "heads"),
    ),
)
PLAIN_4 = _right(ATTENTION, "01_loop 01_loop 01_loops 01_loops 01_loops 01_loops")

LESSON_4 = Assignment(
    "lesson4_attention",
    (ATTENTION,),
    (
        Student("ada", "right, with loops", PLAIN_4),
        Student(
            "bruno",
            "right, with tuples and objects",
            _right(
                ATTENTION,
                "02_zip_sum 03_tuple_map 06_callable_object 07_logarithm 04_recursion 06_self_contained",
            ),
        ),
        Student(
            "chiara",
            "right, by recursion",
            _right(
                ATTENTION,
                "05_reduce 05_recursion 05_unnormalised 05_recursion 05_zeroed_and_shared_again 03_tuples",
            ),
        ),
        Student("hedwig", "mask: all zeros", PLAIN_4 | {"causal_mask": wrong("11_all_zeros")}),
        Student(
            "ivo",
            "dot: one number short; the rest relies on it",
            PLAIN_4 | {"dot": wrong("06_last_number_missing")},
        ),
        Student(
            "jana",
            "scores not divided; masks too late",
            PLAIN_4
            | {
                "attention_scores": wrong("01_not_divided"),
                "causal_self_attention": wrong("06_masked_after_softmax"),
            },
        ),
        Student(
            "kenji",
            "weights before output; one slice for all heads",
            PLAIN_4
            | {"attention": wrong("04_swapped"), "multi_head_attention": wrong("02_first_slice_for_all")},
        ),
        Student(
            "mallory-equal",
            "lists that equal everything",
            PLAIN_4 | {"causal_mask": attack(attacks.AGREEABLE_LIST, HONEST)},
        ),
        *_unfinished(ATTENTION),
    ),
    instructive="kenji",
)

# -- lesson 5 ---------------------------------------------------------------------------------

MINI_LLM = Notebook(
    "mini_llm",
    (
        Exercise("count_parameters", 1, "count"),
        Exercise("forward_llm", 5, "forward"),
        Exercise("mean_loss", 3, "loss"),
        Exercise("apply_temperature", 2, "temp."),
        Exercise("generate", 4, "gen."),
    ),
)
PLAIN_5 = _right(MINI_LLM, "01_part_by_part 01_comprehensions 01_two_loops 01_powers 01_choices")

LESSON_5 = Assignment(
    "lesson5_mini_llm",
    (MINI_LLM,),
    (
        Student("ada", "right, with the given tools", PLAIN_5),
        Student(
            "bruno",
            "right, with objects",
            _right(
                MINI_LLM,
                "05_callable_object 05_callable_object 06_running_mean 06_callable_object 06_throw_again",
            ),
        ),
        Student(
            "chiara",
            "right, in one pass",
            _right(
                MINI_LLM,
                "03_factored 06_running_softmax 05_whole_word_probability 02_largest_first 05_exponential_race",
            ),
        ),
        Student("hedwig", "forward: divides by d", PLAIN_5 | {"forward_llm": wrong("05_no_root")}),
        Student(
            "ivo",
            "forward without positions; the rest relies on it",
            PLAIN_5 | {"forward_llm": wrong("01_no_positions")},
        ),
        Student(
            "jana",
            "a sum for a mean; forgets what it wrote",
            PLAIN_5 | {"mean_loss": wrong("05_sum"), "generate": wrong("09_letters_not_fed")},
        ),
        Student(
            "kenji",
            "no positions counted; temperature upside down",
            PLAIN_5
            | {"count_parameters": wrong("02_no_positions"), "apply_temperature": wrong("01_inverted")},
        ),
        Student(
            "mallory-thief",
            "looks for tests and reference",
            PLAIN_5 | {"forward_llm": attack(attacks.LESSON_THIEF, HONEST, "wrong/05_no_root")},
        ),
        *_unfinished(MINI_LLM),
    ),
    instructive="jana",
)

# -- lesson 6 ---------------------------------------------------------------------------------

TRAINING = Notebook(
    "training",
    (
        Exercise("forward_with_cache", 3, "forward"),
        Exercise("generate", 3, "gen."),
        Exercise("backward", 8, "back"),
        Exercise("sgd_update", 2, "update"),
        Exercise("train", 4, "train"),
    ),
)
PLAIN_6 = _right(TRAINING, "01_dictionary 01_choices 01_seven_stages 01_number_by_number 01_three_loops")

LESSON_6 = Assignment(
    "lesson6_training",
    (TRAINING,),
    (
        Student("ada", "right, with the given tools", PLAIN_6),
        Student(
            "bruno",
            "right, with closures and objects",
            _right(
                TRAINING, "04_objects 03_wheel_of_fortune 03_closures 02_rows_replaced 04_callable_object"
            ),
        ),
        Student(
            "chiara",
            "right, computing everything again",
            _right(
                TRAINING,
                "02_tuple_cache 02_text_grows 02_computes_again 05_callable_object 05_sorted_by_chance",
            ),
        ),
        Student("hedwig", "update: walks uphill", PLAIN_6 | {"sgd_update": wrong("01_uphill")}),
        Student(
            "ivo",
            "forward not scaled; the rest relies on it",
            PLAIN_6 | {"forward_with_cache": wrong("04_no_scale"), "backward": right("03_closures")},
        ),
        Student(
            "jana",
            "a shortcut forgotten on the way back; divides by words",
            PLAIN_6 | {"backward": wrong("06_no_first_shortcut"), "train": wrong("05_by_words")},
        ),
        Student(
            "kenji",
            "temperature upside down; ReLU forgotten on the way back",
            PLAIN_6 | {"generate": wrong("06_inverted"), "backward": wrong("03_no_relu")},
        ),
        Student(
            "mallory-score",
            "edits scores, tests and points",
            PLAIN_6 | {"sgd_update": attack(attacks.CLAIMED_SCORE, HONEST, "wrong/01_uphill")},
            change="with_own_tests_and_points",
        ),
        *_unfinished(TRAINING),
    ),
    instructive="jana",
)
