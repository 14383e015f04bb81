"""An experiment's way through four eyes and its life: what is frozen at the start, and that nothing thaws it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.govern.approval import NoSuchStep, NotTheirs
from liuke.insight.content_hash import content_hash
from liuke.state.actions.change_experiment import (
    Standing,
    decide_experiment,
    finish_experiment,
    propose_experiment,
    standings,
    start_due,
    start_experiment,
    stop_experiment,
    withdraw_experiment,
)
from liuke.state.actions.change_experiment_text import (
    EXPERIMENT_TEXTS,
    ExperimentBench,
    approve_experiment_text,
    propose_experiment_text,
)
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.text_change import begin, save
from liuke.state.experiment_list import listed
from liuke.state.models import AuditEntry, ExperimentState
from liuke.track.experiments.catalogue import BankExperiments
from tests.track.experiments.writing import experiment, planned, shelf, written

TRIAL = experiment()
PLAN = planned(TRIAL)
DAY = date(2026, 11, 22)


def approved(writer: Who, checker: Who, made: Any = TRIAL) -> ExperimentState:
    row = propose_experiment(writer, made, planned(made), "we want to know")
    return decide_experiment(checker, made, "approve", row.version)


def started(writer: Who, checker: Who, made: Any = TRIAL) -> ExperimentState:
    return start_experiment(writer, made, DAY, approved(writer, checker, made).version)


def test_one_proposes_another_approves_and_the_start_freezes_text_plan_and_outcomes(
    writer: Who, checker: Who
) -> None:  # fmt: skip
    row = started(writer, checker)
    assert (row.stage, row.started_on, row.author, row.decided_by) == (
        "running", DAY, writer.scope.actor, checker.scope.actor,
    )  # fmt: skip
    frozen = standings()["trial"].registration
    assert frozen is not None
    assert (frozen.text, frozen.version, frozen.plan) == (TRIAL.text, TRIAL.version, PLAN)
    assert dict(frozen.definitions.outcomes) == dict(TRIAL.definitions)
    assert frozen.planned_units == PLAN["effective_units"]
    kinds = AuditEntry.objects.filter(object_type="experiment").order_by("pk")
    assert list(kinds.values_list("action", flat=True)) == [
        "experiment_propose", "experiment_approve", "experiment_start",
    ]  # fmt: skip
    last = kinds.last()
    assert last is not None
    assert last.data["registration"] == content_hash(row.registration)  # the chained log proves it


def test_nothing_thaws_what_has_started(writer: Who, checker: Who) -> None:
    row = started(writer, checker)
    before = row.registration
    other = experiment(mde=0.2)
    with pytest.raises(YourMistake, match="is frozen"):
        propose_experiment(writer, other, PLAN, "make it easier")
    with pytest.raises(NoSuchStep):
        start_experiment(writer, TRIAL, DAY + timedelta(days=9), row.version)
    stop_experiment(writer, "trial", row.version, "seen enough", DAY + timedelta(days=20))
    with pytest.raises(YourMistake, match="is frozen"):
        propose_experiment(writer, TRIAL, PLAN, "once more")
    row.refresh_from_db()
    assert row.registration == before
    assert (row.stage, row.ended_because, row.ended_on) == ("stopped", "by_hand", DAY + timedelta(days=20))
    frozen = standings()["trial"].registration
    assert frozen is not None
    assert frozen.ended_on == DAY + timedelta(days=20)


def test_another_text_than_approved_does_not_start(writer: Who, checker: Who) -> None:
    row = approved(writer, checker)
    other = experiment(mde=0.2)
    with pytest.raises(YourMistake, match="was changed since"):
        start_experiment(writer, other, DAY, row.version)
    nobody: Callable[[Any], dict[str, str]] = lambda _e: {}  # noqa: E731
    assert start_due({"trial": other}, DAY, writer.at, nobody) == ((), ("trial",))
    assert start_due({}, DAY, writer.at, nobody) == ((), ("trial",))
    # An outcome's own parameter is part of what was approved.
    moved = experiment(on=shelf(outcomes={"retained_30": {"kind": "retained", "horizon_days": 29}}))
    assert start_due({"trial": moved}, DAY, writer.at, nobody) == ((), ("trial",))
    assert start_due({"trial": TRIAL}, DAY, writer.at, nobody) == (("trial",), ())
    assert start_due({"trial": TRIAL}, DAY, writer.at, nobody) == ((), ())


def test_it_waits_for_its_day(writer: Who, checker: Who) -> None:
    later = experiment(start={"on": "2026-11-25"})
    approved(writer, checker, later)
    arms = {"S1": "treated", "S2": "holdout"}
    assert start_due({"trial": later}, DAY, writer.at, lambda _e: arms) == ((), ())
    assert start_due({"trial": later}, DAY + timedelta(days=4), writer.at, lambda _e: arms) == (("trial",), ())
    frozen = standings()["trial"].registration
    assert frozen is not None
    assert (frozen.started_on, frozen.clusters) == (DAY + timedelta(days=4), arms)


def test_the_run_ends_it_once_with_the_rule_that_ended_it(writer: Who, checker: Who) -> None:
    started(writer, checker)
    assert finish_experiment("trial", DAY + timedelta(days=30), "effect", writer.at)
    assert not finish_experiment("trial", DAY + timedelta(days=31), "units", writer.at)
    row = ExperimentState.objects.get()
    assert (row.stage, row.ended_because, row.ended_on) == ("finished", "effect", DAY + timedelta(days=30))


def test_nobody_approves_their_own_not_even_past_the_code(who: Callable[..., Who], writer: Who) -> None:
    head = who("branch_head", "HQ")
    row = propose_experiment(writer, TRIAL, PLAN, "we want to know")
    ExperimentState.objects.update(author=head.scope.actor)
    with pytest.raises(NotTheirs):
        decide_experiment(head, TRIAL, "approve", row.version)
    for over in ({"stage": "approved", "decided_by": head.scope.actor}, {"stage": "approved"}, {"stage": "odd"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExperimentState.objects.update(**over)
    with pytest.raises(IntegrityError), transaction.atomic():  # started without anything frozen
        ExperimentState.objects.update(stage="running", decided_by="bob")


def test_rights_are_those_of_rules_and_for_the_whole_bank(
    who: Callable[..., Who], writer: Who, checker: Who, rm: Who
) -> None:  # fmt: skip
    for person in (rm, who("analyst", "NJ"), checker):
        with pytest.raises(NotAllowed):
            propose_experiment(person, TRIAL, PLAN, "we want to know")
    row = propose_experiment(writer, TRIAL, PLAN, "we want to know")
    for person in (rm, writer, who("branch_head", "NJ")):
        with pytest.raises(NotAllowed):
            decide_experiment(person, TRIAL, "approve", row.version)
    row = decide_experiment(checker, TRIAL, "approve", row.version)
    with pytest.raises(NotAllowed):
        start_experiment(rm, TRIAL, DAY, row.version)
    with pytest.raises(NotAllowed):
        stop_experiment(rm, "trial", row.version, "because I say so", DAY)


def test_who_decides_about_what_has_moved_on_is_told(writer: Who, checker: Who) -> None:
    row = propose_experiment(writer, TRIAL, PLAN, "we want to know")
    with pytest.raises(YourMistake, match="nothing would change"):
        propose_experiment(writer, TRIAL, PLAN, "again")
    withdraw_experiment(writer, "trial", row.version)
    with pytest.raises(Stale):
        decide_experiment(checker, TRIAL, "approve", row.version)
    again = propose_experiment(writer, experiment(mde=0.04), PLAN, "a smaller effect")
    with pytest.raises(YourMistake, match="was changed since"):
        decide_experiment(checker, TRIAL, "approve", again.version)
    refused = decide_experiment(checker, experiment(mde=0.04), "refuse", again.version, "too small to matter")
    assert (refused.stage, refused.reason) == ("refused", "too small to matter")
    with pytest.raises(YourMistake, match="never proposed"):
        withdraw_experiment(writer, "nothing", 1)


def test_the_list_holds_every_draw_and_marks_what_changed_since_the_start(writer: Who, checker: Who) -> None:
    on = shelf()
    bank = BankExperiments({"trial": TRIAL}, {}, on)
    before = {line.code: line for line in listed(bank)}
    assert {code: line.stage for code, line in before.items()} == {
        "trial": "draft", "draw_rm_care": "unregistered", "draw_campaign_wake": "unregistered",
        "draw_trigger_payroll": "unregistered",
    }  # fmt: skip
    started(writer, checker)
    running = {line.code: line for line in listed(bank)}
    assert running["trial"].stage == "running"
    assert not running["trial"].changed
    assert "draw_rm_care" not in running  # it is read as it was registered now
    edited = {line.code: line for line in listed(BankExperiments({"trial": experiment(mde=0.2)}, {}, on))}
    assert edited["trial"].changed
    assert edited["trial"].spec.mde == 0.05
    gone = {line.code: line for line in listed(BankExperiments({}, {}, on))}
    assert gone["trial"].changed
    assert gone["trial"].name.en == "Trial"


def test_a_standing_without_a_start_has_nothing_frozen() -> None:
    assert Standing("proposed", "x", None).moved(None)


def test_whoever_approves_the_text_approves_the_experiment_and_a_started_one_is_left_alone(
    writer: Who, checker: Who, tmp_path: Path
) -> None:  # fmt: skip
    bench = ExperimentBench(tmp_path, shelf())
    (tmp_path / "experiments").mkdir()
    change = begin(EXPERIMENT_TEXTS, writer, tmp_path, "fresh", written())
    change = save(EXPERIMENT_TEXTS, writer, change.pk, written(mde=-1), change.version)
    with pytest.raises(YourMistake, match="greater than 0"):
        propose_experiment_text(writer, bench, change.pk, PLAN, "we want to know", change.version)
    change = save(EXPERIMENT_TEXTS, writer, change.pk, written(mde=0.04), change.version)
    change = propose_experiment_text(writer, bench, change.pk, PLAN, "we want to know", change.version)
    assert not (tmp_path / "experiments" / "fresh.yaml").exists()
    approve_experiment_text(checker, bench, change.pk, change.version)
    text = (tmp_path / "experiments" / "fresh.yaml").read_text(encoding="utf-8")
    assert text == written(mde=0.04)
    made = experiment("fresh", mde=0.04)
    assert start_due({"fresh": made}, DAY, writer.at, lambda _e: {}) == (("fresh",), ())
    again = begin(EXPERIMENT_TEXTS, writer, tmp_path, "fresh")
    again = save(EXPERIMENT_TEXTS, writer, again.pk, written(mde=0.3), again.version)
    with pytest.raises(YourMistake, match="is frozen"):
        propose_experiment_text(writer, bench, again.pk, PLAN, "make it easier", again.version)
