"""Real processes: killed in the middle, and several at once."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.collect.conftest import HEADER, NOW, TRANSACTION_COLUMNS
from tests.night import times

LOADER = Path(__file__).with_name("loader_process.py")
ROWS = 30_000
BAD_EVERY = 10
ATTEMPTS = times(2, 6)
"""Each is a load killed and a load made."""


@pytest.fixture
def delivery(filled):
    lines = (f"T{i},A1,2026-03-01,{'x' if i % BAD_EVERY == 0 else i},收\n" for i in range(ROWS))
    filled.write("t.csv", HEADER + "".join(lines))
    entry = {"table": "transaction", "path": "t.csv", "columns": TRANSACTION_COLUMNS}
    filled.write("source.yaml", yaml.safe_dump({"name": "daily", "files": [entry]}, allow_unicode=True))
    return filled


def start(desk, batch="", now=NOW):
    command = [sys.executable, str(LOADER), str(desk.folder), str(desk.lake.root), now.isoformat(), batch]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_start(process):
    assert process.stdout.readline() == "started\n"


def counts(desk):
    return (
        len(desk.rows("transaction")),
        len(desk.rows("quarantine")),
        sum(r["source"] == "daily" for r in desk.rows("load_log")),
    )


WHOLE = (ROWS - ROWS // BAD_EVERY, ROWS // BAD_EVERY, 1)


def test_killed_at_any_moment_a_load_is_invisible_or_whole_and_running_it_again_completes_it(delivery):
    rng = random.Random(20261122)
    first = start(delivery, "measured")
    wait_for_start(first)
    started = time.perf_counter()
    first.communicate(timeout=600)
    length = time.perf_counter() - started
    base = counts(delivery)
    assert base == WHOLE
    killed = 0
    for attempt in range(ATTEMPTS):
        process = start(delivery, f"batch{attempt}")
        wait_for_start(process)
        time.sleep(rng.uniform(0.05, 1.1 if attempt else 0.5) * length)  # the first surely before it has ended
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        transactions, quarantined, logged = counts(delivery)
        # Every row repeats the measured batch: all are duplicates, only quarantine and log grow, each whole or not.
        assert transactions == WHOLE[0]
        assert quarantined % WHOLE[1] == 0
        assert logged <= quarantined // WHOLE[1]
        again = start(delivery, f"batch{attempt}")
        _, errors = again.communicate(timeout=600)
        assert again.returncode == 0, errors
        assert counts(delivery) == (WHOLE[0], WHOLE[1] * (attempt + 2), attempt + 2)
    assert killed >= 1


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_first_load_that_is_killed_shows_all_rows_or_none_and_doubles_nothing(delivery, share):
    warm = start(delivery)
    wait_for_start(warm)
    time.sleep(share)
    os.kill(warm.pid, signal.SIGKILL)
    warm.communicate()
    assert counts(delivery)[0] in (0, WHOLE[0])
    assert counts(delivery)[1] in (0, WHOLE[1])
    again = start(delivery)
    _, errors = again.communicate(timeout=600)
    assert again.returncode == 0, errors
    assert counts(delivery) == WHOLE


def test_the_working_folder_of_a_killed_load_is_cleaned_by_a_later_one(delivery):
    process = start(delivery)
    wait_for_start(process)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    staging = delivery.lake.root / "_staging"
    for folder in (p for p in staging.iterdir() if p.is_dir()):
        os.utime(folder, (0, 0))
    assert start(delivery).communicate(timeout=600)[1] == ""
    assert [p for p in staging.iterdir() if p.is_dir()] == []


def test_two_processes_loading_the_same_batch_at_once_load_it_once(delivery):
    both = [start(delivery), start(delivery)]
    for process in both:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert counts(delivery) == WHOLE


def test_two_processes_loading_the_same_rows_as_different_batches_load_each_row_once(delivery):
    both = [start(delivery, "one"), start(delivery, "two")]
    for process in both:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    transactions, quarantined, logged = counts(delivery)
    assert (transactions, quarantined, logged) == (WHOLE[0], 2 * WHOLE[1], 2)
