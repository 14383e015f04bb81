"""The same state tests on PostgreSQL: a throw-away server, or the one LIUKE_TEST_POSTGRES names."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import postgresql

HERE = Path(__file__).resolve().parent
INNER = "LIUKE_INSIDE_POSTGRES_RUN"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as address:
        yield address


@pytest.mark.django_db
@pytest.mark.skipif(INNER not in os.environ, reason="for the inner run: proves where it runs")
def test_the_inner_run_is_on_postgresql() -> None:
    from django.db import connection

    assert connection.vendor == "postgresql"


@pytest.mark.skipif(INNER in os.environ, reason="this is the inner run")
def test_every_state_test_passes_on_postgresql(server: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(HERE), "-p", "no:xdist", "--create-db"],
        cwd=HERE.parents[1],
        env={**os.environ, "LIUKE_STATE_URL": server, INNER: "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "1 skipped" in done.stdout  # this test itself, and no other
