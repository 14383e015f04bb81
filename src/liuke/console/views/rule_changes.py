"""Changes of trigger rules: a new one, the editor, the check as one types, and every step on the way to approval."""

from __future__ import annotations

from typing import Any, Final, cast, get_args

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liuke.act.bank_file import RULE_FILES
from liuke.act.triggers.modes import MODES, mode_of
from liuke.act.triggers.ruleset import Rule, parse_trigger
from liuke.act.triggers.stage_rule import stage_rule
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.changing import STEPS, Steps, change_context, seen_change
from liuke.console.diffing import diff_lines
from liuke.console.labels import Text
from liuke.console.posted import words
from liuke.console.reading import house
from liuke.console.reading.journeys import journeys_of_bank
from liuke.console.reading.rule_bench import bench, event_names, language
from liuke.console.trigger_words import condition_tree, facts_of
from liuke.errors import LiukeError, YourMistake
from liuke.state.actions.change_order import Who
from liuke.state.actions.change_rule import (
    RULE_TEXTS,
    Proposal,
    Wish,
    approve_change,
    propose_change,
    propose_mode,
)
from liuke.state.actions.replay_rule import latest_replay
from liuke.state.actions.text_change import begin, short
from liuke.state.models import RuleChange

BLANK: Final = """name: {zh: 规则名称, en: Name of the rule}
description:
  zh: 用一两句话说明监听什么、为什么
  en: One or two sentences on what is watched and why
owner: 数字运营部
purpose: service
theme: care
tier: orange
priority: 50
cooldown: 7d
condition:
  count: search
  where: {property: keyword, op: contains, value: 提前还款}
  at_least: 3
  within: 7d
"""
WISHES: Final[dict[str, Text]] = {
    "auto": _("新规则或含义改变：先影子运行；否则保持原状"),
    "shadow": _("影子运行：只记录，不派单"),
    "on": _("直接启用"),
    "off": _("停用"),
}


@require_http_methods(["GET", "POST"])
@guarded("edit_rules")
def new(request: HttpRequest) -> HttpResponse:
    """A form for the code of a new rule and what it begins from."""
    code, source = request.POST.get("code", "").strip(), request.POST.get("from", "") or request.GET.get("from", "")
    mistake = None
    if request.method == "POST":
        try:
            text = _begun(request, source)
            return redirect("rule_change", begin(RULE_TEXTS, who_of(request), house().home, code, text).pk)
        except YourMistake as error:
            mistake = error
    journey, stage = (request.GET.get(name, "")[:64] for name in ("journey", "stage"))
    context = {"codes": _codes(), "source": source, "code": code or f"{journey}_{stage}".strip("_"), "mistake": mistake,
               "from_stage": bool(journey and stage)}  # fmt: skip
    return page(request, "console/rule_new.html", "triggers", context, status=422 if mistake else 200)


def _begun(request: HttpRequest, source: str) -> str:
    """What a new rule begins from: the stage of a journey that the address names, another rule, or nothing."""
    journey, stage = request.GET.get("journey", ""), request.GET.get("stage", "")
    if journey and stage:
        return stage_rule(journeys_of_bank().named(journey), stage)
    return RULE_FILES.read(house().home, source) if source in _codes() else BLANK


@require_POST
@guarded("edit_rules")
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The person's open change of the rule, or a new one."""
    if code not in _codes():
        raise Http404
    return redirect("rule_change", begin(RULE_TEXTS, who_of(request), house().home, code).pk)


@require_POST
@guarded("edit_rules")
def mode(request: HttpRequest, code: str) -> HttpResponse:
    """Proposes to switch the rule on, off, or into the shadow."""
    wanted = request.POST.get("mode", "")
    if code not in _codes() or wanted not in MODES:
        raise Http404
    try:
        made = propose_mode(who_of(request), bench(), code, wanted, words(request, "note"))
    except YourMistake as error:
        return page(request, "console/rule_refused.html", "triggers", {"mistake": error, "code": code}, status=422)
    return redirect("rule_change", made.pk)


@require_GET
@guarded("see_effect")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: the editor for its author while it is a draft, the difference and the decision for the others."""
    return _shown(request, _found(request, pk))


@require_POST
@guarded("edit_rules")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is typed, read by what reads the file itself: every mistake with its line, or the rule in plain words."""
    found = _found(request, pk)
    try:
        text = short(request.POST.get("text", ""))
        context = _read(found.code, text) | {"diff": diff_lines(found.base, text)}
    except YourMistake as error:
        context = {"mistake": error}
    return render(request, "console/parts/rule_verdict.html", context)


@require_POST
@guarded("see_effect")
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step of the change; what stands against it is told on the page, with the text as it was typed."""
    found = _found(request, pk)
    troubled = _STEPS.taken(request, found, name, lambda **told: _shown(request, _found(request, pk), **told))
    return troubled or (redirect("triggers") if name == "discard" else redirect("rule_change", pk))


def _propose(who: Who, saved: RuleChange, request: HttpRequest) -> None:
    wish = request.POST.get("mode", "")
    mode = cast(Wish, wish) if wish in get_args(Wish) else "auto"
    asked = Proposal(words(request, "note"), mode, request.POST.get("wide") == "yes")
    propose_change(who, bench(), saved.pk, asked, saved.version)


_STEPS: Final = Steps(RULE_TEXTS, bench, _propose, approve_change)


def _found(request: HttpRequest, pk: int) -> RuleChange:
    return seen_change(RuleChange.objects.filter(pk=pk).first(), scope_of(request))


def _shown(
    request: HttpRequest, found: RuleChange, *, typed: str | None = None, mistake: LiukeError | None = None,
    stale: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    text = found.text if typed is None else typed
    context = change_context(RULE_TEXTS, found, scope_of(request), text)
    context |= {
        "refusal": mistake,
        "stale": stale,
        "replay": latest_replay(found.code, timezone.now()),
        "wishes": WISHES,
        "at": {name: reverse("rule_step", args=(found.pk, name)) for name in STEPS}
        | {"check": reverse("rule_check", args=(found.pk,))},
        **_read(found.code, text),
    }
    if context["writes"]:
        context |= language()
    return page(request, "console/rule_change.html", "triggers", context, status=status)


def _read(code: str, text: str) -> dict[str, Any]:
    """The rule in words, or the mistakes for which there are none."""
    try:
        return {"rule": (rule := parse_trigger(text, bench().catalogue, code=code)), **words_of(rule)}
    except YourMistake as error:
        return {"mistake": error}


def words_of(rule: Rule) -> dict[str, Any]:
    """A rule as the pages say it."""
    return {
        "tree": condition_tree(rule.spec.condition, event_names()),
        "facts": facts_of(rule.spec),
        "mode": mode_of(rule.spec),
        "mode_label": labels.TRIGGER_STATES[mode_of(rule.spec)],
    }


def _codes() -> list[str]:
    return sorted(path.stem for path in (house().home / "triggers").glob("*.yaml"))
