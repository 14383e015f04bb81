"""The effect's sums in the engine against a slow reading of the definitions in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import CONTACT, DECISION, OUTCOME
from liuke.track.effect import effect
from tests.night import times

from .conftest import Bank

START, HORIZON = date(2026, 3, 1), 30
decided = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.integers(0, 12), "day": st.integers(0, 90), "arm": st.sampled_from(["treated", "holdout"]),
            "aum": st.sampled_from(["0.00", "100.00", "2500.50"]), "measured": st.booleans(),
            "retained": st.booleans(), "share": st.sampled_from([0.0, 0.25, 1.0]),
        }
    ),
    max_size=25,
    unique_by=lambda row: (row["customer"], row["day"]),
)  # fmt: skip


@settings(max_examples=times(7, 70), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decided, st.integers(0, 120))
def test_counts_and_money_are_those_of_reading_row_by_row(engine: Engine, rows: list[dict[str, Any]], run: int) -> None:
    bank, today = Bank(engine), START + timedelta(days=run)
    for row in rows:
        day, name = START + timedelta(days=row["day"]), f"C{row['customer']}"
        bank.decision(name, day, arm=row["arm"], aum=Decimal(row["aum"]))
        if row["measured"]:
            bank.add(
                OUTCOME, datetime.now(UTC), loop_id=f"L-{name}-{day:%m%d}", customer_id=name, horizon_days=HORIZON,
                matured_on=day + timedelta(days=HORIZON), retained=row["retained"], aum=Decimal(0),
                aum_kept_share=row["share"], transactions_30=0,
            )  # fmt: skip
    as_of = AsOf(today, datetime.combine(today + timedelta(days=1), time(1), UTC))
    tables = (bank.table(t) for t in (DECISION, OUTCOME, CONTACT))
    found = effect(engine, *tables, "rm_care", HORIZON, as_of)

    firsts: dict[int, dict[str, Any]] = {}
    for row in sorted((r for r in rows if r["day"] <= run), key=lambda r: r["day"]):
        firsts.setdefault(row["customer"], row)
    kept: dict[str, list[float]] = {}
    for arm, ours in (("treated", found.treated), ("holdout", found.holdout)):
        mine = [r for r in firsts.values() if r["arm"] == arm]
        ripe = [r for r in mine if r["day"] + HORIZON <= run]
        known = [r for r in ripe if r["measured"]]
        assert (ours.decided, ours.immature, ours.unmeasured, ours.measured, ours.retained) == (
            len(mine), len(mine) - len(ripe), len(ripe) - len(known), len(known), sum(r["retained"] for r in known),
        )  # fmt: skip
        kept[arm] = [float(r["aum"]) * r["share"] for r in known]
    assert found.repeats == sum(r["day"] <= run for r in rows) - len(firsts)
    treated, holdout = kept["treated"], kept["holdout"]
    if len(treated) < 2 or len(holdout) < 2:
        assert found.saved_aum is None
        return
    assert found.kept_difference is not None
    assert found.kept_difference.estimate == pytest.approx(np.mean(treated) - np.mean(holdout))
    if np.ptp(treated) > 0 and np.ptp(holdout) > 0:
        theirs = stats.ttest_ind(treated, holdout, equal_var=False).confidence_interval()
        assert (found.kept_difference.low, found.kept_difference.high) == pytest.approx((theirs.low, theirs.high))
