"""One engine for all tests of campaigns: each brings its own tables."""

from collections.abc import Iterator

import pytest

from liuke.engine import DuckEngine, Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = DuckEngine(memory_limit_mb=512, threads=1)
    yield made
    made.close()
