"""`liuke gates` over fates that a run left behind."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.errors import YourMistake
from liuke.lake import Lake
from liuke.tables import CANDIDATE_FATE
from tests.act.gates.test_why_not import FATES
from tests.insight import bank as b


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 样例银行, en: Sample Bank}\nlocale: en\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-03-02,1,\n", encoding="utf-8")
    return tmp_path


def said(home: Path, *arguments: str) -> str:
    command = ["gates", *arguments, "--home", str(home)]
    result = CliRunner(env={"COLUMNS": "160"}).invoke(app, command, catch_exceptions=False, standalone_mode=False)
    return result.output


def test_why_and_report_tell_what_the_run_wrote_down(home: Path) -> None:
    with pytest.raises(YourMistake, match="no run has left candidates"):
        said(home, "report")
    Lake(home / "lake").append(CANDIDATE_FATE, pa.Table.from_pylist(FATES, schema=CANDIDATE_FATE.arrow), commit_id="x")
    told = json.loads(said(home, "report", "--json"))
    assert told["as_of"] == b.DAY.isoformat()
    assert [rule["rule"] for rule in told["rules"]] == ["adult", "no_consent", "dispute", "fraud"]
    assert "no consent for the purpose" in said(home, "report")
    mine = json.loads(said(home, "why", "A", "--json"))
    assert [(r["treatment"], r["rule"]) for r in mine] == [
        ("O1", "no_consent"),
        ("O1", "no_consent"),
        ("O2", "dispute"),
    ]
    assert "no consent for the purpose" in said(home, "why", "A")
    [before] = json.loads(said(home, "why", "A", "--as-of", b.ago(1).isoformat(), "--json"))
    assert before["rule"] == "consent_refused"
