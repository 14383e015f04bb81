"""What a campaign may do from where it stands, and who may make it."""

import pytest

from liuke.act.campaigns.stage import STAGES, STEPS, advance, steps_from
from liuke.govern.approval import NoSuchStep, NotTheirs


def walked(*steps: str, stage: str = "draft") -> str:
    for step in steps:
        actor = "boss" if step in ("approve", "refuse") else "me"
        stage = advance(stage, step, author="me", actor=actor)
    return stage


def test_a_campaign_lives_from_draft_to_its_end():
    assert walked("propose", "approve", "start", "pause", "resume", "end") == "ended"
    assert walked("propose", "refuse", "revise", "propose", "withdraw", "cancel") == "cancelled"


def test_nobody_approves_or_refuses_their_own():
    for step in ("approve", "refuse"):
        with pytest.raises(NotTheirs):
            advance("proposed", step, author="me", actor="me")


def test_only_an_approved_campaign_starts_and_only_a_running_one_pauses():
    begun = {stage for stage in STAGES if _goes(stage, "start")}
    assert begun == {"approved"}
    assert {stage for stage in STAGES if _goes(stage, "pause")} == {"running"}
    assert {stage for stage in STAGES if _goes(stage, "resume")} == {"paused"}


def test_what_is_over_goes_on_only_with_another_text():
    for stage in ("ended", "cancelled"):
        assert [step for step in STEPS if _goes(stage, step)] == ["revise"]


def test_the_steps_shown_are_steps_that_lead_somewhere():
    for stage in STAGES:
        assert all(_goes(stage, step) for step in steps_from(stage))
    assert set(steps_from("running")) == {"pause", "cancel"}


def _goes(stage: str, step: str) -> bool:
    try:
        advance(stage, step, author="me", actor="boss" if step in ("approve", "refuse") else "me")
    except NoSuchStep:
        return False
    return True
