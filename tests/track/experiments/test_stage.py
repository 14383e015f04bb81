"""Golden: from every stage, where each step leads and who may take it."""

from __future__ import annotations

import pytest

from liuke.govern.approval import NoSuchStep, NotTheirs
from liuke.track.experiments.stage import STAGES, STEPS, advance, steps_from

GOLDEN = {
    ("draft", "propose"): "proposed",
    ("proposed", "withdraw"): "draft",
    ("proposed", "approve"): "approved",
    ("proposed", "refuse"): "refused",
    ("refused", "revise"): "draft",
    ("approved", "revise"): "draft",
    ("approved", "start"): "running",
    ("running", "finish"): "finished",
    ("running", "stop"): "stopped",
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_leads_where_it_should_and_nowhere_else(stage: str, step: str) -> None:
    actor = "bob" if step in ("approve", "refuse") else "ann"
    if (stage, step) in GOLDEN:
        assert advance(stage, step, author="ann", actor=actor) == GOLDEN[stage, step]
    else:
        with pytest.raises(NoSuchStep):
            advance(stage, step, author="ann", actor=actor)


def test_nobody_approves_their_own_and_nobody_withdraws_anothers() -> None:
    with pytest.raises(NotTheirs):
        advance("proposed", "approve", author="ann", actor="ann")
    with pytest.raises(NotTheirs):
        advance("proposed", "withdraw", author="ann", actor="bob")


def test_what_has_started_is_never_revised() -> None:
    assert {s: steps_from(s) for s in STAGES} == {
        "draft": ("propose",), "proposed": ("withdraw", "approve", "refuse"), "refused": (),
        "approved": ("start",), "running": ("stop",), "finished": (), "stopped": (),
    }  # fmt: skip
