"""How a case is told: who goes on, when it is, and each step as it is taken, for all cases of a day at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from liuke.sim.case_steps import DAY_S, NOTHING, OTHER, Steps, no_steps
from liuke.sim.config import calendar_day
from liuke.sim.draws import Bools, Floats, Ints, Keys, Stream, bell, uniform
from liuke.sim.seasons import is_workday, second_of_day

FATES: Final = ("completed", "rejected", "withdrawn", "abandoned")
DONE, TURNED_DOWN, TAKEN_BACK, LEFT = range(len(FATES))
NEVER_SEEN: Final = -1


@dataclass(frozen=True, slots=True)
class Begun:
    """Cases of one journey that begin on one day, one row each; a customer begins one a day at most.

    who: position; key: of the customer; at: bank-local seconds since 1970-01-01; channel: a row of case_steps.CHANNELS;
    weak: whether the customer's branch is a weak one.
    """

    journey: int
    day: int
    who: Ints
    key: Keys
    at: Ints
    channel: Ints
    weak: Bools


@dataclass(frozen=True, slots=True)
class Cases:
    """What was planned of cases, one row each, whether or not the customer and the story last so long.

    who, day, journey, channel as in Begun; fate: a row of FATES; stage: where it ends, a row of case_steps.STAGES;
    at_branch: whether identity was to be proved at a branch; again: typed in again at the counter; lag: seconds from
    approval to its being told in the app, −1 when it never is or nothing was approved; approved: whether it was.
    """

    who: Ints
    day: Ints
    journey: Ints
    channel: Ints
    fate: Ints
    stage: Ints
    at_branch: Bools
    again: Bools
    approved: Bools
    lag: Ints


def all_cases(parts: list[Cases]) -> Cases:
    """The cases of several, one after the other."""
    if not parts:
        nobody = Begun(0, 0, *(np.zeros(0, np.int64) for _ in range(4)), np.zeros(0, bool))  # type: ignore[arg-type, call-arg]
        parts = [Script(nobody, 0).cases()]
    return Cases(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Cases)))


class Script:
    """Cases as they go on. `at`, `going` and `channel` are each case's moment, whether it goes on, and where."""

    def __init__(self, begun: Begun, last_stage: int) -> None:
        n = len(begun.who)
        self.begun, self.at, self.channel = begun, begun.at.copy(), begun.channel.copy()
        self.going = np.ones(n, bool)
        self.fate, self.stage = np.full(n, DONE), np.full(n, last_stage)
        self.at_branch, self.again, self.approved = (np.zeros(n, bool) for _ in range(3))
        self.lag = np.full(n, NEVER_SEEN)
        self._rows, self._at, self._channel, self._typed = (list[Ints]() for _ in range(4))
        self._same: list[tuple[int, int, int, int]] = []

    def u(self, stream: Stream) -> Floats:
        """A draw per case."""
        return uniform(self.begun.key, self.begun.day, stream)

    def tell(
        self,
        name: int,
        stage: int,
        typed: Ints | int = NOTHING,
        *,
        among: Bools | None = None,
        status: int | None = None,
    ) -> None:
        """A step that all going cases take now, or some of them. status: of `application_status` only."""
        self.tell_at(self.at, self.channel, name, stage, typed, among=among, status=status)

    def tell_at(
        self, at: Ints, channel: Ints | int, name: int, stage: int, typed: Ints | int = NOTHING, *,
        among: Bools | None = None, status: int | None = None,
    ) -> None:  # fmt: skip
        """A step at a moment and on a channel of its own; the cases stay where they are."""
        rows = np.flatnonzero(self.going if among is None else self.going & among)
        if len(rows):
            self._rows.append(rows)
            self._at.append(at[rows])
            self._channel.append(channel[rows] if isinstance(channel, np.ndarray) else np.full(len(rows), channel))
            self._typed.append(typed[rows] if isinstance(typed, np.ndarray) else np.full(len(rows), typed))
            self._same.append((len(rows), name, stage, name if status is None else status))

    def bank_tells(self, name: int, stage: int, *, among: Bools | None = None, status: int | None = None) -> None:
        """The core system's word, now."""
        self.tell_at(self.at, OTHER, name, stage, among=among, status=status)

    def leave(self, who: Bools, stage: int, fate: int = LEFT) -> None:
        """Cases that end here."""
        ending = self.going & who
        self.fate[ending], self.stage[ending] = fate, stage
        self.going &= ~who

    def steps(self) -> Steps:
        """Everything told."""
        if not self._rows:
            return no_steps()
        size, name, stage, status = np.array(self._same, np.int64).T
        rows = np.concatenate(self._rows)
        return Steps(
            who=self.begun.who[rows],
            at=np.concatenate(self._at),
            begun=np.full(len(rows), self.begun.day),
            name=np.repeat(name, size),
            channel=np.concatenate(self._channel),
            journey=np.full(len(rows), self.begun.journey),
            stage=np.repeat(stage, size),
            fields=np.concatenate(self._typed),
            status=np.repeat(status, size),
        )

    def cases(self) -> Cases:
        """What became of the cases."""
        b, n = self.begun, len(self.begun.who)
        return Cases(
            b.who, np.full(n, b.day), np.full(n, b.journey), b.channel, self.fate, self.stage,
            self.at_branch, self.again, self.approved, self.lag,
        )  # fmt: skip


def skewed(u: Floats, median_s: Floats | float, sigma: float, most_s: float = 40.0 * DAY_S) -> Ints:
    """Log-normal seconds, at least one."""
    seconds: Ints = np.clip(median_s * np.exp(sigma * bell(u)), 1.0, most_s).astype(np.int64)
    return seconds


def on_a_day(at: Ints, days: Ints, u: Floats, *, office: bool = False) -> Ints:
    """A moment so many days (one or more) after `at`'s day, at an hour people keep."""
    moment: Ints = (at // DAY_S + days) * DAY_S + second_of_day(u, office=office)
    return moment


def on_a_workday(at: Ints, days: Ints, u: Floats) -> Ints:
    """In office hours of the first workday that is so many days (one or more) after `at`'s day."""
    day = at // DAY_S + days
    for number in np.unique(day).tolist():
        first = number
        while not is_workday(calendar_day(first)):
            first += 1
        day[day == number] = first
    moment: Ints = day * DAY_S + second_of_day(u, office=True)
    return moment
