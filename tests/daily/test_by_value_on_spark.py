"""A day decided by expected incremental value is the same on both engines, care calls alone and with offers: at night.

The decision itself is held against both engines in every run, in engine/test_arbitration_on_both.py.
"""

from dataclasses import replace

import pytest

from liuke.tables import CANDIDATE_FATE, DECISION
from tests.alike import differences
from tests.daily.by_value import by_value
from tests.daily.left_behind import same
from tests.daily.test_day_on_spark import run_on
from tests.night import nightly
from tests.simulated import SMALL
from tests.spark import small_spark_in

pytestmark = [pytest.mark.django_db, pytest.mark.spark, nightly]


@pytest.mark.parametrize("loop_only", [True, False], ids=["calls", "calls and offers"])
def test_a_day_decided_by_value_is_the_same_on_both_engines(house, tmp_path, loop_only):
    by_value(house)
    small_spark_in(house.home)
    duck, spark = (run_on(kind, house, SMALL.end, tmp_path / kind, loop_only=loop_only) for kind in ("duckdb", "spark"))
    made = duck.lake[DECISION.name].to_pylist()
    treatments = {row["treatment"] for row in made if row["arm"] == "treated"}
    assert treatments == {"rm_care"} if loop_only else treatments > {"rm_care"}
    assert {row["arm"] for row in made} == {"treated", "holdout"}
    assert replace(spark.report, seconds=0) == replace(duck.report, seconds=0)
    for table in (DECISION, CANDIDATE_FATE):
        assert not list(differences(duck.lake[table.name], spark.lake[table.name], table.key)), table.name
    assert same(duck.desks, spark.desks)
