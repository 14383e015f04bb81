"""How long a status that one channel told takes to be told in another."""

from __future__ import annotations

import ibis

from liuke.engine import Engine
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.journey_map import StatusLag


def status_lags(engine: Engine, found: Cases) -> tuple[StatusLag, ...]:
    """Every status and channel in which it was told first, with every other channel that tells statuses at all.

    What is told after a case has ended counts, too: it may have ended in the one channel only.
    """
    told = found.steps.filter(found.steps.status.notnull(), found.steps.channel.notnull())
    first = engine.layer(
        told.group_by("who", "case", "status", "channel").aggregate(told_at=told["at"].min())
    )  # fmt: skip
    line = ibis.window(group_by=["who", "case", "status"], order_by=["told_at", "channel"])
    rows = engine.materialise(
        first.mutate(from_channel=first.channel.first().over(line), from_at=first.told_at.first().over(line))
    )
    try:
        lag = rows.told_at.delta(rows.from_at, unit="microsecond").cast("float64") / 1e6
        counted = rows.group_by("status", "from_channel", "channel").aggregate(
            cases=rows.count(), median=lag.quantile(0.5), p90=lag.quantile(0.9)
        )
        pairs = {(r["status"], r["from_channel"], r["channel"]): r for r in engine.arrow(counted).to_pylist()}
    finally:
        engine.release(rows)
    return tuple(_lags(pairs))


def _lags(pairs: dict[tuple[str, str, str], dict[str, object]]) -> list[StatusLag]:
    """The row of a status from a channel to itself counts who was told there first."""
    channels = sorted({channel for _, _, channel in pairs})
    firsts = sorted((status, start) for status, start, channel in pairs if start == channel)
    found = []
    for status, start in firsts:
        whole = _number(pairs[status, start, start]["cases"])
        for channel in channels:
            if channel == start:
                continue
            row = pairs.get((status, start, channel), {})
            cases = _number(row.get("cases") or 0)
            found.append(
                StatusLag(status, start, channel, cases, whole - cases, _time(row.get("median")), _time(row.get("p90")))
            )
    return found


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _time(value: object) -> float | None:
    return round(value, 3) if isinstance(value, float) else None
