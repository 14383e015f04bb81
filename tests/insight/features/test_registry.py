"""The registry: what it promises about every feature."""

import re

import pytest

from liuke.errors import YourMistake
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.registry import DEFINITIONS, FEATURES, SOURCES, available, feature
from liuke.tables import CONTRACTS

COLUMNS = {f"{t.name}.{c}" for t in CONTRACTS.values() for c in t.names}


def test_there_are_more_than_two_hundred_features_in_every_family():
    assert len(FEATURES) > 200
    assert len({f.family for f in FEATURES.values()}) == 16


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_is_fully_declared_over_existing_columns(name):
    f = FEATURES[name]
    assert f.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert set(f.inputs) <= COLUMNS
    assert f.inputs
    assert f.zh
    assert f.en
    assert f.window_days is None or name.endswith(f"_{f.window_days}") or f.window_days == WINDOWS[-1]
    assert {c.source for c in DEFINITIONS[name].cells} <= {*SOURCES, "person", "moment"}


def test_no_two_features_have_the_same_words():
    assert len({f.zh for f in FEATURES.values()}) == len({f.en for f in FEATURES.values()}) == len(FEATURES)


def test_a_bank_without_events_gets_everything_else():
    names = available(COLUMNS - {c for c in COLUMNS if c.startswith("event.")})
    assert names
    assert {f.family for f in FEATURES.values()} - {FEATURES[n].family for n in names} == {"digital"}
    assert available(COLUMNS) == tuple(FEATURES)
    assert available(()) == ()


def test_sex_and_age_are_left_out_for_models():
    assert set(available(COLUMNS)) - set(available(COLUMNS, protected=False)) == {"age", "is_female"}


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(YourMistake, match="did you mean 'aum_mean_30'"):
        feature("aum_mean_3O")
