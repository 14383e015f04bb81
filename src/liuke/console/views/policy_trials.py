"""The contact policy as it might be, tried on last month's decisions: asked for, followed, stopped, read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.act.contact_policy import ContactPolicy, read_contact_policy
from liuke.act.gates.sentences import gate_name
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.fate_words import rule_words
from liuke.console.reading import house, lend
from liuke.console.reading.fates import fate_days
from liuke.console.showing import locale
from liuke.console.whole_number import whole
from liuke.errors import LiukeError, YourMistake, coded
from liuke.state.actions.replay_rule import POLICY, ask_trial, latest_replay, stop_replay
from liuke.state.actions.text_change import short
from liuke.state.actions.whole_bank import check_rights, has_rights
from liuke.wiring.asked_job import start_job
from liuke.yaml_file import parse_yaml

SPANS: Final = (7, 14, 30)
"""Calendar days to choose from; fates are kept for 35."""


@require_http_methods(["GET", "POST"])
@guarded("see_effect")
def trial(request: HttpRequest) -> HttpResponse:
    """GET: the policy at work as text, and the newest trial. POST: starts one of the text as typed."""
    text, mistake = request.POST.get("text", ""), None
    if request.method == "POST":
        try:
            text = short(text)
            start_job(house().home, _ask(request, text))
        except LiukeError as error:
            mistake = error
        return _state(request, mistake) if request.headers.get("HX-Request") else _whole(request, text, mistake)
    return _whole(request, _present())


@require_GET
@guarded("see_effect")
def state(request: HttpRequest) -> HttpResponse:
    """How the newest trial stands."""
    return _state(request)


@require_POST
@guarded("edit_rules")
def stop(request: HttpRequest) -> HttpResponse:
    """Stops the newest trial."""
    found = latest_replay(POLICY, timezone.now())
    if found:
        stop_replay(who_of(request), found.pk)
    return _state(request)


def _ask(request: HttpRequest, text: str) -> int:
    """Raises YourMistake for a text that is no policy, and before any run has left fates."""
    who = who_of(request)
    check_rights(who, "edit_rules")
    policy = parse_yaml(text, ContactPolicy, "contact.yaml")
    span = whole(request.POST.get("days"))
    with lend() as reader:
        days = fate_days(reader)
    if not days:
        raise YourMistake(coded("no_fates", "no run has left candidates to try a policy on"), then="run a day first")
    first = days[0] - timedelta(days=(span if span in SPANS else SPANS[-1]) - 1)
    return int(ask_trial(who, text, policy.version, (first, days[0])).pk)


def _present() -> str:
    """The policy's file; every key with what holds now where the file says nothing."""
    path = house().policy("contact")
    text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    if yaml.safe_load(text):
        return text
    holds = read_contact_policy(path).model_dump(mode="json")
    return text + yaml.safe_dump(holds, allow_unicode=True, sort_keys=False)


def _whole(request: HttpRequest, text: str, mistake: LiukeError | None = None) -> HttpResponse:
    context = {"text": text, "spans": SPANS, "may_ask": has_rights(scope_of(request), "edit_rules")}
    return page(request, "console/policy_trial.html", "warnings", context | _found(mistake),
                status=422 if mistake else 200)  # fmt: skip


def _state(request: HttpRequest, mistake: LiukeError | None = None) -> HttpResponse:
    return render(request, "console/parts/policy_trial.html", _found(mistake))


def _found(mistake: LiukeError | None) -> dict[str, Any]:
    found = latest_replay(POLICY, timezone.now())
    context: dict[str, Any] = {"trial": found, "mistake": mistake}
    if found and found.state == "done" and found.result:
        result: dict[str, Any] = found.result
        rules = [{**r, "gate": gate_name(r["gate"], locale()), "rule": rule_words(r["rule"], {})}
                 for r in result["rules"]]  # fmt: skip
        warnings = [{**w, "gate": gate_name(w["gate"], locale())} for w in result["warnings"]]
        context |= {"result": result, "rules": rules, "warned": warnings}
    return context
