"""One bank for all tests of the stream: a daily run is half of what each of them would take."""

from pathlib import Path

import pytest

from tests.processes import one_process, session_folder
from tests.streaming.living_bank import make_home


@pytest.fixture(scope="session")
def living_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make_home` makes; never change it, copy it: all test processes share it."""
    made = session_folder(tmp_path_factory) / "living-bank"
    with one_process(made.with_suffix(".lock")):
        if not made.exists():
            make_home(tmp_path_factory.mktemp("living") / "home").rename(made)
    return made
