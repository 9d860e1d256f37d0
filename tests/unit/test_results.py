"""What grading notes beside the gradebook: written whole or not at all, an earlier result is never lost."""

import os
import stat

from grader.glue.results import (
    AGAIN,
    read_result,
    result_path,
    write_again,
    write_not_graded,
    write_result,
    write_saving,
)
from grader.result import CellScore, GradedNotebook


def graded(score):
    return GradedNotebook(nb={}, scores=[CellScore("x_tests", score, 4.0)], events=["an event"])


def test_a_result_is_read_back(tmp_path):
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    found = read_result(tmp_path, "ps1", "anna")
    assert found["status"] == "graded"
    assert found["notebooks"]["p1"]["scores"] == [{"grade_id": "x_tests", "score": 3.0, "max_score": 4.0}]


def test_notebooks_of_a_submission_stand_side_by_side(tmp_path):
    write_saving(tmp_path, "ps1", "anna")
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    write_result(tmp_path, "ps1", "anna", "p2", graded(1.0))
    assert set(read_result(tmp_path, "ps1", "anna")["notebooks"]) == {"p1", "p2"}


def test_what_was_found_earlier_stays_when_a_later_hand_in_cannot_be_graded(tmp_path):
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    write_saving(tmp_path, "ps1", "anna")
    write_not_graded(tmp_path, "ps1", "anna", "the file is empty")
    write_not_graded(tmp_path, "ps1", "anna", "still empty")
    found = read_result(tmp_path, "ps1", "anna")
    assert (found["status"], found["reason"]) == ("not graded", "still empty")
    assert found["earlier"]["notebooks"]["p1"]["scores"][0]["score"] == 3.0


def test_what_is_to_be_graded_again_keeps_what_was_found_until_then(tmp_path):
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    before = read_result(tmp_path, "ps1", "anna")
    for _ in range(2):
        write_again(tmp_path, "ps1", "anna")
        assert read_result(tmp_path, "ps1", "anna") == {"status": AGAIN, "earlier": before}
    write_saving(tmp_path, "ps1", "anna")
    assert read_result(tmp_path, "ps1", "anna")["earlier"] == before


def test_only_what_is_graded_can_be_graded_again(tmp_path):
    write_again(tmp_path, "ps1", "anna")
    assert read_result(tmp_path, "ps1", "anna") == {}
    write_not_graded(tmp_path, "ps1", "anna", "the file is empty")
    write_again(tmp_path, "ps1", "anna")
    assert read_result(tmp_path, "ps1", "anna")["status"] == "not graded"


def test_a_damaged_file_counts_as_none(tmp_path):
    path = result_path(tmp_path, "ps1", "anna")
    path.parent.mkdir(parents=True)
    for content in (b"", b"{", b"[]", b"\xff"):
        path.write_bytes(content)
        assert read_result(tmp_path, "ps1", "anna") == {}


def test_only_the_owner_may_read(tmp_path):
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    path = result_path(tmp_path, "ps1", "anna")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700


def test_nothing_half_written_is_left(tmp_path):
    write_result(tmp_path, "ps1", "anna", "p1", graded(3.0))
    assert [p.name for p in result_path(tmp_path, "ps1", "anna").parent.iterdir()] == ["anna.json"]
