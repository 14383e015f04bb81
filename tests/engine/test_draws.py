"""The draw as a column is the draw as a number, to the last bit, on every engine."""

import pyarrow as pa

from liuke.act.holdout import draw, drawn
from liuke.engine import Engine

WHO = ["C1", "张三", "C|2", "", " ", "O'Neil", *(f"C{n:08d}" for n in range(200))]


def test_a_column_of_draws_is_equal_to_the_last_bit(engine: Engine) -> None:
    rows = engine.from_arrow(pa.table({"n": range(len(WHO)), "who": WHO, "of": [f"x{n % 3}" for n in range(len(WHO))]}))
    made = rows.select("n", one=drawn(rows.who, "rm_care", "盐"), each=drawn(rows.who, rows.of, "s"))
    found = engine.arrow(made.order_by("n"))
    assert found["one"].to_pylist() == [draw(who, "rm_care", "盐") for who in WHO]
    assert found["each"].to_pylist() == [draw(who, f"x{n % 3}", "s") for n, who in enumerate(WHO)]


def test_nobody_and_no_experiment_have_no_draw(engine: Engine) -> None:
    empty = pa.table({"n": [1, 2], "who": [None, "C1"], "of": pa.array(["a", None])})
    rows = engine.from_arrow(empty.cast(pa.schema([("n", pa.int64()), ("who", pa.string()), ("of", pa.string())])))
    assert engine.arrow(rows.select(d=drawn(rows.who, rows.of, "s")))["d"].to_pylist() == [None, None]
