"""Mini-GPT, part 2: the reference against the library, the tiny GPT-2, and the notebook.

The filters are checked against the logits processors of `transformers`, the models of the hidden
tests against the tables they are made from, and the notebook as nbgrader and a student see it.
"""

import ast
import importlib.util
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import torch
from in_a_box import run
from nbclient import NotebookClient
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from grader.checks.table_gpt2 import LINE_BREAK, NEVER, SPACE, random_table_gpt2
from grader.inside import stubs
from reference.pytorch import gpt2_sampling
from reference.pytorch.wrong_gpt2 import BY_EXERCISE, PENALTY, TOP_K, TOP_P

ROOT = Path(__file__).parents[2]
MINI_GPT = ROOT / "source" / "mini_gpt"
NOTEBOOK = MINI_GPT / "part2_gpt2.ipynb"
TINY = MINI_GPT / "tiny_gpt2"
SOLUTIONS = ROOT / "tests" / "solutions" / "mini_gpt"

POINTS = {
    "apply_repetition_penalty": 2,
    "top_k_filter": 2,
    "top_p_filter": 3,
    "fine_tune": 4,
    "generate_with_params": 3,
}


# ---------------------------------------------------------------------------------------------
# The reference against the library


@pytest.mark.parametrize("seed", range(20))
def test_the_filters_do_what_the_librarys_processors_do(seed):
    generator = torch.Generator().manual_seed(seed)
    size = int(torch.randint(2, 200, (1,), generator=generator))
    logits = torch.randn(size, generator=generator) * 3
    ids = torch.randint(0, size, (10,), generator=generator)  # some come twice
    k = int(torch.randint(1, 2 * size, (1,), generator=generator))
    p = float(torch.rand(1, generator=generator) * 0.98 + 0.01)
    untouched = logits.clone()

    seen = gpt2_sampling.apply_repetition_penalty(logits, ids, 1.7)
    wanted = RepetitionPenaltyLogitsProcessor(1.7)(ids[None], logits[None].clone())[0]
    assert torch.allclose(seen, wanted)
    assert torch.equal(gpt2_sampling.apply_repetition_penalty(logits, ids.tolist(), 1.7), seen)
    assert torch.equal(gpt2_sampling.top_k_filter(logits, k), TopKLogitsWarper(k)(None, logits[None])[0])
    assert torch.equal(gpt2_sampling.top_p_filter(logits, p), TopPLogitsWarper(p)(None, logits[None])[0])
    assert torch.equal(logits, untouched)


def test_top_p_keeps_the_smallest_set_that_reaches_p():
    logits = torch.tensor([0.15, 0.5, 0.05, 0.3]).log()
    for p, kept in [(0.01, [1]), (0.499, [1]), (0.51, [1, 3]), (0.79, [1, 3]), (0.81, [0, 1, 3])]:
        assert gpt2_sampling.top_p_filter(logits, p).isfinite().nonzero().flatten().tolist() == kept


def table_gpt2(seed=0, bos="<|begin|>"):
    tokens = (*"abcdefgh", SPACE, LINE_BREAK, "<|end|>", "<|begin|>")
    return random_table_gpt2(torch.Generator().manual_seed(seed), tokens, list("bcdefg"), "<|end|>", bos)


def test_a_table_gpt2_is_a_real_gpt2_that_says_what_its_tables_say():
    table = table_gpt2()
    model, tokenizer = stubs.build(table.model()), stubs.build(table.tokenizer())
    ids = [table.start, *tokenizer.encode("fa b\nc")]
    assert table.ids("fa b\nc") == tuple(ids[1:]) and table.text(ids[1:]) == "fa b\nc"
    logits = model(torch.tensor([ids])).logits[0].detach()
    for t in range(len(ids)):
        wanted = table.next_logits(ids[: t + 1])
        open_to = wanted > NEVER / 2
        assert torch.allclose(logits[t][open_to], wanted[open_to], atol=1e-5)
        assert (logits[t][~open_to] < NEVER / 2).all()
    sure = table.certain_of(["c", SPACE, "d"], ["b"])
    out = stubs.build(sure.model()).generate(
        torch.tensor([tokenizer.encode("ab")]), do_sample=True, max_new_tokens=4
    )
    assert tokenizer.decode(out[0]) == "abc dd"


def test_the_reference_generates_by_the_law_that_the_hidden_tests_compute():
    table = table_gpt2(1)
    model, tokenizer = stubs.build(table.model()), stubs.build(table.tokenizer())
    torch.manual_seed(0)
    settings = {"temperature": 1.3, "top_k": 4, "top_p": 0.8, "repetition_penalty": 1.5}
    texts = gpt2_sampling.generate_with_params(
        model, tokenizer, "a", **settings, num_return_sequences=600, max_new_tokens=2
    )
    law = table.law(
        table.ids("a"),
        2,
        lambda ids: gpt2_sampling.next_distribution(table.next_logits(ids), ids, **settings),
    )
    assert abs(sum(law.values()) - 1) < 1e-6
    seen = Counter(table.ids(text)[1:] for text in texts)
    assert set(seen) <= set(law)
    assert max(abs(seen[o] / 600 - p) for o, p in law.items()) < 0.1


def test_fine_tuning_lowers_the_loss_and_returns_the_mean_of_each_epoch():
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(TINY)
    items = [torch.arange(i, i + 12) % 7 + 100 for i in range(16)]
    together = torch.stack(items)
    with torch.no_grad():
        before = model.eval()(input_ids=together, labels=together).loss.item()
    means = gpt2_sampling.fine_tune(model, items, epochs=3, lr=2e-3, batch_size=4)
    assert len(means) == 3 and means[2] < means[1] < means[0] < 1.1 * before and not model.training


# ---------------------------------------------------------------------------------------------
# The library of solutions


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_library_holds_enough_styles_and_a_wrong_file_for_each_misconception(exercise):
    right = sorted((SOLUTIONS / exercise / "right").glob("*.py"))
    wrong = sorted((SOLUTIONS / exercise / "wrong").glob("*.py"))
    assert len(right) >= 4 and len(wrong) >= 8
    assert all(path.read_text(encoding="utf-8").startswith("# style: ") for path in right)
    heads = [path.read_text(encoding="utf-8").splitlines()[:2] for path in wrong]
    assert all(why.startswith("# why: ") for _, why in heads)
    named = {first.removeprefix("# misconception: ") for first, _ in heads}
    assert named == {m.id for m in BY_EXERCISE[exercise]}


@pytest.mark.parametrize("m", [m for ms in BY_EXERCISE.values() for m in ms], ids=lambda m: m.id)
def test_each_misconception_speaks_two_languages_and_says_how_it_is_seen(m):
    assert 30 < len(m.sentence.en) < 260 and 30 < len(m.sentence.fr) < 260
    assert m.sentence.en != m.sentence.fr
    assert (m.hypothesis is None) == bool(m.seen_by)


def test_no_two_hypotheses_about_a_filter_agree_on_all_inputs():
    generator = torch.Generator().manual_seed(3)
    inputs = [torch.randn(9, generator=generator) * 2 for _ in range(6)]
    ids = torch.tensor([1, 4, 1, 7])
    for known, arguments, right in (
        (PENALTY, [(x, ids, 1.6) for x in inputs], gpt2_sampling.apply_repetition_penalty),
        (TOP_K, [(x, 4) for x in inputs], gpt2_sampling.top_k_filter),
        (TOP_P, [(x, p) for x, p in zip(inputs, (0.3, 0.5, 0.6, 0.7, 0.8, 0.9), strict=True)], None),
    ):
        hypotheses = {m.id: m.hypothesis for m in known if m.hypothesis}
        hypotheses["right"] = right or gpt2_sampling.top_p_filter
        results = {i: str([h(*a).tolist() for a in arguments]) for i, h in hypotheses.items()}
        if known is PENALTY:  # a set of tensors counts as every time does, but not with a list
            assert results.pop("set_of_tensors") == results["counted_each_time"]
        assert len(set(results.values())) == len(results)


# ---------------------------------------------------------------------------------------------
# The tiny GPT-2


def test_the_tiny_gpt2_is_small_safe_and_readable_by_everybody():
    files = [file for file in TINY.iterdir() if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 2_000_000
    assert {file.suffix for file in files} <= {".json", ".safetensors", ".md"}
    assert all(file.stat().st_mode & 0o444 == 0o444 for file in files)


def test_the_tiny_gpt2_loads_and_writes_about_the_people_of_the_corpus():
    tokenizer, model = AutoTokenizer.from_pretrained(TINY), AutoModelForCausalLM.from_pretrained(TINY)
    assert model.dtype == torch.float32 and model.num_parameters() == 245_120
    assert tokenizer.bos_token_id == tokenizer.eos_token_id == model.config.eos_token_id
    for text in ("Gwen walked to the sea.", "Llŷr", "été\n"):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    torch.manual_seed(0)
    texts = gpt2_sampling.generate_with_params(model, tokenizer, top_p=0.9, max_new_tokens=40)
    assert sum(len(text.split()) >= 3 for text in texts) >= 4, texts


def test_the_tokenizer_is_what_its_script_makes(tmp_path):
    spec = importlib.util.spec_from_file_location("make_tiny_gpt2", ROOT / "corpora" / "make_tiny_gpt2.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    names = script.NAMES.read_text(encoding="utf-8").splitlines()
    texts = script.sentences(names, script.SENTENCES, script.random.Random(script.SEED))
    script.make_tokenizer(texts, tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / name).read_bytes() == (TINY / name).read_bytes()


# ---------------------------------------------------------------------------------------------
# The notebook


def read():
    return nbformat.read(NOTEBOOK, as_version=4)


def grading(cell):
    return cell.metadata.get("nbgrader", {})


def tags(cell):
    return cell.metadata.get("tags", [])


def by_grade_id(nb):
    return {grading(cell)["grade_id"]: (i, cell) for i, cell in enumerate(nb.cells) if grading(cell)}


def shortened():
    nb = read()
    (where,) = [i for i, cell in enumerate(nb.cells) if "parameters" in tags(cell)]
    nb.cells.insert(where + 1, nbformat.v4.new_code_cell("EPOCHS, MAX_STEPS, SHOWN, SAMPLES = 1, 10, 2, 2"))
    return nb


def run_as_at_home(nb):
    resources = {"metadata": {"path": str(MINI_GPT)}}
    NotebookClient(nb, timeout=300, kernel_name="python3", resources=resources).execute()
    return nb


def test_the_notebook_is_valid_and_its_cells_have_names_of_their_own():
    nb = read()
    nbformat.validate(nb)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in nb.cells)
    assert max(Counter(cell.id for cell in nb.cells).values()) == 1
    ids = [grading(cell)["grade_id"] for cell in nb.cells if grading(cell)]
    assert max(Counter(ids).values()) == 1
    first_part = nbformat.read(MINI_GPT / "part1_from_scratch.ipynb", as_version=4)
    exercises = {i for i, (_, c) in by_grade_id(first_part).items() if grading(c)["grade"]}
    assert not exercises & set(ids), "feedback addresses exercises of both parts by name"


@pytest.mark.parametrize("exercise", POINTS)
def test_an_exercise_is_a_solution_cell_and_right_after_it_a_test_cell_with_the_points(exercise):
    cells = by_grade_id(read())
    where, solution = cells[exercise]
    where_tests, tests = cells[f"{exercise}_tests"]
    assert where_tests == where + 1
    assert grading(solution)["solution"] and not grading(solution)["grade"]
    assert "### BEGIN SOLUTION" in solution.source and "### END SOLUTION" in solution.source
    assert '"""' in solution.source.partition("### BEGIN SOLUTION")[0], "the contract is told in a docstring"
    assert grading(tests)["grade"] and grading(tests)["locked"]
    assert grading(tests)["points"] == POINTS[exercise] and tests.source == f'check("{exercise}")'
    banner = read().cells[where - 1]
    assert banner.source == f'exercise("{exercise}")' and grading(banner)["locked"]


def test_nothing_else_carries_points():
    graded = {i: grading(c)["points"] for i, (_, c) in by_grade_id(read()).items() if grading(c)["grade"]}
    assert graded == {f"{e}_tests": points for e, points in POINTS.items()} | {"comparison_answer": 3}


def test_text_comes_in_pairs_french_then_english():
    text = [cell for cell in read().cells if cell.cell_type == "markdown" and not grading(cell)]
    assert [tags(cell) for cell in text] == [["lang-fr"], ["lang-en"]] * (len(text) // 2)
    for french, english in zip(text[::2], text[1::2], strict=True):
        assert french.id.removesuffix("-fr") == english.id.removesuffix("-en")
        assert len(french.source.splitlines()) == len(english.source.splitlines()), french.id


def test_the_parameters_that_grading_overrides_stand_in_one_tagged_cell():
    (cell,) = [cell for cell in read().cells if "parameters" in tags(cell)]
    names = {target.id for node in ast.parse(cell.source).body for target in node.targets}
    assert names == {"EPOCHS", "MAX_STEPS", "LEARNING_RATE", "BATCH_SIZE", "SHOWN", "SAMPLES"}
    assert grading(cell)["locked"]


def test_the_notebook_imports_only_pytorch_transformers_what_students_get_and_the_standard_library():
    imported = set()
    for cell in read().cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(node.module.partition(".")[0])
    assert imported <= {"torch", "transformers", "grader"} | set(sys.stdlib_module_names)


def said_below(cell):
    """Banners and pictures of a cell, as text."""
    return [output.data["text/plain"] for output in cell.outputs if "data" in output]


EXPLORED = {
    "play-tokens": ('my_text = "Nolwenn found the harbour"', 'my_text = "日本"', "Passed. Spelt out"),
    "play-filters": (
        'my_start = "One morning, Gwen met"',
        'my_start = "Long ago, the miller went back"',
        "Passed. Nearly",
    ),
    "play-prompt": ('my_prompt = "Bran"', 'my_prompt = "One morning, Gwen"', "Passed. A moment ago"),
    "play-settings": ('"repetition_penalty": 1.1', '"repetition_penalty": 5', "Passed. Above 1"),
}


@pytest.mark.slow
def test_the_notebook_runs_offline_with_its_solutions_and_answers_explore_cells(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    nb = shortened()
    cells = {cell.id: cell for cell in nb.cells}
    for name, (given, found, _) in EXPLORED.items():
        assert given in cells[name].source
        cells[name].source = cells[name].source.replace(given, found)
    nb.cells.append(nbformat.v4.new_code_cell("import sys\nassert 'matplotlib' not in sys.modules"))
    run_as_at_home(nb)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert [o for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    shown = [text for cell in cells.values() if cell.cell_type == "code" for text in said_below(cell)]
    assert sum(text.startswith("✔ Passed: ") for text in shown) == len(POINTS)
    assert any("5 of 5 exercises done" in text and "Congratulations" in text for text in shown)
    for title in ("The model: 245,120 parameters", "Top-k, k = 5: 5 tokens", "Mean loss of an epoch",
                  "How many tokens does a name have?", "Different from each other"):  # fmt: skip
        assert any(text.startswith(title) for text in shown), title
    for name, (_, _, answer) in EXPLORED.items():
        assert any(answer in text for text in said_below(cells[name])), name


WRONG = {
    "apply_repetition_penalty": ("score * penalty)", "score / penalty)", "A negative logit is multiplied"),
    "top_k_filter": ("min(k, logits.numel())", "max(1, k - 1)", "The k-th largest is kept too"),
    "top_p_filter": ("before < p", "before + probs < p", "The token that makes the sum reach p is kept too"),
    "fine_tune": ("sum(losses) / len(losses)", "sum(losses)", "This is the sum over the batches"),
    "generate_with_params": (
        "logits = top_p_filter(top_k_filter(logits, top_k), top_p)",
        "logits = top_k_filter(top_p_filter(logits, top_p), top_k)",
        "Top-k comes before top-p",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "exercises",
    [
        ("apply_repetition_penalty", "top_k_filter", "top_p_filter"),
        ("fine_tune",),
        ("generate_with_params",),
    ],
    ids=lambda exercises: exercises[-1],
)
def test_the_checks_see_a_common_mistake(exercises):
    nb = shortened()
    for exercise in exercises:
        right, wrong, _ = WRONG[exercise]
        where, cell = by_grade_id(nb)[exercise]
        assert right in cell.source
        cell.source = cell.source.replace(right, wrong)
    nb.cells = nb.cells[: where + 2]
    run(nb, MINI_GPT, allow_errors=True)
    for exercise in exercises:
        check = nb.cells[by_grade_id(nb)[exercise][0] + 1]
        (failed,) = [output for output in check.outputs if output.output_type == "error"]
        assert "not yet, see above" in "".join(failed.traceback)
        assert WRONG[exercise][2] in "\n".join(said_below(check))
