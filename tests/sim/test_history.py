from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from liuke.errors import YourMistake
from liuke.sim import SimConfig, found_bank, history
from liuke.sim.source import DELIVERED
from liuke.tables import CONTRACTS


def fen(column):
    return np.array([int(v * 100) for v in column.to_pylist()], np.int64)


def by_account(t, order):
    return t.sort_by([("account_id", "ascending"), *((c, "ascending") for c in order)])


def test_every_contract_table_is_written(told):
    assert set(told.past.rows) == set(DELIVERED)
    for name, rows in told.past.rows.items():
        assert told.read(name).num_rows == rows > 0


@pytest.mark.parametrize("name", DELIVERED)
def test_rows_satisfy_their_contract(told, name):
    contract, rows = CONTRACTS[name], told.read(name)
    assert rows.column_names == [c.name for c in contract.columns]
    for column in contract.columns:
        values = rows[column.name]
        assert values.type == column.arrow
        if not column.nullable:
            assert values.null_count == 0
        present = values.drop_null()
        if column.values:
            assert set(present.unique().to_pylist()) <= set(column.values)
        if column.minimum is not None:
            assert pc.min(present).as_py() >= column.minimum
        if column.maximum is not None:
            assert pc.max(present).as_py() <= column.maximum
        if column.references:
            other, key = column.references.split(".")
            known = told.read(other)[key].combine_chunks()
            assert pc.all(pc.is_in(present, value_set=known)).as_py()
    versions = [contract.newest_by] if contract.newest_by else []
    keys = rows.group_by([*contract.key, *versions]).aggregate([([], "count_all")])
    assert keys.num_rows == rows.num_rows


def test_each_balance_is_the_one_before_plus_in_minus_out(told):
    moves = told.read("transaction")
    moves = by_account(moves.append_column("n", pc.cast(moves["transaction_id"], pa.int64())), ["occurred_at", "n"])
    account = moves["account_id"].to_numpy(zero_copy_only=False)
    signed = fen(moves["amount"]) * np.where(moves["direction"].to_numpy(zero_copy_only=False) == "in", 1, -1)
    after = fen(moves["balance_after"])
    chained = account[1:] == account[:-1]
    assert chained.sum() > 100_000
    assert (after[1:] - signed[1:] == after[:-1])[chained].all()


def test_opening_plus_movements_is_the_closing_balance_of_every_account(told):
    days, moves = by_account(told.read("balance_daily"), ["balance_date"]), told.read("transaction")
    eve = told.config.start - timedelta(days=1)
    total = {}
    opening = days.filter(pc.equal(days["balance_date"], pa.scalar(eve)))
    for account, value in zip(opening["account_id"].to_pylist(), fen(opening["balance"]), strict=True):
        total[account] = int(value)
    signed = fen(moves["amount"]) * np.where(moves["direction"].to_numpy(zero_copy_only=False) == "in", 1, -1)
    for account, value in zip(moves["account_id"].to_pylist(), signed, strict=True):
        total[account] = total.get(account, 0) + int(value)
    closing = dict(zip(days["account_id"].to_pylist(), (int(v) for v in fen(days["balance"])), strict=True))
    assert total == closing
    world = told.past.world
    assert sum(total.values()) == int(world.balance[:, world.bank.customers.opened <= world.day].sum())


def test_savings_are_never_negative_and_debts_never_positive(told):
    kind = dict(zip(*(told.read("account")[c].to_pylist() for c in ("account_id", "account_type")), strict=True))
    days = told.read("balance_daily")
    for account, value in zip(days["account_id"].to_pylist(), fen(days["balance"]), strict=True):
        assert value <= 0 if kind[account] in {"loan", "credit_card"} else value >= 0


def test_nothing_happens_before_opening_or_after_closing(told):
    zone, customers = ZoneInfo("Asia/Shanghai"), told.read("customer").to_pylist()
    life = {c["customer_id"]: (c["opened_on"], c["closed_on"] or date.max) for c in customers}
    assert sum(c["closed_on"] is not None for c in customers) > 10
    owner = dict(zip(*(told.read("account")[c].to_pylist() for c in ("account_id", "customer_id")), strict=True))
    seen = [(owner[r["account_id"]], r["occurred_at"]) for r in told.read("transaction").to_pylist()]
    times = {"complaint": "received_at", "consent": "effective_at"}
    for name in ("event", "complaint", "contact", "interaction", "survey_response", "consent"):
        at = times.get(name, "occurred_at")
        seen += [(r["customer_id"], r[at]) for r in told.read(name).to_pylist()]
    for customer, moment in seen:
        first, last = life[customer]
        assert first <= moment.astimezone(zone).date() <= last
    for customer in customers:
        if customer["closed_on"]:
            position = int(customer["customer_id"][1:]) - 100_000_000
            assert told.past.world.aum[position] == 0


def test_nothing_happens_outside_the_story(told):
    zone = ZoneInfo("Asia/Shanghai")
    low = datetime.combine(told.config.start, datetime.min.time(), zone).astimezone(UTC)
    high = datetime.combine(told.config.end + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    times = told.read("transaction")["occurred_at"]
    assert low <= pc.min(times).as_py() <= pc.max(times).as_py() < high


def test_the_bank_has_sane_rates(told):
    months, n = 9, len(told.bank.customers)
    rows = told.past.rows
    assert 8 <= rows["transaction"] / n / months <= 16
    assert 1 <= rows["event"] / n / months <= 6
    assert 0.003 <= rows["complaint"] / n / months <= 0.03
    assert 0.5 <= rows["interaction"] / n / months <= 1.5
    assert 0.02 <= rows["survey_response"] / n / months <= 0.06
    assert 7 <= rows["consent"] / n <= 7.5  # seven purposes
    tiers = told.read("customer")["tier"].value_counts().to_pylist()
    shares = {t["values"]: t["counts"] / n for t in tiers}
    assert shares["普通"] > shares["金卡"] > shares["财富"] > shares.get("钻石", 0)
    recent = told.past.episode_day > told.past.world.day - 91
    assert 0.07 <= recent.sum() / told.past.world.alive.sum() <= 0.16


def test_salaries_arrive_on_the_10th_and_15th(told):
    t = told.read("transaction")
    pay = t.filter(pc.equal(t["transaction_type"], "salary"))["occurred_at"]
    assert set(pc.day(pc.add(pay, pa.scalar(timedelta(hours=8)))).unique().to_pylist()) == {10, 15}


def test_same_seed_same_bank_and_other_seed_other_bank():
    def tables(seed, folder):
        history(found_bank(SimConfig(150, date(2026, 3, 20), months=2, seed=seed)), date(2026, 3, 20), folder)
        return {name: pq.read_table(folder / name) for name in DELIVERED}

    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as t:
        one, two, other = (tables(s, Path(t) / str(i)) for i, s in enumerate((4, 4, 5)))
    assert all(one[name].equals(two[name]) for name in DELIVERED)
    assert not one["transaction"].equals(other["transaction"])
    assert not one["customer"].equals(other["customer"])


def test_an_end_before_the_beginning_is_the_callers_mistake(told):
    with pytest.raises(YourMistake, match="a day from"):
        history(told.bank, told.config.start - timedelta(days=1), None)


def test_a_folder_with_files_is_refused(told):
    with pytest.raises(YourMistake, match="not empty"):
        history(told.bank, told.config.end, told.folder)


@pytest.mark.parametrize("field", [{"customers": 0}, {"months": 0}, {"seed": -1}])
def test_impossible_numbers_are_refused(field):
    with pytest.raises(YourMistake):
        SimConfig(**({"customers": 5, "end": date(2026, 1, 1)} | field))
