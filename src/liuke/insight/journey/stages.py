"""What happened to each case at each stage: one row per case and stage, of which every count is a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.journey.steps import WAITING
from liuke.insight.journey.visits import staged

_FLAGS: Final = ("went_on", "is_last", "beyond", "late", "returned", "failed", "switched", "break_point",
                 "rekeyed", "complained")  # fmt: skip
_SUMS: Final = ("visits", "marks", "mark_sum")


def case_stages(
    engine: Engine, visits: ir.Table, steps: ir.Table, changes: ir.Table, again: ir.Table | None,
    complained: ir.Table | None, marks: ir.Table,
) -> ir.Table:  # fmt: skip
    """who, case, stage; release it after use.

    at: when the case came there first; day: of its entry; ended: how the case did. visits, marks, mark_sum: numbers.
    0 or 1: went_on, is_last, beyond (the case got to a later stage or succeeded, whenever), late, returned, failed,
    switched, break_point, rekeyed, complained; immature: still open and not gone on.
    """
    succeeded, kind, failures = visits.ended == "success", visits.first_at.type(), staged(steps)
    parts = [
        _part(visits, kind, {
            "went_on": (visits.latest_after > visits.stage) | succeeded, "is_last": visits.is_last,
            "beyond": (visits.furthest > visits.stage) | succeeded, "late": visits.late,
            "returned": (visits.before > visits.stage).fill_null(False),
        }, at=visits.first_at, day=visits.day, ended=visits.ended, visits=ibis.literal(1, "int64")),
        _part(failures.filter(failures.failed), kind, {"failed": ibis.literal(True)}),
        _part(changes, kind, {"switched": ibis.literal(True), "break_point": ~changes.meant}),
        _part(marks, kind, {}, marks=ibis.literal(1, "int64"), mark_sum=marks.mark),
    ]  # fmt: skip
    parts += [_part(again, kind, {"rekeyed": ibis.literal(True)})] if again is not None else []
    parts += [_part(complained, kind, {"complained": ibis.literal(True)})] if complained is not None else []
    rows = engine.layer(ibis.union(*parts))
    found = rows.group_by("who", "case", "stage").aggregate(
        at=rows["at"].min(), day=rows.day.min(), ended=rows.ended.min(),
        **{name: rows[name].max() for name in _FLAGS}, **{name: rows[name].sum().cast("int64") for name in _SUMS},
    )  # fmt: skip
    found = engine.layer(found)
    return engine.materialise(
        found.mutate(immature=((found.ended == WAITING) & (found.went_on == 0)).cast("int64"))
    )  # fmt: skip


def _part(rows: ir.Table, moment: dt.DataType, flags: Mapping[str, ir.BooleanValue], **more: ir.Value) -> ir.Table:
    """The same columns for all."""
    none = {"at": ibis.null(moment), "day": ibis.null("date"), "ended": ibis.null("string")}
    nothing = ibis.literal(0, "int64")
    columns = {**none, **dict.fromkeys((*_FLAGS, *_SUMS), nothing), **more,
               **{name: flag.cast("int64") for name, flag in flags.items()}}  # fmt: skip
    return rows.select("who", "case", "stage", **columns)
