"""What the pages of all kinds of questions share: choosing period and customers, kept views, mistakes, asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse

from liuke.console.acting import scope_of
from liuke.console.choices import branch_choices
from liuke.console.figures import smallest
from liuke.console.questions.fields import Fields
from liuke.console.questions.whom import PRESETS, preset_of, whom_of
from liuke.console.reading import Reader
from liuke.console.reading.audience import catalogue
from liuke.console.reading.rule_bench import people
from liuke.console.showing import locale
from liuke.console.whole_number import whole
from liuke.govern.access import may
from liuke.state.actions.keep_view import views_for
from liuke.state.models import AnalysisView

ANSWER: Final = "answer"
BUILDER: Final = "builder"


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept view a page was opened from. mine: it is the person's own. changed: the page asks something else now."""

    view: AnalysisView
    owner: str
    mine: bool
    changed: bool


def part_of(request: HttpRequest) -> str:
    """Which part of the page htmx reads: ANSWER, BUILDER, or '' for the whole page."""
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    return target if target in (ANSWER, BUILDER) else ""


def kept_of(request: HttpRequest, kind: str, fields: Fields) -> Kept | None:
    """The view named in the address, if the person may open it."""
    asked = request.GET.get("view", "")
    view = views_for(scope_of(request)).filter(pk=whole(asked), kind=kind).first() if asked else None
    if view is None:
        return None
    owner = people([view.owner])[view.owner]
    return Kept(view, owner, view.owner == scope_of(request).actor, view.text != fields.text)


def choosing(request: HttpRequest, reader: Reader, fields: Fields, day: date) -> dict[str, Any]:
    """Context of the fields that every question has."""
    scope, known = scope_of(request), catalogue(reader)
    return {
        "presets": PRESETS,
        "preset": preset_of(fields),
        "first": fields.one("first"),
        "last": fields.one("last", day.isoformat()),
        "whom": whom_of(fields),
        "chosen_in": fields.one("in"),
        "branches": branch_choices(scope),
        "whole_bank": scope.branches is None,
        "segments": sorted((f"segment:{c}", s.title(locale())) for c, s in known.segments.items()),
        "tags": sorted((f"tag:{c}", t.title(locale())) for c, t in known.tags.items()),
        "can_export": may(scope.role, "export"),
        "small": smallest(),
        "data_day": day,
    }


def address(kind_path: str, fields: Fields, kept: Kept | None) -> str:
    """The address of the state shown."""
    query = fields.query
    if kept:
        query = f"view={kept.view.pk}&{query}" if query else f"view={kept.view.pk}"
    return f"{kind_path}?{query}" if query else kind_path


def addressed(request: HttpRequest, answer: HttpResponse, here: str) -> HttpResponse:
    """The answer, with the address its state has: a new one in the history, but the first of a page in its place."""
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    if parse_qsl(shown.query) != parse_qsl(urlsplit(here).query):
        answer["HX-Push-Url" if shown.query else "HX-Replace-Url"] = here
    return answer


def usual_or(fields: Fields, name: str, make: Callable[[], Fields]) -> Fields:
    """The fields, or where `name` was not asked for the usual question."""
    return fields if fields.many(name) else make()
