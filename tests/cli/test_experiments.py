"""`liuke experiments` from a file to a verdict by two people."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liuke.cli import experiments as command
from liuke.cli import log_in
from liuke.cli.app import app
from liuke.daily import run_day
from liuke.errors import YourMistake
from liuke.state.models import Branch, User
from liuke.wiring import House, open_house
from tests.simulated import SMALL
from tests.track.experiments.writing import written

pytestmark = pytest.mark.django_db
METRICS = {"primary": ["retained_30"], "guardrails": {"complaint_free_90": {"harm": 0.01}}, "money": "aum_kept_90"}


@pytest.fixture
def house(loaded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for module in (command, log_in):
        monkeypatch.setattr(module, "start_state", lambda _home: None)  # the test's database is the state
    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    shutil.rmtree(home / "experiments", ignore_errors=True)
    (home / "experiments").mkdir()
    (home / "experiments" / "trial.yaml").write_text(written(metrics=METRICS), encoding="utf-8")
    return open_house(home)


def said(house: House, *arguments: str) -> Any:
    asked = ["experiments", *arguments, "--home", str(house.home)]
    told = CliRunner().invoke(app, asked, catch_exceptions=False, standalone_mode=False).stdout
    return json.loads(told) if "--json" in arguments else told


def test_an_experiment_goes_from_its_file_to_a_reading_by_two_people(house: House) -> None:
    day = SMALL.loop_start
    run_day(house, day, loop_only=True)
    head = Branch.objects.get(level="head").branch_id
    for name, role in (("ann", "analyst"), ("bob", "compliance")):
        User.objects.create(username=name, role=role, branch_id=head)
    planned = said(house, "plan", "trial", "--json")
    assert planned["always_valid"]["units"] > planned["fixed"]["units"]
    assert "随时有效" in said(house, "plan", "trial")
    assert "proposed" in said(house, "propose", "trial", "--as", "ann", "--reason", "we want to know")
    assert "refused" in said(house, "refuse", "trial", "--as", "bob", "--reason", "say more")
    assert "proposed" in said(house, "propose", "trial", "--as", "ann", "--reason", "we really want to know")
    assert "approved" in said(house, "approve", "trial", "--as", "bob")
    assert "running" in said(house, "start", "trial", "--as", "ann")
    stages = {row["experiment"]: row["stage"] for row in said(house, "list", "--json")}
    assert stages["trial"] == "running"
    assert "draw_rm_care" not in stages
    assert "trial" in said(house, "list")
    run_day(house, SMALL.end, loop_only=True, experiments=True)
    found = said(house, "read", "trial", "--json")
    assert found["as_of"] == str(SMALL.end)
    assert found["verdict"] in ("works", "harms", "no_effect", "unknown", "untrusted")
    assert found["sentences"]
    assert {m["metric"] for m in found["metrics"]} <= {"retained_30", "complaint_free_90", "aum_kept"}
    assert "试" in said(house, "read", "trial")
    assert isinstance(said(house, "leaks", "trial", "--json"), list)
    assert "客户" in said(house, "leaks", "trial", "--by", "channel")
    assert "stopped" in said(house, "stop", "trial", "--as", "bob", "--reason", "the channel is closed")
    with pytest.raises(YourMistake, match="is frozen"):
        said(house, "propose", "trial", "--as", "ann", "--reason", "once more")


def test_a_wrong_file_is_told_where_the_others_are_listed(house: House) -> None:
    run_day(house, SMALL.loop_start, loop_only=True)
    (house.home / "experiments" / "odd.yaml").write_text(written(mdee=3), encoding="utf-8")
    rows = {row["experiment"]: row for row in said(house, "list", "--json")}
    assert "did you mean 'mde'" in rows["odd"]["mistake"]
    assert rows["trial"]["stage"] == "draft"
    assert rows["draw_rm_care"]["stage"] == "unregistered"
    found = said(house, "read", "draw_rm_care", "--json")
    assert found["registered"] is False
