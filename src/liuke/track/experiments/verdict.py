"""The verdict of an experiment in plain words: a pure function of its reading, and never beyond the interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from liuke.insight.amounts import Locale, money
from liuke.stats.compare import Interval
from liuke.track.experiment_reading import MetricReading
from liuke.track.experiments.experiment_file import WEAKER
from liuke.track.experiments.judging import Kind, concluded, fell, judged, sign
from liuke.track.experiments.reading import MONEY, RegisteredReading
from liuke.track.outcome_definitions import SHARES, Definition


@dataclass(frozen=True, slots=True)
class Verdict:
    """kind: works (a primary metric rose for sure), harms (one fell for sure, or a guardrail did), no_effect (every
    primary one lies within less than the mde), unknown (not yet), untrusted (not read, or nothing can be concluded).

    headline: the interval it rests on, of the first primary metric, None while there is none; by_plan: whether that is
    the fixed one, read on its planned day because too few clusters were drawn for one that is valid every day. saved:
    customers kept among the treated measured, of a headline that says who stayed; aum: money kept with them. harmed:
    guardrails that fell, by code. weaker: evidence of a weaker kind. registered: written down before.
    """

    kind: Kind
    headline: Interval | None
    by_plan: bool
    saved: Interval | None
    aum: Interval | None
    harmed: tuple[str, ...]
    weaker: bool
    registered: bool


def verdict(found: RegisteredReading) -> Verdict:
    """Judges a reading. With several primary metrics their p-values are adjusted for one another before one counts."""
    spec, reading = found.registration.spec, found.reading
    primary = [m for m in reading.metrics if m.primary]
    first = deciding(found, primary[0]) if primary else None
    harmed = () if found.refused else harmed_guardrails(found)
    kept = first if primary and _is_retention(found, primary[0]) else None
    worth = found.metric(MONEY)
    return Verdict(
        kind=_kind(found, primary, harmed),
        headline=first,
        by_plan=bool(first and primary[0].reading and primary[0].reading.always_valid is None),
        saved=kept.times(primary[0].treated) if kept else None,
        aum=_times(deciding(found, worth), worth.treated) if worth else None,
        harmed=harmed,
        weaker=spec.evidence in WEAKER,
        registered=found.registration.registered,
    )


def deciding(found: RegisteredReading, metric: MetricReading) -> Interval | None:
    """`judging.concluded` on the day of the reading; None also where everybody has the same outcome."""
    reading = metric.reading
    if reading is None or reading.difference.variance == 0:
        return None
    return concluded(reading.always_valid, reading.fixed, found.registration, found.day)


def harmed_guardrails(found: RegisteredReading) -> tuple[str, ...]:
    """Guardrails that fell for sure, by as much as matters at best estimate."""
    return tuple(
        code for code, rail in found.registration.spec.metrics.guardrails.items()
        if (metric := found.metric(code)) and fell(deciding(found, metric), rail.harm)
    )  # fmt: skip


def sentences(said: Verdict, found: RegisteredReading, locale: Locale) -> tuple[str, ...]:
    """The verdict as sentences: what is known, what it saved, what to mind."""
    zh = locale == "zh-hans"
    told = [_first(said, found, zh)]
    if said.kind != "untrusted":
        told += _saved(said, zh, locale)
    if said.harmed and said.kind == "harms":
        names = [_name(found, code, zh) for code in said.harmed]
        told.append(f"护栏变差：{'、'.join(names)}。" if zh else f"Guardrails fell: {', '.join(names)}.")
    if said.by_plan:
        told.append(
            "单位太少，只有到计划那天才能读，此后不再看。" if zh else
            "Too few units for a reading that holds every day: this one holds on the planned day only."
        )  # fmt: skip
    if said.weaker:
        told.append("证据较弱：不是抽签得来的。" if zh else "Weaker evidence: nobody was drawn.")
    if not said.registered:
        told.append("没有预先登记，只作线索。" if zh else "Not pre-registered: a hint, not a conclusion.")
    return tuple(told)


def significant(found: RegisteredReading, metric: MetricReading) -> int:
    """1 where the metric rose for sure, -1 where it fell, else 0; primary ones after Holm."""
    every_day = metric.reading is not None and metric.reading.always_valid is not None
    return sign(deciding(found, metric), metric.p if every_day else None, found.registration.spec.level)


def _kind(found: RegisteredReading, primary: list[MetricReading], harmed: tuple[str, ...]) -> Kind:
    if found.refused:
        return "untrusted"
    seen, signs = [deciding(found, m) for m in primary], [significant(found, m) for m in primary]
    return judged(seen, signs, bool(harmed), found.registration.spec.mde)


def _is_retention(found: RegisteredReading, metric: MetricReading) -> bool:
    return found.registration.definitions.outcomes[metric.metric].kind == "retained"


def _times(interval: Interval | None, factor: int) -> Interval | None:
    return interval.times(factor) if interval else None


def _first(said: Verdict, found: RegisteredReading, zh: bool) -> str:
    if said.kind == "untrusted":
        why = next(f for f in found.reading.findings if f.severity == "stop").text("zh-hans" if zh else "en")
        return f"不可信：{why}" if zh else f"It cannot be trusted: {why}"
    name = _headline_name(found, zh)
    if said.headline is None:
        return f"还不知道：{name}的结果还不够。" if zh else f"Not known yet: too few outcomes of {name}."
    gap = _spread(said.headline, found, zh)
    level = f"{said.headline.level:.0%}"
    words = {
        "works": ("有效：{name}提高 {gap}。", "It works: {name} rose by {gap}."),
        "harms": ("有害：{name}的差异为 {gap}。请暂停并检查做法。",
                  "It harms: the difference in {name} is {gap}. Pause and look at what is being done."),
        "no_effect": ("没有值得行动的效果：{name}的差异 {gap}，小于登记的 {mde}。",
                      "No effect worth acting on: the difference in {name} is {gap}, less than the {mde} registered."),
        "unknown": ("还不知道：{name}的差异 {gap}，有效与无效都还说得通。",
                    "Not known yet: the difference in {name} is {gap}, which fits an effect as well as none."),
    }  # fmt: skip
    text = words[said.kind][0 if zh else 1]
    mde = _number(found.registration.spec.mde, found, zh)
    return text.format(name=name, gap=gap.format(level=level), mde=mde)


def _saved(said: Verdict, zh: bool, locale: Locale) -> list[str]:
    told = []
    if said.saved:
        n = said.saved
        told.append(
            f"留住客户 {n.estimate:,.0f} 位（{n.level:.0%} 区间 {n.low:,.0f} 至 {n.high:,.0f}）。" if zh else
            f"Customers kept: {n.estimate:,.0f} ({n.level:.0%} interval {n.low:,.0f} to {n.high:,.0f})."
        )  # fmt: skip
    if said.aum:
        parts = [money(round(v, 2), locale) for v in (said.aum.estimate, said.aum.low, said.aum.high)]
        told.append(
            f"留住资产 {parts[0]}（{said.aum.level:.0%} 区间 {parts[1]} 至 {parts[2]}）。" if zh else
            f"AUM kept: {parts[0]} ({said.aum.level:.0%} interval {parts[1]} to {parts[2]})."
        )  # fmt: skip
    return told


def _headline_name(found: RegisteredReading, zh: bool) -> str:
    return _name(found, found.registration.spec.metrics.primary[0], zh)


def _name(found: RegisteredReading, code: str, zh: bool) -> str:
    return outcome_name(found.registration.definitions.outcomes[code], code, zh=zh)


_KINDS: Final = {
    "retained": ("{days} 天留存率", "retention at {days} days"),
    "aum_kept_share": ("{days} 天资产保有率", "share of AUM kept at {days} days"),
    "reactivated": ("{days} 天激活率", "reactivation within {days} days"),
    "renewed": ("{days} 天续接率", "renewal within {days} days"),
    "complaint_free": ("{days} 天无投诉率", "freedom from complaints for {days} days"),
    "nps_change": ("{days} 天 NPS 变化", "change of NPS within {days} days"),
}


def outcome_name(definition: Definition, code: str, *, zh: bool) -> str:
    """The outcome as the bank named it, else by its kind and horizon."""
    own = definition.zh if zh else definition.en
    kinds = _KINDS.get(definition.kind)
    return own or (kinds[0 if zh else 1].format(days=definition.horizon_days) if kinds else code)


def _spread(interval: Interval, found: RegisteredReading, zh: bool) -> str:
    low, middle, high = (_number(v, found, zh) for v in (interval.low, interval.estimate, interval.high))
    return f"{middle}（{{level}} 区间 {low} 至 {high}）" if zh else f"{middle} ({{level}} interval {low} to {high})"


def _number(value: float, found: RegisteredReading, zh: bool) -> str:
    """In points where it is a share."""
    code = found.registration.spec.metrics.primary[0]
    if found.registration.definitions.outcomes[code].kind in SHARES:
        return f"{value * 100:.1f} 个百分点" if zh else f"{value * 100:.1f} points"
    return f"{value:.2f}"
