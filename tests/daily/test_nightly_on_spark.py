"""Twenty thousand customers on Spark as a bank would run it: generated code, all cores, a process per command."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from liuke.cli.demo.plan import Plan
from liuke.insight.churn.registry import activate, models
from liuke.wiring import House, open_house
from tests.alike import differences
from tests.daily.left_behind import COMPARED, in_the_lake, same
from tests.night import nightly
from tests.simulated import loaded_bank

pytestmark = [pytest.mark.spark, nightly]
PLAN = Plan(customers=20_000, end=date(2026, 6, 30), months=14)
BEFORE = PLAN.end - timedelta(days=91)
"""The day from which the model scores: a day more than its horizon before the last, so that scores have matured."""
MODEST = "engine: {memory_limit_mb: 4096}\n"
FEW = "training: {snapshots: 6, sample_rows: 20000}\n"
"""Of what is learned from two in three are left out, by pseudonym: the learner, the same on both engines, is not to
take most of the time.
"""


def liuke(house: House, *arguments: object) -> dict[str, object]:
    """What the command prints with --json, in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}
    command = [sys.executable, "-m", "liuke", *map(str, arguments), "--home", str(house.home), "--json"]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def at_work(folder: Path) -> House:
    """A bank whose model has scored for three months."""
    house = loaded_bank(folder, PLAN)
    with (house.home / "liuke.yaml").open("a", encoding="utf-8") as settings:
        settings.write(MODEST)
    (house.home / "policies" / "churn.yaml").write_text(FEW, encoding="utf-8")
    liuke(house, "train", "--until", BEFORE - timedelta(days=1))
    [entry] = models(house.models)
    activate(house.models, entry.label, now=house.as_of(BEFORE).known_by)
    liuke(house, "run", "--as-of", BEFORE)
    return house


def orders(house: House) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.home / "state.sqlite3")) as state:
        kept = "order_id, customer_id, staff_id, due_at, state, priority, aum, score, tier, reasons"
        return state.execute(f"SELECT {kept} FROM state_workorder ORDER BY order_id").fetchall()


def model_files(house: House, version: object) -> dict[str, bytes]:
    folder = house.models / "attrition" / str(version)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def unlike(duck: House, spark: House) -> Iterator[str]:
    here, there = in_the_lake(duck), in_the_lake(spark)
    for table in COMPARED:
        yield from (f"{table.name}.{said}" for said in differences(here[table.name], there[table.name], table.key))


def test_twenty_thousand_customers_learn_and_live_a_day_alike_on_both_engines(tmp_path):
    first = at_work(tmp_path)
    houses, said = {}, {}
    for kind in ("duckdb", "spark"):
        shutil.copytree(first.home, tmp_path / kind)
        houses[kind] = house = open_house(tmp_path / kind)
        day = liuke(house, "run", "--as-of", PLAN.end, "--engine", kind, "--top", 1000)
        day.pop("seconds")
        effect = liuke(house, "effect", "--engine", kind)
        learned = liuke(house, "train", "--engine", kind)
        learned.pop("folder")
        said[kind] = {"day": day, "effect": effect, "learned": learned}
    duck, spark = houses["duckdb"], houses["spark"]
    assert said["duckdb"]["day"]["customers"] > 18_000
    assert said["duckdb"]["day"]["outcomes_measured"] > 0
    assert same(said["duckdb"], said["spark"])
    assert not list(unlike(duck, spark))
    assert orders(duck) == orders(spark) != []
    version = said["duckdb"]["learned"]["version"]
    assert model_files(duck, version) == model_files(spark, version)
