"""Signals at work: who is warned, how loudly, and that a policy file changes it."""

from decimal import Decimal

import pytest

from liuke.clock import AsOf
from liuke.errors import OurBug, YourMistake
from liuke.insight.churn.reasons import reasons_of, text
from liuke.insight.churn.signals import WarningPolicy, read_warning_policy, signals, signals_for
from liuke.insight.churn.warning_policy import Ramp
from liuke.tables import CONTRACTS
from tests.insight.bank import (
    AS_OF,
    ZONE,
    account,
    ago,
    balance,
    complaint,
    customer,
    known_tables,
    sorted_rows,
    transaction,
)  # fmt: skip


def signal(engine, policy=None, **rows) -> dict:
    bank = {"customer": [customer()], "account": [account()], **rows}
    [found] = sorted_rows(engine, signals(known_tables(engine, bank), AS_OF, policy or WarningPolicy()))
    return found


def habit(recent: int, prior: int) -> list[dict]:
    return [transaction(1 + n) for n in range(recent)] + [transaction(30 + n % 90) for n in range(prior)]


def test_a_customer_who_goes_on_as_before_is_not_warned(engine):
    found = signal(engine, transaction=habit(9, 27), balance_daily=[balance(200, 90_000)])
    assert (found["score"], found["tier"]) == (0, "none")


def test_a_broken_habit_warns_with_its_numbers(engine):
    found = signal(engine, transaction=habit(2, 27))
    [reason] = reasons_of(found)
    assert text(reason) == "近30天交易 2 笔,前90天月均 9 笔,下降 78%"
    assert found["frequency_severity"] == pytest.approx(0.3 + 0.7 * (7 / 9 - 0.5) / 0.5)


@pytest.mark.parametrize(("recent", "prior", "speaks"), [(1, 9, False), (4, 27, False), (3, 27, True), (0, 9, True)])
def test_a_fall_that_chance_often_gives_is_silent(engine, recent, prior, speaks):
    found = signal(engine, transaction=habit(recent, prior))
    assert (found["frequency_severity"] > 0) == speaks


def test_a_fall_after_a_single_peak_is_not_lasting(engine):
    peak = [balance(200, 100_000), balance(62, 160_000), balance(55, 100_000), balance(5, 95_000)]
    assert signal(engine, balance_daily=peak)["balance_severity"] == 0


def test_money_leaving_step_by_step_and_money_leaving_at_once_both_warn(engine):
    slow = [balance(200, 100_000), balance(61, 80_000), balance(31, 60_000), balance(2, 45_000)]
    fast = [balance(200, 100_000), balance(2, 30_000)]
    assert signal(engine, balance_daily=slow)["balance_severity"] == pytest.approx(0.3 + 0.7 * 0.25 / 0.5)
    assert signal(engine, balance_daily=fast)["balance_severity"] == pytest.approx(0.3 + 0.7 * 0.2 / 0.4)


def test_small_money_leaving_is_silent(engine):
    found = signal(engine, balance_daily=[balance(200, 9_999), balance(2, 0)])
    assert (found["balance_severity"], found["tier"]) == (0, "none")


def test_complaints_beyond_the_usual_warn_and_open_ones_more(engine):
    usual = [complaint(100, resolved_at=None), complaint(10)]
    closed = [complaint(n, resolved_at=complaint(0)["received_at"]) for n in (10, 20)]
    assert signal(engine, complaint=usual)["complaint_severity"] == pytest.approx(0.3)
    assert signal(engine, complaint=closed)["complaint_severity"] == pytest.approx(0.7)
    assert signal(engine, complaint=[complaint(n) for n in range(5)])["complaint_severity"] == 1


def test_silence_counts_against_the_customers_own_rhythm(engine):
    weekly = signal(engine, transaction=[transaction(20 + 7 * n) for n in range(14)])
    daily = signal(engine, transaction=[transaction(20 + n) for n in range(100)])
    assert (weekly["recency_severity"], daily["recency_severity"]) == (0, 1)


def test_red_needs_money_to_lose(engine):
    def tier(scale: int) -> str:
        rows = [balance(200, 2 * scale), balance(2, 0)]
        return signal(engine, transaction=habit(0, 60), balance_daily=rows)["tier"]

    assert [tier(s) for s in (25_000, 24_999, 4_999)] == ["red", "orange", "yellow"]


def test_a_policy_changes_who_is_warned(engine):
    strict = WarningPolicy.model_validate({"balance": {"minimum_aum": 100, "sudden": {"warn_at": 0.1, "full_at": 0.5}}})
    rows = [balance(200, 1_000), balance(2, 800)]
    assert signal(engine, balance_daily=rows)["balance_severity"] == 0
    assert signal(engine, strict, balance_daily=rows)["balance_severity"] > 0.3


def test_an_empty_bank_gives_no_signals_and_the_wrong_moment_is_refused(engine):
    tables = known_tables(engine, {})
    assert sorted_rows(engine, signals(tables, AS_OF, WarningPolicy())) == []
    with pytest.raises(OurBug):
        signals(tables, AS_OF.back(1), WarningPolicy())


def test_signals_for_many_days_are_each_exactly_as_of_their_own(engine, lake):
    import pyarrow as pa

    rows = {"customer": [customer()], "account": [account()], "transaction": habit(9, 40),
            "balance_daily": [balance(n, n * 1000) for n in range(0, 200, 7)]}  # fmt: skip
    for name, made in rows.items():
        table = CONTRACTS[name]
        lake.append(table, pa.Table.from_pylist(made, schema=table.arrow), commit_id=name)
    moments = [AsOf.end_of(ago(n), ZONE) for n in (60, 30, 0)]
    walked = [sorted_rows(engine, made) for _, _, made in signals_for(lake, engine, moments, WarningPolicy(), ZONE)]
    alone = [sorted_rows(engine, signals(known_tables(engine, rows, m), m, WarningPolicy())) for m in moments]
    assert walked == alone


def test_a_missing_file_means_the_defaults_and_a_wrong_one_is_explained(tmp_path):
    assert read_warning_policy(tmp_path / "warning.yaml") == WarningPolicy()
    path = tmp_path / "warning.yaml"
    path.write_text("frequency:\n  minimum_montly_mean: 4\n", encoding="utf-8")
    with pytest.raises(YourMistake, match="did you mean 'minimum_monthly_mean'"):
        read_warning_policy(path)
    path.write_text("red: {minimum_score: 0.3}\norange: {minimum_score: 0.5}\n", encoding="utf-8")
    with pytest.raises(YourMistake, match="must fall from red"):
        read_warning_policy(path)


def test_a_ramp_must_rise():
    with pytest.raises(ValueError, match="must be above"):
        Ramp(warn_at=0.5, full_at=0.5)


def test_the_version_names_the_content():
    assert WarningPolicy().version == WarningPolicy.model_validate({}).version
    other = WarningPolicy.model_validate({"yellow": {"minimum_score": 0.1, "minimum_aum": Decimal(5)}})
    assert other.version != WarningPolicy().version
