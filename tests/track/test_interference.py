from __future__ import annotations

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.track.interference import interference_finding, meeting_share


def units(engine: Engine, *pairs: tuple[str, str | None]):
    return engine.from_arrow(
        pa.table({"arm": [a for a, _ in pairs], "household": pa.array([h for _, h in pairs], pa.string())})
    )


def test_those_who_live_with_somebody_of_the_other_arm_are_counted(engine: Engine) -> None:
    table = units(engine, ("treated", "H1"), ("holdout", "H1"), ("treated", "H2"), ("treated", "H2"), ("holdout", None))
    assert meeting_share(engine, table, "household") == pytest.approx(2 / 4)


def test_nobody_with_a_household_is_not_known(engine: Engine) -> None:
    assert meeting_share(engine, units(engine, ("treated", None)), "household") is None


def test_a_shared_household_is_to_be_minded_and_a_shared_rm_a_note() -> None:
    household, rm = interference_finding(0.06, "household"), interference_finding(0.98, "rm")
    assert (household.severity, rm.severity) == ("mind", "note")
    assert "6.0%" in household.text("zh-hans")
    assert "draw RMs" in rm.text("en")
    assert interference_finding(0.05, "household") is None
    assert interference_finding(None, "rm") is None
