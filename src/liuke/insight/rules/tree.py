"""The nodes of a rule as written in YAML; every node checks its own words and types when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, Tag, field_validator, model_validator

from liuke.errors import Wrong, guess
from liuke.insight.features.registry import FEATURES
from liuke.insight.rules.operand import Operand, operand
from liuke.insight.rules.questions import AnyQuestion
from liuke.insight.rules.rows import Comparison, Did, Has, Node, told_by
from liuke.insight.rules.vocabulary import ATTRIBUTES

_CODE = r"^[a-z][a-z0-9_]*$"


class AttributeTest(Comparison):
    """`{attribute: age, op: ">=", value: 60}`. A missing value meets no condition but is_null."""

    attribute: str = Field(json_schema_extra={"enum": list(ATTRIBUTES)})

    @field_validator("attribute")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ATTRIBUTES:
            raise Wrong(
                "no_attribute", "no attribute is called '{name}'; {hint}", name=value, **guess(value, ATTRIBUTES)
            )
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.op == "under" and self.attribute != "branch_id":
            raise Wrong("under_is_for_branches", "'under' asks for a branch's subtree and goes with branch_id only")
        _ = self.operand
        return self

    @property
    def operand(self) -> Operand:
        """The value, checked and typed."""
        found = ATTRIBUTES[self.attribute]
        return operand(self.value, found.kind, self.op, found.values)


class FeatureTest(Comparison):
    """`{feature: out_amount_30, op: ">=", value: 50000}`; flags compare with true and false or 1 and 0."""

    feature: str = Field(json_schema_extra={"enum": list(FEATURES)})

    @field_validator("feature")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FEATURES:
            raise Wrong("no_feature", "no feature is called '{name}'; {hint}", name=value, **guess(value, FEATURES))
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _ = self.operand
        return self

    @property
    def operand(self) -> Operand:
        """The value, checked and typed."""
        return operand(self.value, "number", self.op)


class TagTest(Node):
    """`{tag: payroll}`: the customer meets the tag's own rule, as it is written now."""

    tag: str = Field(pattern=_CODE)


class SegmentTest(Node):
    """`{segment: dormant}`: the customer meets the segment's own rule, as it is written now."""

    segment: str = Field(pattern=_CODE)


class BehaviourTest(Node):
    """`{behaviour: {funnel: {steps: […], window: 7d}, stopped_at: 2, days: 30}}`: what the customer did over time.

    The kinds of questions stand in `insight/conditions.py`.
    """

    behaviour: AnyQuestion


class AllOf(Node):
    """All conditions hold."""

    all: tuple[RuleNode, ...] = Field(min_length=1)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.all


class AnyOf(Node):
    """At least one condition holds."""

    any: tuple[RuleNode, ...] = Field(min_length=1)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return self.any


class NotOf(Node):
    """The condition does not hold."""

    not_: RuleNode = Field(alias="not")

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return (self.not_,)


class UnionOf(Node):
    """In at least one of these segments."""

    union: tuple[str, ...] = Field(min_length=2)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return (AnyOf(any=tuple(SegmentTest(segment=s) for s in self.union)),)


class Intersect(Node):
    """In all of these segments."""

    intersect: tuple[str, ...] = Field(min_length=2)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        return (AllOf(all=tuple(SegmentTest(segment=s) for s in self.intersect)),)


class Minus(Node):
    """In the first of these segments and in none of the others."""

    minus: tuple[str, ...] = Field(min_length=2)

    @property
    def children(self) -> tuple[Any, ...]:
        """See Node.children."""
        first, *others = (SegmentTest(segment=s) for s in self.minus)
        return (AllOf(all=(first, *(NotOf.model_validate({"not": o}) for o in others))),)


_KINDS_OF_NODES: Mapping[str, type[Node]] = {
    "all": AllOf, "any": AnyOf, "not": NotOf, "attribute": AttributeTest, "feature": FeatureTest, "tag": TagTest,
    "segment": SegmentTest, "behaviour": BehaviourTest, "did": Did, "has": Has, "union": UnionOf,
    "intersect": Intersect, "minus": Minus,
}  # fmt: skip
RuleNode = Annotated[
    Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[NotOf, Tag("<not>")]
    | Annotated[AttributeTest, Tag("<attribute>")]
    | Annotated[FeatureTest, Tag("<feature>")]
    | Annotated[TagTest, Tag("<tag>")]
    | Annotated[SegmentTest, Tag("<segment>")]
    | Annotated[BehaviourTest, Tag("<behaviour>")]
    | Annotated[Did, Tag("<did>")]
    | Annotated[Has, Tag("<has>")]
    | Annotated[UnionOf, Tag("<union>")]
    | Annotated[Intersect, Tag("<intersect>")]
    | Annotated[Minus, Tag("<minus>")],
    told_by(_KINDS_OF_NODES),
]
"""Any node of a rule; use it as the type of a `rule` key in a Document."""


for _model in (AllOf, AnyOf, NotOf):
    _model.model_rebuild()
