"""Tiers by monthly mean: hand-made histories, the policy's limits, and the columns against the pure machine."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.errors import YourMistake
from liuke.insight.customer_tier import (
    CustomerTierPolicy,
    TierState,
    begin,
    fold,
    read_tier_policy,
    step,
    tier_on,
    tiers_on,
)
from liuke.insight.monthly_aum import months_ended
from tests.insight.bank import ZONE, account, customer, known_tables, row, sorted_rows
from tests.night import times

POLICY = CustomerTierPolicy()
MONTHS = months_ended(date(2026, 6, 30), 12)
REGULAR, GOLD, WEALTH, PRIVATE = range(4)


def walked(*means: float, policy=POLICY) -> list[tuple[int, int, str]]:
    """Rank, months below and move after each month; the first sets the start."""
    state, path = begin(means[0], policy), []
    for month, mean in zip(MONTHS[1:], means[1:], strict=False):
        state, move = step(state, month, mean, policy)
        path.append((state.rank, state.months_below, move))
    return path


def test_reaching_a_tier_lifts_from_the_first_of_the_next_month():
    state, move = step(TierState(), date(2026, 3, 1), 500_000, POLICY)
    assert (state, move) == (TierState(WEALTH, 0, date(2026, 4, 1)), "up")


def test_two_months_below_are_watch_and_the_third_lowers_the_tier():
    path = walked(600_000, 499_999.99, 60_000, 60_000, 60_000)
    assert path == [(WEALTH, 1, "watch"), (WEALTH, 2, "watch"), (GOLD, 0, "down"), (GOLD, 0, "kept")]


def test_a_month_at_the_threshold_ends_the_watch():
    path = walked(600_000, 100, 100, 500_000, 100, 100, 100)
    assert [move for _, _, move in path] == ["watch", "watch", "kept", "watch", "watch", "down"]


def test_private_banking_waits_six_months():
    path = walked(20_000_000, *[9_999_999.99] * 6)
    assert [rank for rank, _, _ in path] == [PRIVATE] * 5 + [WEALTH]


def test_the_fall_goes_to_the_tier_reached_or_one_step_as_the_policy_says():
    assert walked(600_000, 0, 0, 0)[-1] == (REGULAR, 0, "down")
    stepwise = CustomerTierPolicy(fall="one_step")
    assert walked(600_000, 0, 0, 0, 0, 0, 0, policy=stepwise)[2::3] == [(GOLD, 0, "down"), (REGULAR, 0, "down")]


def on(day, amount):
    return row("balance_daily", account_id="A1", balance_date=day, balance=Decimal(amount))


def bank(*balances):
    return {"customer": [customer()], "account": [account()], "balance_daily": list(balances)}


def test_tier_on_a_day_folds_the_months_that_ended_by_it(engine):
    history = bank(on(date(2025, 1, 1), 600_000), on(date(2026, 4, 1), 100_000))
    asked = {date(2026, 4, 29): ("wealth", 0), date(2026, 4, 30): ("wealth", 1), date(2026, 6, 29): ("wealth", 2),
             date(2026, 6, 30): ("gold", 0)}  # fmt: skip
    for day, expected in asked.items():
        [found] = sorted_rows(engine, tier_on(engine, known_tables(engine, history, AsOf.end_of(day, ZONE)), POLICY))
        assert (found["tier"], found["months_below"]) == expected
    assert (found["since"], found["move"]) == (date(2026, 7, 1), "down")


def test_tiers_on_many_days_are_one_path(engine):
    history = bank(on(date(2025, 1, 1), 600_000), on(date(2026, 2, 1), 100_000))
    tables = known_tables(engine, history)
    days = [date(2026, 3, 31), date(2026, 4, 30), date(2026, 6, 30)]
    [found] = sorted_rows(engine, tiers_on(engine, tables, POLICY, days))
    assert [found[f"rank_{i}"] for i in range(3)] == [WEALTH, GOLD, GOLD]


EDGES = [0.0, 49_999.99, 50_000.0, 499_999.99, 500_000.0, 9_999_999.99, 10_000_000.0]
PATHS = st.lists(
    st.lists(st.none() | st.sampled_from(EDGES), min_size=len(MONTHS), max_size=len(MONTHS)), min_size=50, max_size=80
)


@settings(max_examples=times(3, 30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.sampled_from(["to_reached", "one_step"]))
def test_columns_equal_the_machine_month_by_month(engine, paths, fall):
    policy = CustomerTierPolicy(fall=fall)
    columns = {f"mean_{i}": pa.array([p[i] for p in paths], pa.float64()) for i in range(len(MONTHS))}
    table = engine.from_arrow(pa.table({"n": list(range(len(paths))), **columns}))
    folded = fold(engine, table, [(month, f"mean_{i}") for i, month in enumerate(MONTHS)], policy)
    for found in engine.arrow(folded).to_pylist():
        state, move = begin(paths[found["n"]][0], policy), "kept"
        for month, mean in zip(MONTHS[1:], paths[found["n"]][1:], strict=True):
            state, move = (state, "kept") if mean is None else step(state, month, mean, policy)
        assert TierState(found["rank"], found["months_below"], found["since"]) == state
        assert found["move"] == move


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("levels: [{code: a, zh: 甲, en: A, minimum_aum: 5, notice_months: []}]", "minimum_aum 0"),
        (
            "levels: [{code: a, zh: 甲, en: A, minimum_aum: 0, downgrade_months: 2, notice_months: [2]}]",
            "notice_months",
        ),
        ("history: 3", "did you mean 'history_months'?"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_the_key(tmp_path, text, said):
    (tmp_path / "tiers.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(YourMistake, match=said):
        read_tier_policy(tmp_path / "tiers.yaml")
