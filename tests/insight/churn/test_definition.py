"""policies/churn.yaml: what is accepted, and how mistakes are told."""

from datetime import date

import pytest

from liuke.errors import YourMistake
from liuke.insight.churn.definition import ChurnPolicy, read_churn_policy


def read(tmp_path, text):
    path = tmp_path / "churn.yaml"
    path.write_text(text, encoding="utf-8")
    return read_churn_policy(path)


MINE = """
use: mine
definitions:
  mine:
    name: {zh: 静默, en: Silent}
    horizon_days: 60
    gap_days: 7
    losses:
      - {kind: silent_activity, days: 45}
      - {kind: tier_downgrade, tiers: {gold: 50000}}
"""


def test_without_a_file_the_defaults_count(tmp_path):
    policy = read_churn_policy(tmp_path / "none.yaml")
    assert (policy, policy.definition().kinds) == (ChurnPolicy(), ("hard", "silent_balance", "silent_activity"))


def test_a_definition_says_its_kinds_and_when_its_labels_are_mature(tmp_path):
    mine = read(tmp_path, MINE).definition()
    assert (mine.kinds, mine.closes(date(2026, 1, 1))) == (("silent_activity", "tier_downgrade"), date(2026, 3, 9))


def test_the_version_changes_with_the_content_only(tmp_path):
    one, same = read(tmp_path, MINE).definition(), read(tmp_path, MINE + "\n# a comment\n").definition()
    other = read(tmp_path, MINE.replace("45", "46")).definition()
    assert one.version == same.version != other.version


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("use: mine", "use: mina"), "did you mean 'mine'"),
        (("days: 45", "days: 61"), "must not pass horizon_days"),
        (("kind: tier_downgrade, tiers: {gold: 50000}", "kind: silent_activity"), "may stand once"),
        (("silent_activity", "silent_activiti"), "silent_activity"),
        (("horizon_days", "horizont_days"), "did you mean 'horizon_days'"),
    ],
)
def test_mistakes_are_told_with_the_right_name(tmp_path, change, said):
    with pytest.raises(YourMistake) as caught:
        read(tmp_path, MINE.replace(*change))
    assert said in caught.value.render()


def test_an_unknown_definition_is_told_with_the_nearest(tmp_path):
    with pytest.raises(YourMistake, match="did you mean 'mine'"):
        read(tmp_path, MINE).definition("mein")
