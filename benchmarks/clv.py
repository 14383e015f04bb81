"""Expected purchases on CDNOW: 39 weeks to learn from, 39 to be judged by, the usual split.

Peers in the same run: BG/NBD's expectation at the parameters published for the 1/10 sample (Fader, Hardie & Lee
2005), and two naive forecasts. The stored file is the whole cohort of 23,570 customers, so published parameters
and ours are near, not equal; the ten systematic tenths of the cohort show how far such parameters scatter.
Ours are two numbers from one model: the expectation (its sum is what money is planned with) and the median (the
single number with the least expected absolute error; its sum is far too low by design).
"""

from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.machine import machine
from liuke.engine import DuckEngine
from liuke.insight.value.purchases import Floats, fit_purchases, histories
from liuke.stats.bgnbd import BgNbd, fit_bgnbd

DATA = Path(os.environ.get("LIUKE_DATA") or Path(__file__).parents[2] / "shared" / "data") / "cdnow"
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPLIT, END = date(1997, 9, 30), date(1998, 6, 30)
WEEKS = 39.0


def purchases() -> pa.Table:
    """The file as customer_id, day, amount."""
    lines = (DATA / "CDNOW_master.txt").read_text(encoding="ascii").splitlines()[1:]
    rows = [line.split() for line in lines if line.strip()]
    return pa.table(
        {
            "customer_id": [r[0] for r in rows],
            "day": [date(int(r[1][:4]), int(r[1][4:6]), int(r[1][6:])) for r in rows],
            "amount": [float(r[3]) for r in rows],
        }
    )


def judged(forecast: Floats, actual: Floats) -> dict[str, float]:
    """Error per customer and how far the sum is off."""
    gap = forecast - actual
    return {
        "mae": round(float(np.abs(gap).mean()), 4),
        "rmse": round(float(np.sqrt((gap**2).mean())), 4),
        "total_against_actual": round(float(forecast.sum() / actual.sum()), 3),
    }


def later_days(table: pa.Table, known: list[str]) -> tuple[Floats, Floats]:
    """Per known customer the days with a purchase after the split, and what was spent on them."""
    place = {who: n for n, who in enumerate(known)}
    days: dict[int, set[date]] = {}
    spent = np.zeros(len(known))
    for row in table.to_pylist():
        if SPLIT < row["day"] <= END:
            days.setdefault(place[row["customer_id"]], set()).add(row["day"])
            spent[place[row["customer_id"]]] += row["amount"]
    return np.array([len(days.get(n, ())) for n in range(len(known))], float), spent


def main() -> None:
    """Fits, forecasts, compares."""
    about, engine = machine(), DuckEngine(memory_limit_mb=1024, threads=2)
    table = purchases()
    began = time.perf_counter()
    rows = engine.materialise(histories(engine.from_arrow(table), SPLIT))
    model = fit_purchases(engine, rows)
    seconds = time.perf_counter() - began
    found = engine.arrow(rows.order_by("customer_id"))
    x, t_x, age, spent = (found[c].to_numpy() for c in ("repeats", "recency", "age", "spent"))
    actual, actual_spent = later_days(table, found["customer_id"].to_pylist())
    ours = model.number
    results = {
        "ours_median": judged(ours.typical(WEEKS, x, t_x, age), actual),
        "ours_expectation": judged(ours.expected(WEEKS, x, t_x, age), actual),
        "bgnbd_published_parameters": judged(PUBLISHED.expected(WEEKS, x, t_x, age), actual),
        "naive_own_rate": judged(x / age * WEEKS, actual),
        "naive_nobody_buys": judged(np.zeros(len(x)), actual),
        "spending_ours": judged(model.worth(WEEKS, x, t_x, age, spent), actual_spent),
        "spending_naive_own_rate": judged(spent / (x + 1) * x / age * WEEKS, actual_spent),
    }
    numbers = np.array([int(who) for who in found["customer_id"].to_pylist()])
    tenths = np.array([_parameters(fit_bgnbd(x[m], t_x[m], age[m])) for m in (numbers % 10 == k for k in range(10))])
    figures: dict[str, Any] = {
        "customers": len(x), "fit_seconds": round(seconds, 2),
        "hold_out": f"{SPLIT + timedelta(days=1)} to {END}",
        **{f"{n}_{k}": v for n, r in results.items() for k, v in r.items()},
        "our_parameters": [round(float(v), 3) for v in _parameters(ours)],
        "published_parameters": _parameters(PUBLISHED),
        "parameters_over_ten_tenths": [[round(float(v), 3) for v in row] for row in (tenths.min(0), tenths.max(0))],
        "log_likelihood_lost_by_published":
            round(float((ours.log_likelihood(x, t_x, age) - PUBLISHED.log_likelihood(x, t_x, age)).sum()), 1),
        "paper_check_expected_at_2_30.43_38.86":
            round(float(PUBLISHED.expected(39.0, *(np.array([v]) for v in (2.0, 30.43, 38.86)))[0]), 3),
    }  # fmt: skip
    bgnbd = results["bgnbd_published_parameters"]["mae"]
    ratios = {
        "mae_median_against_bgnbd": round(results["ours_median"]["mae"] / bgnbd, 3),
        "mae_expectation_against_bgnbd": round(results["ours_expectation"]["mae"] / bgnbd, 3),
        "mae_naive_against_bgnbd": round(results["naive_own_rate"]["mae"] / bgnbd, 3),
    }
    for name, result in results.items():
        print(f"{name:28} {result}")
    print(json.dumps({"ratios": ratios, "figures": figures, "machine": about}))


def _parameters(model: BgNbd) -> list[float]:
    return [model.r, model.alpha, model.a, model.b]


if __name__ == "__main__":
    main()
