"""The cut in the engine against a slow, obvious one in Python, on random banks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.act.decide import capacities, fates, new_decisions
from liuke.act.loop_policy import LoopPolicy
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import CUSTOMER_SNAPSHOT, DECISION, STAFF
from tests.night import times

DAY = date(2026, 3, 31)
NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)
AS_OF = AsOf(DAY, NOW)
TIERS = {"red": 0, "orange": 1, "yellow": 2}


people = st.lists(
    st.fixed_dictionaries(
        {
            "staff_id": st.sampled_from(["S1", "S2", "S3", None]),
            "branch_id": st.sampled_from(["B1", "B2"]),
            "tier": st.sampled_from(["red", "orange", "yellow", "none"]),
            "score": st.sampled_from([0.1, 0.5, 0.5, 0.9]),
            "aum": st.sampled_from([Decimal("0.00"), Decimal("1000.00"), Decimal("1000000.00")]),
        }
    ),
    min_size=1,
    max_size=40,
)
places = st.fixed_dictionaries({s: st.one_of(st.none(), st.integers(0, 5)) for s in ("S1", "S2")})


def bank(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fixed = {
        "as_of": DAY, "products": 1, "aum_30": Decimal(0), "frequency_severity": 0.0, "balance_severity": 0.0,
        "complaint_severity": 0.0, "recency_severity": 0.0,
    }  # fmt: skip
    return [fixed | row | {"customer_id": f"C{i:02d}"} for i, row in enumerate(rows)]


def expected(rows: list[dict[str, Any]], cap: dict[str, int | None], policy: LoopPolicy) -> set[str]:
    desks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["tier"] != "none":
            desks[row["staff_id"] if row["staff_id"] in cap else row["branch_id"]].append(row)
    chosen: set[str] = set()
    for desk, waiting in desks.items():
        own = cap.get(desk) if desk in cap else policy.pool_daily_capacity
        size = policy.default_daily_capacity if own is None else own
        waiting.sort(key=lambda r: (TIERS[r["tier"]], -r["score"] * math.log1p(float(r["aum"])), r["customer_id"]))
        chosen |= {row["customer_id"] for row in waiting[:size]}
    return chosen


@settings(max_examples=times(8, 80), deadline=None)
@given(people, places, st.integers(0, 4))
def test_each_desk_gets_its_best_ranked_customers_and_never_more_than_its_places(
    engine: Engine, rows: list[dict[str, Any]], cap: dict[str, int | None], pool: int
) -> None:
    policy = LoopPolicy(default_daily_capacity=3, pool_daily_capacity=pool, holdout_share=0.4)
    snapshot = engine.from_arrow(pa.Table.from_pylist(bank(rows), schema=CUSTOMER_SNAPSHOT.arrow))
    known = {"name": "n", "branch_id": "B1", "role": "rm", "source": "s", "batch_id": "b", "line": 1}
    staff = engine.from_arrow(
        pa.Table.from_pylist(
            [known | {"staff_id": s, "daily_capacity": n, "ingested_at": NOW} for s, n in cap.items()],
            schema=STAFF.arrow,
        )
    )
    none = engine.from_arrow(DECISION.arrow.empty_table())
    first = new_decisions(engine, snapshot, none, staff, policy, AS_OF, NOW)
    assert set(first["customer_id"].to_pylist()) == expected(bank(rows), cap, policy)

    again = new_decisions(engine, snapshot, engine.from_arrow(first), staff, policy, AS_OF, NOW)
    assert again.num_rows == 0

    fate = engine.arrow(fates(snapshot, none, capacities(staff, policy), policy, AS_OF))
    counted = Counter(fate["fate"].to_pylist())
    assert counted["decided"] == first.num_rows
    assert counted.total() == sum(row["tier"] != "none" for row in rows)
