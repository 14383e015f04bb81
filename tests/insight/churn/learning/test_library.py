"""A machine without GNU OpenMP: what is missing is named, before any work is done."""

import sys

import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.learning.library import needs_lightgbm
from liuke.insight.churn.learning.train import train
from tests.insight.churn.learning.made import QUICK, examples


@pytest.fixture
def without_openmp(tmp_path, monkeypatch):
    (tmp_path / "lightgbm.py").write_text(
        "raise OSError('libgomp.so.1: cannot open shared object file: No such file or directory')\n"
    )
    monkeypatch.delitem(sys.modules, "lightgbm", raising=False)
    monkeypatch.syspath_prepend(tmp_path)


def test_training_says_which_library_to_install(without_openmp):
    with pytest.raises(YourMistake) as caught:
        train(examples(100), None, seed=1, settings=QUICK)
    text = caught.value.render()
    assert "libgomp.so.1" in text
    assert "apt-get install libgomp1" in text


def test_where_it_is_there_nothing_is_said():
    needs_lightgbm()
