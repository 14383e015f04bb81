"""The portrait of a customer in words: blocks, value, risk, consents and hours, masked for the person who looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from liuke.console import labels
from liuke.console.figures import NOTHING, day, is_chinese, money, share
from liuke.console.labels import Text
from liuke.console.showing import locale, rights
from liuke.govern.access import Scope
from liuke.govern.masking import show_value
from liuke.insight.churn.explain import amount_of
from liuke.insight.customer_tier import TierLevel
from liuke.insight.features.registry import FEATURES
from liuke.insight.monthly_aum import month_of, next_month
from liuke.insight.profile import BestSpan, ContactHours, Fact, Part, Profile, Standing, Worth, column_of

Line = tuple[Text, str]
_PARTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a bar. part: 0..1."""

    label: Text
    part: float
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the heat strip. level: 0 (seldom) … 4 (best)."""

    hour: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page says beside identity, holdings and the timeline. None where nothing is stored yet."""

    behaviour: tuple[Line, ...] | None
    channels: tuple[Bar, ...]
    spending: tuple[Bar, ...]
    needs: tuple[tuple[Text, tuple[str, ...]], ...] | None
    risk: tuple[Line, ...]
    risk_state: str
    risk_label: Text
    worth: tuple[Line, ...] | None
    standing: TierStanding | None
    stickiness: tuple[Bar, ...]
    loyalty: tuple[Bar, ...]
    model: tuple[Line, ...]
    model_reasons: tuple[Line, ...]
    consents: tuple[tuple[Text, Text, bool, str], ...]
    strip: tuple[tuple[Text, tuple[Cell, ...]], ...]
    hours: tuple[int, ...]
    hours_said: str


@dataclass(frozen=True, slots=True)
class TierStanding:
    """The asset tier: its name, since when, how it stands. part: this month so far of the threshold, 0..1; None
    where there is nothing to reach or the role reads no amounts.
    """

    name: str
    since: str
    look: str
    text: str
    part: float | None
    so_far: str
    threshold: str


def shown(profile: Profile, scope: Scope, levels: Mapping[str, TierLevel]) -> Shown:
    """The portrait as this person may read it. levels: the bank's asset tiers by code."""
    behaviour, needs, worth = profile.behaviour, profile.needs, profile.worth
    risk = profile.risk
    return Shown(
        behaviour=None if behaviour is None else tuple(_facts(behaviour.facts, scope)),
        channels=_shares(behaviour.channels if behaviour else (), labels.CHANNELS),
        spending=_shares(behaviour.spending if behaviour else (), labels.SPENDING),
        needs=None if needs is None else tuple(
            (labels.NEEDS.get(n.code, n.code), tuple(f"{k} {v}" for k, v in _facts(n.evidence, scope))) for n in needs
        ),
        risk=((_("风险承受等级"), risk.level or NOTHING), (_("测评日期"), day(risk.assessed_on)),
              (_("有效期至"), day(risk.valid_until))),
        risk_state=risk.state,
        risk_label=labels.RISK_STATES[risk.state],
        worth=tuple(_worth(profile, scope)) if worth else None,
        standing=_standing(worth, levels, scope) if worth else None,
        stickiness=_parts(worth.stickiness_parts if worth else ()),
        loyalty=_parts(worth.loyalty_parts if worth else ()),
        model=tuple(_model(profile)),
        model_reasons=tuple(_reasons(profile, scope)),
        consents=tuple(
            (labels.PURPOSES.get(c.purpose, c.purpose), labels.CHANNELS.get(c.channel, _("全部渠道")), c.granted,
             day(c.effective_at.date()))
            for c in profile.consents
        ),
        strip=_strip(profile.hours),
        hours=tuple(range(profile.hours.window.opens, profile.hours.window.closes)),
        hours_said=_said(profile.hours),
    )  # fmt: skip


def _facts(facts: Sequence[Fact], scope: Scope) -> Iterator[tuple[str, str]]:
    for fact in facts:
        feature = FEATURES[fact.feature]
        yield (feature.zh if is_chinese() else feature.en), _value(fact.value, feature.unit, scope)


def _value(value: float, unit: str, scope: Scope) -> str:
    if unit.startswith("currency") and "amounts_detail" not in rights(scope):
        return str(show_value(round(value, 2), "money", scope.reads["amounts"], locale()))
    return amount_of(value, unit, locale())  # type: ignore[arg-type]  # a unit of the registry


def _money(value: float | None, scope: Scope) -> str:
    if value is None:
        return NOTHING
    return money(value) if "amounts_detail" in rights(scope) else _value(value, "currency", scope)


def _shares(found: Sequence[tuple[str, float]], words: dict[str, Text]) -> tuple[Bar, ...]:
    return tuple(Bar(words.get(code, code), part, share(part, 0)) for code, part in found)


def _parts(parts: Sequence[Part]) -> tuple[Bar, ...]:
    def word(part: Part) -> str:
        column = column_of(part.column)
        return column.zh.split(":")[-1] if is_chinese() else column.en

    return tuple(Bar(word(part), part.value / 100, f"{part.value:.0f}") for part in parts[:_PARTS_SHOWN])


def _worth(profile: Profile, scope: Scope) -> Iterator[Line]:
    worth = profile.worth
    assert worth is not None
    yield _("生命周期"), str(labels.STAGES.get(worth.stage, worth.stage))
    yield _("活跃度"), str(labels.ACTIVITY.get(worth.activity, worth.activity))
    yield _("客户终身价值"), _money(worth.clv, scope)
    yield _("年贡献"), _money(worth.margin_year, scope)
    r, f, m = worth.rfm
    yield "RFM", f"{labels.RFM_GROUPS.get(worth.rfm_group, worth.rfm_group)} ({r}-{f}-{m})"
    yield _("粘性指数"), NOTHING if worth.stickiness is None else f"{worth.stickiness:.0f}"
    yield _("忠诚度指数"), NOTHING if worth.loyalty is None else f"{worth.loyalty:.0f}"


def _standing(worth: Worth, levels: Mapping[str, TierLevel], scope: Scope) -> TierStanding:
    state, level = worth.standing, levels.get(worth.standing.tier)
    name = state.tier if level is None else level.zh if is_chinese() else level.en
    least = float(level.minimum_aum) if level else 0.0
    visible = least > 0 and state.so_far is not None and "amounts_detail" in rights(scope)
    return TierStanding(
        name=name,
        since=_("自 {day}").format(day=day(state.since)) if state.since else "",
        look={"notice": "red", "watched": "orange"}.get(state.state, "green"),
        text=_standing_text(state, worth.as_of, least, scope),
        part=min(1.0, (state.so_far or 0.0) / least) if visible else None,
        so_far=_money(state.so_far, scope),
        threshold=_money(least, scope),
    )


def _standing_text(state: Standing, as_of: date, threshold: float, scope: Scope) -> str:
    """Kept, or for how long not; what is missing by when, and what happens otherwise.

    Late in a month the missing mean takes many times the threshold: then the next month is the way, if there is one.
    """
    if state.state == "kept":
        return _("等级达标，无降级风险。")
    said = [_("月日均资产已连续 {n} 个月未达标。").format(n=state.watch_months)]
    until = next_month(month_of(as_of + timedelta(days=1))) - timedelta(days=1)
    if state.top_up and state.top_up > threshold > 0 and (state.months_left or 0) > 1:
        said.append(_("本月已难达标，下月起月日均不低于 {money} 可保级。").format(money=_money(threshold, scope)))
    elif state.top_up:
        said.append(
            _("还差 {money} 保级：从明天起存入并留到 {day}。").format(money=_money(state.top_up, scope), day=day(until))
        )
    elif state.top_up is not None:
        said.append(_("按现有余额，本月可以达标，请留到 {day}。").format(day=day(until)))
    if state.downgrade_on:
        said.append(_("若一直不补足，{day} 起降级。").format(day=day(state.downgrade_on)))
    return ("" if is_chinese() else " ").join(said)


def _model(profile: Profile) -> Iterator[Line]:
    risk = profile.model_risk
    if risk is None:
        return
    yield _("流失概率"), share(risk.probability)
    yield _("预警等级"), str(labels.TIERS.get(risk.tier, risk.tier))
    yield _("模型版本"), f"{risk.model} {risk.version}"


def _reasons(profile: Profile, scope: Scope) -> Iterator[Line]:
    for name, value, _points in profile.model_risk.reasons if profile.model_risk else ():
        feature = FEATURES.get(name)
        if feature is None or value is None:
            continue
        yield (feature.zh if is_chinese() else feature.en), _value(value, feature.unit, scope)


def _strip(hours: ContactHours) -> tuple[tuple[Text, tuple[Cell, ...]], ...]:
    top = max((part for row in hours.shares.values() for part in row), default=0.0)
    made = []
    for weekday, row in hours.shares.items():
        cells = tuple(
            Cell(hours.window.opens + i, min(4, int(5 * part / top)) if top and hours.enough else 0, share(part))
            for i, part in enumerate(row)
        )
        made.append((labels.WEEKDAYS[weekday], cells))
    return tuple(made)


def _said(hours: ContactHours) -> str:
    if not hours.best:
        return _("近 180 天的活动太少，看不出合适的联系时间；请在允许时段内联系。")
    first = _("最容易联系到的时间：{when}。").format(when=_when(hours.best[0], hours))
    if len(hours.best) == 1:
        return first
    return first + _("其次：{when}。").format(when=_when(hours.best[1], hours))


def _when(span: BestSpan, hours: ContactHours) -> str:
    every = len(span.weekdays) == len(hours.window.weekdays)
    joint = "、" if is_chinese() else ", "
    days = _("工作日") if every else joint.join(str(labels.WEEKDAYS[n]) for n in span.weekdays)
    return f"{days} {span.hour}:00–{min(span.hour + 2, hours.window.closes)}:00"
