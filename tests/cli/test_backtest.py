import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.errors import YourMistake
from liuke.lake import Lake
from tests.insight.bank import ago
from tests.insight.fates import filled, five_fates


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 样例银行, en: Sample Bank}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-03-02,1,\n", encoding="utf-8")
    return tmp_path


def said(home: Path, *arguments: str) -> str:
    command = ["backtest", "--home", str(home), "--horizon", "60", *arguments]
    result = CliRunner(env={"COLUMNS": "140"}).invoke(app, command, catch_exceptions=False, standalone_mode=False)
    return result.output


def test_the_report_is_one_json_object(home: Path) -> None:
    filled(Lake(home / "lake"), five_fates())
    report = json.loads(said(home, "--from", f"{ago(60)}", "--to", f"{ago(0)}", "--every", "30", "--json"))
    assert (report["snapshots"], report["at_risk"], report["lost"], report["base_rate"]) == (1, 4, 2, 0.5)
    balance = next(s for s in report["scores"] if s["group"] == "balance")
    assert balance == {
        "group": "balance", "warned": 2, "lost": 1, "precision": 0.5, "recall": 0.5, "lift": 1.0,
        "median_lead_days": 20.0,
    }  # fmt: skip
    assert report["skipped"] == [[f"{ago(30)}", "immature"], [f"{ago(0)}", "immature"]]


def test_the_table_explains_itself_and_names_days_left_out(home: Path) -> None:
    filled(Lake(home / "lake"), five_fates())
    printed = said(home, "--from", f"{ago(250)}", "--to", f"{ago(60)}", "--every", "190")
    assert "资产持续下降" in printed
    assert "50.0%" in printed
    assert "提升度 = 查准率" in printed
    assert f"{ago(250)}" in printed
    assert f"{ago(180)}" in printed


def test_a_bank_in_english_reads_english(home: Path) -> None:
    (home / "liuke.yaml").write_text("name: {zh: 样例, en: Sample}\nlocale: en\n", encoding="utf-8")
    printed = said(home, "--from", f"{ago(60)}", "--to", f"{ago(60)}")
    assert "Back-test" in printed
    assert "less than 120 days of data before" in printed


def test_dates_the_wrong_way_round_are_a_mistake_of_the_user(home: Path) -> None:
    with pytest.raises(YourMistake, match="is after"):
        said(home, "--from", "2026-02-01", "--to", "2026-01-01")
