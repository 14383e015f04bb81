from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from liuke.sim import SimConfig, found_bank, history

END = date(2026, 6, 30)


@pytest.fixture(scope="session")
def told(tmp_path_factory):
    """A small bank's whole history: config, bank, folder, result, and a reader of its tables."""
    folder = tmp_path_factory.mktemp("sim") / "data"
    config = SimConfig(1_200, END, months=9, seed=5)
    bank = found_bank(config)
    past = history(bank, END, folder)
    read = lambda name: pq.read_table(folder / name)  # noqa: E731
    return SimpleNamespace(config=config, bank=bank, folder=folder, past=past, read=read)


@pytest.fixture(scope="session")
def loop_start():
    """The world of a bank two and a half months before its story's end, with plenty of episodes under way."""
    config = SimConfig(2_500, END, months=7, seed=9)
    return history(found_bank(config), END - timedelta(days=75), None).world
