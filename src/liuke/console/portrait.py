"""The portrait of a customer in words: blocks, value, risk, consents and hours, masked for the person who looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.console import labels
from liuke.console.figures import NOTHING, day, is_chinese, money, share
from liuke.console.labels import Text
from liuke.console.showing import locale, rights
from liuke.govern.access import Scope
from liuke.govern.masking import mask_value
from liuke.insight.churn.explain import amount_of
from liuke.insight.features.registry import FEATURES
from liuke.insight.profile import BestSpan, ContactHours, Fact, Part, Profile, column_of

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
    standing: str
    standing_look: str
    stickiness: tuple[Bar, ...]
    loyalty: tuple[Bar, ...]
    model: tuple[Line, ...]
    model_reasons: tuple[str, ...]
    consents: tuple[tuple[Text, Text, bool, str], ...]
    strip: tuple[tuple[Text, tuple[Cell, ...]], ...]
    hours: tuple[int, ...]
    hours_said: str


def shown(profile: Profile, scope: Scope) -> Shown:
    """The portrait as this person may read it."""
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
        standing=_standing(profile, scope),
        standing_look={"notice": "red", "watched": "orange"}.get(worth.standing.state if worth else "", "green"),
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
        return str(mask_value(round(value, 2), "money", locale=locale()))
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


def _standing(profile: Profile, scope: Scope) -> str:
    if profile.worth is None:
        return ""
    state = profile.worth.standing
    if state.state == "kept":
        return _("等级达标，无降级风险。")
    parts = [_("已连续 {n} 个月未达标").format(n=state.watch_months)]
    if state.downgrade_on:
        parts.append(_("若不补足将于 {day} 降级").format(day=day(state.downgrade_on)))
    if state.top_up:
        parts.append(_("本月需补 {money}").format(money=_money(state.top_up, scope)))
    return "，".join(parts) + "。" if is_chinese() else ", ".join(parts) + "."


def _model(profile: Profile) -> Iterator[Line]:
    risk = profile.model_risk
    if risk is None:
        return
    yield _("流失概率"), share(risk.probability)
    yield _("预警等级"), str(labels.TIERS.get(risk.tier, risk.tier))
    yield _("模型版本"), f"{risk.model} {risk.version}"


def _reasons(profile: Profile, scope: Scope) -> Iterator[str]:
    for name, value, _points in profile.model_risk.reasons if profile.model_risk else ():
        feature = FEATURES.get(name)
        if feature is None or value is None:
            continue
        yield f"{feature.zh if is_chinese() else feature.en}: {_value(value, feature.unit, scope)}"


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
