"""Fates of random small banks against a slow oracle; labels that only the window decides, standing only the past."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from liuke.clock import AsOf
from liuke.insight.churn.definition import (
    AtRisk,
    BalanceMean,
    ChurnDefinition,
    Hard,
    NoActivity,
    SilentActivity,
    SilentBalance,
    TierDowngrade,
)
from liuke.insight.churn.fates import fates, standing
from tests.insight.bank import AS_OF, ago, known_tables
from tests.insight.churn import fate_oracle
from tests.night import times
from tests.property.test_signals_oracle import banks, merged

FEW = settings(
    max_examples=times(3, 30),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking a whole bank takes minutes
)
TIERS = {"low": 400, "gold": 12_000, "preferred": 60_000}
LOSSES = {
    "hard": Hard(),
    "silent_balance": SilentBalance(fall=0.75, stays_days=5, minimum_aum=400),
    "silent_activity": SilentActivity(days=20, minimum_monthly_mean=1),
    "balance_mean": BalanceMean(kept_share=0.7, minimum_mean=400),
    "tier_downgrade": TierDowngrade(tiers=TIERS, average_days=10),
    "no_activity": NoActivity(),
}
AT_RISK = (
    AtRisk(minimum_aum=None, minimum_transactions=None),
    AtRisk(minimum_aum=400, minimum_transactions=2, within_days=60),
    AtRisk(minimum_aum=None, minimum_transactions=1, known_days=31),
)


@st.composite
def definitions(draw) -> ChurnDefinition:
    kinds = draw(st.lists(st.sampled_from(sorted(LOSSES)), min_size=1, max_size=6, unique=True))
    return ChurnDefinition(
        name={"zh": "流失", "en": "Lost"},
        losses=tuple(LOSSES[k] for k in kinds),
        gap_days=draw(st.sampled_from([0, 0, 1, 14])),
        horizon_days=draw(st.sampled_from([20, 45, 76])),
        at_risk=draw(st.sampled_from(AT_RISK)),
    )


def rows_of(engine, table):
    return sorted(engine.arrow(table).to_pylist(), key=lambda r: (r["as_of"], r["customer_id"]))


@FEW
@given(parts=st.lists(banks(), min_size=4, max_size=8), rule=definitions())
def test_fates_of_any_small_bank_equal_the_oracle(engine, parts, rule):
    bank, days = merged(parts), [ago(90), ago(100), ago(137)]
    got = rows_of(engine, fates(engine, known_tables(engine, bank), days, rule))
    expected = fate_oracle.fates(bank, days, rule, AS_OF)
    for row in expected:
        row.pop("opened_on")
    assert [r["customer_id"] for r in got] == [r["customer_id"] for r in expected]
    for mine, slow in zip(got, expected, strict=True):
        assert _same(mine, slow), (mine, slow)


def _same(mine, slow) -> bool:
    money = ("aum", "aum_mean_90")
    return all(
        mine[name] == pytest.approx(value, abs=1e-6) if name in money else mine[name] == value
        for name, value in slow.items()
    )


@FEW
@given(parts=st.lists(banks(), min_size=4, max_size=8), rule=definitions())
def test_no_fact_after_the_window_changes_a_fate_and_none_after_the_day_a_standing(engine, parts, rule):
    bank, day = merged(parts), ago(90)
    for moment, made in ((rule.closes(day), fates), (day, standing)):
        until = AsOf(moment, AS_OF.known_by)
        short, long = (made(engine, known_tables(engine, bank, known), [day], rule) for known in (until, AS_OF))
        assert rows_of(engine, short) == rows_of(engine, long)
