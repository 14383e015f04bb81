"""A small synthetic bank in a bank home, loaded through the real load, ready for `run_day`."""

import shutil
from datetime import date, timedelta

import pytest

from liuke.wiring import House, open_house
from tests.simulated import SMALL


@pytest.fixture
def house(loaded_home, tmp_path) -> House:
    copy = tmp_path / "home"
    shutil.copytree(loaded_home, copy)
    return open_house(copy)


@pytest.fixture(scope="session")
def days() -> list[date]:
    """Three days of the loop, a week apart."""
    return [SMALL.loop_start + timedelta(days=7 * n) for n in range(3)]
