"""Transactions kept by customer: brought to what is known, and asked only when the run brought them up to date."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.insight.known import bank_tables
from liuke.insight.rules.references import Names, resolve
from liuke.insight.segments.customer_transactions import refresh_customer_transactions
from liuke.insight.segments.day import run_tags_and_segments
from liuke.insight.segments.live import live_data
from liuke.insight.segments.preview import count_members
from liuke.lake import Lake
from liuke.tables import (
    CONTRACTS,
    CUSTOMER_SNAPSHOT,
    CUSTOMER_TRANSACTION,
    TAG_COVERAGE,
    TRANSACTION,
)
from tests.insight import bank as b
from tests.insight.fates import filled
from tests.insight.rules.asking import RULE

TAGS = """
group: {zh: 试, en: Trial}
owner: me
purpose: service
tags:
  spends: {name: {zh: 花, en: Out}, description: {zh: 花, en: Out}, rule: {did: transaction, within: 30}}
"""
SPENT = {"did": "transaction", "within": 30, "measure": "sum", "of": "amount", "op": ">=", "value": 100}


def bank() -> b.Bank:
    moves = [b.transaction(n, f"A{n % 3}", transaction_id=f"T{n}", amount=50) for n in (0, 1, 2, 3, 4, 9, 40, 400)]
    moves.append(b.transaction(1, "A9", transaction_id="T9", amount=50))  # of nobody's account
    return {
        "customer": [b.customer(f"C{n}") for n in range(3)],
        "account": [b.account(f"A{n}", f"C{n}") for n in range(3)],
        "transaction": moves,
    }


def add(lake: Lake, table: str, *rows: dict[str, object]) -> None:
    lake.append(CONTRACTS[table], pa.Table.from_pylist(rows, schema=CONTRACTS[table].arrow), commit_id=f"late {rows}")


def refresh(lake: Lake, engine: Engine) -> int:
    return refresh_customer_transactions(lake, engine, bank_tables(lake, engine, b.AS_OF, b.ZONE))


def stored(lake: Lake, engine: Engine) -> list[tuple[str, str, date]]:
    rows = engine.arrow(lake.scan(engine, CUSTOMER_TRANSACTION)).to_pylist()
    return sorted((row["customer_id"], row["account_id"], row["business_date"]) for row in rows)


def expected(*owned: tuple[int, str]) -> list[tuple[str, str, date]]:
    return sorted((f"C{who}", account, b.ago(int(account[1:]))) for who, account in owned)


def test_what_is_known_of_the_last_months_is_kept_with_its_customer(lake: Lake, engine: Engine) -> None:
    filled(lake, bank())
    assert refresh(lake, engine) == 7
    assert stored(lake, engine) == sorted((f"C{n % 3}", f"A{n % 3}", b.ago(n)) for n in (0, 1, 2, 3, 4, 9, 40))
    before = lake.version(CUSTOMER_TRANSACTION)
    assert refresh(lake, engine) == 0
    assert lake.version(CUSTOMER_TRANSACTION) == before


def test_late_and_erased_rows_write_their_days_anew(lake: Lake, engine: Engine) -> None:
    filled(lake, bank())
    refresh(lake, engine)
    add(lake, "transaction", b.transaction(9, "A1", transaction_id="T99", ingested_at=b.at(b.ago(0))))
    assert refresh(lake, engine) == 1
    assert ("C1", "A1", b.ago(9)) in stored(lake, engine)
    lake.replace(TRANSACTION, TRANSACTION.arrow.empty_table(), where="account_id = 'A0'")
    assert refresh(lake, engine) == 3  # days 0, 3 and 9
    assert {who for who, _account, _day in stored(lake, engine)} == {"C1", "C2"}


def test_an_account_in_other_hands_and_one_that_becomes_known_move_their_rows(lake: Lake, engine: Engine) -> None:
    filled(lake, bank())
    refresh(lake, engine)
    add(lake, "account", b.account("A0", "C2", ingested_at=b.at(b.ago(0))), b.account("A9", "C1"))
    assert refresh(lake, engine) == 4  # days 0, 3 and 9 of A0, day 1 of A9
    found = stored(lake, engine)
    assert {who for who, account, _day in found if account == "A0"} == {"C2"}
    assert ("C1", "A9", b.ago(1)) in found
    assert len(found) == 8


def test_whole_months_leave_at_once(lake: Lake, engine: Engine) -> None:
    filled(lake, bank() | {"transaction": [b.transaction(n, transaction_id=f"T{n}") for n in range(250)]})
    filled(lake, {"account": [b.account("A1", "C1")]})
    refresh(lake, engine)
    days = {day for _who, _account, day in stored(lake, engine)}
    assert min(days) == date(2026, 1, 1)  # of the month of the 180th day
    assert len(days) == 181


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tags").mkdir()
    (tmp_path / "segments").mkdir()
    (tmp_path / "tags" / "trial.yaml").write_text(TAGS, encoding="utf-8")
    return tmp_path


def test_live_questions_read_it_only_when_the_last_run_brought_it_up_to_date(
    lake: Lake, engine: Engine, home: Path
) -> None:
    filled(lake, bank())
    snapshot = {c.name: None for c in CUSTOMER_SNAPSHOT.columns} | {
        "as_of": b.DAY, "branch_id": "B", "opened_on": b.ago(900), "tier": "none", "score": 0.0, "products": 0,
        "aum": 0, "aum_30": 0,
    }  # fmt: skip
    people = [snapshot | {"customer_id": f"C{n}"} for n in range(3)]
    lake.replace(CUSTOMER_SNAPSHOT, pa.Table.from_pylist(people, schema=_nullable(CUSTOMER_SNAPSHOT.arrow)))
    rule = resolve(RULE.validate_python(SPENT), Names())

    def asked() -> tuple[bool, int]:
        data = live_data(lake, engine, b.AS_OF, b.ZONE, [rule])
        return data.transactions is not None, count_members(engine, rule, data)

    assert asked() == (False, 2)  # a run that left out tags and segments, or an older release's
    run_tags_and_segments(lake, engine, bank_tables(lake, engine, b.AS_OF, b.ZONE), home, None)
    assert asked() == (True, 2)
    lake.replace(TAG_COVERAGE, TAG_COVERAGE.arrow.empty_table())
    assert asked() == (False, 2)


def test_a_column_that_is_not_kept_is_read_from_the_contract(lake: Lake, engine: Engine, home: Path) -> None:
    filled(lake, bank())
    run_tags_and_segments(lake, engine, bank_tables(lake, engine, b.AS_OF, b.ZONE), home, None)
    data = live_data(lake, engine, b.AS_OF, b.ZONE, [])
    assert "balance_after" not in CUSTOMER_TRANSACTION.names
    for where, members in (({"column": "balance_after", "op": "is_null"}, 3), ({"column": "amount", "value": 7}, 0)):
        rule = resolve(RULE.validate_python({"did": "transaction", "within": 30, "where": where}), Names())
        assert count_members(engine, rule, data) == members


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema])
