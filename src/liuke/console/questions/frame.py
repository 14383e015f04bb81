"""What the pages of all kinds of questions share: choosing period and customers, kept views, mistakes, asking."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from liuke.console.acting import View, person, scope_of
from liuke.console.choices import branch_choices, branch_names
from liuke.console.figures import smallest
from liuke.console.mistakes import told_all
from liuke.console.questions.exporting import watermark
from liuke.console.questions.fields import Fields
from liuke.console.questions.funnel_form import FunnelForm, placed
from liuke.console.questions.turns import TURNS
from liuke.console.questions.whom import COUNTED, PRESETS, preset_of, unit_of, whom_of
from liuke.console.reading import Reader
from liuke.console.reading.audience import catalogue
from liuke.console.reading.behaviour import Seen
from liuke.console.reading.rule_bench import people
from liuke.console.showing import locale, rights
from liuke.console.whole_number import whole
from liuke.errors import Stopped, YourMistake
from liuke.govern.access import may
from liuke.insight.behaviour.breakdown import Group
from liuke.state.actions.keep_view import views_for
from liuke.state.models import AnalysisView

ANSWER: Final = "answer"
BUILDER: Final = "builder"
_USUAL: Final = ("event:login", "event:search", "event:view_product", "event:apply_start")


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


def in_turn(view: View) -> View:
    """Answers of one page one after the other; one that is no longer the newest is stopped, or never begun: 204."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asks = part_of(request) == ANSWER
        page_id = request.headers.get("X-Page", "") if asks else ""
        with TURNS.turn(_page_of(request, page_id) if page_id else "") as wanted:
            if wanted:
                with suppress(Stopped):
                    return view(request, *args, **kwargs)
            return HttpResponse(status=204)

    return inner


def left(request: HttpRequest, page_id: str) -> None:
    """The person has left the page: nobody waits for its question."""
    TURNS.leave(_page_of(request, page_id))


def _page_of(request: HttpRequest, page_id: str) -> str:
    """Pages are each person's own, so that nobody stops another's question."""
    return f"{person(request).pk}:{page_id[:32]}"


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
        "units_counted": COUNTED,
        "counted": unit_of(fields),
        "chosen_in": fields.one("in"),
        "branches": branch_choices(scope),
        "whole_bank": scope.branches is None,
        "segments": sorted((f"segment:{c}", s.title(locale())) for c, s in known.segments.items()),
        "tags": sorted((f"tag:{c}", t.title(locale())) for c, t in known.tags.items()),
        "can_export": may(scope.role, "export"),
        "small": smallest(),
        "data_day": day,
        "page_id": secrets.token_hex(6),
    }


def address(kind_path: str, fields: Fields, kept: Kept | None) -> str:
    """The address of the state shown."""
    query = fields.query
    if kept:
        query = f"view={kept.view.pk}&{query}" if query else f"view={kept.view.pk}"
    return f"{kind_path}?{query}" if query else kind_path


def answering(
    request: HttpRequest, kind: str, fields: Fields, form: FunnelForm, mistake: YourMistake | None
) -> dict[str, Any]:
    """Context of every answer: mistakes at their places, the kept view, what may be done with it."""
    wrong = placed(mistake, form)
    return {
        "wrong_steps": [(n, told_all(wrong.steps.get(n, ()))) for n in range(1, len(form.steps) + 1)],
        "wrong_bans": [(n, told_all(wrong.bans.get(n, ()))) for n in range(1, len(form.bans) + 1)],
        "wrong_other": told_all(wrong.other),
        "wrong": mistake is not None,
        "kept": kept_of(request, kind, fields),
        "kind": kind,
        "export_url": f"analysis_{kind}_export",
        "query": fields.query,
        "mark": watermark(request),
        "can_export": "export" in rights(scope_of(request)),
    }


def value_names(fields: Fields, groups: Iterable[Group]) -> Mapping[str, str]:
    """Values of the breakdown in words, where they are codes."""
    kind, _colon, name = fields.one("by").partition(":")
    if name == "branch_id":
        return branch_names(group.value for group in groups)
    return {"yes": _("是"), "no": _("否")} if kind in ("tag", "segment") else {}


def tokens(seen: Sequence[Seen]) -> list[str]:
    """Names for a new step: usual ones that occur, then the others."""
    found = [f"{each.did}:{name}" for each in seen for name in each.names]
    return [*(t for t in _USUAL if t in found), *(t for t in found if t not in _USUAL)]


def addressed(request: HttpRequest, answer: HttpResponse, here: str) -> HttpResponse:
    """The answer, with the address its state has: a new one in the history, but the first of a page in its place."""
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    if parse_qsl(shown.query) != parse_qsl(urlsplit(here).query):
        answer["HX-Push-Url" if shown.query else "HX-Replace-Url"] = here
    return answer


def usual_or(fields: Fields, name: str, make: Callable[[], Fields]) -> Fields:
    """The fields, or where `name` was not asked for the usual question."""
    return fields if fields.many(name) else make()
