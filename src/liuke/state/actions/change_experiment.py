"""An experiment's way through four eyes and its life: every step is checked, stored and audited together.

What is approved is a text with its plan. When it starts, both are frozen with everything they refer to; no action here
changes a registration once it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from liuke.errors import YourMistake, coded
from liuke.govern.approval import reason_of
from liuke.insight.content_hash import content_hash
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, adopt_named, daily_step, propose_named, take_named_step
from liuke.state.actions.whole_bank import check_may_stop, check_rights
from liuke.state.locks import sole_writer
from liuke.state.models import ExperimentState
from liuke.track.experiments.catalogue import Experiment
from liuke.track.experiments.registration import Registration, as_json, registered, registration_of
from liuke.track.experiments.stage import STARTED, Stage, Step, advance

BY_HAND: Final = "by_hand"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an experiment stands, and what was frozen of it (None before the start)."""

    stage: Stage
    text_version: str
    registration: Registration | None

    def moved(self, experiment: Experiment | None) -> bool:
        """Whether its file says something else than what was proposed, approved or frozen; also when it is gone."""
        return experiment is None or experiment.version != self.text_version


def propose_experiment(who: Who, experiment: Experiment, planned: Mapping[str, Any], note: str) -> ExperimentState:
    """Asks for approval of the experiment as its file says now, with its plan (planner.as_json).

    Raises YourMistake when it has started (what is frozen stays so), when the same text is waiting or approved, or
    without a reason.
    """
    check_rights(who, "edit_rules")
    said = reason_of(note)

    def is_known(row: ExperimentState) -> bool:
        return row.text_version == experiment.version and row.stage in ("proposed", "approved")

    write = _writing(experiment, planned)
    return propose_named(_EXPERIMENTS, who, experiment.code, said, is_known=is_known, write=write)


def adopt_experiment(
    who: Who, experiment: Experiment, author: str, planned: Mapping[str, Any], note: str, reason: str
) -> ExperimentState:  # fmt: skip
    """Approves the experiment with the text that is just being approved: proposed by its author, approved by `who`.

    For actions that check both people's rights and the text; in their transaction.
    """
    return adopt_named(_EXPERIMENTS, who, experiment.code, author, note, reason, _writing(experiment, planned))


def decide_experiment(who: Who, experiment: Experiment, step: Step, version: int, reason: str = "") -> ExperimentState:
    """Approves or refuses (with a reason) what somebody else proposed. Raises YourMistake for another text since."""
    check_rights(who, "approve_rules")
    said = reason_of(reason) if step == "refuse" else reason.strip()

    def write(row: ExperimentState) -> None:
        if step == "approve":
            _check_unmoved(row, experiment, "approved")
        row.decided_by, row.reason, row.decided_at = who.scope.actor, said, who.at

    return take_named_step(_EXPERIMENTS, who, experiment.code, step, version, said, write)


def withdraw_experiment(who: Who, code: str, version: int) -> ExperimentState:
    """Takes the proposal back: it is a draft again."""
    check_rights(who, "edit_rules")
    return take_named_step(_EXPERIMENTS, who, code, "withdraw", version, "")


def start_experiment(
    who: Who, experiment: Experiment, first_day: date, version: int, clusters: Mapping[str, str] | None = None
) -> ExperimentState:
    """Freezes the approved experiment and starts it by hand. first_day: first data day whose entrants count, the day
    after the last run. clusters: arms of the managers or branches drawn (draw_units.drawn_units), where these are.
    """
    check_may_stop(who)

    def freeze(row: ExperimentState) -> None:
        _freeze(row, experiment, first_day, clusters)

    return take_named_step(_EXPERIMENTS, who, experiment.code, "start", version, "", freeze)


def stop_experiment(who: Who, code: str, version: int, reason: str, last_day: date) -> ExperimentState:
    """Ends a running experiment by hand, with a reason that stays beside every reading of it. last_day: data day of
    the last run.
    """
    check_may_stop(who)
    said = reason_of(reason)

    def write(row: ExperimentState) -> None:
        row.ended_on, row.ended_because, row.reason = last_day, BY_HAND, said

    return take_named_step(_EXPERIMENTS, who, code, "stop", version, said, write)


def start_due(
    experiments: Mapping[str, Experiment], day: date, now: datetime,
    clusters_of: Callable[[Experiment], Mapping[str, str]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """The daily run's starts, before its decisions: (codes started, codes whose file says something else than approved
    and which therefore do not start).

    day: the data day of the run, the first whose entrants count. clusters_of: arms of an experiment's drawn units.
    """
    started: list[str] = []
    moved: list[str] = []
    with sole_writer(_EXPERIMENTS.lock):
        for row in ExperimentState.objects.select_for_update().filter(stage="approved"):
            experiment = experiments.get(row.code)
            if experiment is None or experiment.version != row.text_version:
                moved.append(row.code)
            elif (experiment.spec.start.on or day) <= day:
                _freeze(row, experiment, day, clusters_of(experiment))
                daily_step(_EXPERIMENTS, row, "start", now)
                started.append(row.code)
    return tuple(sorted(started)), tuple(sorted(moved))


def finish_experiment(code: str, last_day: date, because: str, now: datetime) -> bool:
    """The daily run's end of a running experiment by its own stop rule; False when it does not run (any more)."""
    with sole_writer(_EXPERIMENTS.lock):
        row = ExperimentState.objects.select_for_update().filter(code=code, stage="running").first()
        if row is None:
            return False
        row.ended_on, row.ended_because = last_day, because
        daily_step(_EXPERIMENTS, row, "finish", now, because)
    return True


def any_approved() -> bool:
    """Whether an experiment waits for its start."""
    return ExperimentState.objects.filter(stage="approved").exists()


def standings() -> dict[str, Standing]:
    """Every experiment that was ever proposed, by code."""
    return {row.code: standing_of(row) for row in ExperimentState.objects.order_by("code")}


def standing_of(row: ExperimentState) -> Standing:
    """Where the experiment stands."""
    kept = registration_of(row.registration, row.ended_on) if row.registration else None
    return Standing(cast(Stage, row.stage), row.text_version, kept)


def check_not_started(code: str) -> None:
    """Raises YourMistake where the experiment has started: its text is frozen."""
    if ExperimentState.objects.filter(code=code, stage__in=STARTED).exists():
        raise YourMistake(
            coded(
                "experiment_started", "the experiment '{name}' has started; what was registered is frozen", name=code
            ),
            state="nothing was changed",
            then="write a new experiment under another name",
        )


def _check_unmoved(row: ExperimentState, experiment: Experiment, done: str) -> None:
    if row.text_version != experiment.version:
        raise YourMistake(
            coded("experiment_moved", "experiments/{name}.yaml, or an outcome or split it refers to, was changed since",
                  name=row.code),
            state=f"nothing was {done}",
            then="propose it again as it stands",
        )  # fmt: skip


def _writing(experiment: Experiment, planned: Mapping[str, Any]) -> Callable[[ExperimentState], None]:
    def write(row: ExperimentState) -> None:
        if row.stage in STARTED:
            check_not_started(row.code)
        row.text, row.text_version, row.plan = experiment.text, experiment.version, dict(planned)

    return write


def _freeze(row: ExperimentState, experiment: Experiment, day: date, clusters: Mapping[str, str] | None) -> None:
    _check_unmoved(row, experiment, "started")
    row.registration = as_json(registered(experiment, row.plan or {}, day, clusters))
    row.started_on = day


def _told(row: ExperimentState) -> dict[str, Any]:
    """The log is chained by hashes, so it also proves that a registration is still what was frozen."""
    frozen = {"registration": content_hash(row.registration)} if row.registration else {}
    return {"stage": row.stage, "text": row.text_version, **frozen}


_EXPERIMENTS: Final = Kind(ExperimentState, "experiments", "experiment", _told, advance)
