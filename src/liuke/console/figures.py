"""Numbers as the bank's people read them: 万 and 亿 in Chinese, thousands in English, signs and arrows.

Rounding is half up (四舍五入). Missing values and ratios over a base of zero or less show as —.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NOTHING: Final = "—"
Number = Decimal | float | int


def is_chinese() -> bool:
    """Whether the page being made is in Chinese."""
    return (get_language() or "zh-hans").startswith("zh")


def rounded(value: Number, places: int) -> Decimal:
    """`value` with `places` decimals, half up."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(value: Number | None) -> str:
    """An amount for lists, three digits where they say enough.

    >>> money(606000)
    '60.6 万'
    """
    if value is None:
        return NOTHING
    amount = Decimal(str(value))
    if not is_chinese():
        return f"{rounded(amount, 0):,}"
    size = abs(amount)
    if size >= Decimal("99995000"):
        return f"{_three(amount / 100_000_000)} 亿"
    if size >= Decimal("9999.5"):
        return f"{_three(amount / 10_000)} 万"
    return f"{rounded(amount, 0):,}"


def exact(value: Number | None) -> str:
    """An amount to the cent, with thousands separators."""
    return NOTHING if value is None else f"{rounded(value, 2):,}"


def signed(value: Number | None) -> str:
    """An amount with its sign: '+1.2 万', '-3.2 万', '0'."""
    if value is None:
        return NOTHING
    return f"+{money(value)}" if value > 0 else money(value)


def share(value: Number | None, places: int = 1) -> str:
    """A share as percent: 0.124 → '12.4%'."""
    return NOTHING if value is None else f"{rounded(Decimal(str(value)) * 100, places)}%"


def points(value: Number | None, places: int = 1) -> str:
    """A difference of two shares in percentage points, signed: 0.025 → '+2.5'."""
    if value is None:
        return NOTHING
    number = rounded(Decimal(str(value)) * 100, places)
    return f"+{number}" if number > 0 else str(number)


def change(now: Number | None, before: Number | None) -> float | None:
    """(now - before) / before; None where the base is zero, negative or missing."""
    if now is None or before is None or before <= 0:
        return None
    return float(now) / float(before) - 1


def count(value: int | None) -> str:
    """A count with thousands separators."""
    return NOTHING if value is None else f"{value:,}"


def whole(value: Number) -> str:
    """A rounded count with thousands separators, also below zero."""
    return count(int(rounded(value, 0)))


def smallest() -> int:
    """Groups of fewer customers are not told."""
    fewest: int = settings.BANK.small_group
    return fewest


def is_small(value: int | None) -> bool:
    """Whether a group of so many customers is too small for its size to be told; nobody is no group."""
    return value is not None and 0 < value < smallest()


def group(value: int | None) -> str:
    """How many customers a group has, small ones as «<10» (CONVENTIONS: small cells)."""
    return f"<{smallest()}" if is_small(value) else count(value)


def moves(value: int | None, sign: str = "+") -> str:
    """How many customers came or went: '+12', '−12', '<10', '0'; — when unknown."""
    return f"{sign}{count(value)}" if value and not is_small(value) else group(value)


def day(value: date | None) -> str:
    """2026-11-21; — when there is none."""
    return NOTHING if value is None else value.isoformat()[:10]


def moment(value: datetime | None) -> str:
    """2026-11-21 18:50 in the bank's zone; `value` is aware."""
    from django.utils.timezone import localtime

    return NOTHING if value is None else f"{localtime(value):%Y-%m-%d %H:%M}"


def micros(value: int | None) -> datetime | None:
    """Microseconds since the epoch as a moment."""
    return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


def took(value: int | None) -> str:
    """A span of microseconds, coarse: 40 秒, 12 分钟, 5 小时."""
    seconds = 0 if value is None else value // 1_000_000
    if seconds < 120:
        return _("{n} 秒").format(n=seconds)
    if seconds < 7200:
        return _("{n} 分钟").format(n=seconds // 60)
    return _("{n} 小时").format(n=seconds // 3600)


def milliseconds(value: int | None) -> str:
    """A lag: 53 ms, 1.25 s, 40 s; — where none is known."""
    if value is None:
        return NOTHING
    if value < 1000:
        return f"{value} ms"
    return f"{rounded(value / 1000, 2 if value < 10_000 else 0)} s"


def _three(value: Decimal) -> str:
    return f"{rounded(value, 1):,}" if abs(value) < 100 else f"{rounded(value, 0):,}"
