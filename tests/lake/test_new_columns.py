"""A lake made by an older release goes on working when a table gains a column."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from liuke.lake import Lake
from liuke.tables import ACCOUNT, CUSTOMER, Column
from liuke.tables.schema import Kind

KNOWN = datetime(2026, 1, 2, tzinfo=UTC)
OLD = replace(CUSTOMER, columns=tuple(c for c in CUSTOMER.columns if c.name not in ("registered_city", "tier")))


def customers(table, *ids, **more):
    facts = {
        "branch_id": "B1", "opened_on": date(2020, 1, 1), "city": "杭州", "source": "s", "batch_id": "b", "line": 1,
        "ingested_at": KNOWN,
    }  # fmt: skip
    return pa.Table.from_pylist([facts | {"customer_id": c} | more for c in ids], schema=table.arrow)


def cities(lake, engine):
    rows = lake.scan(engine, CUSTOMER).select("customer_id", "registered_city").order_by("customer_id")
    return [tuple(r.values()) for r in engine.arrow(rows).to_pylist()]


@pytest.fixture
def grown(lake: Lake) -> Lake:
    """A lake with a file of before and one of after."""
    lake.append(OLD, customers(OLD, "C1"), commit_id="1")
    lake.append(CUSTOMER, customers(CUSTOMER, "C2", registered_city="成都"), commit_id="2")
    return lake


def test_a_table_written_before_the_column_reads_as_null(lake, engine):
    lake.append(OLD, customers(OLD, "C1"), commit_id="1")
    assert cities(lake, engine) == [("C1", None)]
    assert lake.scan(engine, CUSTOMER).schema() == engine.from_arrow(CUSTOMER.arrow.empty_table()).schema()


def test_files_of_before_and_after_are_read_together_in_the_order_of_the_declaration(grown, engine):
    assert cities(grown, engine) == [("C1", None), ("C2", "成都")]
    assert tuple(grown.scan(engine, CUSTOMER).columns) == CUSTOMER.names


def test_a_condition_on_the_new_column_finds_only_rows_that_have_it(grown, engine):
    rows = grown.scan(engine, CUSTOMER)
    assert engine.count(rows.filter(rows.registered_city == "成都")) == 1
    assert engine.count(rows.filter(rows.registered_city.isnull())) == 1


def test_compaction_keeps_both_kinds_of_rows(grown, engine):
    for n in range(3, 33):
        grown.append(CUSTOMER, customers(CUSTOMER, f"C{n:02d}", registered_city="上海"), commit_id=str(n))
    assert grown.compact(CUSTOMER, engine) > 24
    found = dict(cities(grown, engine))
    assert (len(found), found["C1"], found["C2"], found["C32"]) == (32, None, "成都", "上海")


def test_replacing_all_rows_or_some_brings_the_column_too(lake, engine):
    lake.replace(OLD, customers(OLD, "C1", "C2"))
    lake.replace(CUSTOMER, customers(CUSTOMER, "C1", registered_city="成都"), where="customer_id = 'C1'")
    assert cities(lake, engine) == [("C1", "成都"), ("C2", None)]
    lake.replace(CUSTOMER, customers(CUSTOMER, "C3", registered_city="上海"))
    assert cities(lake, engine) == [("C3", "上海")]


def test_a_stream_may_bring_the_column(lake, engine):
    lake.append(OLD, customers(OLD, "C1"), commit_id="1")
    lake.append(CUSTOMER, engine.batches(engine.from_arrow(customers(CUSTOMER, "C2"))), commit_id="2")
    assert cities(lake, engine) == [("C1", None), ("C2", None)]


def test_an_older_release_reads_what_it_knows_of_a_newer_lake(grown, engine):
    assert tuple(grown.scan(engine, OLD).columns) == OLD.names
    assert engine.count(grown.scan(engine, OLD)) == 2


@pytest.mark.parametrize("kind", ["string", "date", "timestamp", "money", "int", "float", "bool"])
def test_a_missing_column_of_every_kind_has_its_own_type(lake, engine, kind: Kind):
    value = {
        "string": "x", "date": date(2026, 1, 1), "timestamp": KNOWN, "money": Decimal("1.50"), "int": 7, "float": 0.5,
        "bool": True,
    }[kind]  # fmt: skip
    new = replace(ACCOUNT, columns=(*ACCOUNT.columns, Column("added", kind, "新列", "New", nullable=True)))
    row = {
        "account_id": "A1", "customer_id": "C1", "account_type": "current", "currency": "CNY",
        "opened_on": date(2020, 1, 1), "source": "s", "batch_id": "b", "line": 1, "ingested_at": KNOWN,
    }  # fmt: skip
    lake.append(ACCOUNT, pa.Table.from_pylist([row], schema=ACCOUNT.arrow), commit_id="1")
    lake.append(
        new, pa.Table.from_pylist([row | {"account_id": "A2", "added": value}], schema=new.arrow), commit_id="2"
    )
    rows = lake.scan(engine, new).select("account_id", "added").order_by("account_id")
    assert rows.schema()["added"].copy(nullable=True) == engine.from_arrow(new.arrow.empty_table()).schema()["added"]
    assert [r["added"] for r in engine.arrow(rows).to_pylist()] == [None, value]
