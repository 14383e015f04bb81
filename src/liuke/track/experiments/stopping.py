"""When an experiment is over: its own stop rule, asked of each day's reading."""

from __future__ import annotations

from datetime import date
from typing import Literal

from liuke.track.experiments.reading import RegisteredReading
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.verdict import harmed_guardrails, significant

Because = Literal["harm", "effect", "units", "day", "longest"]


def stops_because(found: RegisteredReading) -> Because | None:
    """The rule that ends the experiment on the reading's day; None to go on.

    Rules about outcomes ask readings that may be asked every day only (always-valid), so that stopping by them raises
    no false alarms. A reading that was refused ends nothing: the reason is a finding, and somebody must look.
    """
    registration = found.registration
    stop, passed = registration.spec.stop, (found.day - registration.started_on).days
    if not found.refused:
        if stop.on_harm and harmed_guardrails(found):
            return "harm"
        first = found.reading.metrics[0] if found.reading.metrics else None
        early = stop.early_after_days
        if first and early is not None and passed >= early and significant(found, first):
            return "effect"
        if stop.units_reached and _reached(found):
            return "units"
    return _by_day(registration, found.day, passed)


def _reached(found: RegisteredReading) -> bool:
    """Of drawn clusters, all of which are there from the start, the planned day takes the place of a number."""
    primary = [m for m in found.reading.metrics if m.primary]
    if found.registration.spec.is_clustered:
        return bool(primary) and found.registration.is_planned(found.day)
    planned = found.registration.planned_units
    return bool(primary) and all(m.reading is not None and m.reading.difference.units >= planned for m in primary)


def _by_day(registration: Registration, day: date, passed: int) -> Because | None:
    stop = registration.spec.stop
    if stop.on and day >= stop.on:
        return "day"
    return "longest" if passed >= stop.at_most_days else None
