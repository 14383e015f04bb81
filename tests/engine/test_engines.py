"""What every engine must do. Speaks the Engine protocol only: every test runs on every engine of conftest.py."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

from liuke.engine import Engine
from liuke.errors import TryAgain, YourMistake
from liuke.tables import BALANCE_DAILY
from liuke.tables.schema import MONEY, TIMESTAMP
from tests.engine.conftest import numbers

BALANCES = pa.schema([("account_id", pa.string()), ("day", pa.date32()), ("balance", MONEY)])
CENT = Decimal("0.01")


def rows(engine: Engine, expr: ir.Table) -> list[dict[str, object]]:
    return engine.arrow(expr).to_pylist()


def written(path: Path, balances: list[tuple[str, int, str]]) -> str:
    facts = [{"account_id": a, "day": date(2026, 1, d), "balance": Decimal(b)} for a, d, b in balances]
    pq.write_table(pa.Table.from_pylist(facts, schema=BALANCES), path)
    return str(path)


# --- scan ------------------------------------------------------------------------------------------
def test_several_parquet_files_are_one_table(engine, tmp_path):
    files = [
        written(tmp_path / "a.parquet", [("A1", 1, "10.00"), ("A2", 1, "-5.00")]),
        written(tmp_path / "b.parquet", [("A1", 2, "20.00")]),
        written(tmp_path / "c.parquet", []),
    ]
    table = engine.scan(files, BALANCES)
    sums = table.group_by("account_id").aggregate(total=table.balance.sum()).order_by("account_id")
    assert rows(engine, sums) == [
        {"account_id": "A1", "total": Decimal("30.00")},
        {"account_id": "A2", "total": Decimal("-5.00")},
    ]


def test_no_files_are_an_empty_table_with_the_schema(engine):
    empty = engine.scan([], BALANCE_DAILY.arrow)
    assert tuple(empty.columns) == BALANCE_DAILY.names
    assert engine.arrow(empty).schema.types == BALANCE_DAILY.arrow.types
    assert engine.arrow(empty).num_rows == 0


def test_a_file_name_with_a_quote_and_chinese_is_only_a_name(engine, tmp_path):
    folder = tmp_path / "张's data"
    folder.mkdir()
    files = [written(folder / "o'clock.parquet", [("A1", 1, "1.00")])]
    assert rows(engine, engine.scan(files, BALANCES))[0]["account_id"] == "A1"
    assert rows(engine, engine.from_parquet(files[0]))[0]["account_id"] == "A1"


def test_parquet_rows_are_numbered_from_one_in_file_order(engine, tmp_path):
    path = written(tmp_path / "a.parquet", [("A9", 1, "1"), ("A1", 1, "2"), ("A5", 1, "3")])
    numbered = engine.numbered_parquet(path).order_by("_line").select("_line", "account_id")
    assert [tuple(r.values()) for r in rows(engine, numbered)] == [(1, "A9"), (2, "A1"), (3, "A5")]


# --- csv -------------------------------------------------------------------------------------------
def test_csv_values_stay_text_whatever_they_look_like(engine, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("no,day,amount,flag\n007,2026-01-01,1e5,true\n08 , 1,-0.10,\n", encoding="utf-8")
    table = engine.from_csv(str(path), delimiter=",", columns=["no", "day", "amount", "flag"], skip=1)
    assert engine.arrow(table).schema.types == [pa.string()] * 4
    assert rows(engine, table)[0] == {"no": "007", "day": "2026-01-01", "amount": "1e5", "flag": "true"}
    assert rows(engine, table)[1] == {"no": "08 ", "day": " 1", "amount": "-0.10", "flag": None}


def test_quoted_csv_values_may_hold_delimiters_quotes_and_line_ends(engine, tmp_path):
    path = tmp_path / "it's.csv"
    path.write_text('a;b\n"x;""y""\nz";张三\n', encoding="utf-8")
    table = engine.from_csv(str(path), delimiter=";", columns=["a", "b"], skip=1)
    assert rows(engine, table) == [{"a": 'x;"y"\nz', "b": "张三"}]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "'"])
def test_any_one_character_separates_csv_values(engine, tmp_path, delimiter):
    path = tmp_path / "a.csv"
    path.write_text(f"1{delimiter}2\n", encoding="utf-8")
    assert rows(engine, engine.from_csv(str(path), delimiter=delimiter, columns=["a", "b"], skip=0)) == [
        {"a": "1", "b": "2"}
    ]


def test_title_lines_of_a_csv_file_are_passed_over(engine, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("report of the day\na,b\n1,2\n", encoding="utf-8")
    assert rows(engine, engine.from_csv(str(path), delimiter=",", columns=["a", "b"], skip=2)) == [{"a": "1", "b": "2"}]


# --- arrow in, arrow out ---------------------------------------------------------------------------
def test_a_stream_of_batches_becomes_a_table_that_can_be_read_many_times(engine):
    schema = pa.schema([("x", pa.int64())])
    batches = (pa.record_batch([pa.array(range(i * 10, i * 10 + 10))], schema=schema) for i in range(5))
    table = engine.from_arrow(pa.RecordBatchReader.from_batches(schema, batches))
    total = table.aggregate(n=table.count(), s=table.x.sum())
    assert rows(engine, total) == rows(engine, total) == [{"n": 50, "s": 1225}]


FACTS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8) | st.none(),
        st.decimals(min_value=-(10**15), max_value=10**15, places=2) | st.none(),
        st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)) | st.none(),  # noqa: DTZ001
        st.dates(date(1900, 1, 1), date(2200, 1, 1)) | st.none(),
        st.booleans() | st.none(),
    ),
    max_size=20,
)


def test_what_goes_in_comes_out_in_every_type_of_the_contracts(engine, examples):
    schema = pa.schema(
        [("i", pa.int64()), ("s", pa.string()), ("m", MONEY), ("t", TIMESTAMP), ("d", pa.date32()), ("b", pa.bool_())]
    )

    @examples(FACTS)
    def check(facts):
        given_rows = [dict(zip(schema.names, (i, *fact), strict=True)) for i, fact in enumerate(facts)]
        data = pa.Table.from_pylist(given_rows, schema=schema)
        table = engine.from_arrow(data).order_by("i")
        assert engine.arrow(table).cast(schema).equals(data)
        assert engine.batches(table).read_all().cast(schema).equals(data)
        assert engine.arrow(engine.materialise(table).order_by("i")).cast(schema).equals(data)

    check()


# --- materialise, store, release -------------------------------------------------------------------
def test_a_materialised_table_no_longer_follows_its_source(engine, tmp_path):
    path = tmp_path / "a.parquet"
    written(path, [("A1", 1, "1.00")])
    live = engine.from_parquet(str(path))
    kept = engine.materialise(live)
    written(path, [("A1", 1, "1.00"), ("A2", 1, "2.00")])
    assert engine.arrow(kept).num_rows == 1


def test_a_released_table_is_gone_and_its_neighbours_stay(engine):
    first, second = engine.materialise(numbers(3)), engine.materialise(numbers(4))
    engine.release(first)
    assert engine.arrow(second).num_rows == 4
    with pytest.raises(Exception, match=r"does not exist|cannot be found"):
        engine.arrow(first)


def test_lent_data_is_read_where_it_lies_and_is_gone_when_released(engine):
    lent = engine.lent(pa.table({"x": [1, 2, 3]}))
    above = engine.layer(lent.filter(lent.x > 1))
    assert engine.count(above) == 2
    kept = engine.materialise(above.mutate(y=above.x * 2))
    engine.release(lent)
    assert engine.batches(kept.order_by("x")).read_all()["y"].to_pylist() == [4, 6]
    with pytest.raises(Exception, match=r"does not exist|cannot be found"):
        engine.arrow(lent)


def test_an_expression_is_stored_in_one_parquet_file(engine, tmp_path):
    path = tmp_path / "o'clock.parquet"
    table = engine.store(numbers(1000), str(path))
    assert pq.read_metadata(path).num_rows == 1000
    assert engine.arrow(table).num_rows == 1000


# --- streams ---------------------------------------------------------------------------------------
def test_a_stream_comes_in_several_batches_and_loses_nothing(engine):
    reader = engine.batches(engine.materialise(numbers(10_000)), rows=1000)
    sizes, total = [], 0
    for batch in reader:
        sizes.append(batch.num_rows)
        total += sum(batch.column(0).to_pylist())
    assert len(sizes) > 1
    assert (sum(sizes), total) == (10_000, 49_995_000)


def test_other_queries_run_while_a_stream_is_read(engine):
    big = engine.materialise(numbers(500_000))
    reader = engine.batches(big, rows=1000)
    seen = reader.read_next_batch().num_rows
    for n in range(5):
        part = engine.materialise(big.filter(big.x < n))
        assert engine.arrow(part).num_rows == n
        engine.release(part)
        seen += reader.read_next_batch().num_rows
    second = engine.batches(big, rows=1000)
    assert second.read_next_batch().num_rows > 0
    assert seen + sum(batch.num_rows for batch in reader) == 500_000


def test_a_stream_may_flow_back_into_the_engine_it_came_from(engine):
    big = engine.materialise(numbers(200_000))
    again = engine.from_arrow(engine.batches(big.filter(big.x % 2 == 0), rows=1000))
    assert rows(engine, again.aggregate(n=again.count(), last=again.x.max())) == [{"n": 100_000, "last": 199_998}]


# --- equal results: money and time -----------------------------------------------------------------
def test_sums_of_money_are_exact_beyond_what_a_float_holds(engine):
    big = Decimal("9999999999999999.99")
    table = engine.from_arrow(pa.table({"m": pa.array([big, big, CENT], MONEY)}))
    assert rows(engine, table.aggregate(total=table.m.sum())) == [{"total": big + big + CENT}]


def test_sums_of_money_equal_pythons_decimals(engine, examples):
    @examples(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=60))
    def check(cents):
        amounts = [Decimal(c) * CENT for c in cents]
        table = engine.from_arrow(pa.table({"m": pa.array(amounts, MONEY)}))
        [fact] = rows(engine, table.aggregate(total=table.m.sum(), high=table.m.max(), low=table.m.min()))
        assert fact == {"total": sum(amounts), "high": max(amounts), "low": min(amounts)}

    check()


def test_a_mean_of_money_is_taken_of_floats(engine):
    # Without the cast, Ibis gives the mean the type decimal(18,2) and `arrow` cuts it to whole cents.
    table = engine.from_arrow(pa.table({"m": pa.array([CENT, 2 * CENT], MONEY)}))
    mean = table.aggregate(mean=table.m.cast("float64").mean())
    assert rows(engine, mean) == [{"mean": pytest.approx(0.015)}]
    assert engine.batches(mean).read_all().to_pylist() == [{"mean": pytest.approx(0.015)}]


@pytest.mark.parametrize("cast", [False, True])
def test_a_sum_of_integers_is_an_int64_on_every_way_out(engine, tmp_path, cast):
    table = engine.materialise(numbers(10))
    total = table.x.sum().cast("int64") if cast else table.x.sum()
    expr = table.aggregate(total=total, ones=ibis.ifelse(table.x > 1, 1, 0).sum())
    for out in (expr, engine.materialise(expr), engine.store(expr, str(tmp_path / "a.parquet"))):
        assert engine.batches(out).schema.types == [pa.int64(), pa.int64()]
        assert engine.arrow(out).schema.types == [pa.int64(), pa.int64()]
        assert engine.batches(out).read_all().to_pylist() == [{"total": 45, "ones": 8}]


def test_what_ibis_takes_for_a_float_is_one_on_every_way_out(engine):
    # DuckDB makes a decimal of it, for 0.5 is one, and Ibis leaves the cast out.
    table = engine.materialise(numbers(3))
    expr = table.select(half=ibis.ifelse(table.x > 0, 0.5, 0.0).cast("float64"))
    for out in (expr, engine.materialise(expr), engine.layer(expr)):
        assert engine.batches(out).schema.types == engine.arrow(out).schema.types == [pa.float64()]
        assert sorted(engine.batches(out).read_all()["half"].to_pylist()) == [0.0, 0.5, 0.5]


def test_a_narrowed_stream_keeps_its_order(engine):
    table = engine.materialise(numbers(100_000))
    sums = table.group_by(k=table.x).aggregate(s=table.x.sum()).order_by(ibis.desc("k"))
    keys = engine.batches(sums, rows=1000).read_all().column("k").to_pylist()
    assert keys == list(range(99_999, -1, -1))


def test_timestamps_are_utc_wherever_the_machine_stands(monkeypatch, make):
    moment = datetime(2026, 1, 1, 23, 30, 0, 123456, tzinfo=UTC)
    for zone in ("America/New_York", "Asia/Shanghai"):
        monkeypatch.setenv("TZ", zone)
        made = make()
        table = made.from_arrow(pa.table({"t": pa.array([moment], TIMESTAMP)}))
        told = table.select(t=table.t, day=table.t.date(), hour=table.t.hour())
        assert made.arrow(told).schema.field("t").type == TIMESTAMP
        assert made.arrow(told).to_pylist() == [{"t": moment, "day": date(2026, 1, 1), "hour": 23}]
        assert made.batches(told).schema.field("t").type == TIMESTAMP
        assert made.batches(told).read_all().to_pylist() == made.arrow(told).to_pylist()
        made.close()


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=8))], ids=str)
def test_a_moment_is_the_same_moment_in_every_zone_it_is_written_in(engine, zone):
    moment = datetime(2026, 1, 1, 16, 30, tzinfo=UTC)
    table = engine.from_arrow(pa.table({"t": pa.array([moment], TIMESTAMP)}))
    assert engine.arrow(table.filter(table.t == ibis.literal(moment.astimezone(zone)))).num_rows == 1
    assert engine.arrow(table.filter(table.t < ibis.literal(moment.astimezone(zone)))).num_rows == 0


def test_empty_values_sort_last_in_both_directions(engine):
    table = engine.from_arrow(pa.table({"s": ["b", None, "a", "张"]}))
    assert [r["s"] for r in rows(engine, table.order_by("s"))] == ["a", "b", "张", None]
    assert [r["s"] for r in rows(engine, table.order_by(ibis.desc("s")))] == ["张", "b", "a", None]


# --- a bank's own SQL ------------------------------------------------------------------------------
def test_columns_written_in_sql_see_the_columns_of_the_source(engine):
    table = engine.from_arrow(pa.table({"a": ["1", "2"]}))
    doubled = engine.with_sql(table, {"twice": "CAST(a AS INTEGER) * 2"}).order_by("a")
    assert rows(engine, doubled) == [{"a": "1", "twice": 2}, {"a": "2", "twice": 4}]


@pytest.mark.parametrize("sql", ["no_such_column", "upper(", "no_such_function(a)"])
def test_wrong_sql_is_the_banks_mistake_with_the_column_it_was_for(engine, sql):
    with pytest.raises(YourMistake) as caught:
        engine.with_sql(engine.from_arrow(pa.table({"a": ["1"]})), {"amount": sql})
    assert "amount" in caught.value.render()


# --- JSON ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"k": 12.5, "b": 1}', "12.5"),
        ('{"a": {"k": 3}, "k": true}', "true"),
        ('{"k": "张\\n\\"x\\""}', '张\n"x"'),
        ('{"k": {"a":1}}', '{"a":1}'),
        ('{"k": null}', None),
        ('{"other": 1}', None),
        ("{}", None),
        ("12", None),
        ("[1]", None),
        ('{"k": 1', None),
        ("", None),
        (None, None),
    ],
)
def test_a_property_of_a_json_text_comes_as_text_or_null(engine, text, value):
    table = engine.from_arrow(pa.table({"t": pa.array([text], pa.string())}))
    assert rows(engine, table.select(v=engine.json_text(table.t, "k"))) == [{"v": value}]


# --- failures and counts ---------------------------------------------------------------------------
def test_a_data_file_that_is_damaged_or_gone_is_a_message_and_not_a_crash(engine, tmp_path):
    path = written(tmp_path / "a.parquet", [("A1", 1, "1.00")])
    expr = engine.scan([path], BALANCE_DAILY.arrow)
    Path(path).write_bytes(Path(path).read_bytes()[:100])
    with pytest.raises(TryAgain, match="a data file cannot be read"):
        rows(engine, expr)
    Path(path).unlink()
    with pytest.raises(TryAgain, match="a data file cannot be read"):
        rows(engine, expr)


def test_rows_are_counted_also_when_there_are_none(engine):
    rows = engine.from_arrow(pa.table({"a": [1, 2, 3]}))
    assert engine.count(rows) == 3
    assert engine.count(rows.filter(rows.a > 3)) == 0


def test_parts_gathered_one_after_the_other_are_one_table(engine):
    rows = engine.from_arrow(pa.table({"a": [1, 2, 3], "b": ["x", "y", "z"]}))
    kept = []

    def parts():
        for n in (1, 2, 3):
            kept.append(engine.materialise(rows.filter(rows.a == n)))
            yield kept[-1].select("b", "a")
            engine.release(kept[-1])

    whole = engine.gathered(parts())
    assert sorted(engine.arrow(whole)["b"].to_pylist()) == ["x", "y", "z"]
    assert whole.columns == ("b", "a")
