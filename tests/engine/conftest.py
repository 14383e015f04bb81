"""The engines under test. A new engine joins every test of this folder by a line in ENGINES."""

from collections.abc import Callable, Iterator
from contextlib import closing

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import given, settings

from liuke.engine import DuckEngine, Engine
from tests.night import times
from tests.spark import small_spark

Make = Callable[[], Engine]
ENGINES: dict[str, Make] = {"duck": lambda: DuckEngine(memory_limit_mb=512, threads=2), "spark": small_spark}
_MARKED = [pytest.param(make, id=name, marks=[pytest.mark.spark] * (name == "spark")) for name, make in ENGINES.items()]


@pytest.fixture(params=_MARKED)
def make(request: pytest.FixtureRequest) -> Make:
    """Opens the engine; whoever calls it closes what it gave."""
    return request.param


@pytest.fixture
def engine(make: Make) -> Iterator[Engine]:
    made = make()
    yield made
    made.close()


@pytest.fixture
def both() -> Iterator[tuple[Engine, Engine]]:
    """The embedded engine and Spark, to be asked the same."""
    with closing(DuckEngine(memory_limit_mb=512, threads=1)) as duck, closing(small_spark()) as spark:
        yield duck, spark


@pytest.fixture
def examples(request: pytest.FixtureRequest, engine: Engine) -> Callable[..., Callable[..., Callable[[], None]]]:
    """`@examples(strategy)` runs a check on drawn values: few on Spark, where a query takes a third of a second."""
    slow = "spark" in request.node.callspec.id
    few = settings(
        max_examples=times(3, 12) if slow else times(15, 150), deadline=None, derandomize=slow, database=None
    )
    return lambda *drawn: lambda check: few(given(*drawn)(check))


def numbers(count: int) -> ir.Table:
    """Whole numbers from 0 in a column x, from no table at all."""
    return ibis.range(0, count).unnest().name("x").as_table()
