"""What a customer is told: done, now, ahead; and nothing to do while the bank is at work."""

import pytest

from liuke.act.progress.outlook import outlook
from liuke.act.progress.progress_policy import ProgressPolicy

LOAN = ProgressPolicy().journey("loan_application")


def test_the_stages_before_are_done_and_the_present_one_says_what_is_needed() -> None:
    found = outlook(LOAN, "documents", "in_progress")
    assert [mark for _, mark in found.stages] == ["done", "done", "now", "ahead", "ahead", "ahead"]
    assert found.now is LOAN.stage("documents")
    assert outlook(LOAN, "documents", "needs_more").now is LOAN.stage("documents")


@pytest.mark.parametrize(
    ("stage", "status"),
    [("documents", "submitted"), ("documents", "in_review"), ("review", "in_progress"), ("form", "withdrawn"),
     ("review", "rejected"), ("payout", "completed")],
)  # fmt: skip
def test_while_the_bank_is_at_work_or_after_the_end_there_is_nothing_to_do(stage: str, status: str) -> None:
    assert outlook(LOAN, stage, status).now is None


def test_what_is_completed_is_done_to_the_end_and_what_is_withdrawn_stays() -> None:
    assert {mark for _, mark in outlook(LOAN, "signing", "completed").stages} == {"done"}
    assert [mark for _, mark in outlook(LOAN, "identity", "withdrawn").stages][:3] == ["done", "now", "ahead"]


def test_a_stage_that_an_app_made_up_leaves_the_first_one_to_do() -> None:
    found = outlook(LOAN, "moon", "in_progress")
    assert {mark for _, mark in found.stages} == {"ahead"}
    assert found.now is LOAN.stages[0]
