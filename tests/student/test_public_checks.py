"""The public checks of the course, on every right and every wrong solution of the library.

A right solution passes all of them.  A wrong one is caught, unless it is one of `BEYOND`: mistakes
that only the hidden tests look for.
"""

import functools
import importlib
import re
from pathlib import Path

import pytest

from grader.student.checking import CheckFailed, check
from grader.student.lessons import lesson, opened
from grader.student.speech import language
from reference.pure_python.wrong_attention import ATTENTION_SCORES, CAUSAL_MASK
from reference.pytorch.wrong_mask import MASK

SOLUTIONS = Path(__file__).parents[1] / "solutions"
TINY_GPT2 = Path(__file__).parents[2] / "source" / "mini_gpt" / "tiny_gpt2"
LESSONS = {
    "lesson3_embeddings": ("reference.pure_python.embeddings",),
    "lesson4_attention": ("reference.pure_python.attention",),
    "lesson5_mini_llm": ("reference.pure_python.mini_llm",),
    "lesson6_training": ("reference.pure_python.mini_llm", "reference.pure_python.training"),
    "mini_gpt_part1": ("reference.pytorch.mini_gpt",),
    "mini_gpt_part2": ("reference.pytorch.mini_gpt", "reference.pytorch.gpt2_sampling"),
}
POINTS = {
    "lesson3_embeddings": [1, 2, 2, 2, 3, 3, 3],
    "lesson4_attention": [1, 2, 3, 2, 4, 4],
    "lesson5_mini_llm": [1, 5, 3, 2, 4],
    "lesson6_training": [3, 3, 8, 2, 4],
    "mini_gpt_part1": [4, 10, 6],
    "mini_gpt_part2": [2, 2, 3, 4, 3],
}
# Misconceptions that pass the public checks; the hidden tests catch them.
BEYOND = {
    "lesson3_embeddings/train": {"words_shuffled"},
    "lesson3_embeddings/generate": {"last_letter_only", "other_generator"},
    "lesson5_mini_llm/generate": {"first_letters", "own_generator", "never_empty", "temperature_once"},
    "lesson6_training/train": {"mean_of_means", "first_letters", "same_order", "shuffles_slice"},
    "lesson6_training/generate": {"first_letters", "own_generator", "never_empty", "temperature_once"},
    "mini_gpt_part2/generate_with_params": {"last_id_penalised"},
}


def exercises():
    found = []
    for name in LESSONS:
        lesson(name)
        found += [(name, exercise) for exercise in opened().exercises]
    return found


def names_of(name):
    """What the notebook of this lesson gives, and the right answers to its other exercises."""
    given = {"device": "cpu"}
    for module in LESSONS[name]:
        given |= vars(importlib.import_module(module))
    return given | (tiny_gpt2() if name == "mini_gpt_part2" else {})


@functools.cache
def tiny_gpt2():
    """The real model and tokenizer that the notebook of part 2 loads."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return {
        "model": AutoModelForCausalLM.from_pretrained(TINY_GPT2).eval(),
        "tokenizer": AutoTokenizer.from_pretrained(TINY_GPT2),
    }


def verdict(name, exercise, source):
    """The sentence of the first failed check; None where all pass."""
    lesson(name)
    namespace = names_of(name)
    del namespace[opened().exercises[exercise].asks_for]
    exec(compile(source, "<student>", "exec"), namespace)
    try:
        check(exercise, namespace)
    except CheckFailed as failed:
        return failed.sentence
    return None


def solutions(name, exercise, kind):
    folder = SOLUTIONS / ("mini_gpt" if name.startswith("mini_gpt") else name) / exercise / kind
    return sorted(folder.glob("*.py"))


@pytest.mark.parametrize("name", POINTS)
def test_points_are_those_of_the_contract(name):
    lesson(name)
    assert [e.points for e in opened().exercises.values()] == POINTS[name]
    assert all(e.checks for e in opened().exercises.values())


@pytest.mark.parametrize(("name", "exercise"), exercises())
def test_a_right_answer_in_any_style_passes(name, exercise, capsys):
    paths = solutions(name, exercise, "right")
    assert paths
    said = {path.name: verdict(name, exercise, path.read_text(encoding="utf-8")) for path in paths}
    assert {name: sentence for name, sentence in said.items() if sentence} == {}


@pytest.mark.parametrize(("name", "exercise"), exercises())
def test_a_wrong_answer_is_told_so_unless_it_is_known_to_be_beyond(name, exercise, capsys):
    paths = solutions(name, exercise, "wrong")
    assert paths
    passed = {re.sub(r"^\d+_", "", path.stem) for path in paths
              if verdict(name, exercise, path.read_text(encoding="utf-8")) is None}  # fmt: skip
    assert passed <= BEYOND.get(f"{name}/{exercise}", set())


@pytest.mark.parametrize(("name", "exercise"), exercises())
def test_an_empty_answer_is_invited_to_begin(name, exercise, capsys):
    asked = (lesson(name), opened().exercises[exercise].asks_for)[1]
    if asked == "TransformerDecoder":
        source = (
            "class TransformerDecoder:\n    def __init__(self, *a, **k):\n        raise NotImplementedError()"
        )
    else:
        source = f"def {asked}(*a, **k):\n    raise NotImplementedError()"
    assert "still to be written" in verdict(name, exercise, source)
    said = verdict(name, exercise, f"def {asked}(*a, **k):\n    pass")
    assert "returned" in said or "Nothing moved" in said


WRONG = [
    ("mini_gpt_part1", "create_causal_mask", "def create_causal_mask(n): return torch.full((n, n), float('-inf')).triu(0)",
     "The diagonal is masked", "La diagonale est masquée"),
    ("mini_gpt_part1", "create_causal_mask", "def create_causal_mask(n): return torch.ones(n, n).tril()",
     "This is a mask of ones and zeros, to multiply with", "C'est un masque de uns et de zéros, fait pour multiplier"),
    ("mini_gpt_part1", "create_causal_mask", "def create_causal_mask(n): return torch.ones(n, n).tril() == 0",
     "a float tensor was expected", "on attendait des flottants"),
    ("lesson3_embeddings", "softmax", "def softmax(s): return [math.exp(x) / sum(map(math.exp, s)) for x in s]",
     "subtract the highest score", "retirez d'abord le plus grand score"),
    ("lesson4_attention", "attention_scores", "def attention_scores(q, ks): return [dot(q, k) for k in ks]",
     "The scalar products are not divided by sqrt(d)", "Les produits scalaires ne sont pas divisés par sqrt(d)"),
    ("lesson5_mini_llm", "count_parameters", "def count_parameters(v, e, c, h): return v*e*2 + c*e + 3*e*e + 2*h*e",
     "The biases b1 and b2 count too", "Les biais b1 et b2 comptent aussi"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exercise", "source", "en", "fr"), WRONG)
def test_the_message_names_the_likely_cause_in_both_languages(name, exercise, source, en, fr, capsys):
    assert en in verdict(name, exercise, source)
    language("fr")
    assert fr in verdict(name, exercise, source).replace("\u00a0", " ")


SAME_WORDS = [
    ("mini_gpt_part1", "create_causal_mask", MASK, {"diagonal_masked", "transposed", "inverted", "one_for_minus_inf",
     "zero_one_mask", "plus_inf", "large_negative", "all_zeros"}),
    ("lesson4_attention", "causal_mask", CAUSAL_MASK, {"diagonal_masked", "transposed", "inverted", "one_for_minus_inf",
     "one_zero_mask", "plus_inf"}),
    ("lesson4_attention", "attention_scores", ATTENTION_SCORES, {"not_divided", "divided_by_d", "root_of_the_number_of_keys"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exercise", "known", "ids"), SAME_WORDS)
def test_a_misconception_is_told_in_the_words_of_the_graded_feedback(name, exercise, known, ids, capsys):
    found = {m.id: m for m in known}
    for path in solutions(name, exercise, "wrong"):
        which = re.sub(r"^\d+_", "", path.stem)
        if which not in ids:
            continue
        for spoken in ("en", "fr"):
            language(spoken)
            said = verdict(name, exercise, path.read_text(encoding="utf-8"))
            assert said.endswith(getattr(found[which].sentence, spoken)), which
        ids = ids - {which}
    assert not ids, "each of them has a wrong solution"


NOTHING = "def softmax(scores):\n    pass"


def test_a_forgotten_return_is_told_in_good_french(capsys):
    assert (
        "`softmax([0, 0])` returned nothing (None: is a `return` missing?); a list of 2 numbers"
        in verdict("lesson3_embeddings", "softmax", NOTHING)
    )
    language("fr")
    for name, exercise in exercises():
        asked = (lesson(name), opened().exercises[exercise].asks_for)[1]
        said = verdict(name, exercise, f"def {asked}(*a, **k):\n    pass").replace("\u00a0", " ")
        assert "renvoyé rien" not in said.replace("n'a rien renvoyé", ""), said
        assert "(None : manque-t-il un `return` ?)" not in said or "` n'a rien renvoyé (None" in said, said


ONE = [
    ("lesson4_attention", "causal_mask", "def causal_mask(n): return [[0.0]]",
     "a list of 1 row of 1 value;", "une liste de 1 ligne de 1 valeur ;"),
    ("lesson3_embeddings", "make_embeddings", "def make_embeddings(v, d, std=1): return [[1.0, 2.0], [3.0]]",
     "a list of 2 rows of different lengths;", "une liste de 2 lignes de longueurs différentes ;"),
    ("lesson4_attention", "attention", "def attention(q, k, v): return (q,)", "returned 1 thing;", "a renvoyé 1 chose ;"),
    ("lesson6_training", "forward_with_cache", "def forward_with_cache(i, p): return ([],)",
     "returned 1 thing;", "a renvoyé 1 chose ;"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exercise", "source", "en", "fr"), ONE)
def test_one_is_singular(name, exercise, source, en, fr, capsys):
    assert en in verdict(name, exercise, source)
    language("fr")
    assert fr in verdict(name, exercise, source).replace("\u00a0", " ")


def test_a_call_is_quoted_in_no_language(capsys):
    language("fr")
    said = verdict("mini_gpt_part2", "top_p_filter", "def top_p_filter(logits, p): return logits")
    assert said.startswith("`top_p_filter(torch.tensor([0.15, 0.5, 0.05, 0.3]).log(), 0.7)")


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        ("raise NotImplementedError()", "exercise 1 comes first"),
        ("return torch.full((n, n), float('-inf')).triu(0)", "contains nan"),
        ("return torch.full((n, n), float('-inf')).tril(-1)", "is the causal mask right"),
    ],
)
def test_a_decoder_on_a_wrong_mask_is_sent_back_to_the_mask(mask, sentence, capsys):
    (path, *_) = solutions("mini_gpt_part1", "transformer_decoder", "right")
    answer = path.read_text(encoding="utf-8")
    assert sentence in verdict(
        "mini_gpt_part1", "transformer_decoder", f"def create_causal_mask(n):\n    {mask}\n{answer}"
    )


def test_a_backward_pass_that_subtracts_in_the_callers_list_is_told_so(capsys):
    (path, *_) = solutions("lesson6_training", "backward", "right")
    answer = path.read_text(encoding="utf-8")
    assert "d_logits = list(probs)" in answer
    said = verdict(
        "lesson6_training", "backward", answer.replace("d_logits = list(probs)", "d_logits = probs")
    )
    assert "changed `probs`" in said and "work on a copy" in said


def test_an_exception_is_told_with_its_line(capsys):
    source = "def softmax(scores):\n    total = 0\n    return [s / total for s in scores]"
    said = verdict("lesson3_embeddings", "softmax", source)
    assert "ZeroDivisionError" in said and "line 3 of your cell" in said


PART_2 = """
import torch, torch.nn.functional as F
def apply_repetition_penalty(logits, token_ids, penalty):
    out = logits.clone()
    for i in set(torch.as_tensor(token_ids, dtype=torch.long).tolist()):
        out[i] = out[i] / penalty if out[i] > 0 else out[i] * penalty
    return out
def top_k_filter(logits, k):
    if k >= len(logits): return logits.clone()
    return logits.masked_fill(logits < logits.topk(k).values[-1], float("-inf"))
def top_p_filter(logits, p):
    values, order = logits.sort(descending=True)
    probs = values.softmax(-1)
    drop = probs.cumsum(-1) - probs >= p
    return logits.index_fill(0, order[drop], float("-inf"))
def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8):
    loader = torch.utils.data.DataLoader(dataset, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    model.train()
    history = []
    for _ in range(epochs):
        losses = []
        for batch in loader:
            loss = model(input_ids=batch, labels=batch).loss
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            losses.append(loss.item())
        history.append(sum(losses) / len(losses))
    return history
"""


@pytest.mark.parametrize(
    "exercise", ["apply_repetition_penalty", "top_k_filter", "top_p_filter", "fine_tune"]
)
@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("", "", None),
        ("out[i] * penalty", "out[i] / penalty", "A negative logit is multiplied"),
        ("out = logits.clone()", "out = logits", "changed its argument"),
        ("set(torch.as_tensor(token_ids, dtype=torch.long).tolist())", "token_ids", "Each id counts once"),
        ("    if k >= len(logits): return logits.clone()\n", "", "at most V"),
        ("logits < logits.topk", "logits <= logits.topk", "The k-th largest is kept too"),
        ("probs.cumsum(-1) - probs >= p", "probs.cumsum(-1) > p", "makes the sum reach p"),
        ("optimizer.step()", "None", "left the model as it was"),
        ("sum(losses) / len(losses)", "sum(losses)", "This is the sum over the batches"),
        ("labels=batch)", "labels=batch.roll(1))", "The labels should be the inputs"),
    ],
)
def test_part_2_passes_when_right_and_says_what_is_wrong(exercise, was, becomes, sentence, capsys):
    source = PART_2.replace(was, becomes, 1) if was else PART_2
    assert source != PART_2 or not was
    names: dict = {}
    exec(compile(source, "<student>", "exec"), names)
    lesson("mini_gpt_part2")
    concerned = was and was in next(f for f in PART_2.split("def ") if f.startswith(exercise))
    if not concerned:
        check(exercise, names)
        return
    with pytest.raises(CheckFailed, match=re.escape(sentence)):
        check(exercise, names)


ALL_SETTINGS = """
def generate_with_params(model, tokenizer, prompt="", temperature=1.0, top_k=50, top_p=0.95, repetition_penalty=1.0,
                         num_return_sequences=5, max_new_tokens=20):
    ids = tokenizer(prompt or tokenizer.bos_token, return_tensors="pt").to(model.device)
    out = model.generate(**ids, do_sample=True, temperature=temperature, top_k=top_k, top_p=top_p,
                         repetition_penalty=repetition_penalty, num_return_sequences=num_return_sequences,
                         max_new_tokens=max_new_tokens, pad_token_id=tokenizer.eos_token_id)
    texts = tokenizer.batch_decode(out, skip_special_tokens=True)
    return [text.split("\\n")[0].strip() for text in texts]
"""


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("", "", None),
        ('.split("\\n")[0]', "", "the first line"),
        (".strip()", "", "without special tokens and outer spaces"),
        ("skip_special_tokens=True", "skip_special_tokens=False", "without special tokens"),
        ("return [text", "return [text[len(prompt):]", "prompt included"),
        ("num_return_sequences=num_return_sequences", "num_return_sequences=5", "returned 5 things"),
        ("prompt or tokenizer.bos_token", 'prompt or "Gw"', "An empty prompt starts from BOS"),
        ("max_new_tokens=max_new_tokens", "max_length=max_new_tokens", "writes max_new_tokens new ones"),
        ("top_k=top_k", "top_k=50", "top_k keeps the two best letters"),
        ("top_p=top_p", "top_p=1.0", "top_p keeps a (50%) and b"),
        (" temperature=temperature,", "", "Temperature comes before top-p"),
        ("repetition_penalty=repetition_penalty", "repetition_penalty=1.0", "the penalty halves the logit"),
        ("    out =", "    import torch; torch.manual_seed(1)\n    out =", "do not set a seed inside"),
    ],
)
def test_all_settings_together_with_the_real_library(was, becomes, sentence, capsys):
    source = ALL_SETTINGS.replace(was, becomes, 1)
    assert source != ALL_SETTINGS or not was
    said = verdict("mini_gpt_part2", "generate_with_params", source)
    assert said is None if sentence is None else sentence in said, said


def test_an_answer_that_spoils_its_argument_spoils_no_later_check(capsys):
    spoils = """
def get_context_vector(word, position, embeddings):
    embeddings[0] += [9.0]
    embeddings[8].clear()
    return []
"""
    assert verdict("lesson3_embeddings", "get_context_vector", spoils)
    (path, *_) = solutions("lesson3_embeddings", "get_context_vector", "right")
    assert verdict("lesson3_embeddings", "get_context_vector", path.read_text(encoding="utf-8")) is None
