"""`liuke models` and `liuke train` in a bank home."""

import json

import pytest
from typer.testing import CliRunner

from liuke.cli.app import app
from liuke.cli.init import Template, write_home
from liuke.errors import YourMistake


@pytest.fixture
def home(tmp_path):
    write_home(tmp_path / "home", Template.BANK)
    return tmp_path / "home"


def liuke(*arguments):
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def test_a_home_without_models_says_what_to_do(home):
    assert "liuke train" in liuke("models", "--home", home)
    assert json.loads(liuke("models", "--home", home, "--json")) == {"models": []}


@pytest.mark.parametrize("action", ["activate", "retire"])
def test_an_unknown_model_is_refused(home, action):
    with pytest.raises(YourMistake, match="no model is called 'lost/v1'"):
        liuke("models", action, "lost/v1", "--home", home)
    assert not (home / "models").exists()


def test_training_without_history_is_refused_and_writes_nothing(home):
    with pytest.raises(YourMistake, match="no history to learn from"):
        liuke("train", "--home", home)
    assert not (home / "models").exists()


def test_an_unknown_definition_is_told_before_anything_is_read(home):
    with pytest.raises(YourMistake, match="did you mean 'attrition'"):
        liuke("train", "--definition", "attrision", "--home", home)
