"""Who is in an experiment, against plain Python over the same decisions: slow, obvious, and the judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.engine import DuckEngine
from liuke.track.experiments.units import entrants
from tests.track.conftest import Bank, morning_after
from tests.track.experiments.writing import START, experiment, read, registration

CUSTOMERS = [f"C{n}" for n in range(6)]
DAYS = st.integers(-60, 60).map(lambda n: START + timedelta(days=n))
DECISIONS = st.lists(
    st.fixed_dictionaries({
        "customer_id": st.sampled_from(CUSTOMERS), "as_of": DAYS, "arm": st.sampled_from(["treated", "holdout"]),
        "experiment": st.sampled_from(["rm_care", "rm_care", "campaign_wake"]),
        "aum": st.integers(0, 90_000).map(Decimal), "tier": st.sampled_from(["red", "orange"]),
        "staff_id": st.sampled_from(["S1", "S2", None]),
    }), max_size=25, unique_by=lambda d: (d["customer_id"], d["as_of"], d["experiment"]),
)  # fmt: skip
CLOSED = st.dictionaries(st.sampled_from(CUSTOMERS), DAYS, max_size=3)


def expected(decisions: list[dict[str, Any]], closed: dict[str, date], today: date, ended: date | None) -> list[Any]:
    """Customer, arm, day, AUM and tier step of each unit, by hand."""
    last = min(today, ended or today)
    found = []
    for customer in CUSTOMERS:
        mine = [d for d in decisions if d["customer_id"] == customer and d["experiment"] == "rm_care"]
        mine = [d for d in mine if d["as_of"] <= last]
        if not mine:
            continue
        first = min(mine, key=lambda d: (d["as_of"], d["loop_id"]))
        gone = customer in closed and closed[customer] <= min(first["as_of"], today)
        if first["as_of"] < START or gone:
            continue
        tier = "gold" if first["aum"] >= 50_000 else "regular"
        monday = first["as_of"] - timedelta(days=first["as_of"].weekday())
        found.append((customer, first["arm"], first["as_of"], first["aum"], tier, str(monday), first["staff_id"]))
    return found


@settings(max_examples=25)
@given(DECISIONS, CLOSED, st.integers(0, 70), st.none() | st.integers(0, 40))
def test_the_units_are_those_the_plain_rules_say(
    decisions: list[dict[str, Any]], closed: dict[str, date], after: int, ends: int | None
) -> None:
    today = START + timedelta(days=after)
    ended = None if ends is None else START + timedelta(days=ends)
    engine = DuckEngine()
    try:
        bank = Bank(engine)
        for customer in CUSTOMERS:
            bank.customer(customer, closed_on=closed.get(customer))
        for n, row in enumerate(decisions):
            row["loop_id"] = f"L{n:03d}"
            bank.decision(row["customer_id"], row["as_of"], **{k: v for k, v in row.items() if k not in
                          ("customer_id", "as_of")}, decided_at=morning_after(row["as_of"]))  # fmt: skip
        made = registration(experiment(segment="customer_tier"))
        found = entrants(engine, read(bank, today), replace(made, ended_on=ended))
        rows = engine.arrow(found.rows.order_by("customer_id")).to_pylist()
    finally:
        engine.close()
    assert [
        (r["customer_id"], r["arm"], r["entered_on"], r["aum"], r["customer_tier"], r["week"], r["rm"]) for r in rows
    ] == expected(decisions, closed, today, ended)
