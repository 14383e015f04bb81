"""Who entered a segment and who left it between two days, and which condition turned.

Both days are computed anew as known at their own moments, so nothing of the later day colours the earlier one, and
a change of the definition cannot pass for a change of customers: both are asked the rule as it is written now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.govern.access import Scope, require, scoped
from liuke.govern.masking import show_value
from liuke.insight.amounts import Locale
from liuke.insight.features.build import features_on
from liuke.insight.known import Rows, tables_as_of
from liuke.insight.rules.answers import sharing
from liuke.insight.rules.compile import Compiled, compiled, lacking, quantities
from liuke.insight.rules.data import RuleData, rule_data
from liuke.insight.rules.references import Resolved, leaves
from liuke.insight.rules.turned import Turn, turns
from liuke.insight.rules.words import is_money, said, subject, value_said
from liuke.insight.segments.catalogue import Segment
from liuke.insight.segments.made import made_on
from liuke.insight.segments.stored_sides import stored_sides
from liuke.lake import newest
from liuke.tables import BRANCH

Direction = Literal["entered", "left"]
Cause = Literal["condition", "joined_bank", "left_bank"]
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class ChangeReason:
    """customers: of those who moved in this direction, how many for this cause. One customer may have several.

    text: the condition in words. names: tags and segments through which the rule reaches it.
    """

    direction: Direction
    cause: Cause
    text: str
    names: tuple[str, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class TurnedCondition:
    """A condition that turned for one customer: what it looks at, before and after, in words (— for missing)."""

    text: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MovedCustomer:
    """One customer who moved; customer_id masked for roles that do not call customers. why: empty when the customer
    joined or left the bank itself, and where conditions are not told.
    """

    customer_id: str
    direction: Direction
    cause: Cause
    why: tuple[TurnedCondition, ...]


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """Counts are customers in the scope. members_before − left + entered = members_after.

    unexplained: the attributes for whose sake the stored members of both days were compared instead of asking the
    rule again: only the daily run knows them. Conditions are then not told.
    """

    segment: str
    before: date
    after: date
    members_before: int
    members_after: int
    entered: int
    left: int
    reasons: tuple[ChangeReason, ...]
    people: tuple[MovedCustomer, ...]
    unexplained: tuple[str, ...] = ()


def segment_change(
    engine: Engine,
    rows: Rows,
    segment: Segment,
    moments: tuple[AsOf, AsOf],
    scope: Scope,
    *,
    zone: ZoneInfo,
    locale: Locale = "zh-hans",
) -> SegmentChange:
    """The change between two moments, the earlier first. rows: whole contract tables, as `tables_as_of` takes.

    Scope: a customer belongs where the later day says, one who left the bank where the earlier says. What only the
    daily run knows (warnings, product counts, value) cannot be asked of a past day: then the members stored by the
    runs of both days are compared. Raises YourMistake when these are not there or of another definition.
    """
    require(scope, "see_customers")
    before, after = moments
    if before.day >= after.day:
        wrong = coded("days_in_order", "{before} is not before {after}", before=before.day, after=after.day)
        raise YourMistake(wrong, expected="two days, the earlier first")
    data = _both(engine, rows, segment.rule, moments, zone)
    unknown = tuple(sorted({name for day in data for name in lacking(segment.rule, day)}))
    sides = stored_sides(engine, rows, segment, data) if unknown else None
    told = sides is None
    if sides is None:
        table = _asked_anew(engine, segment.rule, data, scope)
    else:
        table = engine.materialise(scoped(sides, scope))
    found = _turns(segment.rule, table) if told else {"entered": [], "left": []}
    made = _report(engine, table, segment, (before.day, after.day), found, scope, locale)
    engine.release(table)
    return made if told else replace(made, unexplained=unknown)


def _both(
    engine: Engine, rows: Rows, rule: Resolved, moments: tuple[AsOf, AsOf], zone: ZoneInfo
) -> tuple[RuleData, RuleData]:
    names = sorted({n for leaf in leaves(rule) for source, n in quantities(leaf) if source == "feature"})
    features = features_on(engine, rows, moments, zone=zone, names=names) if names else None
    made = []
    for moment in moments:
        branches = rows(BRANCH)
        branches = newest(branches.filter(branches.ingested_at <= ibis.literal(moment.known_by)), BRANCH)
        own = made_on(rows, engine, moment.day, [rule])
        made.append(rule_data(tables_as_of(rows, moment, zone), branches, features=features, made=own))
    return made[0], made[1]


def _asked_anew(engine: Engine, rule: Resolved, data: tuple[RuleData, RuleData], scope: Scope) -> ir.Table:
    """`_side_by_side` of the scope, both days asked now; to be released."""
    with sharing(engine, data[0]) as before, sharing(engine, data[1]) as after:
        then, now = (compiled(engine, {"rule": rule}, d, ("branch_id", "staff_id")) for d in (before, after))
        return engine.materialise(scoped(_side_by_side(rule, then, now), scope))


def _side_by_side(rule: Resolved, then: Compiled, now: Compiled) -> ir.Table:
    """One row per customer of either day: b0, v0 … before, c0, w0 … after, was_there, is_there, the later owners."""
    keys = _keys(rule)
    sides = []
    for made, truth_name, value_name, there in ((then, "b", "v", "was_there"), (now, "c", "w", "is_there")):
        columns: dict[str, Any] = {"customer_id": made.table.customer_id, there: ibis.literal(True)}
        columns |= {f"{truth_name}{i}": made.leaves[key][0] for i, key in enumerate(keys)}
        columns |= {f"{value_name}{i}": made.leaves[key][1] for i, key in enumerate(keys)}
        columns |= {f"{n}_{there}": made.table[n] for n in ("branch_id", "staff_id")}
        columns[f"member_{there}"] = made.truths["rule"]
        sides.append(made.table.select(**columns))
    joined = sides[0].outer_join(sides[1], "customer_id")
    booleans = [n for n in joined.columns if n[0] in "bc" and n[1:].isdigit()]
    booleans += ["was_there", "is_there", "member_was_there", "member_is_there"]
    owners = {
        n: ibis.ifelse(joined.is_there.notnull(), joined[f"{n}_is_there"], joined[f"{n}_was_there"])
        for n in ("branch_id", "staff_id")
    }
    return joined.mutate(
        customer_id=joined.customer_id.fill_null(joined.customer_id_right),
        **{n: joined[n].fill_null(False) for n in booleans},
        **owners,
    ).drop("customer_id_right", *(f"{n}_{t}" for n in owners for t in ("was_there", "is_there")))


def _keys(rule: Resolved) -> list[str]:
    return list(dict.fromkeys(leaf.key for leaf in leaves(rule)))


def _report(
    engine: Engine,
    table: ir.Table,
    segment: Segment,
    days: tuple[date, date],
    found: Mapping[Direction, list[Turn]],
    scope: Scope,
    locale: Locale,
) -> SegmentChange:
    entered = ~table.member_was_there & table.member_is_there
    left = table.member_was_there & ~table.member_is_there
    sums: dict[str, ir.BooleanValue] = {
        "members_before": table.member_was_there,
        "members_after": table.member_is_there,
        "entered": entered,
        "left": left,
        "joined_bank": entered & ~table.was_there,
        "left_bank": left & ~table.is_there,
        **{f"{d}_{i}": t.responsible for d, several in found.items() for i, t in enumerate(several)},
    }
    counted = engine.arrow(table.aggregate(**{n: b.cast("int64").sum().fill_null(0) for n, b in sums.items()}))
    [counts] = counted.to_pylist()
    people = _people(engine, table, segment.rule, found, scope, locale)
    return SegmentChange(
        segment.code,
        *days,
        counts["members_before"],
        counts["members_after"],
        counts["entered"],
        counts["left"],
        reasons=_reasons(found, counts, locale),
        people=people,
    )


def _turns(rule: Resolved, table: ir.Table) -> Mapping[Direction, list[Turn]]:
    """Responsibilities of customers who were with the bank on both days."""
    keys = _keys(rule)
    before = {key: table[f"b{i}"] for i, key in enumerate(keys)}
    after = {key: table[f"c{i}"] for i, key in enumerate(keys)}
    both = table.was_there & table.is_there
    made: dict[Direction, list[Turn]] = {}
    directions: tuple[tuple[Direction, bool], ...] = (("entered", True), ("left", False))
    for direction, up in directions:
        several = turns(rule, before, after, up=up)
        made[direction] = [Turn(t.leaf, t.names, t.responsible & both) for t in several]
    return made


def _reasons(
    found: Mapping[Direction, list[Turn]], counts: Mapping[str, int], locale: Locale
) -> tuple[ChangeReason, ...]:
    words: dict[Cause, tuple[str, str]] = {
        "joined_bank": ("新成为本行客户", "became a customer of the bank"),
        "left_bank": ("已不是本行客户", "is no customer of the bank any more"),
    }
    made = [
        ChangeReason(direction, "condition", said(turn.leaf, locale), turn.names, counts[f"{direction}_{i}"])
        for direction, several in found.items()
        for i, turn in enumerate(several)
    ]
    sides: tuple[tuple[Direction, Cause], ...] = (("entered", "joined_bank"), ("left", "left_bank"))
    made += [ChangeReason(d, c, words[c][locale == "en"], (), counts[c]) for d, c in sides]
    return tuple(sorted((r for r in made if r.customers), key=lambda r: (r.direction, -r.customers, r.text)))


def _people(
    engine: Engine,
    table: ir.Table,
    rule: Resolved,
    found: Mapping[Direction, list[Turn]],
    scope: Scope,
    locale: Locale,
) -> tuple[MovedCustomer, ...]:
    """The first few who moved, by number."""
    why = {f"{d}_{i}": t.responsible for d, several in found.items() for i, t in enumerate(several)}
    moved = table.mutate(**why).filter(table.member_was_there != table.member_is_there)
    rows = engine.arrow(moved.order_by("customer_id").limit(SAMPLE)).to_pylist()
    places = {key: i for i, key in enumerate(_keys(rule))}

    def one(row: Mapping[str, Any]) -> MovedCustomer:
        direction: Direction = "entered" if row["member_is_there"] else "left"
        both = row["was_there"] and row["is_there"]
        cause: Cause = "condition" if both else "joined_bank" if direction == "entered" else "left_bank"
        turned = {t.leaf.key: t for i, t in enumerate(found[direction]) if row[f"{direction}_{i}"]}
        shown = tuple(_condition(t, row, places[key], scope, locale) for key, t in turned.items())
        who = show_value(row["customer_id"], "account", scope.reads["number"])
        return MovedCustomer(who, direction, cause, shown)

    return tuple(one(row) for row in rows)


def _condition(turn: Turn, row: Mapping[str, Any], place: int, scope: Scope, locale: Locale) -> TurnedCondition:
    """Amounts of money are bands for roles that do not see them exactly."""
    shown = scope.reads["amounts"]
    banded = is_money(turn.leaf) and shown != "clear"

    def told(value: Any) -> str:
        return (
            str(show_value(value, "money", shown, locale))
            if banded and value is not None
            else value_said(value, locale)
        )

    before, after = (told(row[f"{side}{place}"]) for side in "vw")
    return TurnedCondition(said(turn.leaf, locale), subject(turn.leaf, locale), before, after)
