"""`triggers/<code>.yaml`: one trigger rule as a bank writes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from liuke.act.loop_policy import Tier
from liuke.act.triggers.conditions import Condition, Consecutive, is_timed, leaves
from liuke.act.triggers.durations import DAY, SECOND, Span
from liuke.errors import Wrong
from liuke.insight.content_hash import content_hash
from liuke.insight.tags.tag_file import Purpose
from liuke.settings import Name
from liuke.yaml_file import Document

ReEntry = Literal["fresh", "again", "never"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
MOST_LEAVES = 8


class Effective(Document):
    """Days on which the rule's moments count, bank-local, both included; open where left out."""

    from_: date | None = Field(None, alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ and self.to and self.to < self.from_:
            raise Wrong("effective_order", "`to` ({to}) lies before `from` ({start})", to=self.to, start=self.from_)
        return self


class TriggerFile(Document):
    """One rule. Every threshold is the bank's to set; those shipped are labelled as defaults.

    version: the owner's numbering, for people. sensitive: the rule looks at what PIPL art. 28 protects; it stays
    silent until the bank switches it on by name. priority: among rules for the same customer and theme the
    higher one leads. action, theme, tier: what order comes of a match; tier sets urgency as a warning's does. sla:
    working time to the first contact instead of the tier's. re_entry: `fresh` (default), only later events count
    towards the next match; `again`, the same events may count again after the cool-down; `never`, once per
    customer. cooldown: no further match for the customer within the span after one. settle: how long the clock waits
    for stragglers beyond a deadline. active: false switches the rule off; it is read and checked, and watches nothing.
    shadow: matches are recorded and nothing follows. max_share: a rule that would
    match a larger share of customers is not activated unless confirmed says true.
    """

    name: Name
    description: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    purpose: Purpose = "service"
    sensitive: bool = False
    effective: Effective = Effective.model_validate({})
    priority: int = Field(50, ge=1, le=100)
    action: Code = "rm_care"
    theme: Code
    tier: Tier = "orange"
    sla: Span | None = None
    re_entry: ReEntry = "fresh"
    cooldown: Span = 7 * DAY
    settle: Span = 60 * SECOND
    active: bool = True
    shadow: bool = False
    max_share: float = Field(0.2, gt=0, le=1)
    confirmed: bool = False
    condition: Condition

    @model_validator(mode="after")
    def _fits(self) -> Self:
        found = [leaf for leaf, _ in leaves(self.condition)]
        timed = [leaf for leaf in found if is_timed(leaf)]
        if len(found) > MOST_LEAVES:
            raise Wrong("too_many_conditions", "a rule has at most {most} conditions", most=MOST_LEAVES)
        if sum(isinstance(leaf, Consecutive) for leaf in found) > 1:
            raise Wrong("one_consecutive", "a rule has at most one consecutive")
        if len(timed) > 1:
            raise Wrong(
                "one_timed", "a rule has at most one condition that the clock fires (drop, or sequence with then_no)"
            )
        if timed and any(isinstance(leaf, Consecutive) for leaf in found):
            raise Wrong("timed_and_consecutive", "consecutive does not go together with one that the clock fires")
        if not SECOND <= self.settle <= DAY // 2:
            raise Wrong("settle_range", "`settle` is between 1s and 12h")
        return self

    @property
    def meaning(self) -> str:
        """A hash of what decides how events add up: equal exactly when the state of customers can be kept."""
        says: dict[str, Any] = self.model_dump(mode="json", by_alias=True, include={"condition", "re_entry", "settle"})
        return content_hash([says, type(self.condition).__name__])
