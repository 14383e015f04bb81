"""Two days of a segment side by side from the members that the runs of those days stored."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.known import Rows
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.catalogue import Segment
from liuke.tables import SEGMENT_MEMBER, SEGMENT_SNAPSHOT


def stored_sides(engine: Engine, rows: Rows, segment: Segment, data: tuple[RuleData, RuleData]) -> ir.Table | None:
    """One row per customer of either day; None unless both days were stored by the definition as it is now.

    customer_id  branch_id  staff_id  was_there  is_there  member_was_there  member_is_there
    C1           B1         S1        true       true      false             true
    """
    snapshots, members = rows(SEGMENT_SNAPSHOT), rows(SEGMENT_MEMBER)
    days = [day.day for day in data]
    same = snapshots.filter(
        snapshots.segment == segment.code, snapshots.version == segment.version, snapshots.as_of.isin(days)
    )
    if engine.count(same.select("as_of").distinct()) < len(days):
        return None
    then, now = (_side(members, segment.code, day) for day in data)
    both = then.outer_join(now, "customer_id", rname="{name}_now")
    there, was = both.customer_id_now.notnull(), both.customer_id.notnull()
    return both.select(
        customer_id=both.customer_id_now.fill_null(both.customer_id),
        **{n: ibis.ifelse(there, both[f"{n}_now"], both[n]) for n in ("branch_id", "staff_id")},
        was_there=was,
        is_there=there,
        member_was_there=both.member.fill_null(False),
        member_is_there=both.member_now.fill_null(False),
    )


def _side(members: ir.Table, code: str, data: RuleData) -> ir.Table:
    """Everybody of the day with owners, and whether they are members."""
    mine = members.filter(members.as_of == ibis.literal(data.day), members.segment == code)
    mine = mine.select("customer_id", member=ibis.literal(True))
    people = data.people.select("customer_id", "branch_id", "staff_id")
    return people.left_join(mine, "customer_id").drop("customer_id_right")
