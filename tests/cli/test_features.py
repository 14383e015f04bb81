"""`liuke features`."""

import json

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.errors import YourMistake
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION


def run(*arguments):
    return CliRunner().invoke(app, ["features", *arguments])


def test_the_list_as_json_has_every_feature_with_its_lineage():
    said = json.loads(run("--json").stdout)
    assert said["version"] == REGISTRY_VERSION
    assert [f["name"] for f in said["features"]] == list(FEATURES)
    assert all(f["inputs"] for f in said["features"])


def test_one_feature_shows_the_columns_it_is_made_from():
    shown = run("aum").stdout
    assert "balance_daily.balance" in shown.replace("\n", "")


def test_a_wrong_name_or_family_is_refused_with_the_nearest():
    with pytest.raises(YourMistake, match="did you mean"):
        raise run("tenure_day").exception
    with pytest.raises(YourMistake, match="did you mean 'balance'"):
        raise run("--family", "balanc").exception
