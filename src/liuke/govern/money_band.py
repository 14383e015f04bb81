"""Amounts as bands, for people without the right to see exact ones."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

Locale = Literal["zh-hans", "en"]

_EDGES: Final = (10_000, 50_000, 200_000, 500_000, 1_000_000, 6_000_000, 10_000_000)
"""Upper edges, exclusive, in units of the currency. Ours, near the usual customer tiers of Chinese banks."""


def money_band(amount: Any, locale: Locale = "zh-hans") -> str:
    """The band an amount lies in, e.g. '5万-20万' or '50,000-200,000'; '***' for what is no number.

    A band's own text is given back unchanged.
    """
    if isinstance(amount, str) and amount in _LABELS:
        return amount
    try:
        number = Decimal(str(amount))
        if number.is_nan():
            return "***"
    except InvalidOperation:
        return "***"
    if number < 0:
        return "<0"
    place = sum(number >= edge for edge in _EDGES)
    return _band(place, locale)


def _band(place: int, locale: Locale) -> str:
    if place == 0:
        return "<" + _written(_EDGES[0], locale)
    if place == len(_EDGES):
        return "≥" + _written(_EDGES[-1], locale)
    return f"{_written(_EDGES[place - 1], locale)}-{_written(_EDGES[place], locale)}"


def _written(amount: int, locale: Locale) -> str:
    return f"{amount // 10_000}万" if locale == "zh-hans" else f"{amount:,}"


_LOCALES: Final[tuple[Locale, ...]] = ("zh-hans", "en")
_LABELS: Final = frozenset(_band(n, locale) for n in range(len(_EDGES) + 1) for locale in _LOCALES) | {"<0"}
