from collections.abc import Iterator

import pytest

from liuke.engine import DuckEngine, Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    yield engine
    engine.close()
