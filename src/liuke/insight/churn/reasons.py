"""Why a customer is warned about, in words with the numbers that made them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import Any, Literal

from liuke.insight.amounts import Locale, mean, money, percent
from liuke.insight.churn.explain import reason_text
from liuke.insight.features.feature import Cause
from liuke.insight.features.registry import FEATURES
from liuke.tables.scores import REASONS_KEPT

Code = Literal["R01", "R02", "R03", "R04", "M00", "M01", "M02", "M03", "M04", "M05"]

CODES: dict[Code, str] = {"R01": "frequency", "R02": "balance", "R03": "complaint", "R04": "recency"}
"""Reason code → the signal it explains."""
MODEL_CODES: dict[Cause | None, Code] = {
    "product": "M01", "service": "M02", "competition": "M03", "needs": "M04", "life_cycle": "M05", None: "M00",
}  # fmt: skip
"""Code of a reason that the churn model gives, by the cause its feature speaks of."""

ALL_CODES: tuple[Code, ...] = (*CODES, *MODEL_CODES.values())

_LABELS: dict[Code, tuple[str, str]] = {
    "R01": ("交易频次下降", "Fewer transactions"),
    "R02": ("资产持续下降", "Balance falling"),
    "R03": ("投诉上升", "More complaints"),
    "R04": ("长时间未交易", "Long silence"),
    "M00": ("模型·其他", "Model: other"),
    "M01": ("模型·产品", "Model: product"),
    "M02": ("模型·服务", "Model: service"),
    "M03": ("模型·竞争", "Model: competition"),
    "M04": ("模型·需求变化", "Model: changed needs"),
    "M05": ("模型·生命周期", "Model: life cycle"),
}
_CAUSES: dict[Code, tuple[Cause, ...]] = {
    "R01": ("needs", "competition"),
    "R02": ("competition", "product"),
    "R03": ("service",),
    "R04": ("needs", "life_cycle"),
    "M00": (),
    "M01": ("product",),
    "M02": ("service",),
    "M03": ("competition",),
    "M04": ("needs",),
    "M05": ("life_cycle",),
}
_CAUSE_LABELS: dict[Cause, tuple[str, str]] = {
    "product": ("产品", "Product"),
    "service": ("服务", "Service"),
    "competition": ("竞争", "Competition"),
    "needs": ("需求变化", "Changed needs"),
    "life_cycle": ("生命周期", "Life cycle"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code, severity 0..1, and the numbers it quotes, by name.

    A signal's numbers are SIGNAL columns. A model's are feature (its name), value (the customer's) and typical (the
    median at training); its severity is the share of the odds of leaving that the feature's family accounts for.
    """

    code: Code
    severity: float
    numbers: tuple[tuple[str, Decimal | float | int | str | None], ...]

    def number(self, name: str) -> Any:
        """The quoted number of that name."""
        return dict(self.numbers)[name]


_QUOTED: dict[Code, tuple[str, ...]] = {
    "R01": ("transactions_30", "transactions_prior_90"),
    "R02": ("aum", "aum_30", "aum_90"),
    "R03": ("complaints_90", "complaints_prior_90", "complaints_open"),
    "R04": ("days_since_active", "usual_gap_days"),
}


def reasons_of(row: Mapping[str, Any]) -> tuple[Reason, ...]:
    """The reasons in a SIGNAL row: one per signal that speaks, loudest first, equal ones by code."""
    found = [
        Reason(code, float(row[f"{signal}_severity"]), tuple((name, row[name]) for name in _QUOTED[code]))
        for code, signal in CODES.items()
        if (row[f"{signal}_severity"] or 0) > 0
    ]
    return tuple(sorted(found, key=lambda r: (-r.severity, r.code)))


def model_reasons(score: Mapping[str, Any], typical: Mapping[str, float | None]) -> tuple[Reason, ...]:
    """The reasons in a SCORE row, loudest first. typical: median of each feature when the model was trained."""
    found = []
    for place in range(1, REASONS_KEPT + 1):
        name, points = score[f"reason_{place}"], score[f"reason_{place}_points"]
        if name is None:
            continue
        cause = FEATURES[name].cause if name in FEATURES else None
        numbers = (("feature", name), ("value", score[f"reason_{place}_value"]), ("typical", typical.get(name)))
        found.append(Reason(MODEL_CODES[cause], 1 - exp(-float(points)), numbers))
    return tuple(found)


def quotes_money(reason: Reason) -> bool:
    """Whether its sentence quotes an amount, which people who see bands only may not read."""
    if reason.code not in MODEL_CODES.values():
        return reason.code == "R02"
    feature = FEATURES.get(reason.number("feature"))
    return feature is not None and feature.unit == "currency"


def text(reason: Reason, locale: Locale = "zh-hans") -> str:
    """The reason as one plain sentence.

    >>> text(Reason("R01", 0.7, (("transactions_30", 2), ("transactions_prior_90", 27))))
    '近30天交易 2 笔,前90天月均 9 笔,下降 78%'
    """
    return _TEXTS[reason.code](reason, locale)


def label(code: Code, locale: Locale = "zh-hans") -> str:
    """A few words for a chip."""
    return _LABELS[code][locale == "en"]


def causes(code: Code) -> tuple[Cause, ...]:
    """The likely causes behind a reason, likeliest first. Ours and coarse: a place to start asking."""
    return _CAUSES[code]


def cause_label(cause: Cause, locale: Locale = "zh-hans") -> str:
    """The cause in words: 产品, 服务, 竞争, 需求变化 or 生命周期."""
    return _CAUSE_LABELS[cause][locale == "en"]


def _frequency(reason: Reason, locale: Locale) -> str:
    recent, prior = reason.number("transactions_30"), reason.number("transactions_prior_90")
    monthly = Decimal(prior) / 3
    fall = percent(1 - recent / monthly)
    if locale == "en":
        return (
            f"{_many(recent, 'transaction')} in the last 30 days against a monthly mean of {mean(monthly)} "
            f"in the 90 days before: down {fall}"
        )
    return f"近30天交易 {recent} 笔,前90天月均 {mean(monthly)} 笔,下降 {fall}"


def _balance(reason: Reason, locale: Locale) -> str:
    """Quotes the deeper of the falls against 30 and 90 days before."""
    now = Decimal(reason.number("aum"))
    falls = [(1 - now / then, days, then) for days in (90, 30) if (then := Decimal(reason.number(f"aum_{days}"))) > 0]
    fall, days, then = max(falls, key=lambda f: f[0])
    if locale == "en":
        return f"Assets {money(now, 'en')} against {money(then, 'en')} {days} days ago: down {percent(fall)}"
    return f"资产 {money(now)},{days}天前 {money(then)},下降 {percent(fall)}"


def _complaint(reason: Reason, locale: Locale) -> str:
    recent, prior, still_open = (reason.number(n) for n in _QUOTED["R03"])
    if locale == "en":
        tail = f", {still_open} still open" if still_open else ""
        return f"{_many(recent, 'complaint')} in the last 90 days, {prior} in the 90 days before{tail}"
    tail = f",{still_open} 件未办结" if still_open else ""
    return f"近90天投诉 {recent} 件,此前90天 {prior} 件{tail}"


def _recency(reason: Reason, locale: Locale) -> str:
    days, gap = reason.number("days_since_active"), reason.number("usual_gap_days")
    if locale == "en":
        return f"No transaction for {_many(days, 'day')}; usually one every {_many(mean(gap), 'day')}"
    return f"已 {days} 天未主动交易,平时约每 {mean(gap)} 天一笔"


def _model(reason: Reason, locale: Locale) -> str:
    name = reason.number("feature")
    feature = FEATURES.get(name)
    # An order may outlive a feature: its name is then all that can still be said.
    return reason_text(feature, reason.number("value"), reason.number("typical"), locale) if feature else str(name)


def _many(count: int | str, noun: str) -> str:
    return f"{count} {noun}{'' if str(count) == '1' else 's'}"


_TEXTS: dict[Code, Callable[[Reason, Locale], str]] = {
    "R01": _frequency,
    "R02": _balance,
    "R03": _complaint,
    "R04": _recency,
    **dict.fromkeys(MODEL_CODES.values(), _model),
}
