"""The lake that benchmarks/segments.py asks: made by DuckDB from hashes, so that the same size gives the same rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.insight.known import bank_tables
from liuke.insight.segments.customer_transactions import refresh_customer_transactions
from liuke.lake import Lake
from liuke.tables import (
    ACCOUNT,
    COMPLAINT,
    CONTACT,
    CUSTOMER_SNAPSHOT,
    EVENT,
    EVENT_DAY,
    TAG_COVERAGE,
    TRANSACTION,
    Table,
)

CUSTOMERS = int(os.environ.get("LIUKE_BENCH_CUSTOMERS", "1000000"))
DAY = date(2026, 6, 30)
ZONE = ZoneInfo("Asia/Shanghai")
FEATURES = ("aum", "aum_mean_90", "out_amount_30", "in_amount_30", "own_count_30", "days_since_active")

PEOPLE = """SELECT DATE '{day}' AS as_of, {who} AS customer_id,
  DATE '1940-01-01' + (h(i, 1) % 27375)::INT AS birth_date,
  ['male','female'][1 + h(i, 2) % 2] AS gender, (h(i, 3) % 200)::VARCHAR AS branch_id,
  (h(i, 4) % 3000)::VARCHAR AS staff_id, ['杭州','南京','上海','成都','阜阳'][1 + h(i, 5) % 5] AS city,
  ['杭州','南京','上海','成都','阜阳'][1 + h(i, 6) % 5] AS registered_city, DATE '2010-01-01' AS opened_on,
  round(exp(9 + 2 * bell(i, 7)), 2) AS aum, 'none' AS tier FROM range({n}) r(i)"""
NUMBERS = """SELECT {who} AS customer_id, round(exp(9 + 2 * bell(i, 7)), 2) AS aum,
  round(exp(9 + 2 * bell(i, 7)), 2) * exp(0.6 * bell(i, 8)) AS aum_mean_90, {more} FROM range({n}) r(i)"""
EVENTS = """SELECT 'E' || i AS event_id, {who_of} AS customer_id, {at} AS occurred_at,
  ['login','search','view_product','apply_start'][1 + h(i, 12) % 4] AS event_name, 'app' AS channel,
  '{{"page":"p' || h(i, 13) % 40 || '","category":"' || ['wealth','deposit','fund','loan'][1 + h(i, 14) % 4]
    || '","seconds":' || h(i, 15) % 300 || '}}' AS properties,
  {day_of} AS business_date, {known} FROM range({rows}) r(i)"""
EVENT_DAYS = """SELECT {day_of} AS business_date, {who_of} AS customer_id, name AS event_name,
  sum(1 + h(i, 16) % 3)::BIGINT AS events, min({at}) AS first_at, max({at}) AS last_at
  FROM (SELECT i, ['login','search','view_product','apply_start'][1 + h(i, 12) % 4] AS name FROM range({rows}) r(i))
  GROUP BY ALL ORDER BY event_name, customer_id"""
ACCOUNTS = """SELECT 'A' || lpad(i::VARCHAR, 9, '0') AS account_id,
  'C' || lpad((i // 2)::VARCHAR, 8, '0') AS customer_id,
  ['current','fixed'][1 + i % 2] AS account_type, 'CNY' AS currency, '1' AS branch_id, DATE '2015-01-01' AS opened_on,
  {known} FROM range(2 * {n}) r(i)"""
TRANSACTIONS = """SELECT 'T' || i || '{month}' AS transaction_id,
  'A' || lpad(CASE WHEN h(i, 20) % 10 < 8 THEN 2 * (h(i, 21) % {n}) ELSE 2 * (h(i, 21) % {n}) + 1 END::VARCHAR, 9, '0')
    AS account_id, {at} AS occurred_at, ['in','out','out'][1 + h(i, 22) % 3] AS direction,
  round(exp(5 + 1.5 * bell(i, 23)), 2) AS amount, 'CNY' AS currency,
  ['customer','customer','customer','bank','counterparty'][1 + h(i, 24) % 5] AS initiator,
  ['card','card','card','transfer','transfer','bill','cash','salary','interest','other'][1 + h(i, 25) % 10]
    AS transaction_type, 'app' AS channel, 'shop ' || h(i, 26) % 5000 AS counterparty_name,
  {day_of} AS business_date, {known} FROM range({rows}) r(i)"""
COMPLAINTS = """SELECT 'K' || i || '{month}' AS complaint_id, {who_of} AS customer_id, {at} AS received_at,
  'fees' AS category, {day_of} AS business_date, {known} FROM range({rows}) r(i)"""
CONTACTS = """SELECT 'L' || i || '{month}' AS contact_id, {who_of} AS customer_id, {at} AS occurred_at,
  'phone' AS channel, ['reached','not_reached'][1 + h(i, 30) % 2] AS result, {day_of} AS business_date, {known}
  FROM range({rows}) r(i)"""
MONTHLY: tuple[tuple[Table, str, float, int], ...] = (
    (EVENT_DAY, EVENT_DAYS, 5.0, 6), (EVENT, EVENTS, 9.0, 2), (TRANSACTION, TRANSACTIONS, 14.0, 3),
    (COMPLAINT, COMPLAINTS, 0.02, 3), (CONTACT, CONTACTS, 0.1, 3),
)  # fmt: skip
"""Table, its rows, how many per customer and month, for how many months."""


def make(folder: Path) -> tuple[Lake, str]:
    """The lake and the file of features, made by DuckDB from hashes: the same size gives the same rows."""
    lake, features = Lake(folder / "lake"), folder / "features.parquet"
    if features.exists():
        return lake, str(features)
    con = duckdb.connect(config={"temp_directory": str(folder / "spill"), "memory_limit": "4GB"})
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    con.execute("CREATE MACRO h(i, salt) AS (hash(i * 256 + salt) >> 1)::BIGINT")
    con.execute("CREATE MACRO bell(i, salt) AS sqrt(-2 * ln((1 + h(i, salt) % 999983) / 999984)) "
                "* cos(2 * pi() * (h(i, salt + 128) % 999983) / 999983)")  # fmt: skip
    here = {"n": CUSTOMERS, "day": DAY, "who": "'C' || lpad(i::VARCHAR, 8, '0')", "month": "", "known": _KNOWN}
    _write(lake, con, CUSTOMER_SNAPSHOT, PEOPLE.format(**here))
    _write(lake, con, ACCOUNT, ACCOUNTS.format(**here))
    for table, query, per_customer, months in MONTHLY:
        for back in range(months):
            last = DAY - timedelta(days=30 * back)
            varied = {
                "month": f"-{back}", "rows": int(per_customer * CUSTOMERS),
                "who_of": f"'C' || lpad((h(i, {40 + back}) % {CUSTOMERS})::VARCHAR, 8, '0')",
                "day_of": f"DATE '{last}' - (h(i, {48 + back}) % 30)::INT",
                "at": f"TIMESTAMPTZ '{last} 02:00:00+00' - to_days((h(i, {48 + back}) % 30)::INT) "
                      f"+ to_seconds((h(i, 11) % 36000)::INT)",
            }  # fmt: skip
            order = "" if "ORDER BY" in query else f" ORDER BY {table.subject}"
            _write(lake, con, table, query.format(**here | varied) + order, f"{back}")
    with closing(DuckEngine(memory_limit_mb=4096, threads=2)) as engine:
        refresh_customer_transactions(lake, engine, bank_tables(lake, engine, AsOf.end_of(DAY, ZONE), ZONE))
    covered = {"as_of": DAY, "tag": "bench", "version": "1", "customers": 0, "share": 0.0}
    lake.append(TAG_COVERAGE, pa.Table.from_pylist([covered], schema=TAG_COVERAGE.arrow), commit_id="bench")
    more = ", ".join([f"exp(7 + 2 * bell(i, {n + 50})) AS {f}" for n, f in enumerate(FEATURES[2:])]
                     + [f"(h(i, {n + 100}) % 1000) / 1000 AS other_{n}" for n in range(100)])  # fmt: skip
    con.execute(f"COPY ({NUMBERS.format(**here, more=more)}) TO '{features}' (FORMAT parquet)")
    return lake, str(features)


_KNOWN = "'s' AS source, 'b' AS batch_id, i AS line, TIMESTAMPTZ '2026-07-01 00:30:00+00' AS ingested_at"


def _write(lake: Lake, con: duckdb.DuckDBPyConnection, table: Table, query: str, part: str = "") -> None:
    """The query's rows in the columns of `table`, those it lacks null."""
    found = con.sql(query).to_arrow_reader(122_880)
    schema = table.arrow

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in found:
            columns = [
                batch[f.name].cast(f.type) if f.name in batch.schema.names else pa.nulls(batch.num_rows, f.type)
                for f in schema
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=pa.schema([f.with_nullable(True) for f in schema]))

    nullable = pa.schema([f.with_nullable(True) for f in schema])
    lake.append(table, pa.RecordBatchReader.from_batches(nullable, batches()), commit_id=f"bench:{part}")
