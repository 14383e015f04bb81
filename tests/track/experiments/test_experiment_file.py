"""What a bank may write about an experiment, and which mistakes are told with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liuke.errors import YourMistake
from liuke.track.experiments.catalogue import read_bank_experiments
from tests.track.experiments.writing import experiment, shelf, written

BANK = Path(__file__).parents[3] / "examples" / "bank"
METRICS = {"primary": ["retained_30"]}


def test_the_shipped_experiment_is_valid_and_reads_the_loop() -> None:
    bank = read_bank_experiments(BANK)
    assert bank.mistakes == {}
    care = bank.named("care_call")
    assert care.draw is not None
    assert care.draw.experiment == "rm_care"
    assert care.shares == pytest.approx({"treated": 0.9, "holdout": 0.1})
    assert set(care.definitions) == {"retained_30", "complaint_free_90", "aum_kept_90"}


@pytest.mark.parametrize(
    ("over", "says", "key"),
    [
        ({"mdee": 0.1}, "did you mean 'mde'", "mdee"),
        ({"metrics": {"primary": ["retaned_30"]}}, "did you mean 'retained_30'", "metrics.primary"),
        ({"metrics": METRICS | {"guardrails": {"calm": {"harm": 0.1}}}}, "no outcome is called 'calm'", "guardrails"),
        ({"metrics": METRICS | {"money": "retained_60"}}, "kind aum_kept_share", "metrics.money"),
        ({"metrics": METRICS | {"guardrails": {"retained_30": {"harm": 0.1}}}}, "primary metric and a guardrail", ""),
        ({"metrics": {"primary": []}}, "at least 1", "metrics.primary"),
        ({"metrics": METRICS | {"covariates": ["age"]}}, "aum", "metrics.covariates"),
        ({"source": {"kind": "campaign", "code": "wakes"}}, "did you mean 'wake'", "source.code"),
        ({"source": {"kind": "campaign"}}, "names its `code`", "source"),
        ({"source": {"kind": "loop", "code": "wake"}}, "names its `code`", "source"),
        ({"source": {"kind": "book"}}, "by rm or by branch", ""),
        ({"arms": {"shares": {"treated": 0.9, "holdout": 0.2}}}, "add up to 1.1", "arms"),
        ({"arms": {"shares": {"treated": 0.9, "holdout": 0.1}}}, "the source draws 0.5", "arms.shares"),
        ({"arms": {"treated": "holdout"}}, "are the same", "arms"),
        ({"arms": {"treated": "phone", "control": "letter"}}, "only two arms of one campaign", ""),
        ({"period_days": 7}, "belongs to evidence switchback", ""),
        ({"evidence": "before_after"}, "`before_days` belongs to", ""),
        ({"evidence": "before_after", "before_days": 60, "unit": "rm"}, "has the unit customer", ""),
        ({"among": ["B1"]}, "customers are not", ""),
        ({"start": {"on": "2026-05-02"}, "stop": {"on": "2026-05-01"}}, "not after it starts", ""),
        ({"assumed": {"mean": 12, "entrants_per_day": 1}}, "`variance` is left out only", "assumed"),
        ({"mde": 0}, "greater than 0", "mde"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_key(over: dict[str, Any], says: str, key: str) -> None:
    with pytest.raises(YourMistake) as caught:
        experiment(**over)
    assert says in str(caught.value)
    place = caught.value.place
    assert place is not None
    assert place.file == "trial.yaml"
    assert place.line is not None
    assert key in (place.column or "")


def test_two_arms_of_a_campaign_are_compared_with_the_split_of_their_weights() -> None:
    made = experiment(source={"kind": "campaign", "code": "wake"}, arms={"treated": "phone", "control": "letter"})
    assert made.shares == {"phone": 0.4, "letter": 0.4, "holdout": 0.2}
    with pytest.raises(YourMistake, match="no arm 'fon'"):
        experiment(source={"kind": "campaign", "code": "wake"}, arms={"treated": "fon", "control": "letter"})


def test_the_registrys_own_codes_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(YourMistake, match="the registry's own"):
        experiment("draw_rm_care")


def test_a_wrong_file_stops_no_other(tmp_path: Path) -> None:
    home = tmp_path / "bank"
    (home / "experiments").mkdir(parents=True)
    (home / "experiments" / "good.yaml").write_text(written(), encoding="utf-8")
    (home / "experiments" / "bad.yaml").write_text(written(mde=-1), encoding="utf-8")
    (home / "experiments" / "Bad Name.yaml").write_text(written(), encoding="utf-8")
    bank = read_bank_experiments(home)
    assert set(bank.experiments) == {"good"}
    assert set(bank.mistakes) == {"bad", "Bad Name"}
    with pytest.raises(YourMistake, match="did you mean 'good'"):
        bank.named("goood")
    with pytest.raises(YourMistake, match="greater than 0"):
        bank.named("bad")


def test_the_version_is_another_when_the_text_an_outcome_or_the_split_is(tmp_path: Path) -> None:
    same = experiment()
    assert experiment(on=shelf()).version == same.version
    others = [
        experiment(mde=0.04),
        experiment(on=shelf(share=0.4)),
        experiment(on=shelf(outcomes={"retained_30": {"kind": "retained", "horizon_days": 31}})),
    ]
    assert len({same.version, *(made.version for made in others)}) == 4
