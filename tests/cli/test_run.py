"""`liuke run` as a person types it: what is refused before anything is touched."""

from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner

from liuke.cli import run as _registers  # noqa: F401
from liuke.cli.app import app
from liuke.cli.init import Template, write_home
from liuke.errors import YourMistake
from liuke.wiring import open_house


@pytest.fixture
def home(tmp_path):
    write_home(tmp_path / "home", Template.BANK)
    return tmp_path / "home"


@pytest.mark.parametrize("day", [datetime.now(UTC).date() + timedelta(days=2), date(2099, 1, 1), date.max])
def test_a_day_to_come_is_refused_and_leaves_nothing_behind(home, day):
    result = CliRunner().invoke(app, ["run", "--home", str(home), "--as-of", str(day)])
    assert isinstance(result.exception, YourMistake)
    assert "has not happened yet" in result.exception.what
    assert "liuke run --as-of" in (result.exception.then or "")
    assert not (home / "lake").exists()
    assert not (home / "state.sqlite3").exists()


def test_a_worklist_of_negative_length_is_a_usage_error(home):
    result = CliRunner().invoke(app, ["run", "--home", str(home), "--top", "-3"])
    assert result.exit_code == 2


def test_a_calendar_that_ends_soon_is_said_and_one_that_lasts_is_not(home):
    from liuke.cli.run import CALENDAR_AHEAD, _calendar_ends

    house = open_house(home)
    last = house.calendar.known_until
    assert house.calendar.is_certain(last)
    assert not house.calendar.is_certain(last + CALENDAR_AHEAD)
    assert str(last) in _calendar_ends(house, zh=True)
    assert str(last) in _calendar_ends(house, zh=False)
