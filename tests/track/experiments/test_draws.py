"""Every standing draw of a bank home, with the split as it is drawn now."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from liuke.track.experiments.catalogue import bank_shelf, draws_without_experiment, read_bank_experiments, unregistered
from liuke.track.experiments.draws import LOOP, bank_draws

BANK = Path(__file__).parents[3] / "examples" / "bank"


def test_the_shipped_banks_draws_are_its_loop_campaigns_and_rules() -> None:
    draws = bank_draws(BANK)
    kinds = [kind for kind, _ in draws]
    assert kinds.count("loop") == 1
    assert kinds.count("campaign") == len(list((BANK / "campaigns").glob("*.yaml")))
    assert kinds.count("trigger") == len(list((BANK / "triggers").glob("*.yaml")))
    assert kinds.count("offer") == 0  # decided by score: no offer is drawn for
    assert draws[LOOP].shares == pytest.approx({"treated": 0.9, "holdout": 0.1})


def test_a_campaigns_arms_share_what_the_holdout_leaves() -> None:
    waking = bank_draws(BANK)["campaign", "silent_wake_up"]
    assert waking.experiment == "campaign_silent_wake_up"
    assert sum(waking.arm_shares.values()) == pytest.approx(1)
    assert waking.arm_shares["holdout"] == waking.holdout_share
    assert set(waking.channels) >= {"sms"}


def test_offers_are_drawn_for_where_decisions_go_by_value(tmp_path: Path) -> None:
    home = tmp_path / "bank"
    shutil.copytree(BANK, home)
    policy = home / "policies" / "loop.yaml"
    text = policy.read_text(encoding="utf-8").replace("decide_by: score", "decide_by: incremental_value")
    policy.write_text(text, encoding="utf-8")
    draws = bank_draws(home)
    assert sum(kind == "offer" for kind, _ in draws) == len(list((home / "offers").glob("*.yaml")))


def test_a_file_that_cannot_be_read_hides_no_other_draw(tmp_path: Path) -> None:
    home = tmp_path / "bank"
    shutil.copytree(BANK, home)
    (home / "triggers" / "odd.yaml").write_text("name: 3\n", encoding="utf-8")
    (home / "campaigns" / "odd.yaml").write_text("name: 3\n", encoding="utf-8")
    assert bank_draws(home).keys() == bank_draws(BANK).keys()


def test_every_draw_with_a_holdout_has_a_default_plan_that_says_what_it_is() -> None:
    bank = read_bank_experiments(BANK)
    plans = {e.draw.experiment: e for e in draws_without_experiment(bank, {"rm_care"}) if e.draw}
    assert "rm_care" not in plans
    assert plans.keys() == {d.experiment for d in bank_draws(BANK).values() if d.holdout_share > 0} - {"rm_care"}
    one = next(iter(plans.values()))
    assert one.code == f"draw_{one.draw.experiment}"
    assert not one.registered
    shelf = bank_shelf(BANK)
    nobody = next(iter(shelf.draws.values()))
    assert unregistered(replace(nobody, holdout_share=0.0), shelf) is None
