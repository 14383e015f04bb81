"""`liuke campaigns` from a draft to the first day's entries."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liuke.act.loop_policy import read_loop_policy
from liuke.cli import campaigns as command
from liuke.cli import log_in
from liuke.cli.app import app
from liuke.daily.campaigning import run_campaigns
from liuke.daily.organisation import mirror_organisation
from liuke.daily.warning import warn_day
from liuke.errors import YourMistake
from liuke.insight.known import bank_tables
from liuke.state.models import Branch, User
from liuke.wiring import House, open_house
from tests.act.campaigns.reading import MARKETING, written
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db
CALL = {"channel": "phone", "message_class": "service", "wording": {"zh": "问好", "en": "Hello"}}


@pytest.fixture
def house(loaded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for module in (command, log_in):
        monkeypatch.setattr(module, "start_state", lambda _home: None)  # the test's database is the state
    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    (home / "campaigns").mkdir(exist_ok=True)
    (home / "campaigns" / "hello.yaml").write_text(written(arms={"call": CALL}, rate={"per_day": 8}), encoding="utf-8")
    return open_house(home)


def said(house: House, *arguments: str) -> Any:
    told = (
        CliRunner()
        .invoke(
            app, ["campaigns", *arguments, "--home", str(house.home)], catch_exceptions=False, standalone_mode=False
        )
        .stdout
    )
    return json.loads(told) if "--json" in arguments else told


def test_a_campaign_goes_from_draft_to_entries_by_two_people(house: House) -> None:
    with house.engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(SMALL.end), house.zone)
        mirror_organisation(house.lake, engine, tables.as_of)
        people = warn_day(house, engine, tables).snapshot
        head = Branch.objects.get(level="head").branch_id
        for name, role in (("ann", "analyst"), ("bob", "compliance")):
            User.objects.create(username=name, role=role, branch_id=head)
        seen = said(house, "preview", "hello", "--json")
        assert (
            0 < seen["messages"] + seen["held_out"] == seen["candidates"] - sum(g["candidates"] for g in seen["gates"])
        )
        assert seen["working_days"] == -(-seen["messages"] // 8)
        assert "hello · proposed" in said(house, "propose", "hello", "--as", "ann", "--reason", "say hello")
        with pytest.raises(YourMistake, match="does not include"):
            said(house, "approve", "hello", "--as", "ann")
        assert "hello · approved" in said(house, "approve", "hello", "--as", "bob")
        run_campaigns(house, engine, tables, people, None, read_loop_policy(house.policy("loop")))
    mine = {row["campaign"]: row for row in said(house, "list", "--json")}["hello"]
    assert (mine["stage"], mine["entered"] - mine["held_out"]) == ("running", 8)
    assert "hello · paused" in said(house, "pause", "hello", "--as", "bob", "--reason", "too many calls")
    assert "hello · running" in said(house, "resume", "hello", "--as", "ann")
    assert said(house, "report", "hello", "--json")["treated"]["decided"] == 8
    with pytest.raises(YourMistake, match="did you mean 'hello'"):
        said(house, "pause", "helo", "--as", "bob", "--reason", "too many calls")


def test_check_names_file_line_and_key_of_what_is_refused(house: House) -> None:
    assert " · 0" in said(house, "check")
    bad = written(arms={"one": MARKETING | {"wording": {"zh": "稳赚", "en": "Hello"}}})
    (house.home / "campaigns" / "loud.yaml").write_text(bad, encoding="utf-8")
    [found] = said(house, "check", "--json")
    assert (found["campaign"], found["key"]) == ("loud", "arms.one.wording.zh")


def test_check_goes_on_past_a_file_that_cannot_be_read_and_says_what_to_do(house: House) -> None:
    (house.home / "campaigns" / "torn.yaml").write_text(written(holdout_share=None), encoding="utf-8")
    told = CliRunner().invoke(app, ["campaigns", "check", "--home", str(house.home)])
    assert told.exit_code == 2
    assert "campaigns/torn.yaml:" in told.stdout
    assert "mend the file" in told.stdout
    assert " · 1" in told.stdout
    assert {row["campaign"] for row in said(house, "list", "--json")} >= {"hello"}
    with pytest.raises(YourMistake, match="holdout_share"):
        said(house, "preview", "torn")
