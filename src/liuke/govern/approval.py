"""Four eyes 双人复核: what one person wrote comes into force only when another one has approved it.

    draft ─ propose → proposed ─ approve → approved ─ replace → replaced
      ↑  ↖ withdraw ──┘   │                                    (when the next one is approved)
      └──── save ──── refused ← refuse

Knows nothing of what is approved. Steps of the author and steps of anybody else but the author are kept apart here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeVar, get_args

from liuke.errors import YourMistake, coded

Stage = Literal["draft", "proposed", "approved", "refused", "replaced", "discarded"]
Step = Literal["save", "propose", "withdraw", "discard", "approve", "refuse", "replace"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
STEPS: Final[tuple[Step, ...]] = get_args(Step)
MOVES: Final[dict[tuple[str, Step], Stage]] = {
    ("draft", "save"): "draft",
    ("refused", "save"): "draft",
    ("draft", "propose"): "proposed",
    ("proposed", "withdraw"): "draft",
    ("draft", "discard"): "discarded",
    ("refused", "discard"): "discarded",
    ("proposed", "approve"): "approved",
    ("proposed", "refuse"): "refused",
    ("approved", "replace"): "replaced",
}
OF_THE_AUTHOR: Final = frozenset({"save", "propose", "withdraw", "discard"})
OF_ANOTHER: Final = frozenset({"approve", "refuse"})
BY_FOUR_EYES: Final = frozenset({"propose", "withdraw", "approve", "refuse"})
"""Steps that are `move`'s also of what lives on after its approval."""
SHORTEST_REASON: Final = 4
"""Characters of a reason that says anything."""
BeforeT = TypeVar("BeforeT")
StageT = TypeVar("StageT")
StepT = TypeVar("StepT")


class NotTheirs(YourMistake):
    """The step belongs to the author, or to anybody but the author."""


class NoSuchStep(YourMistake):
    """From this stage the step does not lead anywhere."""


def move(stage: str, step: Step, *, author: str, actor: str) -> Stage:
    """The stage after the step. Raises NoSuchStep, or NotTheirs when this person may not take it."""
    after = led_to(MOVES, stage, step)
    if step in OF_THE_AUTHOR and actor != author:
        raise NotTheirs(
            coded("authors_step", "only {author}, who wrote it, may do this", author=author),
            state="nothing was changed",
            then="begin a change of your own",
        )
    if step in OF_ANOTHER and actor == author:
        raise NotTheirs(
            coded("four_eyes", "nobody decides about a proposal of their own"),
            state="nothing was changed",
            then="ask a second person who may approve",
        )
    return after


def led_to(
    moves: Mapping[tuple[BeforeT, StepT], StageT], stage: BeforeT, step: StepT, then: str = "open the page again"
) -> StageT:  # fmt: skip
    """The stage that the step leads to. Raises NoSuchStep."""
    after = moves.get((stage, step))
    if after is None:
        raise NoSuchStep(
            coded("no_step", "what is {stage} cannot be made to {step}", stage=stage, step=step),
            state="nothing was changed",
            then=then,
        )
    return after


def reason_of(text: str) -> str:
    """The reason as given, trimmed. Raises YourMistake when it says nothing."""
    said = text.strip()
    if len(said) < SHORTEST_REASON:
        raise YourMistake(
            coded("reason_wanted", "a reason of at least {most} characters is needed", most=SHORTEST_REASON),
            state="nothing was changed",
            then="say why",
        )
    return said
