"""Times as clients claim them."""

from zoneinfo import ZoneInfo

import pytest

from liuke.collect.tracking.moments import read_moment


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", 253_402_300_798_000])
def test_a_time_that_some_zone_cannot_hold_is_none(far):
    assert read_moment(far, ZoneInfo("Asia/Shanghai")) is None
