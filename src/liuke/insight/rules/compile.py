"""Rules compiled to one Ibis expression: a boolean column per rule over the living customers.

All comparisons with facts on one table share one pass over it: conditional aggregates per customer, joined to the
people and features that the rules need, then one boolean expression per rule. Everything is two-valued: a missing
value meets no condition but is_null, and `not` is the exact complement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.rules.answers import met, met_by
from liuke.insight.rules.compare import compared
from liuke.insight.rules.counting import column_of, measures
from liuke.insight.rules.data import RuleData, subtree
from liuke.insight.rules.operand import Other
from liuke.insight.rules.references import Every, Leaf, Named, Opposite, Resolved, Some, leaves
from liuke.insight.rules.rows import Did, Has
from liuke.insight.rules.tree import AttributeTest, BehaviourTest
from liuke.insight.rules.vocabulary import ATTRIBUTES

_COMPUTED = ("age", "birth_month", "days_to_birthday", "tenure_days")
"""Attributes made from the dates of the people, not columns of theirs."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rules over the customers of one day.

    table: one row per living customer: customer_id and what the rules need. truths: each rule's boolean.
    leaves: every comparison's boolean and the value it looks at, by the leaf's key.
    """

    table: ir.Table
    truths: Mapping[str, ir.BooleanValue]
    leaves: Mapping[str, tuple[ir.BooleanValue, ir.Value]]


def matching(engine: Engine, rule: Resolved, data: RuleData, *carry: str) -> ir.Table:
    """The customers who meet the rule: customer_id, and columns of people named in `carry`."""
    made = compiled(engine, {"rule": rule}, data, carry)
    return made.table.filter(made.truths["rule"]).select("customer_id", *carry)


def flags(engine: Engine, rules: Mapping[str, Resolved], data: RuleData) -> ir.Table:
    """customer_id and one boolean column per rule, for every living customer."""
    made = compiled(engine, rules, data)
    return made.table.select("customer_id", **made.truths)


def compiled(engine: Engine, rules: Mapping[str, Resolved], data: RuleData, carry: Iterable[str] = ()) -> Compiled:
    """All rules over one shared table. Lazily: nothing runs but the look-up of branch subtrees and questions about
    behaviour, whose answers live as long as the engine unless they are shared (`answers.sharing`).

    Raises YourMistake when a rule needs an attribute or a feature that the data does not have.
    """
    wanted = {leaf.key: leaf for rule in rules.values() for leaf in leaves(rule)}
    table = _table(engine, list(wanted.values()), data, tuple(carry))
    found = {key: _leaf(engine, leaf, table, data) for key, leaf in wanted.items()}
    booleans = {key: boolean for key, (boolean, _) in found.items()}
    return Compiled(table, {name: truth(rule, booleans) for name, rule in rules.items()}, found)


def lacking(rule: Resolved, data: RuleData) -> tuple[str, ...]:
    """The attributes and features that the rule needs and the data does not have, sorted."""
    wanted = {q for leaf in leaves(rule) for q in quantities(leaf)}
    built = set() if data.features is None else set(data.features.columns)
    known = {n for n in ATTRIBUTES if is_known(data, n)}
    return tuple(sorted(n for source, n in wanted if n not in (built if source == "feature" else known)))


def is_known(data: RuleData, attribute: str) -> bool:
    """Whether the data hold the attribute."""
    found = ATTRIBUTES[attribute]
    if attribute in _COMPUTED:
        return True
    table = data.people if found.source == "people" else data.made.get(found.source)
    return table is not None and found.column in table.columns


def truth(rule: Resolved, booleans: Mapping[str, ir.BooleanValue]) -> ir.BooleanValue:
    """The rule over the booleans of its leaves."""
    if isinstance(rule, Every):
        return ibis.and_(*(truth(part, booleans) for part in rule.parts))
    if isinstance(rule, Some):
        return ibis.or_(*(truth(part, booleans) for part in rule.parts))
    if isinstance(rule, Opposite):
        return ~truth(rule.part, booleans)
    if isinstance(rule, Named):
        return truth(rule.part, booleans)
    return booleans[rule.key]


def _table(engine: Engine, wanted: list[Leaf], data: RuleData, carry: tuple[str, ...]) -> ir.Table:
    """People joined with the features and measures in question: narrow, and without joins nobody needs."""
    attributes = sorted({n for leaf in wanted for s, n in quantities(leaf) if s == "attribute"})
    features = sorted({n for leaf in wanted for s, n in quantities(leaf) if s == "feature"})
    _check_attributes(attributes, data)
    people = [n for n in attributes if ATTRIBUTES[n].source == "people"]
    columns = {**{n: _attribute(data, n) for n in people}, **{n: data.people[n] for n in carry}}
    columns.pop("customer_id", None)
    _check_features(features, data)
    if data.features is not None and features and not columns:
        table = data.features.select("customer_id", **{_feature_column(n): data.features[n] for n in features})
    else:
        table = data.people.select("customer_id", **columns)
        if data.features is not None and features:
            numbers = data.features.select("customer_id", **{_feature_column(n): data.features[n] for n in features})
            table = _joined(table, numbers)
    for source in sorted({ATTRIBUTES[n].source for n in attributes} - {"people"}):
        mine = {n: _attribute(data, n) for n in attributes if ATTRIBUTES[n].source == source}
        table = _joined(table, data.made[source].select("customer_id", **mine))
    for part in measures(engine, [leaf for leaf in wanted if isinstance(leaf, Did | Has)], data):
        table = _joined(table, part)
    for part in met(engine, [leaf for leaf in wanted if isinstance(leaf, BehaviourTest)], data):
        table = _joined(table, part)
    return table


def _joined(table: ir.Table, part: ir.Table) -> ir.Table:
    return table.left_join(part, "customer_id").drop("customer_id_right")


def _feature_column(name: str) -> str:
    return f"f_{name}"  # a feature may bear an attribute's name: age


def quantities(leaf: Leaf) -> list[tuple[str, str]]:
    """The attributes and features a comparison looks at, as (source, name)."""
    if isinstance(leaf, Did | Has | BehaviourTest):
        return []
    here = ("attribute", leaf.attribute) if isinstance(leaf, AttributeTest) else ("feature", leaf.feature)
    other = leaf.operand
    return [here, (other.source, other.name)] if isinstance(other, Other) else [here]


def _attribute(data: RuleData, name: str) -> ir.Value:
    people, day = data.people, ibis.literal(data.day)
    if name in ("age", "birth_month"):
        born = people.birth_date
        if name == "birth_month":
            return born.month().cast("float64")
        later = born.month() * 100 + born.day() > data.day.month * 100 + data.day.day
        return (data.day.year - born.year() - later.cast("int64")).cast("float64")
    if name == "days_to_birthday":
        return _days_to_birthday(people.birth_date, data.day)
    if name == "tenure_days":
        return day.delta(people.opened_on, unit="day").cast("float64")
    found = ATTRIBUTES[name]
    value = (people if found.source == "people" else data.made[found.source])[found.column]
    return value.cast("float64") if found.kind == "number" else value


def _days_to_birthday(born: ir.DateValue, day: date) -> ir.FloatingValue:
    """0 on the day itself, up to 364; 29 February counts as the 28th, on either side."""
    before = ibis.cases(*((born.month() == n, _day_of_year(n, 1) - 1) for n in range(1, 13)))
    leap_day = (born.month() == 2) & (born.day() == 29)
    nth = before + ibis.ifelse(leap_day, 28, born.day())
    return ((nth - _day_of_year(day.month, day.day) + 365) % 365).cast("float64")


def _day_of_year(month: int, day: int) -> int:
    """1..365 as in a year that is no leap year."""
    return date(2001, month, 28 if (month, day) == (2, 29) else day).timetuple().tm_yday


def _check_attributes(names: list[str], data: RuleData) -> None:
    missing = [n for n in names if not is_known(data, n)]
    if missing:
        raise YourMistake(
            coded("attribute_unknown", "the attribute '{name}' is not known for {day}", name=missing[0], day=data.day),
            expected=f"one of {', '.join(n for n in ATTRIBUTES if is_known(data, n))}",
            then="liuke run makes it and keeps it for the last day run; ask for that day",
        )


def _check_features(names: list[str], data: RuleData) -> None:
    built = set() if data.features is None else set(data.features.columns)
    missing = [n for n in names if n not in built]
    if missing:
        raise YourMistake(
            coded("features_unbuilt", "features not built for {day}: {names}", day=data.day, names=", ".join(missing)),
            expected="features whose contract columns the bank delivers",
            then="load the tables they need (liuke features tells which), then liuke run",
        )


def _leaf(engine: Engine, leaf: Leaf, table: ir.Table, data: RuleData) -> tuple[ir.BooleanValue, ir.Value]:
    """The comparison's boolean and the value it looks at."""
    if isinstance(leaf, BehaviourTest):
        holds = table[met_by(leaf)].fill_null(False)
        return holds, holds
    if isinstance(leaf, Did | Has):
        value = table[column_of(leaf)].fill_null(0)
        holds = compared(value, leaf.op, leaf.operand, data.day)
        if isinstance(leaf, Did) and leaf.without:
            holds &= ~_then(leaf, table)
        return holds, value
    value = _quantity(table, *quantities(leaf)[0])
    right = leaf.operand
    if leaf.op == "under":
        return compared(value, "under", subtree(engine, data.branches, str(right)), data.day), value
    if isinstance(right, Other):
        other = _quantity(table, right.source, right.name)
        return compared(value, leaf.op, other * right.times if right.times != 1.0 else other, data.day), value
    return compared(value, leaf.op, right, data.day), value


def _quantity(table: ir.Table, source: str, name: str) -> ir.Value:
    return table[_feature_column(name) if source == "feature" else name]


def _then(leaf: Did, table: ir.Table) -> ir.BooleanValue:
    """Whether what must not have happened did."""
    last = table[column_of(leaf, "last")]
    if leaf.without and leaf.without.since:
        return (last >= table[column_of(leaf, "first")]).fill_null(False)
    return last.notnull()
