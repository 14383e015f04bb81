"""A small synthetic bank in a bank home, loaded through the real load, ready for `run_day`."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from liuke.cli.demo.plan import Plan
from liuke.wiring import House, open_house
from tests.processes import one_process, session_folder
from tests.simulated import loaded_bank

PLAN = Plan(customers=300, end=date(2026, 6, 30), months=7, loop_days=60)


@pytest.fixture(scope="session")
def loaded_home(tmp_path_factory) -> Path:
    """The home as it is the evening before the loop begins; never change it, copy it: all test processes share it."""
    made = session_folder(tmp_path_factory) / "loaded-bank"
    with one_process(made.with_suffix(".lock")):
        if not made.exists():
            loaded_bank(tmp_path_factory.mktemp("bank"), PLAN).home.rename(made)
    return made


@pytest.fixture
def house(loaded_home, tmp_path) -> House:
    copy = tmp_path / "home"
    shutil.copytree(loaded_home, copy)
    return open_house(copy)


@pytest.fixture
def days() -> list[date]:
    """Three days of the loop, a week apart."""
    return [PLAN.loop_start + timedelta(days=7 * n) for n in range(3)]
