"""Where an experiment stands, as a pure function: four eyes before it starts, frozen from then on.

draft → proposed → approved ─ start → running ─ finish → finished       finish: by its own stop rule
  ↑        │ refuse   │                  └───── stop ──→ stopped        stop: by a person, with a reason
  └────── refused     └ revise: back to draft with another text         what has started is never revised
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from liuke.govern.approval import BY_FOUR_EYES, led_to, move

Stage = Literal["draft", "proposed", "refused", "approved", "running", "finished", "stopped"]
Step = Literal["propose", "withdraw", "approve", "refuse", "revise", "start", "finish", "stop"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
STEPS: Final[tuple[Step, ...]] = get_args(Step)
STARTED: Final[tuple[Stage, ...]] = ("running", "finished", "stopped")
"""What was registered is frozen, and may be read."""
_MOVES: Final[dict[tuple[Stage, Step], Stage]] = {
    ("approved", "start"): "running",
    ("running", "finish"): "finished",
    ("running", "stop"): "stopped",
    ("refused", "revise"): "draft",
    ("approved", "revise"): "draft",
}


def advance(stage: Stage, step: Step, *, author: str, actor: str) -> Stage:
    """The stage after the step. Raises NoSuchStep, or NotTheirs when this person may not take it."""
    if step in BY_FOUR_EYES:
        return move(stage, step, author=author, actor=actor)  # type: ignore[arg-type, return-value]
    then = "begin a new experiment under another name" if stage in STARTED else "open the page again"
    return led_to(_MOVES, stage, step, then)


def steps_from(stage: Stage) -> tuple[Step, ...]:
    """Steps a person may take from here, four eyes aside; finishing is the daily run's."""
    eyes: dict[Stage, tuple[Step, ...]] = {"draft": ("propose",), "proposed": ("withdraw", "approve", "refuse")}
    own = [step for (before, step) in _MOVES if before == stage and step not in ("finish", "revise")]
    return (*eyes.get(stage, ()), *own)
