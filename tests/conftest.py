"""Fixtures every room may use: an engine, an empty lake, the Shanghai zone, the public data."""

import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from liuke.engine import DuckEngine, Engine
from liuke.lake import Lake

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = DuckEngine(memory_limit_mb=1024, threads=2)
    yield made
    made.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def zone() -> ZoneInfo:
    return ZoneInfo("Asia/Shanghai")


@pytest.fixture
def public_data() -> Path:
    """The folder of real public data; the test skips when it is not there."""
    folder = Path(os.environ.get("LIUKE_DATA") or REPO.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("public data absent: set LIUKE_DATA to a folder with berka/, hillstrom/ …")
    return folder
