from __future__ import annotations

from pathlib import Path

import pytest

from liuke.act.loop_policy import LoopPolicy, read_loop_policy
from liuke.errors import YourMistake


def write(folder: Path, text: str) -> Path:
    path = folder / "loop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_loop_policy(tmp_path / "loop.yaml") == LoopPolicy()


def test_the_version_changes_with_the_content_and_with_nothing_else(tmp_path: Path) -> None:
    same = read_loop_policy(write(tmp_path, "# a comment\ncool_down_days: 90\nholdout_share: 0.1\n"))
    other = read_loop_policy(write(tmp_path, "cool_down_days: 91\n"))
    assert same.version == LoopPolicy().version != other.version
    assert len(other.version) == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("holdout_share: 1.0", "less than 1"),
        ("holdout: 0.1", "did you mean 'holdout_share'"),
        ("salt: a|b", "may not contain"),
        ("tiers: [red, green]", "'red', 'orange' or 'yellow'"),
        ("priorities: {red: {priority: P1, sla_work_hours: 4}}", "no entry for tier orange, yellow"),
        ("priorities: {red: {priority: P1, sla_work_hours: 0}}", "greater than 0"),
    ],
)
def test_a_wrong_policy_names_the_file_and_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(YourMistake) as caught:
        read_loop_policy(write(tmp_path, text))
    assert message in caught.value.render()
    assert "loop.yaml" in caught.value.render()
