"""The conditions of a trigger rule as written in YAML; every node checks its own words when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Tag, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from liuke.act.triggers.durations import DAY, Span
from liuke.act.triggers.patterns import Named, Pattern, Property, measured
from liuke.errors import Wrong
from liuke.insight.rules.rows import Node, told_by

Period = Literal["day", "week", "month"]
Rhythm = Literal["count", "sum"]
MOST_COUNTED = 64
"""The newest so many events of a sum stay in view; count and distinct keep as many as they ask for, at most this."""
MOST_STEPS = 4
MOST_PANES = 24


class Without(Named):
    """What must not have happened, as far as is known: since the first event counted, or within the last span.

    since first_match: at the moment of the first counted event or later. within: after the rule's moment less the
    span. What is known to have happened later than the rule's moment counts too.
    """

    event: str
    since: Literal["first_match"] | None = None
    within: Span | None = None

    @model_validator(mode="after")
    def _one_reach(self) -> Self:
        if (self.since is None) == (self.within is None):
            raise Wrong("without_reach", "`without` says either `since: first_match` or `within`")
        return self

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.event


class When(Named):
    """`{when: transfer, where: [...]}`: this very event. True only while the event that meets it is taken in."""

    when: str
    without: Without | None = None

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.when


class Count(Named):
    """`{count: search, at_least: 3, within: 7d}`: so many events within the span up to the rule's moment."""

    count: str
    at_least: int = Field(ge=1, le=MOST_COUNTED)
    within: Span
    without: Without | None = None

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.count


class Sum(Named):
    """`{sum: transaction, of: amount, at_least: 50000, within: 3d}`: a number added up over the span."""

    sum: str
    of: Property
    at_least: float = Field(gt=0, le=1e12)
    within: Span
    without: Without | None = None

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.sum


class Distinct(Named):
    """`{distinct: transaction, of: counterparty_bank, at_least: 3, within: 7d}`: so many different values."""

    distinct: str
    of: Property
    at_least: int = Field(ge=2, le=MOST_COUNTED)
    within: Span
    without: Without | None = None

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.distinct


class Consecutive(Named):
    """`{consecutive: transaction, every: month, periods: 3, measure: sum, of: amount, at_least: 200}`.

    In each of the last calendar periods in the bank's zone, the running one included, the measure is reached.
    """

    consecutive: str
    every: Period = "month"
    periods: int = Field(ge=2, le=12)
    measure: Rhythm = "count"
    of: Property | None = None
    at_least: float = Field(1, gt=0, le=1e12)

    @model_validator(mode="after")
    def _measured(self) -> Self:
        measured(self.measure, self.of)
        return self

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.consecutive


class Drop(Named):
    """`{drop: login, within: 30d, baseline: 90d, every: 10d, below: 0.4, at_least: 6}`: fires by the clock.

    Checked at local midnight every `every` days: the measure of the last `within` is at most `below` times what the
    `baseline` before it had in a span of that length, and the latter was `at_least`. Sums are in whole units.
    """

    drop: str
    measure: Rhythm = "count"
    of: Property | None = None
    within: Span
    baseline: Span
    every: Span
    below: float = Field(ge=0, lt=1)
    at_least: float = Field(gt=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        measured(self.measure, self.of)
        if self.every < DAY or any(s % DAY for s in (self.every, self.within, self.baseline)):
            raise Wrong("whole_days", "`every`, `within` and `baseline` are whole days, `every` at least 1d")
        if self.within % self.every or self.baseline % self.every or not self.within or not self.baseline:
            raise Wrong("whole_panes", "`within` and `baseline` are multiples of `every`")
        if (self.within + self.baseline) // self.every > MOST_PANES:
            raise Wrong("too_many_panes", "`within` and `baseline` hold at most {most} times `every`", most=MOST_PANES)
        return self

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.drop


class Step(Named):
    """One event of a sequence."""

    event: str

    @property
    def name(self) -> str:
        """See Named.name."""
        return self.event


class No(Step):
    """What must not follow the last step within the span; the clock fires when the span is over."""

    within: Span

    @field_validator("within")
    @classmethod
    def _some_time(cls, value: int) -> int:
        if value == 0:
            raise Wrong("no_wait", "`then_no` needs a span to wait for; 0 waits for nothing")
        return value


class Sequence(Node):
    """`{sequence: [{event: start}, {event: upload}], within: 1d, then_no: {event: submit, within: 30m}}`.

    The steps in this order, from first to last within the span; then, with `then_no`, nothing of that kind after the
    last step until its span is over. The last step again starts the wait anew.
    """

    sequence: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)
    within: Span = 0
    then_no: No | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.sequence) > 1 and not self.within:
            raise Wrong("steps_within", "a sequence of several steps says `within`")
        if len(self.sequence) == 1 and self.then_no is None:
            raise Wrong("one_step", "a sequence of one step needs `then_no`; else write {{when: …}}")
        return self


class Elsewhere(Node):
    """What only rules about customers ask, named here to say where it belongs."""

    behaviour: Any

    @model_validator(mode="after")
    def _not_here(self) -> Self:
        raise Wrong("behaviour_no_trigger", "a trigger hears events as they come and asks nothing about behaviour; "
                    "write `sequence` here, or a segment and a campaign over it")  # fmt: skip


class AllOf(Node):
    """All conditions hold at the same moment."""

    all: tuple[Condition, ...] = Field(min_length=2, max_length=6)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.all


class AnyOf(Node):
    """At least one condition holds."""

    any: tuple[Condition, ...] = Field(min_length=2, max_length=6)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.any


Leaf = When | Count | Sum | Distinct | Consecutive | Drop | Sequence
_KINDS: Mapping[str, type[Node]] = {
    "when": When, "count": Count, "sum": Sum, "distinct": Distinct, "consecutive": Consecutive, "drop": Drop,
    "sequence": Sequence, "all": AllOf, "any": AnyOf,
}  # fmt: skip
Condition = Annotated[
    Annotated[When, Tag("<when>")]
    | Annotated[Count, Tag("<count>")]
    | Annotated[Sum, Tag("<sum>")]
    | Annotated[Distinct, Tag("<distinct>")]
    | Annotated[Consecutive, Tag("<consecutive>")]
    | Annotated[Drop, Tag("<drop>")]
    | Annotated[Sequence, Tag("<sequence>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[SkipJsonSchema[Elsewhere], Tag("<behaviour>")],
    told_by(_KINDS, {"behaviour": Elsewhere}),
]
"""Any condition; the type of a rule's `condition`."""

for _model in (AllOf, AnyOf):
    _model.model_rebuild()


def leaves(node: Any, keys: tuple[int | str, ...] = ()) -> Iterator[tuple[Leaf, tuple[int | str, ...]]]:
    """The conditions at the ends of the tree in order of writing, with the keys that lead to them."""
    if isinstance(node, AllOf | AnyOf):
        [key] = type(node).model_fields
        for i, child in enumerate(node.children):
            yield from leaves(child, (*keys, key, i))
    else:
        yield node, keys


def patterns(leaf: Leaf, keys: tuple[int | str, ...] = ()) -> Iterator[tuple[Pattern, tuple[int | str, ...]]]:
    """Every pattern of events a condition names, those of `without` and `then_no` included."""
    if isinstance(leaf, Sequence):
        for i, step in enumerate(leaf.sequence):
            yield step.pattern, (*keys, "sequence", i)
        if leaf.then_no:
            yield leaf.then_no.pattern, (*keys, "then_no")
        return
    yield leaf.pattern, keys
    without = getattr(leaf, "without", None)
    if without:
        yield without.pattern, (*keys, "without")


def is_timed(leaf: Leaf) -> bool:
    """Whether the clock fires it, not an event."""
    return isinstance(leaf, Drop) or (isinstance(leaf, Sequence) and leaf.then_no is not None)
