"""One reading of an experiment as its page and its report show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from liuke.console.experiment_words import (
    GROUPINGS,
    VERDICTS,
    arm_name,
    bounds,
    difference,
    level_of,
    metric_name,
    refusal_of,
    unit_of,
    with_unit,
)
from liuke.console.figures import is_small, money, rounded, share, whole
from liuke.console.graphics import Whisker, whisker
from liuke.console.interval_picture import Picture, over_time
from liuke.console.labels import TIERS, Text
from liuke.console.showing import locale
from liuke.stats.compare import Interval
from liuke.track.experiment_reading import MetricReading, SegmentReading
from liuke.track.experiments.kept_readings import Kept
from liuke.track.experiments.reading import MONEY, RegisteredReading
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.verdict import Verdict, deciding, sentences, significant, verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One metric in words. role: primary, guardrail, money. wide: the always-valid interval, '' where there is none;
    fixed: the one that holds on the planned day only. look: green rose, red fell, '' neither. small: too few customers
    to tell numbers of.
    """

    code: str
    name: str
    role: str
    unit: str
    treated: str
    control: str
    value: str
    wide: str
    fixed: str
    p: str
    look: str
    units: int
    immature: int
    harm: str
    whisker: Whisker | None


@dataclass(frozen=True, slots=True)
class Part:
    """One segment: raw difference with its interval, the shrunken one to act on, and p adjusted over the segments.
    once: the interval is the fixed one, for too few were measured for one that is valid every day.
    """

    name: str
    units: int
    value: str
    wide: str
    shrunken: str
    p: str
    look: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Worth:
    """Customers or AUM kept, with its interval."""

    code: str
    label: Text
    value: str
    bounds: str
    look: str


def result_of(found: RegisteredReading, said: Sequence[Kept], names: dict[str, str] | None = None) -> dict[str, Any]:
    """For `experiment_result.html`. said: kept readings of the whole bank, empty for who sees part of it. names: of
    branches, where these are the segments.
    """
    judged, registration = verdict(found), found.registration
    words, look = VERDICTS[judged.kind]
    first = registration.spec.metrics.primary[0]
    return {
        "found": found,
        "verdict": words,
        "verdict_look": look,
        "sentences": sentences(judged, found, locale()),
        "refusals": _refusals(found),
        "findings": [(f.severity, f.text(locale())) for f in found.reading.findings],
        "sizes": [(arm_name(arm), n, registration.shares.get(arm)) for arm, n in found.reading.sizes.items()],
        "lines": [_line(m, found) for m in found.reading.metrics],
        "worth": _worth(judged),
        "picture": picture_of(registration, [s for s in said if s.metric == first]),
        "said": [_said(s, registration) for s in said if s.metric == first][-60:],
        "first": metric_name(first, registration.definitions),
        "segment_name": GROUPINGS.get(registration.spec.segment or ""),
        "segments": _segments(found, names or {}),
        "reached": _reached(found),
        "limits": _limits(found),
        "leaked": found.leaked,
        "planned": planned_end(registration),
        "immature": found.immature.get(first, 0),
        "level": share(registration.spec.level, 0),
    }


def planned_end(registration: Registration) -> date | None:
    """The day on which the answer was planned; None for never."""
    days = registration.planned_days
    return registration.started_on + timedelta(days=days) if days is not None and registration.registered else None


def picture_of(registration: Registration, said: Sequence[Kept]) -> Picture | None:
    """The first primary metric over time, as it was said on those days."""
    code, definitions = registration.spec.metrics.primary[0], registration.definitions
    return over_time(said, lambda value: difference(value, code, definitions), planned_end(registration))


def p_words(p: float | None) -> str:
    """A p-value: 0.034, < 0.001."""
    if p is None:
        return "—"
    return "< 0.001" if p < 0.001 else f"{rounded(p, 3)}"


def _line(metric: MetricReading, found: RegisteredReading) -> Line:
    spec, definitions, reading = found.registration.spec, found.registration.definitions, metric.reading
    code = metric.metric
    wide = reading.always_valid if reading else None
    rail = spec.metrics.guardrails.get(code)
    signs = {1: "green", -1: "red", 0: ""}
    look = signs[significant(found, metric)] if reading else ""
    return Line(
        code=code,
        name=metric_name(code, definitions),
        role="money" if code == MONEY else "primary" if metric.primary else "guardrail",
        unit=unit_of(code, definitions),
        treated=level_of(metric.means.treated if metric.means else None, code, definitions),
        control=level_of(metric.means.control if metric.means else None, code, definitions),
        value=difference(reading.difference.value if reading else None, code, definitions),
        wide=bounds(wide.low, wide.high, code, definitions) if wide else "",
        fixed=bounds(reading.fixed.low, reading.fixed.high, code, definitions) if reading else "",
        p=p_words(metric.p),
        look=look,
        units=metric.units,
        immature=found.immature.get(code, 0),
        harm=with_unit(rail.harm, code, definitions) if rail else "",
        whisker=whisker(wide.low, wide.high, reading.difference.value) if wide and reading else None,
    )


def _refusals(found: RegisteredReading) -> list[tuple[str, Text]]:
    stops = [f for f in found.reading.findings if f.severity == "stop"]
    return [(f.text(locale()), refusal_of(f.code).then) for f in stops]


def _worth(judged: Verdict) -> list[Worth]:
    kept = [("saved", _("留住客户"), judged.saved, whole), ("aum", _("留住资产"), judged.aum, money)]
    return [
        Worth(
            code, label, say(i.estimate) if i else "—", f"[{say(i.low)}, {say(i.high)}]" if i else "",
            ("green" if i.low > 0 else "red") if i and i.excludes_zero else "",
        )
        for code, label, i, say in kept
    ]  # fmt: skip


def _segments(found: RegisteredReading, names: dict[str, str]) -> list[Part]:
    first = next((m for m in found.reading.metrics if m.primary), None)
    return [_part(s, first.metric, found, names) for s in first.segments] if first else []


def _part(segment: SegmentReading, code: str, found: RegisteredReading, names: dict[str, str]) -> Part:
    definitions, reading = found.registration.definitions, segment.reading
    name = segment_name(segment.segment, found.registration, names)
    if is_small(segment.units) or reading is None:
        return Part(name, segment.units, "—", "", "—", "—", "")
    wide: Interval = reading.always_valid or reading.fixed
    sure = segment.p is not None and segment.p < 1 - found.registration.spec.level
    return Part(
        name=name,
        units=segment.units,
        value=difference(reading.difference.value, code, definitions),
        wide=bounds(wide.low, wide.high, code, definitions),
        shrunken=difference(segment.shrunken, code, definitions),
        p=p_words(segment.p),
        look=("green" if reading.difference.value > 0 else "red") if sure else "",
        once=reading.always_valid is None,
    )


def segment_name(value: Any, registration: Registration, names: dict[str, str]) -> str:
    """A segment in words."""
    if value is None:
        return _("（无）")
    if registration.spec.segment == "tier":
        return str(TIERS.get(str(value), value))
    return names.get(str(value), str(value))


def _reached(found: RegisteredReading) -> list[dict[str, str]]:
    """Effect by intention beside that on those reached."""
    told = []
    for code, effect in found.reached.items():
        metric = found.metric(code)
        seen = deciding(found, metric) if metric else None
        once = metric.reading.fixed if metric and metric.reading and not seen else None
        shown = seen or once
        definitions = found.registration.definitions
        inside = effect.effect
        told.append({
            "name": metric_name(code, definitions),
            "unit": unit_of(code, definitions),
            "intention": difference(effect.by_intention.value, code, definitions),
            "intention_bounds": bounds(shown.low, shown.high, code, definitions) if shown else "",
            "once": "yes" if once else "",
            "reached": share(effect.reached.value),
            "effect": difference(inside.estimate, code, definitions) if inside else "—",
            "bounds": bounds(inside.low, inside.high, code, definitions) if inside else "",
            "weak": "yes" if effect.weak else "",
        })  # fmt: skip
    return told


def _limits(found: RegisteredReading) -> list[dict[str, str]]:
    """Lee's bounds of metrics that some customers did not answer."""
    definitions = found.registration.definitions
    return [
        {
            "name": metric_name(code, definitions),
            "bounds": bounds(limits.low, limits.high, code, definitions),
            "interval": bounds(limits.interval.low, limits.interval.high, code, definitions),
            "cut": share(limits.cut),
            "arm": arm_name("treated" if limits.trimmed_treated else "holdout"),
        }
        for code, limits in found.bounds.items()
    ]


def _said(said: Kept, registration: Registration) -> dict[str, Any]:
    code, definitions = said.metric, registration.definitions
    return {
        "day": said.day,
        "value": difference(said.estimate, code, definitions),
        "wide": bounds(said.low, said.high, code, definitions),
        "fixed": bounds(said.fixed_low, said.fixed_high, code, definitions),
        "units": said.units,
        "refused": refusal_of(said.refused).short if said.refused else "",
    }
