"""What a gate finds: a rule that stops a candidate, the fact it looked at, and when that may change."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Stop:
    """One rule of a gate as expressions over a row. when: never null. fact: a value as text, None for nothing to show.
    until: first day on which the rule may pass, None when no date is known. marketing: stops marketing only.
    """

    rule: str
    when: ir.BooleanValue
    fact: ir.StringValue | None = None
    until: ir.DateValue | None = None
    marketing: bool = False


def day_text(day: ir.DateValue) -> ir.StringValue:
    """2026-03-31. From numbers: engines write dates differently."""
    return _digits(day.year(), 4) + "-" + _digits(day.month(), 2) + "-" + _digits(day.day(), 2)


def later(day: ir.DateValue, days: int) -> ir.DateValue:
    """So many days later. By way of a timestamp: engines make one of a date and an interval without saying so."""
    return (day.cast("timestamp") + ibis.interval(days=days)).cast("date")


def is_true(value: ir.BooleanValue) -> ir.BooleanValue:
    """False where nothing is known."""
    return value.fill_null(False)


def _digits(number: ir.IntegerValue, width: int) -> ir.StringValue:
    return number.cast("string").lpad(width, "0")
