"""The policy: what is shipped is what holds without a file, and slips are told with the nearest name."""

from pathlib import Path

import pytest

from liuke.act.progress.progress_policy import ProgressPolicy, read_progress_policy
from liuke.errors import YourMistake

FILE = Path(__file__).resolve().parents[3] / "examples" / "bank" / "policies" / "progress.yaml"


def test_the_shipped_file_says_what_holds_without_it(tmp_path: Path) -> None:
    assert read_progress_policy(FILE) == ProgressPolicy() == read_progress_policy(tmp_path / "none.yaml")


def test_every_stage_tells_the_customer_in_both_languages_what_is_needed_and_where() -> None:
    for journey in ProgressPolicy().journeys:
        assert journey.name.zh
        for stage in journey.stages:
            assert stage.needs
            assert bool(stage.channels) == ("等待" not in stage.needs.zh)


def test_a_mistyped_journey_or_stage_is_told_with_the_nearest_name() -> None:
    with pytest.raises(YourMistake, match="did you mean 'loan_application'"):
        ProgressPolicy().journey("loan_aplication")
    with pytest.raises(YourMistake, match="did you mean 'documents'"):
        ProgressPolicy().journey("loan_application").stage("document")


def test_two_stages_of_one_code_are_a_mistake_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "progress.yaml"
    stage = "{code: form, name: {zh: 甲, en: A}}"
    text = f"journeys:\n  - code: loan\n    name: {{zh: 贷, en: Loan}}\n    stages: [{stage}, {stage}]\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(YourMistake, match="two stages have the code 'form'"):
        read_progress_policy(path)
