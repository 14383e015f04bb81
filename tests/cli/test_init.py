"""`liuke init` and `liuke schema`: what a new bank home holds, and when it is refused."""

import csv
import json
from datetime import date

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.init import Template, chinese_days, write_home
from liuke.cli.schema import SCHEMAS, schema_of
from liuke.errors import YourMistake
from liuke.wiring import open_house


@pytest.mark.parametrize("template", list(Template))
def test_a_new_home_opens(tmp_path, template):
    write_home(tmp_path / "home", template)
    house = open_house(tmp_path / "home")
    assert house.settings.name.zh
    assert (tmp_path / "home" / "README.md").is_file()
    policies = {p.name for p in (tmp_path / "home" / "policies").iterdir()}
    assert {"churn.yaml", "loop.yaml", "outcome.yaml", "warning.yaml"} <= policies


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(YourMistake, match="not empty"):
        write_home(tmp_path, Template.BANK)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_chinese_calendar_knows_holidays_and_make_up_workdays():
    days = {day: (works, note) for day, works, note in chinese_days()}
    assert days[date(2026, 2, 17)] == (False, "春节")
    assert days[date(2026, 2, 14)] == (True, "调休上班(春节)")
    assert days[date(2026, 3, 7)] == (False, "")
    assert sum(works for day, (works, _) in days.items() if day.year == 2026) == 248
    assert min(days) == date(2018, 1, 1)


def test_the_berka_calendar_is_monday_to_friday(tmp_path):
    write_home(tmp_path / "home", Template.BERKA)
    with (tmp_path / "home" / "calendar.csv").open(encoding="utf-8") as handle:
        rows = {row["date"]: row["workday"] for row in csv.DictReader(handle)}
    assert (rows["1994-03-31"], rows["1994-04-02"], len(rows)) == ("1", "0", 2556)


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_every_yaml_model_has_a_schema(name):
    result = CliRunner().invoke(app, ["schema", name])
    assert json.loads(result.output)["type"] == "object"


def test_an_unknown_schema_is_told_with_the_nearest_name():
    with pytest.raises(YourMistake, match="did you mean 'Source'"):
        schema_of("Sorce")


def test_keys_and_data_of_a_home_stay_out_of_version_control(tmp_path):
    write_home(tmp_path / "bank", Template.BANK)
    kept_out = (tmp_path / "bank" / ".gitignore").read_text(encoding="utf-8").split()
    assert {"secret_key", "pseudonym_key", "lake/", "models/", "clusters/"} <= set(kept_out)
