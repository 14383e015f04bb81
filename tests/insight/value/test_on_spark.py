"""The day's customer value is the same on both engines."""

import pytest

from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.insight.features.build import features_on
from liuke.insight.known import tables_as_of
from liuke.insight.value.day import value_day
from tests.insight.bank import DAY, ZONE, sorted_rows, source
from tests.insight.value.test_day import POLICIES, bank
from tests.night import nightly
from tests.spark import small_spark


def day_of(engine, features):
    """From the same features, so that only value is compared."""
    rows = source(engine, bank())
    return value_day(engine, tables_as_of(rows, AsOf.end_of(DAY, ZONE), ZONE), engine.from_arrow(features), POLICIES)


@pytest.mark.spark
@nightly
def test_every_column_of_every_customer_is_equal():
    duck, spark = DuckEngine(memory_limit_mb=512, threads=2), small_spark()
    try:
        made = features_on(duck, source(duck, bank()), [AsOf.end_of(DAY, ZONE)], zone=ZONE, names=POLICIES.features)
        features = duck.arrow(made)
        expected, found = (sorted_rows(e, day_of(e, features)) for e in (duck, spark))
        assert len(found) == len(expected) == 3
        for theirs, ours in zip(found, expected, strict=True):
            assert theirs == {k: pytest.approx(v, rel=1e-9) if isinstance(v, float) else v for k, v in ours.items()}
    finally:
        spark.close()
        duck.close()
