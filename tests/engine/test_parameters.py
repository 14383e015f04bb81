"""Prepared expressions: compiled once, run with other values, equal to the plain expression. On every engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from liuke.engine import parameter
from liuke.errors import OurBug

ROWS = pa.table(
    {
        "who": ["A", "B", "B", "O'Neil", "back\\slash", "张'; DROP TABLE x; --"],
        "day": [date(2026, 1, n + 1) for n in range(6)],
        "money": pa.array([Decimal(n) for n in range(6)], pa.decimal128(18, 2)),
        "n": list(range(6)),
    }
)


@pytest.mark.parametrize("who", [*ROWS["who"].to_pylist(), "nobody", "", "$1", "{who}", "%s"])
def test_a_prepared_expression_finds_what_the_plain_one_finds_whatever_the_text(engine, who):
    table = engine.from_arrow(ROWS)
    found = engine.prepare(table.filter(table.who == parameter("who")).order_by("n"))(who=who)
    assert found.equals(engine.arrow(table.filter(table.who == who).order_by("n")))


def test_one_preparation_serves_many_values_and_types(engine):
    table = engine.from_arrow(ROWS)
    since = parameter("since").cast("date")
    chosen = table.filter(table.day >= since, table.who != parameter("who"))
    sums = engine.prepare(chosen.aggregate(n=chosen.n.sum(), money=chosen.money.sum(), last=chosen.day.max()))
    assert sums(since="2026-01-02", who="B").to_pylist() == [{"n": 12, "money": 12, "last": date(2026, 1, 6)}]
    assert sums(since="2026-01-06", who="A").to_pylist() == [{"n": 5, "money": 5, "last": date(2026, 1, 6)}]
    assert sums(since="2026-01-06", who="A").schema.field("n").type == pa.int64()


@pytest.mark.parametrize("names", [[], ["B"], ["A", "B", "O'Neil", "nobody"]])
def test_several_texts_stand_for_a_set(engine, names):
    table = engine.from_arrow(ROWS)
    run = engine.prepare(table.filter(table.who.isin([parameter("names")])).order_by("n"))
    assert run(names=names)["who"].to_pylist() == [w for w in ROWS["who"].to_pylist() if w in names]


def test_a_forgotten_value_is_our_own_bug(engine):
    table = engine.from_arrow(ROWS)
    with pytest.raises(OurBug, match="without its parameter 'who'"):
        engine.prepare(table.filter(table.who == parameter("who")))()


def test_several_threads_run_what_was_prepared_at_once(engine):
    table = engine.materialise(engine.from_arrow(pa.table({"who": [f"C{n}" for n in range(50)], "n": range(50)})))
    run = engine.prepare(table.filter(table.who == parameter("who")))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: run(who=f"C{n}").to_pylist(), range(50)))
    assert found == [[{"who": f"C{n}", "n": n}] for n in range(50)]
