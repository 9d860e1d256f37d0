"""What students import: checks while they work, and pictures.  Needs IPython and nothing else.

In the notebook's first cell::

    from grader.student import check, exercise, lesson, verify, show_bars
    lesson("lesson3_embeddings", language="fr")     # or the variable AUTOREGRADE_LANGUAGE

`lesson(name, language=None)`
    Opens a lesson: "lesson3_embeddings", "lesson4_attention", "lesson5_mini_llm",
    "lesson6_training", "mini_gpt_part1", "mini_gpt_part2", or a `Lesson` of one's own.
`language("fr")`
    Changes the language ("en", "fr") of every message from here on.  All words below may be one
    string, or a pair ``("English", "français")``.
`written(2832, ",")`, `written(3.25, ".2f")`
    A number as that language writes it: "2,832" and "3.25", in French "2 832" and "3,25".

Checks
    ``exercise("softmax")``            banner that opens an exercise: number, title, points, progress
    ``check("softmax")``               runs its public checks; green banner, or yellow and the cell fails
    ``verify(condition, ok, hint)``    answers an explore cell; never raises; condition may be a lambda

Pictures (lists, arrays or tensors; each displays itself)
    ``show_causal_mask("chat")``                    the causal mask; a click on a row explains it
    ``show_causal_mask("chat", causal_mask(4))``    the student's own mask, right or wrong
    ``show_attention("chat", weights)``             weights (n,), (n, n), (H, n, n) or (1, H, n, n)
    ``show_attention("chat", row, asks=2)``         one position's weights
    ``show_bars(probs, ALPHABET, top=5)``           or ``show_bars({"a": .4, "e": .3})``
    ``show_loss_curve(losses, baseline=(math.log(27), ("knows nothing", "ne sait rien")))``
    ``curve = show_loss_curve()``, then ``curve.add(loss)`` while training: live
    ``show_architecture(params)``                   or a module: TransformerDecoder, GPT-2
    ``show_embeddings(vectors, "abc", groups={"vowels": "aeiou"})``   PCA beyond two numbers;
                                                    ``{"before": v, "after": w}`` draws two maps
    All take ``title=``.  What one cannot draw, it says in one line (`WrongUse`).

For instructors: `Lesson`, `expect`, `require`, `Wrong` write public checks (`lessons.py` tells how);
`expect` of `pure_python.py` takes lists and tuples only, no array and no tensor.
"""

from grader.student.checking import CheckFailed, check, exercise, verify
from grader.student.expect import Wrong, expect, require
from grader.student.lessons import Lesson, lesson
from grader.student.pictures.anatomy import Block, Stage
from grader.student.pictures.architecture import show_architecture
from grader.student.pictures.attention import show_attention
from grader.student.pictures.bars import show_bars
from grader.student.pictures.causal_mask import show_causal_mask
from grader.student.pictures.embeddings import show_embeddings
from grader.student.pictures.loss_curve import LossCurve, show_loss_curve
from grader.student.speech import Text, language, written
from grader.student.wrong_use import WrongUse

__all__ = [
    "Block",
    "CheckFailed",
    "Lesson",
    "LossCurve",
    "Stage",
    "Text",
    "Wrong",
    "WrongUse",
    "check",
    "exercise",
    "expect",
    "language",
    "lesson",
    "require",
    "show_architecture",
    "show_attention",
    "show_bars",
    "show_causal_mask",
    "show_embeddings",
    "show_loss_curve",
    "verify",
    "written",
]
