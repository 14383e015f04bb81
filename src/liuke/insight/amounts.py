"""Money and shares as people read them, in Chinese and English (CONVENTIONS §9)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Locale = Literal["zh-hans", "en"]
_CENT = Decimal("0.01")
_WAN, _YI = Decimal(10_000), Decimal(100_000_000)


def money(amount: Decimal | float, locale: Locale = "zh-hans") -> str:
    """An amount for a sentence: two decimals, rounded half up; Chinese in 元, from 1万 in 万, from 1亿 in 亿.

    English keeps full figures with thousands separators: K, M and B are not used (CONVENTIONS §9).

    >>> money(Decimal("523000")), money(Decimal("1.2e8")), money(Decimal("98.5")), money(523000, "en")
    ('52.30 万元', '1.20 亿元', '98.50 元', '523,000.00')
    """
    value = Decimal(str(amount)) if isinstance(amount, float) else Decimal(amount)
    if locale == "en":
        return f"{value.quantize(_CENT, ROUND_HALF_UP):,}"
    for step, unit in ((_YI, "亿元"), (_WAN, "万元")):
        if abs(value.quantize(_CENT, ROUND_HALF_UP)) >= step:
            return f"{(value / step).quantize(_CENT, ROUND_HALF_UP):,} {unit}"
    return f"{value.quantize(_CENT, ROUND_HALF_UP):,} 元"


def percent(share: Decimal | float) -> str:
    """A share as a whole percentage, rounded half up; a fall short of everything never reads 100%.

    >>> percent(0.778), percent(0.999), percent(1)
    ('78%', '99%', '100%')
    """
    value = Decimal(str(share)) * 100
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{99 if whole == 100 and value < 100 else whole}%"


def mean(value: Decimal | float) -> str:
    """A mean count with at most one decimal, rounded half up.

    >>> mean(9.0), mean(8.6667)
    ('9', '8.7')
    """
    rounded = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded)
