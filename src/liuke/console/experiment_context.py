"""What the pages of one experiment have in common: its line, its reading in scope, people's names, its outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404

from liuke.console import labels
from liuke.console.choices import branch_names
from liuke.console.experiment_figures import KINDS
from liuke.console.experiment_result import result_of
from liuke.console.experiment_words import metric_name
from liuke.console.figures import share
from liuke.console.reading import lend
from liuke.console.reading.experiments import Shelf, reading_of, said_of
from liuke.console.reading.rule_bench import people
from liuke.govern.access import Scope
from liuke.state.actions.four_eyes import SYSTEM
from liuke.state.experiment_list import Listed
from liuke.state.models import ExperimentState
from liuke.track.experiments.reading import RegisteredReading
from liuke.track.experiments.registration import Registration


def named_line(found: Shelf, code: str) -> Listed:
    """The experiment of that code. Raises Http404."""
    if code not in found.lines:
        raise Http404
    return found.lines[code]


def read_in(scope: Scope, line: Listed, day: date) -> dict[str, Any]:
    """Its reading among the customers in scope, in words; kept readings for who sees the whole bank."""
    with lend() as reader:
        found = reading_of(reader, scope, line, day)
        said = said_of(reader, line.code) if scope.branches is None else ()
    return result_of(found, said, _segment_names(found))


def _segment_names(found: RegisteredReading) -> dict[str, str]:
    if found.registration.spec.segment != "branch":
        return {}
    return branch_names([str(s.segment) for m in found.reading.metrics for s in m.segments])


def outcomes_of(registration: Registration) -> list[tuple[str, str, str]]:
    """Name, meaning with the frozen parameters, and code of every outcome it measures."""
    found = []
    for code, definition in registration.definitions.outcomes.items():
        keys = definition.model_dump()
        if "keep_share" in keys:
            keys["keep_share"] = share(keys["keep_share"], 0)
        meaning = str(KINDS[definition.kind]).format(**keys)
        found.append((metric_name(code, registration.definitions), meaning, code))
    return found


def names_of(taken: list[Any], state: ExperimentState | None) -> Mapping[str, Any]:
    """Names of who took steps (as `steps_taken`), wrote and decided it."""
    actors = {each["actor"] for each in taken} | ({state.author, state.decided_by} if state else set())
    return {**people(actors), SYSTEM: labels.CHANNELS["system"]}
