"""What a campaign is doing, as a pure function: four eyes before it works, then running, paused, over.

draft → proposed → approved ─ start → running ⇄ paused
  ↑        │ refuse              ╲      │end     │
  └────── refused                 ╲→ cancelled   ended        revise: back to draft with another text
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from liuke.govern.approval import BY_FOUR_EYES, led_to, move

Stage = Literal["draft", "proposed", "refused", "approved", "running", "paused", "ended", "cancelled"]
Step = Literal["propose", "withdraw", "approve", "refuse", "start", "pause", "resume", "end", "cancel", "revise"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
STEPS: Final[tuple[Step, ...]] = get_args(Step)
_MOVES: Final[dict[tuple[Stage, Step], Stage]] = {
    ("approved", "start"): "running",
    ("running", "pause"): "paused",
    ("paused", "resume"): "running",
    **{(stage, "end"): "ended" for stage in ("approved", "running", "paused")},
    **{(stage, "cancel"): "cancelled" for stage in ("draft", "proposed", "refused", "approved", "running", "paused")},
    **{(stage, "revise"): "draft" for stage in STAGES if stage not in ("draft", "proposed")},
}
HALTED: Final[tuple[Stage, ...]] = ("paused",)
"""Messages already queued wait."""
CALLED_OFF: Final[tuple[Stage, ...]] = ("cancelled",)
"""Messages already queued are not sent any more."""


def advance(stage: Stage, step: Step, *, author: str, actor: str) -> Stage:
    """The stage after the step. Raises NoSuchStep, or NotTheirs when this person may not take it."""
    if step in BY_FOUR_EYES:
        return move(stage, step, author=author, actor=actor)  # type: ignore[arg-type, return-value]
    return led_to(_MOVES, stage, step)


def steps_from(stage: Stage) -> tuple[Step, ...]:
    """Steps a person may take from here, four eyes aside; starting and ending are the daily run's."""
    eyes: dict[Stage, tuple[Step, ...]] = {"draft": ("propose",), "proposed": ("withdraw", "approve", "refuse")}
    own = [step for (before, step) in _MOVES if before == stage and step not in ("start", "end", "revise")]
    return (*eyes.get(stage, ()), *own)
