"""Runs of different days started at the same time, as real processes."""

import os
import shutil
import subprocess
import sys
from collections import Counter

from liuke.tables import DECISION


def test_two_days_run_at_once_decide_nobody_twice(house, days):
    for folder in ("tags", "segments", "offers", "campaigns"):  # decisions do not look at them
        shutil.rmtree(house.home / folder)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    command = [sys.executable, "-m", "liuke", "run", "--home", str(house.home), "--top", "0", "--as-of"]
    runs = [subprocess.Popen([*command, str(day)], env=clean, stdout=subprocess.DEVNULL) for day in days[:2]]
    assert [run.wait(timeout=900) for run in runs] == [0, 0]
    with house.engine() as engine:
        decided = engine.arrow(house.lake.scan(engine, DECISION).select("customer_id"))["customer_id"].to_pylist()
    assert decided
    assert max(Counter(decided).values()) == 1
