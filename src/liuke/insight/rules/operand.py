"""The right-hand side of a comparison: constants, days relative to today, other attributes and features."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from liuke.errors import did_you_mean
from liuke.insight.features.registry import FEATURES
from liuke.insight.rules.attribute import Kind
from liuke.insight.rules.vocabulary import ATTRIBUTES, OPERATORS

_TODAY = re.compile(r"today(?:\s*([+-])\s*(\d{1,5}))?")
_NO_VALUE = ("is_null", "not_null")
_LISTS = ("in", "not_in")


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """`today`, `today-30`, `today+7`: days from the as-of day."""

    days: int

    def on(self, day: date) -> date:
        """The calendar day it means when the as-of day is `day`."""
        return day + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Other:
    """Another attribute or feature of the same customer, times a factor: `{feature: aum_mean_90, times: 0.5}`."""

    source: str
    name: str
    times: float = 1.0

    @property
    def kind(self) -> Kind:
        """What it is compared as."""
        return "number" if self.source == "feature" else ATTRIBUTES[self.name].kind


Scalar = float | str | date | bool | RelativeDay
Operand = Scalar | Other | tuple[Scalar, ...] | None


def operand(value: Any, kind: Kind, op: str, values: Sequence[str] = ()) -> Operand:
    """The value of a rule as written, made fit for `op` on something of `kind`.

    values: the closed set of codes, when there is one. Raises ValueError telling what would be right.
    """
    if op not in OPERATORS[kind]:
        raise ValueError(f"'{op}' cannot be asked of a {kind}; {kind}s know {', '.join(OPERATORS[kind])}")
    if op in _NO_VALUE:
        if value is not None:
            raise ValueError(f"'{op}' takes no value")
        return None
    if value is None:
        raise ValueError(f"'{op}' needs a value")
    if op in _LISTS or op == "between":
        return _several(value, kind, op, values)
    if isinstance(value, dict):
        return _other(value, kind, op)
    if isinstance(value, list | tuple):
        raise ValueError(f"'{op}' compares with one value, not with a list; use 'in' for several")
    return _scalar(value, kind, values if op in ("==", "!=") else ())


def _several(value: Any, kind: Kind, op: str, values: Sequence[str]) -> tuple[Scalar, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"'{op}' needs a list of values")
    made = tuple(_scalar(v, kind, values) for v in value)
    if op != "between":
        return made
    if len(made) != 2:
        raise ValueError("'between' needs exactly two values, the smallest and the largest")
    if not any(isinstance(v, RelativeDay) for v in made) and made[0] > made[1]:  # type: ignore[operator]
        raise ValueError(f"'between' goes from small to large, but {made[0]} is above {made[1]}")
    days = [v.days for v in made if isinstance(v, RelativeDay)]
    if len(days) == 2 and days[0] > days[1]:
        raise ValueError("'between' goes from the earlier day to the later")
    return made


def _scalar(value: Any, kind: Kind, values: Sequence[str]) -> Scalar:
    readers: dict[Kind, Callable[[Any], Scalar]] = {"number": _number, "text": _text, "date": _day, "flag": _flag}
    made = readers[kind](value)
    if values and made not in values:
        raise ValueError(f"'{made}' is not one of its codes; {did_you_mean(str(made), values)}")
    return made


def _number(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a number, not {value!r}")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a text, not {value!r}; put it in quotes")
    return value


def _day(value: Any) -> date | RelativeDay:
    if isinstance(value, datetime):
        raise ValueError("expected a day without a time")
    if isinstance(value, date):
        return value
    found = _TODAY.fullmatch(str(value))
    if found:
        sign, days = found.groups()
        return RelativeDay(int(f"{sign}{days}") if days else 0)
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"expected a day such as 2026-06-30, today or today-30, not {value!r}") from None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {value!r}")
    return value


def _other(value: dict[str, Any], kind: Kind, op: str) -> Other:
    sources = {"attribute": ATTRIBUTES, "feature": FEATURES}
    named = [key for key in value if key in sources]
    unknown = sorted(set(value) - {*sources, "times"})
    if len(named) != 1 or unknown:
        raise ValueError("another quantity is written {attribute: NAME} or {feature: NAME, times: FACTOR}")
    name, times = str(value[named[0]]), _number(value.get("times", 1.0))
    if name not in sources[named[0]]:
        raise ValueError(f"no {named[0]} is called '{name}'; {did_you_mean(name, sources[named[0]])}")
    made = Other(named[0], name, times)
    if made.kind != kind:
        raise ValueError(f"a {kind} cannot be compared with '{name}', which is a {made.kind}")
    if times != 1.0 and kind != "number":
        raise ValueError("only numbers have `times`")
    if op in ("contains", "starts_with", "under"):
        raise ValueError(f"'{op}' compares with a text written here")
    return made
