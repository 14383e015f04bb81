from __future__ import annotations

from pathlib import Path

import pytest

from liuke.act.arbitrate.lever_policy import LeverPolicy, read_lever_policy
from liuke.errors import YourMistake

EXAMPLE = Path(__file__).parents[3] / "examples" / "bank" / "policies" / "levers.yaml"


def write(folder: Path, text: str) -> Path:
    path = folder / "levers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_missing_and_an_empty_file_mean_the_defaults(tmp_path: Path) -> None:
    assert read_lever_policy(tmp_path / "levers.yaml") == LeverPolicy() == read_lever_policy(EXAMPLE)


def test_the_version_changes_with_the_content(tmp_path: Path) -> None:
    assert read_lever_policy(write(tmp_path, "least_evidence: 100")).version == LeverPolicy().version
    assert read_lever_policy(write(tmp_path, "least_evidence: 200")).version != LeverPolicy().version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("use: {valu: false}", "did you mean 'value'"),
        ("use: {value: false}", "switch cost and fatigue off as well"),
        ("levers: [{factor: 1.2, reason: r}]", "must say for what"),
        ("levers: [{factor: 9, theme: care, reason: r}]", "not within 0.5 to 2.0"),
        ("levers: [{factor: 1, theme: care, churn_score: 0.9, reason: r}]", "unknown key 'churn_score'"),
        ("levers: [{factor: 1, theme: care}]", "reason"),
        ("levers: [{factor: 1, theme: c, reason: r, since: 2026-02-01, until: 2026-01-01}]", "is not before"),
        ("bounds: {low: 2, high: 1}", "high (1.0) is below low (2.0)"),
        ("effort: {phone: 0}", "phone: a count is wanted"),
        ("budgets: {sms: -1}", "sms: a count is wanted"),
        ("budgets: {phone: 10}", "takes no budget"),
        ("exploration: {share: 0.9}", "less than or equal to 0.5"),
        ("prior: {share_saved: {red: 1.5, orange: 0, yellow: 0}}", "tier red"),
        ("salt: a|b", "may not contain"),
    ],
)
def test_a_wrong_policy_names_the_file_and_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(YourMistake) as caught:
        read_lever_policy(write(tmp_path, text))
    assert message in caught.value.render()
    assert "levers.yaml" in caught.value.render()
