"""What the embedded engine promises beside what every engine must do (test_engines.py)."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liuke.engine import DuckEngine, Engine
from liuke.errors import TryAgain
from tests.engine.conftest import numbers


@pytest.fixture
def duck() -> Iterator[DuckEngine]:
    made = DuckEngine(memory_limit_mb=512, threads=2)
    yield made
    made.close()


def rows(engine: Engine, expr: ir.Table) -> list[dict[str, object]]:
    return engine.arrow(expr).to_pylist()


@pytest.mark.parametrize("run", ["arrow", "materialise", "batches"])
def test_a_query_beyond_memory_and_spill_says_what_to_change(run):
    small = DuckEngine(memory_limit_mb=24, threads=1)
    table = numbers(6_000_000)
    hungry = table.group_by(k=table.x % 2).aggregate(all=table.x.collect())  # lists cannot spill
    with pytest.raises(TryAgain, match="did not fit in the engine's memory") as caught:
        getattr(small, run)(hungry)
    assert "engine.memory_limit_mb" in caught.value.render()
    small.close()


def test_a_sort_larger_than_memory_spills_and_ends_well(tmp_path):
    small = DuckEngine(memory_limit_mb=48, threads=1, spill=tmp_path / "spill")
    kept = small.materialise(numbers(6_000_000))
    first = small.batches(kept.order_by(ibis.desc("x")), rows=1000).read_next_batch()
    assert first.column(0)[0].as_py() == 5_999_999
    assert list((tmp_path / "spill").iterdir()) != []
    small.close()


def test_no_extension_is_ever_downloaded_or_loaded(duck):
    for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
        [value] = rows(
            duck, duck.with_sql(duck.from_arrow(pa.table({"a": [1]})), {"v": f"current_setting('{setting}')"})
        )
        assert value["v"] is False
    with pytest.raises(Exception, match="requires the extension httpfs"):
        duck.from_parquet("https://bank.invalid/a.parquet")


def test_closing_removes_the_engines_own_spill_directory():
    made = DuckEngine(memory_limit_mb=256)
    folder = Path(made._own_spill.name)
    assert folder.is_dir()
    made.close()
    assert not folder.exists()


def test_two_engines_in_two_threads_do_not_meet():
    counts: dict[int, int] = {}

    def work(n: int) -> None:
        made = DuckEngine(memory_limit_mb=256, threads=1)
        table = made.materialise(numbers(n))
        counts[n] = made.arrow(table).num_rows
        made.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == {1000: 1000, 2000: 2000}


def test_files_scanned_again_are_the_same_view(duck, tmp_path):
    rows = pa.table({"a": [1, 2]})
    pq.write_table(rows, tmp_path / "a.parquet")
    pq.write_table(rows, tmp_path / "b.parquet")
    both = [str(tmp_path / name) for name in ("a.parquet", "b.parquet")]
    first = duck.scan(both, rows.schema)
    assert duck.scan(list(both), rows.schema).get_name() == first.get_name()
    other = duck.scan(both[:1], rows.schema)
    assert other.get_name() != first.get_name()
    assert (duck.count(first), duck.count(other)) == (4, 2)


@pytest.mark.parametrize(
    "moment", ["1969-12-31T23:59:59.999999+00:00", "2026-07-01T09:00:00+08:00", "2262-01-01T00:00:00.000001+00:00"]
)
def test_moments_are_written_as_numbers_and_are_the_same_moments(duck, moment):
    when = datetime.fromisoformat(moment)
    [row] = rows(duck, duck.from_arrow(pa.table({"a": [1]})).select(at=ibis.literal(when, type="timestamp('UTC', 6)")))
    assert row["at"] == when
