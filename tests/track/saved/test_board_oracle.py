"""The board's sums in the engine against a slow reading of the definitions in Python."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.engine import Engine
from liuke.stats.compare import difference_of_proportions
from tests.night import times

from .conftest import DECIDED, HORIZON, PRICES, Told

PRICE = {"rm_care": PRICES.order, "offer_tea": 80.0, "trigger_x": PRICES.order}
decided = st.lists(
    st.fixed_dictionaries(
        {
            "customer": st.integers(0, 8), "day": st.integers(0, 80), "experiment": st.sampled_from(sorted(PRICE)),
            "arm": st.sampled_from(["treated", "holdout"]), "share": st.sampled_from([0.1, 0.5]),
            "branch": st.sampled_from(["A", "B", None]), "aum": st.sampled_from(["0.00", "100.00", "2500.50"]),
            "stays": st.sampled_from([True, False, None]), "kept": st.sampled_from([0.0, 0.25, 1.0]),
        }
    ),
    max_size=30,
    unique_by=lambda row: (row["customer"], row["day"]),
)  # fmt: skip


def rows_of(found: list[dict[str, Any]], run: int, since: int, key: Any) -> dict[Any, dict[str, list[dict[str, Any]]]]:
    """First decisions per `key` of (experiment, customer), made in [since, run], by group and arm."""
    firsts: dict[Any, dict[str, Any]] = {}
    for row in sorted((r for r in found if r["day"] <= run), key=lambda r: r["day"]):
        firsts.setdefault(key(row), row)
    groups: dict[Any, dict[str, list[dict[str, Any]]]] = {}
    for row in firsts.values():
        if row["day"] >= since:
            groups.setdefault(row["experiment"], {"treated": [], "holdout": []})[row["arm"]].append(row)
    return groups


def known_on(run: int, row: dict[str, Any]) -> bool:
    return row["stays"] is not None and row["day"] + HORIZON <= run


@settings(max_examples=times(6, 60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decided, st.integers(0, 120), st.integers(0, 60))
def test_sums_by_source_are_those_of_reading_row_by_row(
    engine: Engine, rows: list[dict[str, Any]], run: int, since: int
) -> None:
    bank = Told(engine)
    for row in rows:
        bank.told(
            f"C{row['customer']}", row["arm"], stays=row["stays"], experiment=row["experiment"],
            day=DECIDED + timedelta(days=row["day"]), share=row["share"], kept=row["kept"], aum=row["aum"],
            branch_id=row["branch"], treatment=row["experiment"],
        )  # fmt: skip
    found = bank.board(DECIDED + timedelta(days=run), since=DECIDED + timedelta(days=since))
    expected = rows_of(rows, run, since, lambda r: (r["experiment"], r["customer"]))
    assert {row.source.experiment for row in found.sources} == set(expected)
    for source in found.sources:
        made = [r for r in rows if since <= r["day"] <= run and r["experiment"] == source.source.experiment]
        paid = PRICE[source.source.experiment] * sum(r["arm"] == "treated" for r in made)
        assert source.spent == pytest.approx(paid)
        arms = expected[source.source.experiment]
        for arm, ours in (("treated", source.reading.treated), ("holdout", source.reading.holdout)):
            seen = [r for r in arms[arm] if known_on(run, r)]
            assert ours.decided == len(arms[arm])
            assert ours.immature == sum(r["day"] + HORIZON > run for r in arms[arm])
            assert ours.measured == len(seen)
            weight = [1.0 if arm == "treated" else (1 - r["share"]) / r["share"] for r in seen]
            kept = [r["kept"] * float(r["aum"]) for r in seen]
            price = PRICE[source.source.experiment] if arm == "treated" else 0.0
            assert ours.cost == pytest.approx(price * len(seen))
            assert ours.moments.weight == pytest.approx(sum(weight))
            products = [w * w * k * float(r["aum"]) for w, k, r in zip(weight, kept, seen, strict=True)]
            assert ours.moments.squared[2, 3] == pytest.approx(sum(products))
            assert ours.moments.weighted[0, 1] == pytest.approx(
                sum(w * r["stays"] for w, r in zip(weight, seen, strict=True))
            )
    once = rows_of(rows, run, since, lambda r: r["customer"])
    whole = [r for arms in once.values() for arm in arms.values() for r in arm]
    assert found.main.treated.decided + found.main.holdout.decided == len(whole)
    treated = [r for r in whole if r["arm"] == "treated" and known_on(run, r)]
    held = [r for r in whole if r["arm"] == "holdout" and known_on(run, r)]
    if len({r["share"] for r in held}) == 1 and treated:
        plain = difference_of_proportions(
            sum(r["stays"] for r in treated), len(treated), sum(r["stays"] for r in held), len(held)
        )
        assert found.main.difference
        assert plain
        assert found.main.difference.low == pytest.approx(plain.low)
    for branch in found.branches:
        mine = [r for r in whole if r["branch"] == branch.key]
        assert branch.raw.treated.decided + branch.raw.holdout.decided == len(mine)
        assert branch.hidden
