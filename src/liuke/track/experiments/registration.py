"""What is frozen when an experiment starts: later edits of its file, of outcomes or policies change no reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from liuke.stats.estimate import effective_units
from liuke.track.effect import CALLS
from liuke.track.experiments.catalogue import Experiment
from liuke.track.experiments.experiment_file import CLUSTERED, ExperimentFile
from liuke.track.experiments.planner import Baseline, Wish, plan
from liuke.track.experiments.planner import as_json as plan_json
from liuke.track.outcome_definitions import OutcomeDefinitions

SALT: Final = "liuke_experiments"
"""Of what the registry draws itself: managers, branches and periods."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One experiment as it was when it started.

    text: of the file, version: `Experiment.version`. definitions: of its outcomes, parameters and all. experiment: its
    name in the decision table, None for a book. shares: planned, of every arm. channels: over which the treatment
    reaches customers. tiers: as Shelf. started_on: first data day whose entrants count; ended_on: the last one, None
    while it runs. planned_units: effective units at the planned end (stats), of customers, or of clusters where these
    are drawn. planned_days: from the start until the answer, None for never. clusters: arm of each manager or branch
    drawn. plan: as planner.as_json, for people. registered: False for a draw nobody wrote about.
    """

    code: str
    text: str
    version: str
    spec: ExperimentFile
    definitions: OutcomeDefinitions
    experiment: str | None
    shares: Mapping[str, float]
    started_on: date
    planned_units: float
    planned_days: int | None
    plan: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = CALLS
    tiers: tuple[tuple[str, float], ...] = ()
    clusters: Mapping[str, str] = field(default_factory=dict)
    ended_on: date | None = None
    registered: bool = True

    @property
    def horizon_days(self) -> int:
        """Days after which the last of its outcomes is known."""
        return max(d.ripens_after for d in self.definitions.outcomes.values())

    def is_planned(self, day: date) -> bool:
        """Whether the day fixed beforehand has come; the longest the stop rule allows where the plan says never. For
        clusters, whose fixed interval holds on that day only.
        """
        return day >= self.started_on + timedelta(days=self.planned_days or self.spec.stop.at_most_days)


def registered(
    experiment: Experiment, planned: Mapping[str, Any], started_on: date, clusters: Mapping[str, str] | None = None
) -> Registration:
    """The registration of an experiment that starts. planned: `planner.as_json` of the plan that was approved."""
    clusters = clusters or {}
    return Registration(
        code=experiment.code,
        text=experiment.text,
        version=experiment.version,
        spec=experiment.spec,
        definitions=OutcomeDefinitions(outcomes=experiment.definitions),
        experiment=experiment.draw.experiment if experiment.draw else None,
        shares=dict(experiment.shares),
        started_on=started_on,
        planned_units=_units(experiment.spec, planned, clusters),
        planned_days=planned["always_valid"]["days"],
        plan=dict(planned),
        channels=experiment.draw.channels if experiment.draw else CALLS,
        tiers=experiment.tiers,
        clusters=clusters,
        registered=experiment.registered,
    )


def by_default(experiment: Experiment, since: date) -> Registration:
    """How a draw is read that nobody wrote an experiment about: its entrants from `since` on, by the default plan."""
    assumed = Baseline(0.8, 0.16, 0.0, 0, assumed=True)
    return registered(experiment, plan_json(plan(assumed, wish_of(experiment))), since)


def wish_of(experiment: Experiment) -> Wish:
    """What the experiment's plan is made for."""
    spec = experiment.spec
    return Wish(spec.mde, experiment.shares, spec.arms.treated, spec.arms.control, spec.power, spec.level)


def as_json(registration: Registration) -> dict[str, Any]:
    """As plain values, to be kept."""
    days = {"started_on": registration.started_on.isoformat(), "ended_on": _iso(registration.ended_on)}
    return {
        "spec": registration.spec.model_dump(mode="json", exclude_none=True),
        "definitions": registration.definitions.model_dump(mode="json"),
        "channels": list(registration.channels),
        "tiers": [list(step) for step in registration.tiers],
        **days,
        **{
            name: getattr(registration, name)
            for name in ("code", "text", "version", "experiment", "planned_units", "planned_days", "registered")
        },
        **{name: dict(getattr(registration, name)) for name in ("shares", "plan", "clusters")},
    }


def registration_of(kept: Mapping[str, Any], ended_on: date | None = None) -> Registration:
    """The registration that `as_json` wrote. ended_on: known since."""
    return Registration(
        spec=ExperimentFile.model_validate(kept["spec"]),
        definitions=OutcomeDefinitions.model_validate(kept["definitions"]),
        channels=tuple(kept["channels"]),
        tiers=tuple((code, float(least)) for code, least in kept["tiers"]),
        started_on=date.fromisoformat(kept["started_on"]),
        ended_on=ended_on or (date.fromisoformat(kept["ended_on"]) if kept["ended_on"] else None),
        **{
            name: kept[name]
            for name in (
                "code", "text", "version", "experiment", "planned_units", "planned_days", "registered", "shares",
                "plan", "clusters",
            )
        },
    )  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _units(spec: ExperimentFile, planned: Mapping[str, Any], clusters: Mapping[str, str]) -> float:
    """Effective units at the planned end: of customers, drawn clusters, or periods."""
    if spec.unit in CLUSTERED:
        sizes = [sum(arm == name for arm in clusters.values()) for name in ("treated", "holdout")]
        return effective_units(*sizes) if min(sizes) else 1.0
    if spec.evidence == "switchback":
        periods = (planned["always_valid"]["entry_days"] or spec.stop.at_most_days) / (spec.period_days or 1)
        return max(periods / 4, 1.0)
    return float(planned["effective_units"])
