"""Another thread stops what an engine does, that and nothing else."""

from __future__ import annotations

import threading

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from liuke.engine import DuckEngine, Engine
from liuke.errors import Stopped
from tests.engine.conftest import numbers


@pytest.fixture
def engine():
    made = DuckEngine(memory_limit_mb=512, threads=1)
    yield made
    made.close()


def many() -> ir.Table:
    """Rows enough for hours."""
    some = numbers(1_000_000)
    return some.cross_join(some.rename(y="x")).cross_join(some.rename(z="x"))


def endless() -> ir.Table:
    """The same, of which none is wanted."""
    pairs = many()
    return pairs.filter((pairs.x * pairs.y * 7 + pairs.z) % 1_000_003 == 1_000_004)


@pytest.mark.parametrize("ask", [DuckEngine.count, DuckEngine.materialise])
def test_a_query_at_work_ends_and_the_engine_goes_on(engine: DuckEngine, ask) -> None:
    with engine.stoppable() as stop:
        timer = threading.Timer(0.2, stop)
        timer.start()
        with pytest.raises(Stopped):
            ask(engine, endless())
        with pytest.raises(Stopped):
            engine.count(numbers(3))
        timer.join()
    assert engine.count(numbers(3)) == 3


def test_rows_that_come_from_a_stream_are_stopped_too(engine: DuckEngine) -> None:
    schema = pa.schema([("x", pa.int64())])
    with engine.stoppable() as stop:

        def rows():
            while True:
                stop()
                yield pa.record_batch([pa.array(range(5000))], schema=schema)

        with pytest.raises(Stopped):
            engine.from_arrow(pa.RecordBatchReader.from_batches(schema, rows()))
    assert engine.count(engine.from_arrow(pa.table({"x": [1]}))) == 1


def test_a_stream_that_is_being_read_ends(engine: DuckEngine) -> None:
    with engine.stoppable() as stop:
        stream = engine.batches(many(), rows=2048)
        stream.read_next_batch()
        stop()
        with pytest.raises(Stopped):
            for _batch in stream:
                pass
    assert [batch.num_rows for batch in engine.batches(numbers(3))] == [3]


def test_a_stream_that_has_nothing_to_give_yet_ends(engine: DuckEngine) -> None:
    with engine.stoppable() as stop:
        threading.Timer(0.2, stop).start()
        with pytest.raises(Stopped):
            engine.batches(endless(), rows=2048)


def test_what_was_made_before_is_still_released(engine: DuckEngine) -> None:
    with engine.stoppable() as stop:
        tables = [engine.materialise(numbers(3)) for _ in range(20)]
        stop()
        for table in tables:
            engine.release(table)
    with pytest.raises(Exception, match="does not exist"):
        engine.count(table)


def test_a_call_that_comes_too_late_stops_nothing(engine: DuckEngine) -> None:
    with engine.stoppable() as stop:
        pass
    stop()
    assert engine.count(numbers(3)) == 3


def test_every_engine_begins_no_further_query(make) -> None:
    engine: Engine = make()
    try:
        with engine.stoppable() as stop:
            stop()
            with pytest.raises(Stopped):
                engine.count(numbers(3))
        assert engine.count(numbers(3)) == 3
    finally:
        engine.close()
