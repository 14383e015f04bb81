"""The catalogue with its figures of the last run, for the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.segments.catalogue import Segment
from liuke.insight.tags.catalogue import Tag
from liuke.lake import Lake
from liuke.tables import SEGMENT_SNAPSHOT, TAG_COVERAGE


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with its coverage on `as_of`; None before the first run, and for a tag that could not be asked.

    stale: the figures were counted by another version of the definition.
    """

    tag: Tag
    as_of: date | None
    customers: int | None
    share: float | None
    stale: bool


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment with its last snapshot; sizes: members by day, oldest first, at most 90."""

    segment: Segment
    as_of: date | None
    members: int | None
    entered: int | None
    left: int | None
    stale: bool
    sizes: tuple[tuple[date, int], ...]


def tag_rows(lake: Lake, engine: Engine, tags: Mapping[str, Tag]) -> tuple[TagRow, ...]:
    """Every tag in catalogue order with the coverage of the last day stored."""
    rows = lake.scan(engine, TAG_COVERAGE)
    found = {r["tag"]: r for r in _of_last_day(engine, rows)}
    return tuple(
        TagRow(
            tag,
            found[code]["as_of"] if code in found else None,
            found[code]["customers"] if code in found else None,
            found[code]["share"] if code in found else None,
            code in found and found[code]["version"] != tag.version,
        )
        for code, tag in tags.items()
    )


def segment_rows(lake: Lake, engine: Engine, segments: Mapping[str, Segment]) -> tuple[SegmentRow, ...]:
    """Every segment by code with its last snapshot."""
    rows = lake.scan(engine, SEGMENT_SNAPSHOT)
    history: dict[str, list[dict[str, Any]]] = {}
    known = rows.filter(rows.segment.isin(list(segments))) if segments else rows.limit(0)
    for row in engine.arrow(known.order_by("as_of")).to_pylist():
        history.setdefault(row["segment"], []).append(row)
    return tuple(_row(segment, history.get(code, [])[-90:]) for code, segment in segments.items())


def _row(segment: Segment, days: list[dict[str, Any]]) -> SegmentRow:
    if not days:
        return SegmentRow(segment, None, None, None, None, stale=False, sizes=())
    last = days[-1]
    sizes = tuple((d["as_of"], d["members"]) for d in days)
    stale = last["version"] != segment.version
    return SegmentRow(segment, last["as_of"], last["members"], last["entered"], last["left"], stale, sizes)


def _of_last_day(engine: Engine, rows: ir.Table) -> list[dict[str, Any]]:
    last = rows.aggregate(day=rows.as_of.max())
    return list(engine.arrow(rows.inner_join(last, rows.as_of == last.day).drop("day")).to_pylist())
