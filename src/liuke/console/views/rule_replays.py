"""Replays asked for beside the editor: started, followed and stopped; what they found, masked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from liuke.act.triggers.ruleset import parse_trigger
from liuke.console.acting import guarded, scope_of, who_of
from liuke.console.choices import branch_names, staff_names
from liuke.console.reading import data_date, house
from liuke.console.reading.rule_bench import bench
from liuke.console.reading.rule_trials import matched_sample
from liuke.console.sampling import sample_of
from liuke.errors import LiukeError
from liuke.state.actions.record import record_segment
from liuke.state.actions.replay_rule import ask_replay, latest_replay, stop_replay
from liuke.state.actions.text_change import short
from liuke.state.models import RuleChange, RuleReplay
from liuke.wiring.asked_job import start_job


@require_http_methods(["GET", "POST"])
@guarded("see_effect")
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: how the newest replay of the rule stands. POST: starts one of the text as typed."""
    change = RuleChange.objects.filter(pk=pk).exclude(stage="discarded").first()
    if change is None or (change.stage == "draft" and change.author != scope_of(request).actor):
        raise Http404
    if request.method == "GET":
        return _shown(request, change)
    try:
        text = short(request.POST.get("text", change.text))
        rule = parse_trigger(text, bench().catalogue, code=change.code)
        first, last = _days(request)
        asked = ask_replay(who_of(request), rule, text, first, last)
    except LiukeError as error:
        return _shown(request, change, mistake=error)
    start_job(house().home, asked.pk)
    return _shown(request, change)


@require_POST
@guarded("edit_rules")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops the newest replay of the rule."""
    change = RuleChange.objects.filter(pk=pk).first()
    if change is None:
        raise Http404
    found = latest_replay(change.code, timezone.now())
    if found:
        stop_replay(who_of(request), found.pk)
    return _shown(request, change)


def _days(request: HttpRequest) -> tuple[date, date]:
    """The days asked for; by default the sixty up to the data's date."""
    last = _day(request.POST.get("last", "")) or data_date().day or timezone.localdate() - timedelta(days=1)
    return _day(request.POST.get("first", "")) or last - timedelta(days=59), last


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(request: HttpRequest, change: RuleChange, mistake: LiukeError | None = None) -> HttpResponse:
    found = latest_replay(change.code, timezone.now())
    context: dict[str, Any] = {"change": change, "replay": found, "mistake": mistake}
    if found and found.state == "done" and found.result:
        context |= _result(request, change, found)
    return render(request, "console/parts/rule_replay.html", context)


def _result(request: HttpRequest, change: RuleChange, found: RuleReplay) -> dict[str, Any]:
    """What it found. Rows of customers are looked at: audited."""
    result: dict[str, Any] = found.result or {}
    scope = scope_of(request)
    ids = list(dict.fromkeys(row["customer_id"] for row in result["newest"]))
    shown = sample_of(matched_sample(ids, result["customers"], scope), scope)
    if shown["sample"]:
        record_segment(who_of(request), f"trigger:{found.code}"[:64], found.meaning)
    try:
        now = parse_trigger(change.text, bench().catalogue, code=change.code).meaning
    except LiukeError:
        now = ""
    desks = [name for name, _n in result["by_desk"]]
    names = branch_names(desks) | staff_names(desks)
    days = result["by_day"]
    return shown | {
        "result": result,
        "desks": [(names.get(desk, desk), n) for desk, n in result["by_desk"]],
        "peak": max((n for _day, n in days), default=0),
        "other_text": now != found.meaning,
    }
