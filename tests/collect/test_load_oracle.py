"""Random CSV files through the load against a slow, plain-Python reading of the same rules."""

import csv
import io
import json
import re
import shutil
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.collect import Source, load
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import TABLES
from tests.collect.conftest import ACCOUNTS, BRANCHES, CUSTOMERS, NOW, TRANSACTION_COLUMNS
from tests.night import times

ZONE = ZoneInfo("Asia/Shanghai")
FULL = str.maketrans("".join(chr(c + 0xFEE0) for c in range(0x30, 0x3A)), "0123456789")
NAMES = ["id", "account", "at", "amount", "direction"]

ids = st.sampled_from(["T1", "T2", "T3", "T4", " T1", "T2", "", "NULL"])
accounts = st.sampled_from(["A1", "A2", "A2 ", "A9", "A1", ""])
moments = st.sampled_from(
    ["2026-03-01", "2026/3/1", "2026-03-01 08:00:00", "2026-03-12", "2026-03-11", "0", "", "x\ny"]
)
amounts = st.sampled_from(["1", "1.00", "1,000.5", "1,00", "-1", "0", "5", "", "0.005", "9" * 17, "1e2"])
directions = st.sampled_from(["收", "付", "?", ""])
rows = st.lists(st.tuples(ids, accounts, moments, amounts, directions), min_size=1, max_size=25)


def clean(text):
    text = text.strip(" \t\n\r\v\f").translate(FULL)
    return None if text in ("", "NULL", "null", "\\N") else text


def money(text):
    if not re.fullmatch(r"[+-]?((\d+|\d{1,3}(,\d{3})+)(\.\d*)?|\.\d+)", text):
        return None
    value = Decimal(text.replace(",", "")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return value if abs(value) < 10**16 else None


def moment(text):
    for fmt in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, fmt).replace(tzinfo=ZONE).astimezone(UTC)
        except ValueError:
            continue
    return None


def oracle(delivered, known):
    """(accepted rows by id, findings as (line, column, rule), duplicates) of one file after `known` rows."""
    accepted, findings, duplicates, line, good = dict(known), set(), 0, 2, []
    for raw in delivered:
        if not any(raw):
            line += 1
            continue
        cells = [clean(c) for c in raw]
        at = moment(cells[2]) if cells[2] is not None else None
        amount = money(cells[3]) if cells[3] is not None else None
        direction = {"收": "in", "付": "out"}.get(cells[4])
        broken = [
            ("transaction_id", "required" if cells[0] is None else None),
            ("account_id", "required" if cells[1] is None else None),
            ("occurred_at", "required" if cells[2] is None else "type" if at is None
             else "future_date" if at.astimezone(ZONE).date() > date(2026, 3, 11) else None),
            ("amount", "required" if cells[3] is None else "type" if amount is None
             else "minimum" if amount < 0 else None),
            ("direction", "required" if cells[4] is None else "value_map" if direction is None else None),
        ]  # fmt: skip
        found = {(line, column, rule) for column, rule in broken if rule}
        if found:
            findings |= found
        elif cells[1] not in ("A1", "A2"):
            findings.add((line, "account_id", "references"))
        else:
            good.append((line, cells[0], (cells[1], at, amount, direction)))
        line += 1 + sum(c.count("\n") for c in raw)
    for at_line, key, content in good:
        if key not in accepted:
            accepted[key] = content
        elif accepted[key] == content:
            duplicates += 1
        else:
            findings.add((at_line, "transaction_id", "conflicting_key"))
    return accepted, findings, duplicates


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder whose lake has branches, customers and accounts, copied for each example; and an engine."""
    folder, engine = tmp_path_factory.mktemp("base"), DuckEngine(memory_limit_mb=512, threads=1)
    source = Source.model_validate({"name": "base", "files": [BRANCHES, CUSTOMERS, ACCOUNTS]})
    load(source, folder=folder, lake=Lake(folder / "lake"), engine=engine, zone=ZONE, now=NOW)
    yield folder, engine
    engine.close()


@settings(max_examples=times(5, 60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=rows, second=rows)
def test_loading_agrees_with_reading_row_by_row(base, tmp_path_factory, first, second):
    folder, engine = tmp_path_factory.mktemp("oracle"), base[1]
    shutil.copytree(base[0], folder, dirs_exist_ok=True)
    lake = Lake(folder / "lake")
    entry = {"table": "transaction", "path": "t.csv", "columns": TRANSACTION_COLUMNS}
    source = Source.model_validate({"name": "daily", "files": [entry]})
    accepted: dict = {}
    for number, delivered in enumerate((first, second)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([NAMES, *delivered])
        (folder / "t.csv").write_text(text.getvalue(), encoding="utf-8")
        report = load(
            source, folder=folder, lake=lake, engine=engine, zone=ZONE, now=NOW, batch_id=f"b{number}"
        ).tables[0]
        before = len(accepted)
        accepted, findings, duplicates = oracle(delivered, accepted)
        stored = engine.arrow(lake.scan(engine, TABLES["quarantine"])).to_pylist() if findings or number else []
        mine = [r for r in stored if r["batch_id"] == f"b{number}"]
        assert {(r["line"], r["column_name"], r["rule"]) for r in mine} == findings
        assert all(json.loads(r["row_text"]) for r in mine)
        assert report.accepted == len(accepted) - before
        assert report.duplicates == duplicates
        assert report.quarantined == len({line for line, _, _ in findings})
    kept = engine.arrow(lake.scan(engine, TABLES["transaction"])).to_pylist()
    assert {
        r["transaction_id"]: (r["account_id"], r["occurred_at"], r["amount"], r["direction"]) for r in kept
    } == accepted
