import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import liuke.cli  # noqa: F401 - registers the commands
from liuke.cli.app import app
from liuke.errors import YourMistake
from liuke.insight.churn.learning.artefact import load
from liuke.stats.ranking import auc


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("table") / "customers.csv"
    balance, age = rng.lognormal(8, 1, 600).round(2), rng.integers(18, 80, 600)
    left = rng.random(600) < 1 / (1 + np.exp(2 * (np.log(balance) - 7)))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["customer_id", "balance", "age", "left"])
        writer.writerows([f"C{k}", b, a, int(y)] for k, (b, a, y) in enumerate(zip(balance, age, left, strict=True)))
    return path


def said(*arguments: str) -> str:
    quick = ["--folds", "2", "--repeats", "1"]
    runner = CliRunner(env={"COLUMNS": "140"})
    return runner.invoke(app, ["train", *arguments, *quick], catch_exceptions=False, standalone_mode=False).output


def test_a_flat_table_gives_figures_a_model_and_its_card(table, tmp_path):
    out = tmp_path / "model"
    report = json.loads(said("--table", str(table), "--label", "left", "--out", str(out), "--json").splitlines()[-1])
    assert report["auc"] > 0.75
    assert report["baselines"]["logistic regression"]["auc"] > 0.7
    assert {(f["kind"], f["column"]) for f in report["findings"]} == {
        ("identifier", "customer_id"),
        ("protected", "age"),
    }
    found = load(out, report["fingerprint"])
    assert found.model.names == ("balance", "age")
    rows = np.array([[400.0, 40.0], [40_000.0, 40.0]])
    assert auc([1, 0], found.model.predict(rows)) == 1
    assert "公平性：age" in (out / "card.html").read_text(encoding="utf-8")


def test_the_screen_shows_the_model_beside_its_baselines(table, tmp_path):
    shown = said("--table", str(table), "--label", "left", "--out", str(tmp_path / "model"))
    for word in ("本模型", "逻辑回归", "balance", "card.html", "--protect"):
        assert word in shown


def test_a_folder_that_is_taken_stops_before_training(table, tmp_path):
    with pytest.raises(YourMistake, match="already"):
        said("--table", str(table), "--label", "left", "--out", str(tmp_path))


def test_a_mistake_leaves_nothing_behind(table, tmp_path):
    with pytest.raises(YourMistake, match="no column 'lift'"):
        said("--table", str(table), "--label", "lift", "--out", str(tmp_path / "model"))
    assert list(tmp_path.iterdir()) == []


def test_a_table_needs_a_label(table):
    with pytest.raises(YourMistake, match="which column says who left"):
        said("--table", str(table))


def test_options_of_a_table_mean_nothing_without_one():
    with pytest.raises(YourMistake, match="--exclude belongs to --table"):
        said("--exclude", "age")
