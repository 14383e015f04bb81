"""Every feature of the registry on a simulated bank: DuckDB and Spark agree to nine digits, nulls included.

The nightly size (LIUKE_NIGHTLY=1) runs Spark as a bank would: generated code, all cores, half of the memory.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from liuke.cli.demo.feeds import FEEDS, deliver
from liuke.cli.demo.home import make_demo_home
from liuke.cli.demo.plan import Plan
from liuke.engine import DuckEngine, Engine, open_spark
from liuke.insight.features.build import features_on
from liuke.insight.features.registry import FEATURES
from liuke.sim import found_bank, history
from liuke.wiring import House, open_house
from tests.spark import small_spark

pytestmark = pytest.mark.spark

END = date(2026, 6, 30)
NIGHTLY = os.environ.get("LIUKE_NIGHTLY") == "1"


def bank(folder: Path, customers: int) -> House:
    """A bank home with seven months of history, loaded as banks load."""
    plan = Plan(customers=customers, end=END, months=7, loop_days=60)
    home, files = folder / "home", folder / "files"
    make_demo_home(home, plan)
    history(found_bank(plan.config), END, files)
    house = open_house(home)
    for feed in FEEDS:
        deliver(house, files, feed, day=END, backfill=True)
    shutil.rmtree(files)
    return house


def features(house: House, engine: Engine, *days: date) -> pa.Table:
    moments = [house.as_of(day) for day in days]
    made = features_on(engine, lambda table: house.lake.scan(engine, table), moments, zone=house.zone)
    return engine.batches(made.order_by("as_of", "customer_id")).read_all()


def differences(one: pa.Table, other: pa.Table) -> Iterator[str]:
    """The features that differ by more than 1e-9 of the larger value, each with its first differing row."""
    for name in FEATURES:
        here, there = (table[name].to_numpy(zero_copy_only=False) for table in (one, other))
        differ = ~np.isclose(here, there, rtol=1e-9, atol=1e-12, equal_nan=True)
        differ |= one[name].is_null().to_numpy(zero_copy_only=False) != other[name].is_null().to_numpy(
            zero_copy_only=False
        )
        if differ.any():
            at = int(np.flatnonzero(differ)[0])
            who = one["customer_id"][at].as_py()
            yield f"{name}: {differ.sum()} rows, {who} on {one['as_of'][at]}: {here[at]} and {there[at]}"


def compare(house: House, duck: Engine, spark: Engine, *days: date) -> pa.Table:
    expected, found = features(house, duck, *days), features(house, spark, *days)
    assert found.column_names == expected.column_names == ["as_of", "customer_id", *FEATURES]
    assert found.select(["as_of", "customer_id"]).equals(expected.select(["as_of", "customer_id"]))
    assert not list(differences(expected, found))
    return expected


def test_every_feature_of_the_registry_is_the_same_on_both_engines(tmp_path):
    spark = small_spark()
    duck = DuckEngine(memory_limit_mb=1024, threads=2)
    house = bank(tmp_path, 120)
    expected = compare(house, duck, spark, END - timedelta(days=31), END)
    spark.close()
    duck.close()
    assert expected.num_rows > 200
    speaking = [name for name in FEATURES if len(expected[name].drop_null().unique()) > 1]
    assert len(speaking) > 200, "the bank is too small to tell features apart"


@pytest.mark.skipif(not NIGHTLY, reason="nightly size: set LIUKE_NIGHTLY=1")
def test_twenty_thousand_customers_have_the_same_features_on_both_engines(tmp_path):
    house = bank(tmp_path, 20_000)
    spark = open_spark(master="local[*]", memory_limit_mb=None, spill=None, conf={})
    duck = DuckEngine()
    assert compare(house, duck, spark, END - timedelta(days=31), END).num_rows > 35_000
    spark.close()
    duck.close()
