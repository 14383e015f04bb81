"""成效: what was saved and what it cost, with the definition of every figure and the query behind it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import branch_choices, branch_filter, branch_names, staff_names
from liuke.console.figures import smallest
from liuke.console.reading import Reader, data_date, lend
from liuke.console.reading.saved import Seen, Wish, query_of, seen
from liuke.console.saved_context import context_of, printed
from liuke.console.saved_csv import csv_rows
from liuke.console.saved_words import DEFINITIONS, KIND_NAMES, PERIOD_NAMES, Definition
from liuke.console.showing import locale
from liuke.govern.access import Scope, may
from liuke.state.actions import record_export
from liuke.state.scopes import subtree
from liuke.track.saved.bank_terms import PERIODS
from liuke.track.saved.queries import Query

_ROWS: Final = 20
"""Branches and RMs on the page; the file and the report have all of them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for, as far as the person may see it. sources: (experiment, kind, name) to choose from."""

    wish: Wish
    branch: str
    seen: Seen
    sources: tuple[tuple[str, str, str], ...]


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """The page. Before the first run it says what is missing and shows no number."""
    day = data_date().day
    if day is None:
        return page(request, "console/saved.html", "dashboard", {"day": None})
    with lend() as reader:
        asked = _asked(reader, request, day)
    whole = context_of(asked.seen)
    context = whole | {
        "day": day,
        "periods": [(code, PERIOD_NAMES[code]) for code in PERIODS],
        "wish": asked.wish,
        "branch": asked.branch,
        "branches": branch_choices(scope_of(request)),
        "sources": asked.sources,
        "can_export": may(scope_of(request).role, "export"),
        "branch_rows": whole["branch_rows"][:_ROWS],
        "staff_rows": whole["staff_rows"][:_ROWS],
        "query": request.GET.urlencode(),
    }
    return page(request, "console/saved.html", "dashboard", context)


@require_GET
@guarded("see_effect")
def figure(request: HttpRequest, code: str) -> HttpResponse:
    """One figure: what it means, how it is computed, and the query behind it with tables, versions and rows."""
    told: Definition | None = DEFINITIONS.get(code)  # type: ignore[call-overload]
    day = data_date().day
    if told is None or day is None:
        raise Http404
    with lend() as reader:
        asked = _asked(reader, request, day)
        wanted = _queries(told, asked.seen)
        texts = [(q, query_of(reader, scope_of(request), asked.wish, asked.seen, q)) for q in wanted]
    main, terms = asked.seen.board.main, asked.seen.board.terms
    context = {
        "code": code,
        "told": told,
        "queries": texts,
        "day": day,
        "terms": terms,
        "period": PERIOD_NAMES[asked.wish.period],
        "versions": asked.seen.versions,
        "measured": (main.treated.measured, main.holdout.measured),
        "query": request.GET.urlencode(),
    }
    if request.headers.get("HX-Request"):
        drawer = {"part": "console/parts/figure.html", "heading": told.label, "sign": "zoom-question"}
        return render(request, "console/parts/beside.html", context | drawer)
    return page(request, "console/figure.html", "dashboard", context)


@require_GET
@guarded("see_effect")
def report(request: HttpRequest) -> HttpResponse:
    """The printable report: A4, without navigation."""
    asked = _asked_now(request)
    context = printed(asked.seen) | {
        "period": PERIOD_NAMES[asked.wish.period],
        "source": next((label for name, _kind, label in asked.sources if name == asked.wish.source), ""),
        "place": branch_names([asked.branch]).get(asked.branch, ""),
        "made_at": timezone.now(),
        "query": request.GET.urlencode(),
    }
    return render(request, "console/saved_report.html", context)


@require_POST
@guarded("export")
def export(request: HttpRequest) -> HttpResponse:
    """All tables as one CSV file; audited. Small groups have no figures in it either."""
    asked = _asked_now(request)
    made = asked.seen.board
    branches = branch_names([row.key for row in made.branches])
    rows = list(csv_rows(asked.seen, branches, staff_names([row.key for row in made.staff])))
    record_export(who_of(request), f"effect:{asked.wish.period}:{asked.wish.source or 'all'}"[:64], len(rows) - 1)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="effect-{made.day}-{asked.wish.period}.csv"'
    return answer


def _asked_now(request: HttpRequest) -> _Asked:
    """As of the last data day. Raises Http404 before the first run."""
    day = data_date().day
    if day is None:
        raise Http404
    with lend() as reader:
        return _asked(reader, request, day)


def _asked(reader: Reader, request: HttpRequest, day: date) -> _Asked:
    """Anything unknown does not filter."""
    scope, asked = scope_of(request), request.GET
    period = next((p for p in PERIODS if p == asked.get("period")), PERIODS[0])
    branch = _branch(scope, branch_filter(request))
    wish = Wish(period, None, subtree(branch) if branch else None)
    whole = seen(reader, scope, day, wish, smallest())
    rows = whole.board.sources
    names = tuple(
        (r.source.experiment, str(KIND_NAMES[r.source.kind]), whole.name_of(r.source, locale())) for r in rows
    )
    source = asked.get("source", "")
    if source not in {name for name, _kind, _label in names}:
        return _Asked(wish, branch, whole, names)
    one = replace(wish, source=source)
    return _Asked(one, branch, seen(reader, scope, day, one, smallest()), names)


def _branch(scope: Scope, branch: str) -> str:
    """The branch asked for, '' where it is not the person's."""
    mine = scope.branches is None or branch in scope.branches
    return branch if branch and mine and branch_names([branch]) else ""


def _queries(told: Definition, found: Seen) -> tuple[Query, ...]:
    """Those that carry the figure here: of the headline the global hold-out's, where there is one."""
    if told.queries != ("main",) or found.board.everybody is None or told is DEFINITIONS["steps"]:
        return tuple(q for q in told.queries if found.board.everybody or q not in ("everybody", "people"))
    return ("everybody", "people", "main")
