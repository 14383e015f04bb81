from collections.abc import Iterator
from pathlib import Path

import pytest

from liuke.collect.tracking.log import IntakeLog
from liuke.engine import Engine
from liuke.lake import Lake
from tests.streaming.core.nights import Nights


@pytest.fixture
def nights(tmp_path: Path, engine: Engine) -> Iterator[Nights]:
    log = IntakeLog(tmp_path / "intake")
    yield Nights(tmp_path, Lake(tmp_path / "lake"), engine, log)
    log.close()
