import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import liuke.cli.uplift  # noqa: F401 - registers the command
from liuke.cli.app import app
from liuke.errors import YourMistake


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("trial") / "calls.csv"
    n = 1200
    age, visits = rng.integers(20, 70, n), rng.poisson(4, n)
    called = rng.random(n) < 0.5
    kept = rng.random(n) < 0.4 + called * np.where(visits < 4, 0.3, -0.05)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["customer_no", "age", "visits", "called", "kept"])
        people = zip(age, visits, called, kept, strict=True)
        writer.writerows([f"C{k}", a, v, int(c), int(y)] for k, (a, v, c, y) in enumerate(people))
    return path


def said(table, *more, outcome="kept"):
    quick = ["--folds", "2", "--repeats", "1", "--propensity", "0.5", "--id", "customer_no"]
    asked = ["uplift", "--table", str(table), "--treatment", "called", "--outcome", outcome, *quick, *more]
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, asked, catch_exceptions=False, standalone_mode=False).output


def test_a_flat_table_gives_verdict_and_figures(table):
    found = json.loads(said(table, "--json").splitlines()[-1])
    assert found["verdict"] == "usable"
    assert found["effect"]["low"] < 0.15 < found["effect"]["high"] + 0.05
    assert found["rankings"]["dr"]["qini_mean"] > 0
    assert found["findings"][0]["about"] == "age"


def test_the_screen_says_it_in_both_languages_with_the_definition(table):
    shown = said(table)
    for word in ("可以按增量挑人", "target by uplift", "只看响应", "随机", "Qini =", "SRM p"):
        assert word in shown


def test_a_learner_is_one_of_four(table):
    with pytest.raises(YourMistake, match="no learner 'rf'") as refused:
        said(table, "--learner", "rf")
    assert "s, t, x, dr" in refused.value.expected


def test_a_misspelt_column_is_refused_with_the_nearest(table):
    with pytest.raises(YourMistake, match="no column 'kepd'") as refused:
        said(table, outcome="kepd")
    assert "kept" in refused.value.then
