"""Touchpoints of a journey and the changes of channel between them."""

from __future__ import annotations

from typing import Any

from liuke.engine import Engine
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.facts import STAGE_SHIFT
from liuke.insight.journey.journey_map import HandOver, Touchpoint
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.journey.steps import ABANDONED
from liuke.insight.journey.visits import staged


def touchpoints(engine: Engine, found: Cases) -> tuple[Touchpoint, ...]:
    """By stage, most cases first."""
    rows = staged(found.steps)
    rows = engine.layer(
        rows.mutate(
            took=rows.next_at.delta(rows["at"], unit="microsecond").cast("float64") / 1e6,
            left=(rows.next_at.isnull() & (rows.ended == ABANDONED)).cast("int64"),
        )
    )
    kind = ["stage", "touch", "name", "channel"]
    cases = rows.select("who", "case", *kind).distinct().group_by(kind).aggregate(cases=lambda t: t.count())
    facts = rows.group_by(kind).aggregate(
        facts=rows.count(), left=rows.left.sum(), failed=rows.failed.sum(), median=rows.took.quantile(0.5)
    )
    counted = {_key(row): row["cases"] for row in engine.arrow(cases).to_pylist()}
    spec = found.journey.spec
    told = [_touchpoint(spec, row, counted[_key(row)]) for row in engine.arrow(facts).to_pylist()]
    places = {code: place for place, code in enumerate(spec.codes)}
    return tuple(sorted(told, key=lambda t: (places[t.stage], -t.cases, t.number, t.name, t.channel or "")))


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["stage"], row["touch"], row["name"], row["channel"]


def _touchpoint(spec: JourneyFile, row: dict[str, Any], cases: int) -> Touchpoint:
    stage, number = spec.stages[row["stage"]], row["touch"] & ((1 << STAGE_SHIFT) - 1)
    happening = (*stage.touchpoints, *stage.failures)[number]
    median = row["median"]
    return Touchpoint(
        stage.code, number, row["channel"], row["name"] or happening.did, happening.label, cases, row["facts"],
        row["left"], row["failed"] or 0, None if median is None else round(median, 3),
    )  # fmt: skip


def hand_overs(engine: Engine, found: Cases) -> tuple[HandOver, ...]:
    """By stage, most cases first. A case that changes so twice at a stage counts once."""
    kind = ["stage", "from_channel", "to_channel", "meant"]
    changed = found.changes.select("who", "case", *kind).distinct()
    joined = changed.inner_join(found.stages.select("who", "case", "stage", "went_on"), ["who", "case", "stage"])
    rows = joined.group_by(kind).aggregate(cases=joined.count(), went_on=joined.went_on.sum())
    codes = found.journey.spec.codes
    told = [
        (row["stage"], HandOver(codes[row["stage"]], row["from_channel"], row["to_channel"], row["cases"], row["meant"],
                                row["went_on"]))
        for row in engine.arrow(rows).to_pylist()
    ]  # fmt: skip
    return tuple(one for _, one in sorted(told, key=lambda t: (t[0], -t[1].cases, t[1].from_channel, t[1].to_channel)))
