"""Every experiment and every draw of the bank, registered or not, with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from liuke.errors import YourMistake, coded, guess
from liuke.insight.amounts import Locale
from liuke.settings import Name
from liuke.state.actions.change_experiment import Standing, standings
from liuke.track.experiments.catalogue import BankExperiments, Experiment, draws_without_experiment
from liuke.track.experiments.experiment_file import WEAKER, ExperimentFile
from liuke.track.experiments.registration import Registration, by_default
from liuke.track.experiments.stage import Stage

Standings = Mapping[str, Standing]
EVER = date(1970, 1, 1)
"""Entrants of a draw nobody wrote about count from the first on."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line. experiment: as its file says now, None where the file is gone or wrong (`mistake`). registration: what
    was frozen, or the default plan; None before the start. stage: 'unregistered' for a default plan. changed: its file,
    an outcome or the split was changed since what was approved or frozen.
    """

    code: str
    experiment: Experiment | None
    registration: Registration | None
    stage: Stage | Literal["unregistered"]
    changed: bool = False
    mistake: YourMistake | None = None

    @property
    def spec(self) -> ExperimentFile | None:
        """What was frozen, else what its file says."""
        if self.registration:
            return self.registration.spec
        return self.experiment.spec if self.experiment else None

    @property
    def name(self) -> Name:
        """In both languages; the code where nothing can be read."""
        return self.spec.name if self.spec else Name(zh=self.code, en=self.code)

    def title(self, locale: Locale) -> str:
        """The experiment's name in the language."""
        return self.name.en if locale == "en" else self.name.zh

    @property
    def version_now(self) -> str | None:
        """What `read_registered` compares with what was frozen; None for a default plan."""
        if self.stage == "unregistered":
            return None
        return self.experiment.version if self.experiment else "-"


def listed(bank: BankExperiments, standing: Standings | None = None) -> tuple[Listed, ...]:
    """All of them: those with a file or a row by code, then default plans of draws that none which started reads."""
    found = standings() if standing is None else standing
    own = tuple(_own(bank, found))
    taken = {
        line.registration.experiment for line in own
        if line.registration and line.registration.spec.evidence not in WEAKER
        and line.registration.spec.unit == "customer" and line.registration.spec.arms.control == "holdout"
    }  # fmt: skip
    plans = draws_without_experiment(bank, {name for name in taken if name})
    return (*own, *(Listed(e.code, e, by_default(e, EVER), "unregistered") for e in plans))


def listed_named(bank: BankExperiments, code: str) -> Listed:
    """The line of that code; YourMistake with the nearest name when there is none."""
    lines = {line.code: line for line in listed(bank)}
    if code not in lines:
        raise YourMistake(
            coded("no_experiment", "no experiment is called '{name}'; {hint}", name=code, **guess(code, lines)),
            then="liuke experiments list   # names them all",
        )
    return lines[code]


def _own(bank: BankExperiments, found: Standings) -> Iterator[Listed]:
    for code in sorted({*bank.experiments, *bank.mistakes, *found}):
        experiment, standing = bank.experiments.get(code), found.get(code)
        registration = standing.registration if standing else None
        changed = standing is not None and standing.stage != "draft" and standing.moved(experiment)
        yield Listed(code, experiment, registration, standing.stage if standing else "draft", changed,
                     bank.mistakes.get(code))  # fmt: skip
