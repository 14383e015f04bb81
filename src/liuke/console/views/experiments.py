"""Experiments 实验: the list, one experiment with its live result, the steps of four eyes, its leaks and its report."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.changing import waiting_texts
from liuke.console.experiment_context import named_line, names_of, read_in
from liuke.console.experiment_planning import told
from liuke.console.experiment_rows import Row, rows_of
from liuke.console.experiment_words import ENDED, SOURCES, STAGES, facts_of
from liuke.console.posted import version_shown, words
from liuke.console.reading import data_date, lend
from liuke.console.reading.experiments import (
    Shelf,
    clusters_of,
    counted,
    newest,
    next_day,
    plan_of,
    shelf,
    steps_taken,
)
from liuke.console.showing import locale
from liuke.errors import LiukeError
from liuke.govern.access import Scope
from liuke.state.actions.change_experiment import (
    decide_experiment,
    propose_experiment,
    start_experiment,
    stop_experiment,
    withdraw_experiment,
)
from liuke.state.actions.change_experiment_text import EXPERIMENT_TEXTS
from liuke.state.actions.whole_bank import has_rights, may_stop
from liuke.state.experiment_list import Listed
from liuke.state.models import ExperimentState
from liuke.track.experiments.planner import as_json

_STEPS: Final = ("propose", "withdraw", "approve", "refuse", "start", "stop")
_RUNS: Final = ("running", "finished", "stopped", "unregistered")


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """Every draw, registered or not, those that run first."""
    found, scope, day = shelf(), scope_of(request), data_date().day
    rows = _rows(found, scope, day)
    stage, kind = request.GET.get("stage", ""), request.GET.get("source", "")
    shown = [row for row in rows if (not stage or row.stage == stage) and (not kind or row.kind == kind)]
    context: dict[str, Any] = {
        "rows": shown,
        "mistake": found.mistake,
        "stage": stage,
        "kind": kind,
        "stage_choices": [(code, label) for code, label in STAGES.items() if any(row.stage == code for row in rows)],
        "kinds": [(code, label) for code, label in SOURCES.items() if any(row.kind == code for row in rows)],
        "running": sum(row.stage == "running" for row in rows),
        "waits": sum(row.stage in ("proposed", "approved") for row in rows),
        "loose": sum(row.stage == "unregistered" for row in rows),
        "troubled": sum(bool(row.warnings) for row in rows),
        "whole": scope.branches is None,
    }
    context |= waiting_texts(EXPERIMENT_TEXTS, scope)
    return page(request, "console/experiments.html", "experiments", context)


@require_GET
@guarded("see_effect")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One experiment: its result, what was registered, and the steps the person may take."""
    found = shelf()
    line = named_line(found, code)
    if line.mistake is not None and line.registration is None:
        context = {"code": code, "mistake": line.mistake, "what": "experiment", "board": "experiments",
                   "name": _("实验"), "edits": has_rights(scope_of(request), "edit_rules")}  # fmt: skip
        return page(request, "console/text_unread.html", "experiments", context)
    return _shown(request, found, code)


@require_GET
@guarded("see_effect")
def result(request: HttpRequest, code: str) -> HttpResponse:
    """What is read of it now, among the customers in scope; loaded into the page, for it may take a moment."""
    line, day, scope = named_line(shelf(), code), data_date().day, scope_of(request)
    if line.registration is None or day is None:
        raise Http404
    try:
        context = read_in(scope, line, day)
    except LiukeError as error:
        context = {"mistake": error}
    context |= {"code": code, "whole": scope.branches is None}
    return render(request, "console/parts/experiment_result.html", context)


@require_POST
@guarded("see_effect")
def step(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One step of the experiment; what stands against it is told on its page."""
    found = shelf()
    named_line(found, code)
    if name not in _STEPS:
        raise Http404
    try:
        _take(request, found, code, name)
    except LiukeError as error:
        return _shown(request, shelf(), code, refusal=error, status=422)
    return redirect("experiment", code)


def _take(request: HttpRequest, found: Shelf, code: str, name: str) -> None:
    who, version, reason, day = who_of(request), version_shown(request), words(request, "reason"), data_date().day
    if found.bank is None or day is None:
        raise Http404
    if name == "withdraw":
        withdraw_experiment(who, code, version)
    elif name == "stop":
        stop_experiment(who, code, version, reason, day)
    elif name == "start":
        experiment = found.bank.named(code)
        with lend() as reader:
            clusters = clusters_of(reader, experiment, day)
        start_experiment(who, experiment, next_day(day), version, clusters)
    elif name == "propose":
        with lend() as reader:
            planned = as_json(plan_of(reader, found.bank.named(code), day))
        propose_experiment(who, found.bank.named(code), planned, words(request, "note"))
    else:
        decide_experiment(who, found.bank.named(code), "approve" if name == "approve" else "refuse", version, reason)


def _rows(found: Shelf, scope: Scope, day: date | None) -> list[Row]:
    if day is None:
        return rows_of(found.lines, None, {}, {})
    with lend() as reader:
        kept = newest(reader) if scope.branches is None else {}
        counts = counted(reader, scope, found.lines, day)
    return rows_of(found.lines, day, counts, kept)


def _shown(
    request: HttpRequest, found: Shelf, code: str, *, refusal: LiukeError | None = None, status: int = 200
) -> HttpResponse:
    line, scope, day = named_line(found, code), scope_of(request), data_date().day
    [row] = _rows(_only(found, code), scope, day)
    state, taken = found.states.get(code), steps_taken(code)
    spec, experiment = line.spec, line.experiment
    definitions = line.registration.definitions if line.registration else None
    if definitions is None and experiment and found.bank:
        definitions = found.bank.shelf.definitions
    shares = line.registration.shares if line.registration else experiment.shares if experiment else {}
    context: dict[str, Any] = {
        "row": row,
        "line": line,
        "state": state,
        "refusal": refusal,
        "spec": spec,
        "hypothesis": (spec.hypothesis.en if locale() == "en" else spec.hypothesis.zh) if spec else "",
        "facts": facts_of(spec, definitions, dict(shares)) if spec and definitions else [],
        "trail": taken,
        "names": names_of(taken, state),
        "actions": labels.AUDIT_ACTIONS,
        "ended": ENDED.get(state.ended_because) if state and state.ended_because else "",
        "reads": line.registration is not None and day is not None,
        "first_day": next_day(day) if day else None,
        **_may(scope, line, state),
        **_planned(found, line, state),
    }
    return page(request, "console/experiment.html", "experiments", context, status=status)


def _only(found: Shelf, code: str) -> Shelf:
    return Shelf(found.bank, {code: found.lines[code]}, found.states, found.mistake)


def _planned(found: Shelf, line: Listed, state: ExperimentState | None) -> dict[str, Any]:
    """The plan that was approved, or that waits for approval."""
    planned = line.registration.plan if line.registration and line.registration.registered else None
    planned = planned or (state.plan if state else None)
    if not planned or found.bank is None or line.spec is None:
        return {}
    return told(planned, line.spec.metrics.primary[0], found.bank.shelf, line.spec.mde)


def _may(scope: Scope, line: Listed, state: ExperimentState | None) -> dict[str, Any]:
    """Which steps the person may take now."""
    author = state is not None and state.author == scope.actor
    edits, approves = has_rights(scope, "edit_rules"), has_rights(scope, "approve_rules")
    waits, written = line.stage == "proposed", line.experiment is not None and line.stage not in _RUNS
    return {
        "edits": edits and line.stage not in _RUNS,
        "registers": edits and line.stage == "unregistered",
        "proposes": edits and written and (line.stage in ("draft", "refused") or line.changed) and not waits,
        "withdraws": waits and author and edits,
        "decides": waits and approves and not author,
        "starts": line.stage == "approved" and may_stop(scope) and not line.changed,
        "stops": line.stage == "running" and may_stop(scope),
    }
