"""The living customers of each moment and features of who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import is_open_on
from liuke.insight.features.definition import Cell, Definition, Kind
from liuke.insight.features.desk import Desk

_SERVICE = Kind("person", "service", "C1", "life_cycle")
_PROTECTED = Kind("person", "service", "protected", None)
_LEVELS: Final = {f"C{n}": n for n in range(1, 6)}


def living(desk: Desk) -> ir.Table:
    """One row per living customer and moment: `_i`, customer_id, and this family's cells."""
    both = desk.of_moments(desk.customers)
    alive = both.filter(is_open_on(both, both.as_of))
    sex = alive.gender
    cells: dict[str, ir.Value] = {
        "age": alive.as_of.delta(alive.birth_date, unit="day") / 365.25,
        "tenure": alive.as_of.delta(alive.opened_on, unit="day"),
        "risk": alive.risk_appetite.cases(*((code, n) for code, n in _LEVELS.items()), else_=ibis.null("int8")),
        "assessed": ibis.ifelse(
            alive.risk_assessed_on <= alive.as_of,
            alive.as_of.delta(alive.risk_assessed_on, unit="day"),
            ibis.null("int64"),
        ),
        "female": sex.cases(("female", 1), ("male", 0), else_=ibis.null("int8")),
    }
    return alive.select(
        "_i", "as_of", "customer_id", moment__day=alive["_d"].cast("float64"),
        **{Cell("person", n).column: v.cast("float64") for n, v in cells.items()},
    )  # fmt: skip


def _c(name: str) -> tuple[Cell, ...]:
    return (Cell("person", name, zero=False),)


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield _PROTECTED.define("age", ("年龄", "Age"), "years", _c("age"), ("customer.birth_date",))
    yield _PROTECTED.define("is_female", ("性别为女", "Is a woman"), "flag", _c("female"), ("customer.gender",))
    yield _SERVICE.define(
        "tenure_days", ("在行天数", "Days with the bank"), "days", _c("tenure"), ("customer.opened_on",)
    )
    yield _SERVICE.define(
        "risk_appetite_level", ("风险承受等级(1-5)", "Risk appetite, 1 lowest to 5"), "level", _c("risk"),
        ("customer.risk_appetite",),
    )  # fmt: skip
    yield _SERVICE.define(
        "days_since_risk_assessed", ("距风险评估天数", "Days since the risk assessment"), "days", _c("assessed"),
        ("customer.risk_assessed_on",),
    )  # fmt: skip
