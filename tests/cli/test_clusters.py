"""`liuke clusters` in a bank home whose last run is written straight to the lake."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.insight.features.store import store_features
from liuke.lake import Lake
from liuke.tables import CUSTOMER_CLUSTER, CUSTOMER_SNAPSHOT, CUSTOMER_VALUE
from tests.insight.clusters.test_model import DAY, THREE, bank
from tests.insight.segments.test_made import made_rows


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 样例银行, en: Sample Bank}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-03-02,1,\n", encoding="utf-8")
    return tmp_path


def ran(home: Path) -> None:
    """What a run of the day leaves."""
    lake, engine = Lake(home / "lake"), DuckEngine(memory_limit_mb=512, threads=1)
    data = bank(THREE)
    people: dict[str, dict[str, object]] = {who: {} for who in data["customer_id"].to_pylist()}
    store_features(lake, engine, engine.from_arrow(data.drop_columns(["age"])))
    lake.replace(CUSTOMER_SNAPSHOT, made_rows(CUSTOMER_SNAPSHOT, DAY, **people))
    lake.replace(CUSTOMER_VALUE, made_rows(CUSTOMER_VALUE, DAY, **people))
    engine.close()


def said(home: Path, *arguments: str) -> str:
    command = ["clusters", *arguments, "--home", str(home)]
    result = CliRunner(env={"COLUMNS": "160"}).invoke(app, command, catch_exceptions=False, standalone_mode=False)
    return result.output


def test_fitting_keeps_the_model_assigns_everybody_and_says_what_was_found(home: Path) -> None:
    ran(home)
    found = json.loads(said(home, "fit", "--json"))
    assert [c["size"]["customers"] for c in found["clusters"]] == [400, 250, 150]
    assert (found["as_of"], found["refit"]) == (str(DAY), False)
    assert found["clusters"][2]["differences"][0]["feature"] == "aum_mean_90"
    engine = DuckEngine(memory_limit_mb=512, threads=1)
    assert engine.count(Lake(home / "lake").scan(engine, CUSTOMER_CLUSTER)) == 800
    engine.close()
    again = json.loads(said(home, "fit", "--json"))
    assert again == found
    [entry] = json.loads(said(home, "list", "--json"))["models"]
    assert (entry["version"], entry["state"], len(entry["names"])) == (found["version"], "active", 3)
    shown = said(home, "show")
    assert "高余额" in shown
    assert "400 户 50.0%" in shown
    assert json.loads(said(home, "show", found["version"], "--json")) == found


def test_an_older_model_can_be_taken_up_again(home: Path) -> None:
    ran(home)
    first = json.loads(said(home, "fit", "--json"))["version"]
    second = json.loads(said(home, "fit", "--json", "--features", "aum_mean_90,own_count_90"))["version"]
    said(home, "use", first)
    states = {e["version"]: e["state"] for e in json.loads(said(home, "list", "--json"))["models"]}
    assert states == {first: "active", second: "retired"}


def test_a_home_without_a_run_or_clusters_is_told_what_to_do(home: Path) -> None:
    assert "liuke clusters fit" in said(home, "list")
    with pytest.raises(YourMistake, match="there are no clusters yet"):
        said(home, "show")
    with pytest.raises(YourMistake, match="no whole day has been run"):
        said(home, "fit")
    assert not (home / "clusters").exists()


def test_protected_and_unknown_features_are_refused(home: Path) -> None:
    ran(home)
    for names in ("age,aum_mean_90", "aum_mean_91,own_count_90"):
        with pytest.raises(YourMistake, match="clusters cannot be made of"):
            said(home, "fit", "--features", names)
    assert not (home / "clusters").exists()
