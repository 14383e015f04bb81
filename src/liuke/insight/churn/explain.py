"""Why the model thinks so: exact contributions grouped to families and causes, in words with the customer's numbers.

Contributions are the trees' exact Shapley values in log-odds (Lundberg et al. 2020, as LightGBM's pred_contrib gives
them): with the base they add up to the score. Windows of one family say nearly the same thing, so a family speaks
once, with the sum of its contributions and its loudest member.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from liuke.insight.amounts import Locale, money, percent
from liuke.insight.features.feature import Feature, Unit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Reasons of n customers. feature, points: (n, k), loudest first; feature is a column of the matrix, −1 for no
    (further) family that speaks for leaving. cause: (n,) index into `causes`, −1 for none.
    """

    feature: Ints
    points: Floats
    cause: Ints
    causes: tuple[str, ...]


def spoken(contributions: Floats, families: Sequence[str], causes: Sequence[str | None], keep: int) -> Spoken:
    """The `keep` loudest families of each row that speak for leaving, and the cause they add up to.

    contributions: (n, p) log-odds without the base. families, causes: per column. A cause's weight is the sum of its
    families' positive sums; columns without a cause count for none.
    """
    kinds, member = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    total = _summed(contributions, member, len(kinds))
    order = np.argsort(-total, axis=1, kind="stable")[:, :keep]
    points = np.take_along_axis(total, order, axis=1)
    feature = np.full(order.shape, -1, np.int64)
    for place in range(order.shape[1]):
        inside = member[None, :] == order[:, place : place + 1]
        feature[:, place] = np.where(inside, contributions, -np.inf).argmax(axis=1)
    feature[points <= 0] = -1
    cause, words = _main_cause(contributions, member, total, causes)
    return Spoken(feature, np.maximum(points, 0.0), cause, words)


def _summed(contributions: Floats, member: npt.NDArray[np.intp], groups: int) -> Floats:
    indicator = np.zeros((contributions.shape[1], groups))
    indicator[np.arange(len(member)), member] = 1.0
    product: Floats = contributions @ indicator
    return product


def _main_cause(
    contributions: Floats, member: npt.NDArray[np.intp], total: Floats, causes: Sequence[str | None]
) -> tuple[Ints, tuple[str, ...]]:
    """A column counts for its cause only as far as its family as a whole speaks for leaving."""
    words = tuple(sorted({c for c in causes if c}))
    if not words:
        return np.full(len(contributions), -1, np.int64), words
    speaks = (total > 0)[:, member]
    heard = np.where(speaks, contributions, 0.0)
    number = np.array([words.index(c) if c else len(words) for c in causes], np.intp)
    weight = _summed(heard, number, len(words) + 1)[:, : len(words)]
    best = weight.argmax(axis=1)
    return np.where(weight.max(axis=1) > 0, best, -1).astype(np.int64), words


def reason_text(feature: Feature, value: float | None, typical: float | None, locale: Locale = "zh-hans") -> str:
    """A reason as one plain sentence: what is measured, the customer's own number, and the usual one.

    value null means that there is nothing to measure (no transaction in the window, no maturity ahead).
    """
    zh = locale != "en"
    name = feature.zh if zh else feature.en
    own = amount_of(value, feature.unit, locale)
    if typical is None or value is None or amount_of(typical, feature.unit, locale) == own:
        return f"{name} {own}" if zh else f"{name}: {own}"
    usual = amount_of(typical, feature.unit, locale)
    return f"{name} {own}(客户中位数 {usual})" if zh else f"{name}: {own} (median customer {usual})"


_UNITS: dict[str, tuple[str, str]] = {
    "transactions": ("笔", "transactions"), "days": ("天", "days"), "events": ("次", "events"),
    "sessions": ("次", "sessions"), "complaints": ("件", "complaints"), "contacts": ("次", "contacts"),
    "products": ("个", "products"), "years": ("岁", "years"), "months": ("个月", "months"),
    "minutes": ("分钟", "minutes"), "visits": ("次", "visits"), "transactions/day": ("笔/天", "transactions a day"),
}  # fmt: skip


def amount_of(value: float | None, unit: Unit, locale: Locale = "zh-hans") -> str:
    """A feature's value as people read it; "无"/"none" for null.

    >>> amount_of(0.35, "share"), amount_of(523000.0, "currency"), amount_of(2.0, "transactions")
    ('35%', '52.30 万元', '2 笔')
    """
    zh = locale != "en"
    if value is None or np.isnan(value):
        return "无" if zh else "none"
    if unit == "currency":
        return money(value, locale)
    if unit == "currency/day":
        return f"{money(value, locale)}{'/天' if zh else ' a day'}"
    if unit == "share":
        return percent(value)
    if unit == "flag":
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    number = f"{value:.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.2g}"
    words = _UNITS.get(unit)
    return number if words is None else f"{number} {words[0] if zh else words[1]}"


__all__ = ["Spoken", "amount_of", "reason_text", "spoken"]
