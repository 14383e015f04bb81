"""Purchases and their worth where there is no contract: how often a customer will buy again, and for how much.

BG/NBD (stats/bgnbd.py) for the number; for the amount the customer's own mean purchase, drawn towards everybody's
the more, the fewer there are (Bühlmann credibility: the best linear estimate).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from liuke.engine import Engine
from liuke.stats.bgnbd import BgNbd, fit_bgnbd

Floats = npt.NDArray[np.float64]


def histories(purchases: ir.Table, until: date, *, unit_days: int = 7) -> ir.Table:
    """One row per customer with a purchase by `until`: what the models read. Lazy.

        customer_id  repeats  recency  age    spent  spent_squares
        C1           2.0      30.43    38.86  75.3   2210.8

    purchases: customer_id, day (date), amount. Days after `until` are left out. Purchases of a day are one. repeats:
    days with a purchase after the first; recency, age: from the first to the last and to `until`, in units of
    `unit_days`. spent: sum over days; spent_squares: sum of squares of the days' amounts.
    """
    seen = purchases.filter(purchases.day <= ibis.literal(until))
    daily = seen.group_by("customer_id", "day").aggregate(amount=seen.amount.cast("float64").sum())
    each = daily.group_by("customer_id").aggregate(
        days=daily.count(),
        first=daily.day.min(),
        last=daily.day.max(),
        spent=daily.amount.sum(),
        spent_squares=(daily.amount * daily.amount).sum(),
    )
    return each.select(
        "customer_id",
        repeats=(each.days - 1).cast("float64"),
        recency=each["last"].delta(each["first"], unit="day").cast("float64") / unit_days,
        age=ibis.literal(until).delta(each["first"], unit="day").cast("float64") / unit_days,
        spent="spent",
        spent_squares="spent_squares",
    )


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """Fitted on everybody's histories. mean_amount: of a purchase day; credibility: so many purchase days of one's
    own weigh as much as everybody's mean; infinite when customers do not differ.
    """

    number: BgNbd
    mean_amount: float
    credibility: float

    def amount(self, repeats: Floats, spent: Floats) -> Floats:
        """Expected amount of a customer's next purchase day."""
        days = repeats + 1
        if np.isinf(self.credibility):
            return np.full(len(days), self.mean_amount)
        return np.asarray((spent + self.credibility * self.mean_amount) / (days + self.credibility), np.float64)

    def worth(self, horizon: float, repeats: Floats, recency: Floats, age: Floats, spent: Floats) -> Floats:
        """Expected spending within `horizon` (in the unit of the histories): number × amount, not discounted."""
        return self.number.expected(horizon, repeats, recency, age) * self.amount(repeats, spent)


def fit_purchases(engine: Engine, rows: ir.Table) -> PurchaseModel:
    """The model of the customers in `rows` (see `histories`).

    Only what can be added up leaves the engine: equal histories with their count (few: days bound them), and sums
    of amounts. Raises YourMistake when nobody bought a second time.
    """
    counted = rows.group_by("repeats", "recency", "age").aggregate(customers=rows.count())
    found = engine.arrow(counted)
    x, t_x, age, n = (found[c].to_numpy().astype(np.float64) for c in ("repeats", "recency", "age", "customers"))
    number = fit_bgnbd(x, t_x, age, n)
    days = rows.repeats + 1.0
    [s] = engine.arrow(
        rows.aggregate(
            customers=rows.count().cast("float64"),
            days=days.sum(),
            days_squared=(days * days).sum(),
            spent=rows.spent.sum(),
            squares=rows.spent_squares.sum(),
            between=(rows.spent * rows.spent / days).sum(),
        )
    ).to_pylist()
    return PurchaseModel(number, s["spent"] / s["days"], credibility(**s))


def credibility(
    customers: float, days: float, days_squared: float, spent: float, squares: float, between: float
) -> float:
    """Variance of purchases within customers over variance of customers' means (Bühlmann-Straub), from sums.

    between: sum of spent² / days per customer. Infinite when the means differ no more than chance makes them.
    """
    if customers < 2 or days <= customers:
        return float("inf")
    within = max(squares - between, 0.0) / (days - customers)
    spread = between - spent * spent / days
    variance = (spread - (customers - 1) * within) / (days - days_squared / days)
    return within / variance if variance > 0 else float("inf")
