"""Expressions of the safe subset (docs/engines.md) give the same value on every engine: worked out by hand here.

One query per test: a query on Spark takes a third of a second.
"""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from liuke.tables.schema import MONEY, TIMESTAMP

NAN = float("nan")
SCHEMA = pa.schema(
    [
        ("k", pa.int64()), ("g", pa.string()), ("i", pa.int64()), ("x", pa.float64()), ("m", MONEY),
        ("d", pa.date32()), ("t", TIMESTAMP), ("b", pa.bool_()), ("s", pa.string()),
    ]
)  # fmt: skip
ROWS = [
    (1, "a", 7, 2.5, Decimal("10.05"), date(2026, 1, 31), datetime(2026, 1, 31, 23, 59, 59, 999999, UTC), True, "张三"),
    (2, "a", None, None, None, None, None, None, None),
    (3, "b", 0, 3.5, Decimal("0.50"), date(2024, 2, 29), datetime(2024, 2, 29, 0, 0, tzinfo=UTC), False, ""),
    (4, "b", 3, 0.1, Decimal("-2.50"), date(2025, 12, 29), datetime(2025, 12, 29, 8, 30, tzinfo=UTC), True, "a b"),
]


@pytest.fixture
def table(engine) -> ir.Table:
    return engine.from_arrow(pa.Table.from_pylist([dict(zip(SCHEMA.names, r, strict=True)) for r in ROWS], SCHEMA))


def columns(engine, rows: ir.Table) -> dict[str, list[object]]:
    return engine.arrow(rows.order_by("k")).to_pydict()


def told(engine, table: ir.Table, **exprs: ir.Value) -> dict[str, list[object]]:
    found = columns(engine, table.select("k", **exprs))
    return {name: values for name, values in found.items() if name != "k"}


def test_numbers(engine, table):
    x, i, m = table.x, table.i, table.m
    zero = ibis.literal(0.0)
    assert told(
        engine,
        table,
        thirds=i / 3,
        floor=i // 2,
        rest=i % 2,
        to_int=x.cast("int64"),
        money_to_int=m.cast("int64"),
        safe=x / i.nullif(0),
        scaled=x * 0.3,
        least=ibis.least(x, i.cast("float64"), 1.0),
        greatest=ibis.greatest(m, ibis.literal(Decimal("0.00"), "decimal(18,2)")),
        least_of_one=ibis.least(i),
        filled=i.fill_null(-1),
        flag=table.b.cast("int64"),
        either=ibis.ifelse((x > 1) & (x < 3), 1.0, zero),
        share=m.cast("float64") / 3,
        tiny=ibis.literal(1e-7) * i,
        kinds=ibis.cases((i == 0, "none"), (i > 5, "many"), else_="some"),
        rounded=(x * 10).floor().cast("int64"),
        root=(i + 2).sqrt(),
        logarithm=(i + 1).cast("float64").ln(),
        power=i.cast("float64").pow(2),
        sign=(m.cast("float64")).sign(),
        absolute=m.abs(),
        clipped=i.clip(lower=1, upper=5),
    ) == {
        "thirds": [pytest.approx(7 / 3), None, 0.0, 1.0],
        "floor": [3, None, 0, 1],
        "rest": [1, None, 0, 1],
        "to_int": [2, None, 4, 0],
        "money_to_int": [10, None, 1, -3],
        "safe": [pytest.approx(2.5 / 7), None, None, pytest.approx(0.1 / 3)],
        "scaled": [pytest.approx(0.75), None, pytest.approx(1.05), pytest.approx(0.03)],
        "least": [1.0, 1.0, 0.0, 0.1],
        "greatest": [Decimal("10.05"), Decimal("0.00"), Decimal("0.50"), Decimal("0.00")],
        "least_of_one": [7, None, 0, 3],
        "filled": [7, -1, 0, 3],
        "flag": [1, None, 0, 1],
        "either": [1.0, 0.0, 0.0, 0.0],
        "share": [pytest.approx(3.35), None, pytest.approx(1 / 6), pytest.approx(-2.5 / 3)],
        "tiny": [pytest.approx(7e-7), None, 0.0, pytest.approx(3e-7)],
        "kinds": ["many", "some", "none", "some"],
        "rounded": [25, None, 35, 1],
        "root": [3.0, None, pytest.approx(math.sqrt(2)), pytest.approx(math.sqrt(5))],
        "logarithm": [pytest.approx(math.log(8)), None, 0.0, pytest.approx(math.log(4))],
        "power": [49.0, None, 0.0, 9.0],
        "sign": [1.0, None, 1.0, -1.0],
        "absolute": [Decimal("10.05"), None, Decimal("0.50"), Decimal("2.50")],
        "clipped": [5, None, 1, 3],
    }


def test_not_a_number_is_a_value_and_not_a_null(engine):
    table = engine.from_arrow(pa.table({"k": [1, 2, 3], "x": pa.array([NAN, None, 1.0], pa.float64())}))
    found = told(engine, table, null=table.x.isnull(), there=table.x.notnull(), nan=table.x.isnan().fill_null(False))
    assert found == {"null": [False, True, False], "there": [True, False, True], "nan": [True, False, False]}
    [total] = engine.arrow(table.aggregate(n=table.x.count(), high=table.x.max())).to_pylist()
    assert (total["n"], math.isnan(total["high"])) == (2, True)


def test_dates_and_moments(engine, table):
    d, t = table.d, table.t
    day = ibis.literal(date(2026, 2, 1))
    assert told(
        engine,
        table,
        month=d.truncate("M"),
        week=d.truncate("W"),
        year=d.year(),
        number=d.month(),
        of_week=d.day_of_week.index(),
        days=day.delta(d, unit="day"),
        later=(d + ibis.interval(days=1)).cast("date"),
        by_column=(d - (table.k - 1).cast("int32").as_interval("D")).cast("date"),
        a_month=(d + ibis.interval(months=1)).cast("date"),
        hour=t.hour(),
        of=t.date(),
        before=t < ibis.literal(datetime(2026, 1, 1, tzinfo=UTC)),
    ) == {
        "month": [date(2026, 1, 1), None, date(2024, 2, 1), date(2025, 12, 1)],
        "week": [date(2026, 1, 26), None, date(2024, 2, 26), date(2025, 12, 29)],
        "year": [2026, None, 2024, 2025],
        "number": [1, None, 2, 12],
        "of_week": [5, None, 3, 0],
        "days": [1, None, 703, 34],
        "later": [date(2026, 2, 1), None, date(2024, 3, 1), date(2025, 12, 30)],
        "by_column": [date(2026, 1, 31), None, date(2024, 2, 27), date(2025, 12, 26)],
        "a_month": [date(2026, 2, 28), None, date(2024, 3, 29), date(2026, 1, 29)],
        "hour": [23, None, 0, 8],
        "of": [date(2026, 1, 31), None, date(2024, 2, 29), date(2025, 12, 29)],
        "before": [False, None, True, True],
    }


def test_texts(engine, table):
    s = table.s
    assert told(
        engine,
        table,
        length=s.length(),
        joined=s + "!",
        upper=s.upper(),
        first=s.substr(0, 1),
        has=s.contains(" "),
        starts=s.startswith("张"),
        one_of=s.isin(["张三", ""]),
        like=s.like("a%"),
        bare=s.strip(),
        without=s.replace(" ", ""),
        digest=s.hexdigest("sha256").substr(0, 8),
        empty_is_null=s.nullif(""),
    ) == {
        "length": [2, None, 0, 3],
        "joined": ["张三!", None, "!", "a b!"],
        "upper": ["张三", None, "", "A B"],
        "first": ["张", None, "", "a"],
        "has": [False, None, False, True],
        "starts": [True, None, False, False],
        "one_of": [True, None, True, False],
        "like": [False, None, False, True],
        "bare": ["张三", None, "", "a b"],
        "without": ["张三", None, "", "ab"],
        "digest": ["1d841bc0", None, "e3b0c442", "c8687a08"],
        "empty_is_null": ["张三", None, None, "a b"],
    }


def test_aggregates(engine, table):
    i, x, m, none = table.i, table.x, table.m, table.i > 100
    grouped = table.group_by("g").aggregate(
        k=table.k.min(),
        rows=table.count(),
        known=i.count(),
        never=table.count(where=none),
        some=table.count(where=i > 0),
        sum=i.sum(),
        no_sum=i.sum(where=none),
        mean=x.mean(),
        mean_where=x.mean(where=i > 0),
        money=m.sum(where=i >= 0),
        spread=x.std(),
        variance=x.var(how="pop"),
        kinds=table.s.nunique(),
        kinds_where=table.s.nunique(where=i > 0),
        median=x.quantile(0.5),
        any=(i > 5).any(),
        all=(i >= 0).all(),
        latest=ibis.struct({"d": table.d, "m": m}).max(where=table.d.notnull())["m"],
        trend=x.cov(i.cast("float64"), how="pop"),
        flags=table.b.cast("int64").sum(),
        bits=i.bit_or(),
        bits_where=i.bit_or(where=i < 5),
    )
    assert columns(engine, grouped) == {
        "g": ["a", "b"],
        "k": [1, 3],
        "rows": [2, 2],
        "known": [1, 2],
        "never": [0, 0],
        "some": [1, 1],
        "sum": [7, 3],
        "no_sum": [None, None],
        "mean": [2.5, pytest.approx(1.8)],
        "mean_where": [2.5, 0.1],
        "money": [Decimal("10.05"), Decimal("-2.00")],
        "spread": [None, pytest.approx(3.4 / math.sqrt(2))],
        "variance": [0.0, pytest.approx(1.7**2)],
        "kinds": [1, 2],
        "kinds_where": [1, 1],
        "median": [2.5, pytest.approx(1.8)],
        "any": [True, False],
        "all": [True, True],
        "latest": [Decimal("10.05"), Decimal("-2.50")],
        "trend": [0.0, pytest.approx(-2.55)],
        "flags": [1, 1],
        "bits": [7, 3],
        "bits_where": [None, 3],
    }


def test_counts_and_sums_of_no_rows_at_all(engine, table):
    nothing = table.filter(table.k > 100)
    [row] = engine.arrow(
        nothing.aggregate(n=nothing.count(), where=nothing.count(where=nothing.i > 0), s=nothing.i.sum())
    ).to_pylist()
    assert row == {"n": 0, "where": 0, "s": None}


def test_windows(engine, table):
    by_group = ibis.window(group_by="g", order_by="k")
    upwards = ibis.window(order_by=[ibis.desc("d"), "k"])
    days = ibis.range_window(preceding=ibis.interval(days=40), following=0, order_by="d")
    dated = table.filter(table.d.notnull())
    found = columns(
        engine,
        table.select(
            "k",
            rank=ibis.row_number().over(upwards),
            before=table.k.lag().over(by_group),
            after=table.k.lead().over(by_group),
            running=table.k.sum().over(ibis.cumulative_window(group_by="g", order_by="k")),
            whole=table.k.sum().over(ibis.window(group_by="g")),
        ),
    )
    assert found == {
        "k": [1, 2, 3, 4],
        "rank": [0, 3, 2, 1],
        "before": [None, 1, None, 3],
        "after": [2, None, 4, None],
        "running": [1, 3, 3, 7],
        "whole": [3, 3, 7, 7],
    }
    assert columns(engine, dated.select("k", n=dated.k.count().over(days))) == {"k": [1, 3, 4], "n": [2, 1, 1]}


def test_joins_unions_and_distinct(engine, table):
    other = table.select(g=table.g, y=table.i).filter(table.i > 0)
    left = table.left_join(other, (table.g == other.g) & (table.i == other.y))
    assert columns(engine, left.select("k", "y"))["y"] == [7, None, None, 3]
    semi = table.semi_join(other, table.i == other.y)
    anti = table.anti_join(other, table.i == other.y)
    assert columns(engine, semi.select("k").union(anti.select("k")))["k"] == [1, 2, 3, 4]
    assert columns(engine, anti.select("k"))["k"] == [2, 3]
    assert columns(engine, table.select(k="g").distinct())["k"] == ["a", "b"]


def test_overflow_and_impossible_casts_fail_and_are_never_a_null(engine, table):
    for wrong in (table.s.cast("int64"), table.i * 2**62):
        with pytest.raises(Exception, match=r"(?i)overflow|convert|cast|malformed"):
            engine.arrow(table.select(v=wrong))
    tried = told(engine, table, v=table.s.try_cast("int64"), d=ibis.literal("2026-01-02").try_cast("date"))
    assert tried == {"v": [None] * 4, "d": [date(2026, 1, 2)] * 4}
