"""Customer value of a day: tiers with notice, parts by hand, going on from the stored rows, bad input."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from liuke.clock import AsOf
from liuke.errors import YourMistake
from liuke.insight.customer_tier import CustomerTierPolicy
from liuke.insight.features.build import features_on
from liuke.insight.features.registry import FEATURES
from liuke.insight.known import tables_as_of
from liuke.insight.value.day import ValuePolicies, read_value_policies, value_day
from liuke.insight.value.standing import notices
from liuke.tables import CUSTOMER_VALUE
from tests.insight.bank import DAY, ZONE, account, balance, customer, row, sorted_rows, source, transaction

POLICIES = ValuePolicies(tiers=CustomerTierPolicy(history_months=6))


def bank():
    """C0 fell under the wealth threshold on 16 May; C1 has a salary, a loan and a renewed deposit; C2 is empty."""
    held = {"product_id": "P", "currency": "CNY", "amount": Decimal(1000)}
    moves = [
        transaction(n, "A0", transaction_type="card", direction="out", amount=Decimal(90)) for n in range(0, 600, 3)
    ]
    moves += [
        transaction(n, "A1", initiator="counterparty", transaction_type="salary", direction="in", amount=Decimal(9_000))
        for n in (5, 35, 65)
    ]
    moves.append(transaction(10, "A1", transaction_type="transfer", direction="out", amount=Decimal(600),
                             counterparty_bank="工商银行"))  # fmt: skip
    return {
        "customer": [customer(f"C{n}") for n in range(3)],
        "account": [*[account(f"A{n}", f"C{n}") for n in range(3)], account("L1", "C1", account_type="loan")],
        "balance_daily": [balance(700, 600_000, "A0"), balance(45, 100_000, "A0"), balance(300, 20_000, "A1"),
                          balance(300, -5_000, "L1")],
        "transaction": moves,
        "holding": [
            row("holding", holding_id="H1", customer_id="C1", started_on=DAY - timedelta(200),
                ended_on=DAY - timedelta(80), **held),
            row("holding", holding_id="H2", customer_id="C1", started_on=DAY - timedelta(78),
                matures_on=DAY - timedelta(40), **held),
        ],
        "survey_response": [row("survey_response", customer_id="C1", survey="nps", score=9.0,
                                occurred_at=AsOf.end_of(DAY - timedelta(20), ZONE).known_by)],
    }  # fmt: skip


def values(engine, days, previous=None, at=DAY, **more):
    rows, names = source(engine, bank()), [*POLICIES.features]
    names += [n for n in POLICIES.optional_features if n in FEATURES]
    moments = [AsOf.end_of(day, ZONE) for day in days]
    features = features_on(engine, rows, moments, zone=ZONE, names=names)
    tables = tables_as_of(rows, AsOf.end_of(at, ZONE), ZONE)
    return value_day(engine, tables, features, POLICIES, previous=previous, **more)


@pytest.fixture(scope="module")
def day(engine):
    return values(engine, [DAY])


def test_rows_have_the_tables_columns_and_types(engine, day):
    assert day.schema().to_pyarrow().names == CUSTOMER_VALUE.arrow.names
    found = engine.arrow(day)
    assert {c.name for c in CUSTOMER_VALUE.columns if not c.nullable and found[c.name].null_count} == set()
    assert [f.name for f in found.schema if f.type != CUSTOMER_VALUE.arrow.field(f.name).type] == []


def test_below_the_threshold_the_manager_hears_when_what_and_how_much_is_missing(engine, day):
    [told] = engine.arrow(notices(day)).to_pylist()
    # May: 15 days with 600,000 and 16 with 100,000; June: 100,000.
    assert told == {"customer_id": "C0", "tier": "wealth", "watch_months": 2, "months_left": 1,
                    "downgrade_on": date(2026, 8, 1), "gap": 400_000, "top_up": 400_000}  # fmt: skip


def test_the_top_up_brings_the_running_month_exactly_to_the_threshold(engine):
    on = date(2026, 6, 20)
    [c0, _, _] = sorted_rows(engine, values(engine, [on], at=on))
    assert (c0["tier_watch_months"], c0["tier_months_left"], c0["tier_month"]) == (1, 2, date(2026, 5, 1))
    assert 20 * c0["aum_month_so_far"] + 10 * (100_000 + c0["tier_top_up"]) == pytest.approx(30 * 500_000)


def test_value_and_indices_show_their_parts(engine, day):
    c0, c1, c2 = sorted_rows(engine, day)
    assert c1["margin_deposit"] == pytest.approx(20_000 * 0.018)
    assert c1["margin_loan"] == pytest.approx(5_000 * 0.015)
    assert (c1["stickiness_salary"], c1["stickiness_products"], c0["stickiness_products"]) == (100, 50, 25)
    assert c1["loyalty_repeat"] == 50
    assert c1["loyalty_recommendation"] == 90
    assert c1["loyalty_price"] == pytest.approx(100 * (1 - 600 / 2000))
    kept, spending = 1 - 600 / 27_000, 1 / 30
    assert c1["loyalty_main_account"] == pytest.approx(100 * (0.35 + 0.25 * kept + 0.2 * spending))
    parts = {"repeat": 0.3, "main_account": 0.35, "recommendation": 0.2, "price": 0.15}
    assert c1["loyalty"] == pytest.approx(sum(w * c1[f"loyalty_{n}"] for n, w in parts.items()))
    assert (c0["loyalty_repeat"], c0["loyalty_recommendation"]) == (None, None)
    assert c0["loyalty"] == pytest.approx(c0["loyalty_main_account"])
    assert (c2["clv"], c2["stage"]) == (0, "lost")


def test_a_churn_score_lowers_the_customers_own_value(engine, day):
    ids = engine.arrow(day.select("customer_id"))  # in whatever order
    likely = [0.9 if name == "C0" else 0.01 for name in ids.column("customer_id").to_pylist()]
    scores = ids.append_column("probability", [likely])
    scored = values(engine, [DAY], scores=engine.from_arrow(scores))
    before, after = sorted_rows(engine, day)[0], sorted_rows(engine, scored)[0]
    assert before["customer_id"] == "C0"
    assert after["survival_year"] < 0.11
    assert after["clv"] < 0.2 * before["clv"]
    assert after["margin_year"] == before["margin_year"]


def test_a_second_run_of_the_day_changes_nothing(engine, day):
    assert sorted_rows(engine, values(engine, [DAY], previous=day)) == sorted_rows(engine, day)


def test_going_on_from_day_to_day_gives_the_tiers_of_the_whole_history(engine, day):
    previous = None
    for on in (date(2026, 4, 30), date(2026, 5, 20), DAY):
        previous = values(engine, [on], previous=previous, at=on)
    tier_columns = [n for n in CUSTOMER_VALUE.names if n.startswith(("tier_", "aum_"))]
    stepped = engine.arrow(previous.order_by("customer_id").select(tier_columns)).to_pylist()
    assert stepped == engine.arrow(day.order_by("customer_id").select(tier_columns)).to_pylist()


def test_stages_walk_over_past_month_ends_on_a_first_run(engine):
    days = [DAY - timedelta(n) for n in (60, 30, 0)]
    [c0, *_] = sorted_rows(engine, values(engine, days))
    assert (c0["stage"], c0["stage_since"], c0["stage_reason"]) == ("declining", days[1], "assets_falling")


def test_rows_of_a_later_day_are_not_looked_at(engine, day):
    on = date(2026, 5, 20)
    assert sorted_rows(engine, values(engine, [on], previous=day, at=on)) == sorted_rows(
        engine, values(engine, [on], at=on)
    )


def test_a_missing_feature_is_named(engine):
    rows = source(engine, bank())
    as_of = AsOf.end_of(DAY, ZONE)
    features = features_on(engine, rows, [as_of], zone=ZONE, names=["aum", "tenure_days"])
    with pytest.raises(YourMistake, match="needs the feature 'aum_mean_90'"):
        value_day(engine, tables_as_of(rows, as_of, ZONE), features, POLICIES)


def test_policies_are_read_by_name_and_default_where_absent(tmp_path):
    (tmp_path / "value.yaml").write_text("clv: {discount_rate: 0.08}", encoding="utf-8")
    read = read_value_policies(lambda name: tmp_path / f"{name}.yaml")
    assert read.value.clv.discount_rate == 0.08
    assert read.tiers == CustomerTierPolicy()
