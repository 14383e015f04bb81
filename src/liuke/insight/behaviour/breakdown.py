"""What persons are told apart by: a property or column of a fact of theirs, or what is known of the customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Self

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.errors import Wrong, YourMistake, coded, guess
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import Unit, occurrences
from liuke.insight.behaviour.population import Population
from liuke.insight.rules.compile import flags, is_known
from liuke.insight.rules.references import Names
from liuke.insight.rules.rows import PropertyName
from liuke.insight.rules.vocabulary import ATTRIBUTES, FACTS
from liuke.yaml_file import Document

MOST_VALUES: Final = 20
"""So many values are shown; the others are one, 其他."""
Touch = Literal["first", "last"] | int


class Breakdown(Document):
    """`{property: product, touch: first}`, `{column: channel}`, `{attribute: branch_id}`, `{tag: payroll}`.

    property, column: of the fact that is the first step, the last one reached, or step n (touch); who did not get to
    step n is missing. attribute: of people on the as-of day. tag, segment: whether the customer meets it then.
    """

    property_: PropertyName | None = Field(None, alias="property")
    column: str | None = None
    attribute: str | None = None
    tag: str | None = None
    segment: str | None = None
    touch: Touch = "first"

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [k for k in ("property_", "column", "attribute", "tag", "segment") if getattr(self, k) is not None]
        if len(given) != 1:
            raise Wrong("breakdown_one", "a breakdown names one of property, column, attribute, tag, segment")
        people = [n for n, a in ATTRIBUTES.items() if a.source == "people" and a.kind == "text"]
        if self.attribute is not None and self.attribute not in people:
            raise Wrong("no_attribute", "no attribute is called '{name}'; {hint}", name=self.attribute,
                        **guess(self.attribute, people))  # fmt: skip
        if isinstance(self.touch, int) and self.touch < 1:
            raise Wrong("breakdown_touch", "touch is first, last or the number of a step from 1 on")
        return self

    @property
    def of_fact(self) -> bool:
        """Whether it looks at a fact, not at the customer."""
        return self.property_ is not None or self.column is not None


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a breakdown. kind: value, missing (not known, no customer), rest (beyond MOST_VALUES)."""

    kind: Literal["value", "missing", "rest"]
    value: str | None = None


def values_of_customers(engine: Engine, population: Population, by: Breakdown, names: Names) -> ir.Table:
    """who, value of customers living on the as-of day, as text.

    Raises YourMistake for a tag or segment nobody knows.
    """
    data = population.data
    if by.attribute is not None:
        if not is_known(data, by.attribute):
            raise YourMistake(
                coded("attribute_unknown", "the attribute '{name}' is not known for {day}", name=by.attribute,
                      day=data.day),
                expected="an attribute that the data of the day hold",
                then="choose another attribute",
            )  # fmt: skip
        return data.people.select(who="customer_id", value=data.people[ATTRIBUTES[by.attribute].column])
    kind: Literal["tag", "segment"] = "tag" if by.tag is not None else "segment"
    name = str(by.tag if by.tag is not None else by.segment)
    if name not in names.of(kind):
        raise YourMistake(
            coded(f"no_{kind}", "no {kind} is called '{name}'; {hint}", kind=kind, name=name,
                  **guess(name, names.of(kind))),
            then="mend the name",
        )  # fmt: skip
    held = flags(engine, {"value": names.of(kind)[name].rule}, data)
    return held.select(who="customer_id", value=ibis.ifelse(held.value, "yes", "no"))


def values_of_facts(
    engine: Engine, population: Population, by: Breakdown, what: Happening, at: ir.Table, unit: Unit = "customer"
) -> ir.Table:  # fmt: skip
    """who, value: the property or column of the fact `what` that each did at a moment; the least of several then.

    at: who, at; one row per person.
    """
    check_column(by, what)
    days = engine.arrow(at.aggregate(first=at["at"].min(), last=at["at"].max())).to_pylist()[0]
    if days["first"] is None:
        return at.select("who", value=ibis.null("string"))
    first, last = (days[k].astimezone(population.zone).date() for k in ("first", "last"))
    found = occurrences(engine, population, [what], (first, last), unit=unit, carry=carried(engine, by))
    joined = at.inner_join(found, ["who", at["at"] == found["at"]])
    return joined.group_by("who").aggregate(value=joined.carried.min())


def top_values(engine: Engine, groups: ir.Table) -> tuple[str, ...]:
    """The values of most persons, at most MOST_VALUES, most first. groups: value, people."""
    known = groups.filter(groups.value.notnull()).order_by([ibis.desc("people"), "value"]).limit(MOST_VALUES)
    return tuple(engine.arrow(known.select("value"))["value"].to_pylist())


def group_of(value: ir.StringColumn, shown: tuple[str, ...]) -> ir.StringColumn:
    """The text by which rows are grouped: =value, ? for missing, + for the rest. `told` reads it."""
    named = ibis.literal("=") + value
    rest = ibis.ifelse(value.isin(list(shown)), named, ibis.literal("+")) if shown else ibis.literal("+")
    return ibis.ifelse(value.isnull(), ibis.literal("?"), rest)


def told(group: str) -> Group:
    """The group behind a text of `group_of`."""
    if group.startswith("="):
        return Group("value", group[1:])
    return Group("missing" if group == "?" else "rest")


def check_column(by: Breakdown, what: Happening) -> None:
    """Raises YourMistake where rows of that fact have no such column or no properties."""
    facts = FACTS[what.did]
    if by.property_ is not None and facts.properties is None:
        raise YourMistake(
            coded("no_properties", "rows of {table} have no properties; use `column`", table=what.did),
            then="name a column of the step's rows",
        )
    if by.column is not None and by.column not in facts.kinds:
        raise YourMistake(
            coded("no_column", "{table} has no column '{name}' for rules; {hint}", table=what.did, name=by.column,
                  **guess(by.column, facts.kinds)),
            then="mend the column of the breakdown",
        )  # fmt: skip


def carried(engine: Engine, by: Breakdown) -> Callable[[ir.Table], ir.Value]:
    """The value of a fact's row, as text: for `occurrences`."""

    def text(rows: ir.Table) -> ir.Value:
        if by.property_ is not None:
            return engine.json_text(rows.properties, by.property_)
        return rows[by.column].cast("string")

    return text
