"""Who is in which segment, day by day."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.rules.compile import flags, lacking
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.catalogue import Segment
from liuke.lake import Lake
from liuke.tables import SEGMENT_MEMBER, SEGMENT_SNAPSHOT

KEEP_DAYS = 35
"""Members of older days are dropped unless the day ends a month; sizes are kept for good."""


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment on a day. previous: the snapshot before, None for the first. lacking: what the bank does not deliver;
    then nobody was asked and members is 0.
    """

    segment: str
    version: str
    members: int
    previous: date | None = None
    entered: int | None = None
    left: int | None = None
    lacking: tuple[str, ...] = ()


def take_snapshots(
    lake: Lake,
    engine: Engine,
    segments: Mapping[str, Segment],
    data: RuleData,
    *,
    keep_days: int = KEEP_DAYS,
    found: ir.Table | None = None,
) -> tuple[SegmentSize, ...]:
    """Stores the day's members of every segment and their change against the snapshot before; repeatable.

    All segments are asked in one query, unless `found` has the answers already. Runs of earlier days store theirs
    too; later snapshots are not rewritten. A segment that cannot be asked keeps what is stored of the day: a day run
    again after later ones has no value of that day any more.
    """
    missing = {code: lacking(s.rule, data) for code, s in segments.items()}
    asked = {code: s.rule for code, s in segments.items() if not missing[code]}
    found = flags(engine, asked, data) if found is None else found
    made = engine.materialise(_members(found, list(asked), data.day))
    stored = lake.scan(engine, SEGMENT_MEMBER)
    sizes = _sizes(engine, made, stored, segments, data.day, missing)
    unasked = [code for code, names in missing.items() if names]
    kept = _kept(stored, data.day, unasked)
    whole = engine.materialise(made.union(kept)) if unasked and engine.count(kept) else made
    lake.replace(SEGMENT_MEMBER, engine.batches(whole), where=f"as_of = '{data.day}'")
    rows = [
        {"as_of": data.day, **{n: getattr(s, n) for n in SEGMENT_SNAPSHOT.names if n != "as_of"}}
        for s in sizes
        if not s.lacking
    ]
    old = engine.arrow(_kept(lake.scan(engine, SEGMENT_SNAPSHOT), data.day, unasked)).cast(SEGMENT_SNAPSHOT.arrow)
    summary = pa.concat_tables([pa.Table.from_pylist(rows, schema=SEGMENT_SNAPSHOT.arrow), old])
    lake.replace(SEGMENT_SNAPSHOT, summary, where=f"as_of = '{data.day}'")
    engine.release(made)
    if whole is not made:
        engine.release(whole)
    _forget(lake, engine, data.day, keep_days)
    return sizes


def members_on(lake: Lake, engine: Engine, segment: str, day: date) -> ir.Table:
    """The stored members (customer_id) of a segment on a day."""
    rows = lake.scan(engine, SEGMENT_MEMBER)
    return rows.filter(rows.as_of == ibis.literal(day), rows.segment == segment).select("customer_id")


def snapshot_days(lake: Lake, engine: Engine, segment: str) -> list[date]:
    """The days on which members of the segment are stored, or it was empty, oldest first."""
    sizes = lake.scan(engine, SEGMENT_SNAPSHOT)
    rows = sizes.filter(sizes.segment == segment).select("as_of").distinct()
    return sorted(engine.arrow(rows)["as_of"].to_pylist())


def _kept(stored: ir.Table, day: date, codes: list[str]) -> ir.Table:
    """Stored rows of the day of the segments `codes`."""
    return stored.filter(
        stored.as_of == ibis.literal(day), stored.segment.isin(codes) if codes else ibis.literal(False)
    )


def _members(found: ir.Table, codes: list[str], day: date) -> ir.Table:
    if not codes:
        none = found.filter(ibis.literal(False))
        return none.select(as_of=ibis.literal(day), segment=ibis.literal(""), customer_id=none.customer_id)
    has = ibis.array([ibis.ifelse(found[code], ibis.literal(code), ibis.null("string")) for code in codes])
    spread = found.select(as_of=ibis.literal(day), segment=has.unnest(), customer_id=found.customer_id)
    return spread.filter(spread.segment.notnull())


def _sizes(
    engine: Engine,
    made: ir.Table,
    stored: ir.Table,
    segments: Mapping[str, Segment],
    day: date,
    missing: Mapping[str, tuple[str, ...]],
) -> tuple[SegmentSize, ...]:
    earlier = stored.filter(stored.as_of < ibis.literal(day))
    [last] = engine.arrow(earlier.aggregate(day=earlier.as_of.max())).to_pylist()
    now = _by_segment(engine, made.group_by("segment").aggregate(n=made.count()))
    stayed: dict[str, int] = {}
    before: dict[str, int] = {}
    if last["day"] is not None:
        then = earlier.filter(earlier.as_of == ibis.literal(last["day"]))
        before = _by_segment(engine, then.group_by("segment").aggregate(n=then.count()))
        both = made.inner_join(then.select("segment", "customer_id"), ["segment", "customer_id"])
        stayed = _by_segment(engine, both.group_by("segment").aggregate(n=both.count()))
    sizes = []
    for code, segment in segments.items():
        size, kept = now.get(code, 0), stayed.get(code, 0)
        made_size = SegmentSize(code, segment.version, size, lacking=missing[code])
        if last["day"] is not None:
            gone = before.get(code, 0) - kept
            made_size = replace(made_size, previous=last["day"], entered=size - kept, left=gone)
        sizes.append(made_size)
    return tuple(sizes)


def _by_segment(engine: Engine, rows: ir.Table) -> dict[str, int]:
    return {row["segment"]: row["n"] for row in engine.arrow(rows).to_pylist()}


def _forget(lake: Lake, engine: Engine, day: date, keep_days: int) -> None:
    """Drops members of days that are old and end no month."""
    stored = lake.scan(engine, SEGMENT_MEMBER)
    days = engine.arrow(stored.select("as_of").distinct())["as_of"].to_pylist()
    old = [d for d in days if d <= day - timedelta(days=keep_days) and not _ends_month(d)]
    if old:
        within = ", ".join(f"'{d}'" for d in sorted(old))
        lake.replace(SEGMENT_MEMBER, SEGMENT_MEMBER.arrow.empty_table(), where=f"as_of IN ({within})")


def _ends_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]
