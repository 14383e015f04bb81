"""Beside an experiment: what a figure means and its query, what was frozen, contacted hold-outs, the printed report."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liuke import __version__
from liuke.act.bank_file import EXPERIMENT_FILES
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import branch_names, staff_names
from liuke.console.diffing import diff_lines
from liuke.console.experiment_context import named_line, names_of, outcomes_of, read_in
from liuke.console.experiment_figures import DEFINITIONS
from liuke.console.experiment_words import facts_of
from liuke.console.labels import Text
from liuke.console.reading import data_date, house, lend
from liuke.console.reading.experiments import leaks_of, shelf
from liuke.console.showing import locale
from liuke.govern.access import may
from liuke.govern.masking import show_value
from liuke.state.actions.record import record_hold_outs
from liuke.state.actions.whole_bank import may_stop
from liuke.state.experiment_list import Listed
from liuke.track.experiments.queries import query_steps
from liuke.track.leakage import BYS


@require_GET
@guarded("see_effect")
def figure(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """What a figure means, how it is computed, and the query behind it."""
    line, day = named_line(shelf(), code), data_date().day
    told_of = DEFINITIONS.get(name)
    if told_of is None or line.registration is None or day is None:
        raise Http404
    registration = line.registration
    context = {
        "told": told_of,
        "steps": query_steps(told_of.query, registration, house().as_of(day)),
        "outcomes": outcomes_of(registration),
        "registration": registration,
        "day": day,
        "branches": sorted(scope_of(request).branches or ()),
    }
    return _beside(request, line, "experiment_figure", context, told_of.label)


@require_GET
@guarded("see_effect")
def frozen(request: HttpRequest, code: str) -> HttpResponse:
    """The pre-registration: text, hash, who approved, and what the file says otherwise now."""
    found = shelf()
    line, state = named_line(found, code), found.states.get(code)
    if line.registration is None or state is None:
        raise Http404
    home = house().home
    context = {
        "state": state,
        "registration": line.registration,
        "names": names_of([], state),
        "gone": not EXPERIMENT_FILES.path(home, code).is_file(),
        "diff": diff_lines(line.registration.text, EXPERIMENT_FILES.read(home, code)),
        "changed": line.changed,
        "outcomes": outcomes_of(line.registration),
    }
    return _beside(request, line, "experiment_frozen", context, _("预登记"))


@require_GET
@guarded("see_effect")
def leaks(request: HttpRequest, code: str) -> HttpResponse:
    """Contacted hold-outs by who contacted them; the customers themselves only for those who run experiments.

    Nobody who works with customers may learn who is held out: the list is masked, and looking at it is audited.
    """
    line, day, scope = named_line(shelf(), code), data_date().day, scope_of(request)
    if line.registration is None or day is None:
        raise Http404
    by = request.GET.get("by", BYS[0])
    by = by if by in BYS else BYS[0]
    lists = may_stop(scope) and may(scope.role, "see_customers")
    with lend() as reader:
        groups, rows = leaks_of(reader, scope, line, day, by, named=lists)
    if rows:
        record_hold_outs(who_of(request), code, len(rows))
    context = {
        "by": by,
        "bys": [("staff_id", _("客户经理")), ("branch", _("机构")), ("channel", _("渠道")), ("on_day", _("日期"))],
        "groups": [row | {"key": row[by]} for row in groups],
        "rows": [
            row | {"customer_id": show_value(row["customer_id"], "account", scope.reads["number"])} for row in rows
        ],
        "lists": lists,
        "staff": staff_names(row.get("staff_id") for row in [*rows, *groups]),
        "branches": branch_names([row.get("branch") for row in [*rows, *groups]]),
        "channels": labels.CHANNELS,
        "results": labels.RESULTS,
    }
    return _beside(request, line, "experiment_leaks", context, _("对照组被联系"))


@require_GET
@guarded("see_effect")
def report(request: HttpRequest, code: str) -> HttpResponse:
    """The printable report of one experiment: A4, without navigation."""
    found, day, scope = shelf(), data_date().day, scope_of(request)
    line = named_line(found, code)
    if line.registration is None or day is None:
        raise Http404
    state = found.states.get(code)
    context = read_in(scope, line, day) | {
        "code": code,
        "title": line.title(locale()),
        "line": line,
        "state": state,
        "names": names_of([], state),
        "facts": facts_of(line.registration.spec, line.registration.definitions, dict(line.registration.shares)),
        "outcomes": outcomes_of(line.registration),
        "definitions": DEFINITIONS,
        "bank": settings.BANK.name,
        "version": __version__,
        "made_at": timezone.now(),
        "whole": scope.branches is None,
    }
    return render(request, "console/experiment_report.html", context)


def _beside(request: HttpRequest, line: Listed, part: str, context: dict[str, Any], heading: Text) -> HttpResponse:
    """The part as a drawer where the page asks for one, else as a page of its own."""
    whole = context | {
        "code": line.code,
        "title": line.title(locale()),
        "part": f"console/parts/{part}.html",
        "heading": heading,
    }
    if request.headers.get("HX-Request"):
        return render(request, "console/parts/beside.html", whole)
    return page(request, "console/experiment_beside.html", "experiments", whole)
