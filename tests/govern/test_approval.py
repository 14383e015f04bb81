"""Four eyes: every step of every stage, for the author and for somebody else."""

import pytest

from liuke.errors import YourMistake
from liuke.govern.approval import (
    MOVES,
    OF_ANOTHER,
    OF_THE_AUTHOR,
    STAGES,
    STEPS,
    NoSuchStep,
    NotTheirs,
    move,
    reason_of,
)


@pytest.mark.parametrize("actor", ["author", "other"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stage", STAGES)
def test_only_the_listed_steps_lead_anywhere_and_only_for_the_right_person(stage, step, actor):
    def taken():
        return move(stage, step, author="author", actor=actor)

    if (stage, step) not in MOVES:
        with pytest.raises(NoSuchStep):
            taken()
    elif (step in OF_THE_AUTHOR and actor == "other") or (step in OF_ANOTHER and actor == "author"):
        with pytest.raises(NotTheirs):
            taken()
    else:
        assert taken() == MOVES[stage, step]


def test_nothing_is_approved_that_was_not_proposed():
    assert [stage for (stage, step), after in MOVES.items() if after == "approved"] == ["proposed"]


@pytest.mark.parametrize("text", ["", "   ", "好的 "])
def test_a_reason_says_something(text):
    with pytest.raises(YourMistake):
        reason_of(text)
    assert reason_of(" 数据充分 ") == "数据充分"
