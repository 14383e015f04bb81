"""A contact policy tried on the last days' candidates: who may ask, what comes back, and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.test import Client

from liuke.daily.trying_job import run_trial
from liuke.lake import Lake
from liuke.state.models import RuleReplay
from liuke.tables import CANDIDATE_FATE
from liuke.wiring import open_house

SeenBy = Callable[[str], Client]
ADDRESS = "/warnings/why-not/trial/"
STRICT = "minimum_age_years: 120\n"


@pytest.fixture
def at_once(own_bank: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trial runs at once and in this process."""
    monkeypatch.setattr("liuke.wiring.asked_job._telling", lambda *_: nullcontext())
    monkeypatch.setattr("liuke.console.views.policy_trials.start_job", lambda home, pk: run_trial(open_house(home), pk))
    return own_bank


def test_a_trial_tells_what_the_policy_would_stop_and_writes_no_file(at_once: Path, seen_by: SeenBy) -> None:
    analyst = seen_by("analyst")
    before = sorted(str(path) for path in (at_once / "policies").iterdir())
    answer = analyst.post(ADDRESS, {"text": STRICT, "days": "30"}, headers={"HX-Request": "true"})
    result = answer.context["result"]
    assert result["candidates"] > 0
    assert result["passed_after"] == 0 < result["passed_before"]
    assert (result["opened"], result["shut"]) == (0, result["passed_before"])
    assert "data-stops-all" in answer.content.decode()
    assert sorted(str(path) for path in (at_once / "policies").iterdir()) == before
    assert "data-stops-all" in seen_by("head").get(ADDRESS + "state/").content.decode()


def test_a_text_that_is_no_policy_is_told_with_its_line_and_nothing_starts(at_once: Path, seen_by: SeenBy) -> None:
    answer = seen_by("analyst").post(ADDRESS, {"text": "minimum_age_years: 18\ncapss: []\n"},
                                     headers={"HX-Request": "true"})  # fmt: skip
    text = answer.content.decode()
    assert "capss" in text
    assert "第 2 行" in text
    assert not RuleReplay.objects.exists()


def test_what_holds_now_is_the_text_to_begin_with(at_once: Path, seen_by: SeenBy) -> None:
    assert "refusal_cool_down_days: 30" in seen_by("analyst").get(ADDRESS).context["text"]
    own = "refusal_cool_down_days: 45  # ours\n"
    (at_once / "policies" / "contact.yaml").write_text(own, encoding="utf-8")
    assert seen_by("analyst").get(ADDRESS).context["text"] == own


def test_only_who_may_change_rules_for_the_whole_bank_asks(at_once: Path, seen_by: SeenBy) -> None:
    assert seen_by("rm1").get(ADDRESS).status_code == 403
    for person in ("head", "officer"):
        assert "trial-form" in seen_by(person).get(ADDRESS).content.decode()
        assert seen_by(person).post(ADDRESS, {"text": STRICT}).status_code == 422
    assert not RuleReplay.objects.exists()


def test_before_any_run_there_is_nothing_to_try_it_on(at_once: Path, seen_by: SeenBy) -> None:
    Lake(at_once / "lake").replace(CANDIDATE_FATE, CANDIDATE_FATE.arrow.empty_table())
    answer = seen_by("analyst").post(ADDRESS, {"text": STRICT}, headers={"HX-Request": "true"})
    assert "无从试算" in answer.content.decode()
