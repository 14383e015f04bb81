"""Fixtures every room may use: an engine, an empty lake, the Shanghai zone, the public data."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest

from liuke.engine import DuckEngine, Engine
from liuke.lake import Lake
from tests.processes import one_process, session_folder
from tests.spark import small_spark

REPO = Path(__file__).resolve().parents[1]

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no mistake of ours
hypothesis.settings.load_profile("untimed")


LONGEST = (
    "truth/test_loop_truth.py",
    "daily/test_day_on_spark.py",
    "daily/test_by_value_on_spark.py",
    "engine/",
    "insight/clusters/test_on_spark.py",
    "streaming/test_search_to_desk.py",
    "console/test_campaign_to_effect.py",
    "daily/test_campaigns_killed.py",
    "console/test_browser.py",
    "streaming/test_killed.py",
    "console/test_rule_changes.py",
    "daily/",
    "console/",
    "property/",
    "streaming/",
    "truth/",
    "sending/test_killed.py",
    "collect/",
    "architecture/test_readme.py",
    "state/test_on_postgresql.py",
)
"""Rooms that take longest, begun first: two workers then end together (`make test` keeps this order). What the first
test to come makes for all (banks that have lived) is not what the next room waits for.
"""


ON_SPARK = (
    "daily/test_by_value_on_spark.py",
    "daily/test_day_on_spark.py",
    "engine/",
    "govern/test_pseudonym.py",
    "insight/clusters/test_on_spark.py",
    "insight/value/test_on_spark.py",
)
"""Rooms with tests on Spark. They go to one process: a JVM takes seconds to start and a minute to get fast."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadscope`, by file, with all of Spark as one."""
    if config.getvalue("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class SparkTogether(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            on_spark = nodeid.startswith(tuple(f"tests/{name}" for name in ON_SPARK))
            return "spark" if on_spark else str(super()._split_scope(nodeid))

    return SparkTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest tests first and leaves the others in their order."""
    places = {name: n for n, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        return min((n for name, n in places.items() if f"tests/{name}" in item.nodeid), default=len(places))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Expressions are made of millions of small objects in which the collector finds nothing: with Python's own
    thresholds it takes a seventh of a run.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pytest_unconfigure() -> None:
    """Or DuckDB complains on leaving that its objects were never freed."""
    gc.unfreeze()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """DuckDB, one for a file of tests; with LIUKE_TEST_ENGINE=spark Spark, so that any test can be tried there."""
    on_spark = os.environ.get("LIUKE_TEST_ENGINE") == "spark"
    made = small_spark() if on_spark else DuckEngine(memory_limit_mb=1024, threads=2)
    yield made
    made.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture(scope="session")
def loaded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small bank's home, nothing run there yet; never change it, copy it: all test processes share it."""
    from tests.simulated import (
        SMALL,
        loaded_bank,
    )  # the simulator and the loader: a second that most runs need not wait

    made = session_folder(tmp_path_factory) / "loaded-bank"
    with one_process(made.with_suffix(".lock")):
        if not made.exists():
            loaded_bank(tmp_path_factory.mktemp("bank"), SMALL).home.rename(made)
    return made


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database without the audit triggers: the test runner empties tables between browser tests.

    The triggers themselves are tested on a real bank home (tests/state/test_audit_guard.py).
    """
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        guard = MigrationLoader(connection).get_migration("state", "0002_audit_guard")
        guard.operations[0].reverse_code(None, editor)
