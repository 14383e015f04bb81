"""The right-hand side of a comparison: constants, days relative to today, other attributes and features."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from liuke.errors import Wrong, guess
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
        known = ", ".join(OPERATORS[kind])
        raise Wrong("operator_unfit", "'{op}' cannot be asked of a {kind}; {kind}s know {known}",
                    op=op, kind=kind, known=known)  # fmt: skip
    if op in _NO_VALUE:
        if value is not None:
            raise Wrong("no_value_wanted", "'{op}' takes no value", op=op)
        return None
    if value is None:
        raise Wrong("value_missing", "'{op}' needs a value", op=op)
    if op in _LISTS or op == "between":
        return _several(value, kind, op, values)
    if isinstance(value, dict):
        return _other(value, kind, op)
    if isinstance(value, list | tuple):
        raise Wrong("one_value", "'{op}' compares with one value, not with a list; use 'in' for several", op=op)
    return _scalar(value, kind, values if op in ("==", "!=") else ())


def _several(value: Any, kind: Kind, op: str, values: Sequence[str]) -> tuple[Scalar, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Wrong("list_wanted", "'{op}' needs a list of values", op=op)
    made = tuple(_scalar(v, kind, values) for v in value)
    if op != "between":
        return made
    if len(made) != 2:
        raise Wrong("two_values", "'between' needs exactly two values, the smallest and the largest")
    if not any(isinstance(v, RelativeDay) for v in made) and made[0] > made[1]:  # type: ignore[operator]
        raise Wrong("small_to_large", "'between' goes from small to large, but {low} is above {high}",
                    low=made[0], high=made[1])  # fmt: skip
    days = [v.days for v in made if isinstance(v, RelativeDay)]
    if len(days) == 2 and days[0] > days[1]:
        raise Wrong("early_to_late", "'between' goes from the earlier day to the later")
    return made


def _scalar(value: Any, kind: Kind, values: Sequence[str]) -> Scalar:
    readers: dict[Kind, Callable[[Any], Scalar]] = {"number": _number, "text": _text, "date": _day, "flag": _flag}
    made = readers[kind](value)
    if values and made not in values:
        raise Wrong("no_code", "'{name}' is not one of its codes; {hint}", name=made, **guess(str(made), values))
    return made


def _number(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise Wrong("number_wanted", "expected a number, not {value}", value=repr(value))
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong("text_wanted", "expected a text, not {value}; put it in quotes", value=repr(value))
    return value


def _day(value: Any) -> date | RelativeDay:
    if isinstance(value, datetime):
        raise Wrong("day_without_time", "expected a day without a time")
    if isinstance(value, date):
        return value
    found = _TODAY.fullmatch(str(value))
    if found:
        sign, days = found.groups()
        return RelativeDay(int(f"{sign}{days}") if days else 0)
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        template = "expected a day such as 2026-06-30, today or today-30, not {value}"
        raise Wrong("day_wanted", template, value=repr(value)) from None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("flag_wanted", "expected true or false, not {value}", value=repr(value))
    return value


def _other(value: dict[str, Any], kind: Kind, op: str) -> Other:
    sources = {"attribute": ATTRIBUTES, "feature": FEATURES}
    named = [key for key in value if key in sources]
    unknown = sorted(set(value) - {*sources, "times"})
    if len(named) != 1 or unknown:
        template = "another quantity is written {{attribute: NAME}} or {{feature: NAME, times: FACTOR}}"
        raise Wrong("other_quantity", template)
    name, times = str(value[named[0]]), _number(value.get("times", 1.0))
    if name not in sources[named[0]]:
        raise Wrong(f"no_{named[0]}", f"no {named[0]} is called '{{name}}'; {{hint}}", name=name,
                    **guess(name, sources[named[0]]))  # fmt: skip
    made = Other(named[0], name, times)
    if made.kind != kind:
        raise Wrong("kinds_differ", "a {kind} cannot be compared with '{name}', which is a {other}",
                    kind=kind, name=name, other=made.kind)  # fmt: skip
    if times != 1.0 and kind != "number":
        raise Wrong("times_of_numbers", "only numbers have `times`")
    if op in ("contains", "starts_with", "under"):
        raise Wrong("text_here", "'{op}' compares with a text written here", op=op)
    return made
