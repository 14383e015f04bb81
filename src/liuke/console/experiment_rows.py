"""The list of experiments: one row per draw, with where it stands and what was last said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from liuke.console.experiment_words import (
    EVIDENCE,
    LOOKS,
    ORDER,
    SOURCES,
    STAGES,
    UNITS,
    VERDICTS,
    bounds,
    difference,
    metric_name,
    refusal_of,
    source_name,
    unit_of,
)
from liuke.console.figures import is_chinese, share
from liuke.console.graphics import Whisker, whisker
from liuke.console.labels import Text
from liuke.console.showing import locale
from liuke.errors import YourMistake
from liuke.state.experiment_list import Listed
from liuke.track.experiments.experiment_file import WEAKER
from liuke.track.experiments.kept_readings import Kept
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.so_far import SoFar


@dataclass(frozen=True, slots=True)
class Headline:
    """What was last said of the first primary metric. look: green rose, red fell, '' neither for sure. once: whether
    the interval is the fixed one, for there are too few customers yet for one that is valid every day.
    """

    metric: str
    value: str
    bounds: str
    unit: str
    look: str
    whisker: Whisker | None
    once: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line. days: since the start, planned_days until the answer (None for never). entered: customers in scope so
    far, wanted: those planned, part: 0..1 of them. verdict: (words, look). warnings: (look, words).
    """

    code: str
    title: str
    stage: str
    label: Text
    look: str
    kind: str
    source: str
    unit: Text
    evidence: Text
    weaker: bool
    days: int | None
    planned_days: int | None
    never: bool
    entered: int | None
    wanted: int | None
    part: float | None
    headline: Headline | None
    verdict: tuple[Text, str] | None
    warnings: tuple[tuple[str, str], ...]
    mistake: YourMistake | None


def rows_of(
    lines: Mapping[str, Listed], day: date | None, counts: Mapping[str, SoFar], kept: Mapping[str, tuple[Kept, ...]]
) -> list[Row]:
    """Every line, those that run first, default plans last. kept: empty for who does not see the whole bank."""
    rows = [_row(line, day, counts.get(code), kept.get(code, ())) for code, line in lines.items()]
    return sorted(rows, key=lambda r: (ORDER.index(r.stage), not r.entered, r.code))


def _row(line: Listed, day: date | None, count: SoFar | None, kept: tuple[Kept, ...]) -> Row:
    spec, registration = line.spec, line.registration
    by_name = {row.metric: row for row in kept}
    wanted = _wanted(registration)
    entered = count.entered if count else None
    return Row(
        code=line.code,
        title=line.title(locale()),
        stage=line.stage,
        label=STAGES[line.stage],
        look=LOOKS.get(line.stage, ""),
        kind=spec.source.kind if spec else "",
        source=_source(line),
        unit=UNITS[spec.unit] if spec else "—",
        evidence=EVIDENCE[spec.evidence] if spec else "—",
        weaker=spec is not None and spec.evidence in WEAKER,
        days=_days(registration, count, day),
        planned_days=registration.planned_days if registration and registration.registered else None,
        never=registration is not None and registration.registered and registration.planned_days is None,
        entered=entered if registration else None,
        wanted=wanted,
        part=min(1.0, entered / wanted) if wanted and entered is not None else None,
        headline=headline_of(by_name, registration) if registration else None,
        verdict=next((VERDICTS[row.verdict] for row in kept if row.verdict), None) if registration else None,
        warnings=tuple(_warnings(line, count, kept)),
        mistake=line.mistake,
    )


def _source(line: Listed) -> str:
    """Whose customers; a default plan has the name of its draw already."""
    if line.spec is None:
        return "—"
    kind = line.spec.source.kind
    return str(SOURCES[kind]) if line.stage == "unregistered" else source_name(line.spec, _drawn_name(line))


def _drawn_name(line: Listed) -> str:
    draw = line.experiment.draw if line.experiment else None
    return (draw.name.zh if is_chinese() else draw.name.en) if draw else ""


def _wanted(registration: Registration | None) -> int | None:
    units = registration.plan.get("always_valid", {}).get("units") if registration and registration.registered else None
    return int(units) if units else None


def _days(registration: Registration | None, count: SoFar | None, day: date | None) -> int | None:
    if registration is None or day is None:
        return None
    first = registration.started_on if registration.registered else (count.first if count else None)
    last = min(registration.ended_on or day, day)
    return max((last - first).days + 1, 0) if first else None


def headline_of(rows: Mapping[str, Kept], registration: Registration) -> Headline | None:
    """The first primary metric of a kept reading; None while nothing was said of it."""
    code = registration.spec.metrics.primary[0]
    row, definitions = rows.get(code), registration.definitions
    if row is None or row.estimate is None:
        return None
    low, high = (row.low, row.high) if row.low is not None else (row.fixed_low, row.fixed_high)
    look = {1: "green", -1: "red"}.get(row.sign or 0, "")
    drawn = whisker(low, high, row.estimate) if low is not None and high is not None else None
    return Headline(
        metric_name(code, definitions),
        difference(row.estimate, code, definitions),
        bounds(low, high, code, definitions),
        unit_of(code, definitions),
        look,
        drawn,
        row.low is None,
    )


def _warnings(line: Listed, count: SoFar | None, kept: tuple[Kept, ...]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    refused = next((row.refused for row in kept if row.refused), None)
    if refused:
        told.append(("red", str(refusal_of(refused).short)))
    if line.changed:
        told.append(("orange", _("文件已改")))
    if count and count.contacted:
        part = share(count.contacted / count.held_out) if count.held_out else "—"
        told.append(("orange", _("对照组被联系 {part}").format(part=part)))
    if line.mistake:
        told.append(("red", _("文件有误")))
    return told
