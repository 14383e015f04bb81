"""An experiment's plan, reading and leaks as plain values and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from liuke.insight.amounts import Locale
from liuke.stats.compare import Interval
from liuke.track.experiment_reading import MetricReading
from liuke.track.experiments.reading import MONEY, RegisteredReading
from liuke.track.experiments.verdict import outcome_name, sentences, verdict


def as_dict(found: RegisteredReading, locale: Locale) -> dict[str, Any]:
    """The reading as plain values; shares 0..1, money in the bank's currency, null where not known."""
    said = verdict(found)
    return {
        "experiment": found.registration.code,
        "as_of": found.day.isoformat(),
        "started_on": found.registration.started_on.isoformat(),
        "ended_on": found.registration.ended_on and found.registration.ended_on.isoformat(),
        "registered": found.registration.registered,
        "evidence": found.registration.spec.evidence,
        "text_hash": found.registration.version,
        "verdict": said.kind,
        "sentences": list(sentences(said, found, locale)),
        "saved_customers": _interval(said.saved),
        "saved_aum": _interval(said.aum),
        "harmed": list(said.harmed),
        "sizes": dict(found.reading.sizes),
        "design_effect": found.design_effect,
        "metrics": [_metric(m, found) for m in found.reading.metrics],
        "leaked": {"held_out": found.leaked.held_out, "people": found.leaked.people, "contacts": found.leaked.contacts}
        if found.leaked
        else None,
        "findings": [
            {"code": f.code, "severity": f.severity, **dict(f.facts), "text": f.text(locale)}
            for f in found.reading.findings
        ],
    }


def _metric(metric: MetricReading, found: RegisteredReading) -> dict[str, Any]:
    reading = metric.reading
    reached, bounds = found.reached.get(metric.metric), found.bounds.get(metric.metric)
    return {
        "metric": metric.metric,
        "primary": metric.primary,
        "units": metric.units,
        "immature": found.immature.get(metric.metric, 0),
        "estimate": reading.difference.value if reading else None,
        "always_valid": _interval(reading.always_valid) if reading else None,
        "fixed": _interval(reading.fixed) if reading else None,
        "p": metric.p,
        "reached": {"effect": _interval(reached.effect), "share": reached.reached.value, "weak": reached.weak}
        if reached
        else None,
        "bounds": {"low": bounds.low, "high": bounds.high, "interval": _interval(bounds.interval)} if bounds else None,
        "segments": [
            {"segment": s.segment, "units": s.units, "p": s.p, "shrunken": s.shrunken} for s in metric.segments
        ],
    }


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return {n: getattr(interval, n) for n in ("estimate", "low", "high", "level")} if interval else None


def show_reading(found: RegisteredReading, locale: Locale, console: Console) -> None:
    """Prints the verdict, a table of metrics and the findings."""
    zh = locale == "zh-hans"
    spec = found.registration.spec
    title = spec.name.zh if zh else spec.name.en
    console.print(f"{title} · {found.day}", style="bold", markup=False)
    for sentence in sentences(verdict(found), found, locale):
        console.print(sentence, markup=False)
    words = ("指标", "客户", "差异", "随时有效区间", "一次性区间", "p") if zh else (
        "metric", "customers", "difference", "always-valid", "fixed", "p")  # fmt: skip
    grid = Grid(*words, title=" · ".join(f"{arm} {n:,}" for arm, n in found.reading.sizes.items()))
    for metric in found.reading.metrics:
        reading = metric.reading
        grid.add_row(
            _name(found, metric, zh), f"{metric.units:,}",
            _number(metric, reading.difference.value) if reading else "—",
            _span(metric, reading.always_valid) if reading else "—", _span(metric, reading.fixed) if reading else "—",
            "—" if metric.p is None else f"{metric.p:.2g}",
        )  # fmt: skip
    if found.reading.metrics:
        console.print(grid)
    marks = {"stop": ("✗", "bold red"), "mind": ("!", "yellow"), "note": ("·", "")}
    for remark in found.reading.findings:
        mark, style = marks[remark.severity]
        console.print(f"{mark} {remark.text(locale)}", style=style, markup=False)


def show_plan(planned: Mapping[str, Any], locale: Locale, console: Console) -> None:
    """Prints a plan (planner.as_json): customers per arm and days, the always-valid one first."""
    zh = locale == "zh-hans"
    grid = Grid(*(("读法", "客户", "每组", "进入天数", "等待天数") if zh else
                  ("reading", "customers", "per arm", "days of entry", "days to wait")))  # fmt: skip
    for key, name in (("always_valid", "随时有效" if zh else "always-valid"), ("fixed", "一次性" if zh else "fixed")):
        need = planned[key]
        arms = " · ".join(f"{arm} {n:,}" for arm, n in need["per_arm"].items())
        never = "永远等不到" if zh else "never"
        days = [never if need[what] is None else f"{need[what]:,}" for what in ("entry_days", "days")]
        grid.add_row(name, f"{need['units']:,}", arms, *days)
    console.print(grid)
    base = planned["baseline"]
    facts = base["mean"], base["entrants_per_day"], base["design_effect"]
    words = (
        "基准 {:.4g} · 每天进入 {:.1f} · 设计效应 {:.2f}"
        if zh
        else "baseline {:.4g} · {:.1f} a day · design effect {:.2f}"
    )
    told = words.format(*facts)
    console.print(told, markup=False)
    if planned["never"] and planned["shown_by_existing"] is not None:
        size = f"{planned['shown_by_existing']:.4g}"
        console.print(f"现有客户能看出的最小差异 {size}" if zh else f"those there are show differences from {size} on")


def show_leaks(rows: Sequence[Mapping[str, Any]], by: str, locale: Locale, console: Console) -> None:
    """Prints contacted hold-outs by whom."""
    zh = locale == "zh-hans"
    words = (by, "客户", "触达", "接通") if zh else (by, "customers", "contacts", "reached")
    grid = Grid(*words)
    for row in rows:
        grid.add_row(str(row[by] or "—"), *(f"{row[name]:,}" for name in ("people", "contacts", "reached")))
    console.print(grid)


def _name(found: RegisteredReading, metric: MetricReading, zh: bool) -> str:
    if metric.metric == MONEY:
        return "户均留住资产" if zh else "AUM kept per customer"
    name = outcome_name(found.registration.definitions.outcomes[metric.metric], metric.metric, zh=zh)
    return f"{name} *" if metric.primary else name


def _number(metric: MetricReading, value: float) -> str:
    return f"{value:+,.2f}" if metric.metric == MONEY else f"{value:+.4f}"


def _span(metric: MetricReading, interval: Interval | None) -> str:
    return f"[{_number(metric, interval.low)}, {_number(metric, interval.high)}]" if interval else "—"
