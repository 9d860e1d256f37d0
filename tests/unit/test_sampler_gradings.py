"""`benchmarks.sampler_gradings`: it counts what it says, and it would notice a sampler that fails or passes wrongly."""

import sys

import pytest

from benchmarks import sampler_gradings
from benchmarks.ideal_samplers import SAMPLERS, drawer
from benchmarks.sampler_gradings import Task, bench_of, done, recorded, right_tasks, wrong_tasks
from grader.checks import sampling

EVERY = pytest.mark.parametrize("sampler", range(len(SAMPLERS)), ids=lambda i: SAMPLERS[i].name)


def test_the_gradings_add_up_and_every_right_file_is_among_them():
    assert sum(s.share for s in SAMPLERS) == pytest.approx(1)
    total = 0
    for i, sampler in enumerate(SAMPLERS):
        tasks = right_tasks(i, round(20_000 * sampler.share), 3, "seed")
        assert {t.path for t in tasks if t.path} == set(sampler.files("right"))
        assert len({(t.seed, t.path) for t in tasks}) == len(tasks)  # no secret comes twice
        total += sum(t.number for t in tasks)
    assert total == 20_000


@EVERY
def test_every_wrong_sampler_of_the_exercise_is_among_those_that_must_be_caught(sampler):
    tasks = wrong_tasks(sampler, 200, 2, "seed")
    assert {t.misconception for t in tasks} == {m.id for m in SAMPLERS[sampler].misconceptions()}


@pytest.mark.slow
@EVERY
def test_the_right_law_passes_the_real_hidden_tests_and_every_wrong_law_fails_them(sampler):
    right = done(Task(sampler, 3, "some secret"))
    assert (right.gradings, right.failed) == (3, 0)
    assert right.judged >= 3 and 0 < right.smallest <= 1
    law = next(t for t in wrong_tasks(sampler, 3, 1, "some secret") if t.path is None)
    wrong = done(law)
    assert (wrong.gradings, wrong.failed) == (3, 3) and max(wrong.margins) < sampling.ALPHA


@pytest.mark.slow
def test_answers_of_the_library_are_graded_by_all_hidden_tests():
    (right,) = [t for t in right_tasks(0, 1, 1, "some secret") if t.path and t.path.stem == "01_choices"]
    assert done(right).failed == 0
    (wrong,) = [t for t in wrong_tasks(0, 1, 1, "some secret") if t.misconception == "one_letter_short"]
    count = done(wrong)
    assert count.failed == 1 and "test_length" in count.found[0]


def test_an_ideal_sampler_follows_its_law():
    law = {"a": 0.5, "b": 0.3, "c": 0.2}
    assert sampling.p_value(drawer(1)(law, 4000), law) > 1e-3
    assert sampling.p_value(drawer(1)({"a": 0.6, "b": 0.2, "c": 0.2}, 4000), law) < 1e-9
    assert drawer(1)(law, 20) == drawer(1)(law, 20) != drawer(2)(law, 20)


def test_the_record_holds_both_samples_of_a_rejection_and_one_of_an_acceptance():
    law, other = {"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.1}
    draw = drawer(3)
    with recorded() as judgements:
        assert sampling.deviation(lambda n, of: [draw(law, n)], [law], 300, 900) is None
        assert sampling.deviation(lambda n, of: [draw(other, n)], [law], 300, 900) is not None
        assert sampling.deviation(lambda n, of: [draw(law, n)], [law], 300, 900) is None
    assert [len(values) for values in judgements] == [1, 2, 1]
    assert max(judgements[1]) < sampling.ALPHA < min(judgements[0] + judgements[2])
    assert sampling.rejected([["a"] * 9], [law]) is None  # and all is as before


def test_a_right_sampler_that_fails_or_a_wrong_one_that_passes_ends_the_command_with_1(monkeypatch, capsys):
    class Here:
        """Runs at once what a pool would."""

        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, function, task):
            self.last = function(task)
            return type("Future", (), {"result": lambda _, made=self.last: made})()

    def graded(failed_right, failed_wrong):
        def done(task):
            right = not task.misconception
            failed = min(task.number, failed_right) if right else task.number - failed_wrong
            return sampler_gradings.Count(task.number, failed, judged=1)

        return done

    monkeypatch.setattr(sampler_gradings, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(sys, "argv", ["sampler_gradings", "--only", "lesson3", "--gradings", "100"])
    for failed_right, passed_wrong, status in [(0, 0, 0), (1, 0, 1), (0, 1, 1)]:
        monkeypatch.setattr(sampler_gradings, "done", graded(failed_right, passed_wrong))
        assert sampler_gradings.main() == status
    assert "100 gradings, 0 failed" in capsys.readouterr().out


def test_a_bench_is_opened_once_a_process():
    assert bench_of(0) is bench_of(0)
