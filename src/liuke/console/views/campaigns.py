"""Campaigns 活动: the list with counters, the month, one campaign with its preview, its steps and its effect."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.schedule import works_on
from liuke.act.campaigns.stage import Stage, Step, steps_from
from liuke.act.gates.chain import CHAIN
from liuke.act.gates.sentences import gate_name
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.campaign_words import arms_of, facts_of
from liuke.console.changing import waiting_texts
from liuke.console.labels import Text
from liuke.console.posted import version_shown, words
from liuke.console.reading import data_date, lend
from liuke.console.reading.audience import catalogue
from liuke.console.reading.campaigns import (
    Shelf,
    effect_of,
    entered_in,
    preview_of,
    reached,
    shelf,
    steps_taken,
)
from liuke.console.reading.rule_bench import people
from liuke.console.rule_words import rule_tree
from liuke.console.showing import locale
from liuke.daily.campaign_preview import as_json
from liuke.errors import LiukeError, YourMistake
from liuke.govern.access import Scope
from liuke.state.actions.change_campaign import (
    Proposal,
    decide_campaign,
    propose_campaign,
    standing_of,
    stop_campaign,
)
from liuke.state.actions.change_campaign_text import CAMPAIGN_TEXTS
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import SYSTEM
from liuke.state.actions.whole_bank import has_rights, may_stop
from liuke.state.campaign_counts import MessageCounts, message_counts
from liuke.state.models import CampaignState
from liuke.track.campaigns import CampaignReach

LOOKS: Final[dict[str, str]] = {
    "running": "green", "approved": "blue", "proposed": "orange", "paused": "orange", "refused": "red",
}  # fmt: skip
_ORDER: Final = ("running", "paused", "approved", "proposed", "refused", "draft", "ended", "cancelled")
_STEPS: Final[tuple[Step, ...]] = ("withdraw", "approve", "refuse", "pause", "resume", "cancel")


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign as the list shows it. moved: its file says something else than what was approved or proposed."""

    campaign: Campaign
    title: str
    stage: Stage
    look: str
    label: Text
    kind: Text
    reach: CampaignReach
    messages: MessageCounts
    moved: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a campaign in the month. entered: customers of the data day before, None where it is not past."""

    works: bool
    entered: int | None


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """Every campaign with its state and counters, those at work first; or the month they work in."""
    found, scope = shelf(), scope_of(request)
    rows = _rows(found.campaigns, found, scope)
    context: dict[str, Any] = {
        "rows": rows,
        "mistake": found.mistake,
        "mistakes": found.mistakes,
        "view": "month" if request.GET.get("view") == "month" else "list",
        "at_work": sum(row.stage == "running" for row in rows),
        "entered": sum(row.reach.entered for row in rows),
        "held_out": sum(row.reach.held_out for row in rows),
        "sent": sum(row.messages.sent for row in rows),
        "waiting": sum(row.messages.waiting for row in rows),
    }
    context |= waiting_texts(CAMPAIGN_TEXTS, scope)
    if context["view"] == "month":
        context |= _month(rows, scope, request.GET.get("month", ""))
    return page(request, "console/campaigns.html", "campaigns", context)


@require_GET
@guarded("see_effect")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One campaign: what it says, whom it reached, its effect, and the steps the person may take."""
    wrong = shelf().mistakes.get(code)
    if wrong is not None:
        context = {"code": code, "mistake": wrong, "what": "campaign", "board": "campaigns", "name": _("活动"),
                   "edits": has_rights(scope_of(request), "edit_rules")}  # fmt: skip
        return page(request, "console/text_unread.html", "campaigns", context)
    return _shown(request, code)


@require_GET
@guarded("see_effect")
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """What it would do on the last data day; for those who propose or approve, who see the whole bank."""
    found, day = shelf(), data_date().day
    campaign = _named(found, code)
    if not may_stop(scope_of(request)):
        raise Http404
    gates = {gate: gate_name(gate, locale()) for gate in CHAIN}
    context: dict[str, Any] = {"classes": labels.MESSAGE_CLASSES, "gates": gates}
    if day is not None and found.bank is not None:
        try:
            with lend() as reader:
                seen = preview_of(reader, found.bank, campaign, day)
            context |= {"seen": seen, "cost": Decimal(seen.cents) / 100}
        except LiukeError as error:
            context["mistake"] = error
    return render(request, "console/parts/campaign_preview.html", context)


@require_POST
@guarded("edit_rules")
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Asks a second person for approval, with the preview of now."""
    found, day = shelf(), data_date().day
    campaign = _named(found, code)
    if day is None or found.bank is None:
        raise Http404
    try:
        with lend() as reader:
            seen = as_json(preview_of(reader, found.bank, campaign, day))
        asked = Proposal(words(request, "note"), seen, request.POST.get("confirmed") == "yes")
        propose_campaign(who_of(request), campaign, asked)
    except LiukeError as error:
        return _shown(request, code, refusal=error, status=422)
    return redirect("campaign", code)


@require_POST
@guarded("see_effect")
def step(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One step of the campaign; what stands against it is told on its page."""
    campaign = _named(shelf(), code)
    if name not in _STEPS:
        raise Http404
    try:
        _take(who_of(request), campaign, name, request)
    except LiukeError as error:
        return _shown(request, code, refusal=error, status=422)
    return redirect("campaign", code)


def _take(who: Who, campaign: Campaign, name: Step, request: HttpRequest) -> None:
    version, reason = version_shown(request), words(request, "reason")
    if name in ("approve", "refuse"):
        decide_campaign(who, campaign, name, version, reason)
    else:
        stop_campaign(who, campaign.code, name, version, reason)


def _named(found: Shelf, code: str) -> Campaign:
    if code not in found.campaigns:
        raise Http404
    return found.campaigns[code]


def _shown(request: HttpRequest, code: str, *, refusal: LiukeError | None = None, status: int = 200) -> HttpResponse:
    found, scope, day = shelf(), scope_of(request), data_date().day
    campaign = _named(found, code)
    [row] = _rows({code: campaign}, found, scope)
    state, taken = found.states.get(code), steps_taken(code)
    context: dict[str, Any] = {
        "row": row,
        "state": state,
        "refusal": refusal,
        "unlawful": _unlawful(campaign),
        "trail": taken,
        "names": _names(taken, state),
        "actions": labels.AUDIT_ACTIONS,
        "arms": arms_of(campaign),
        "previews": may_stop(scope) and day is not None,
        "edits": has_rights(scope, "edit_rules"),
        **_words(campaign),
        **_may(scope, row, state),
    }
    if day is not None and row.reach.entered:
        with lend() as reader:
            effect = effect_of(reader, scope, campaign, day)
        context |= {"effect": effect, "findings": [(f.severity, f.text(locale())) for f in effect.findings]}
    return page(request, "console/campaign.html", "campaigns", context, status=status)


def _names(taken: list[Any], state: CampaignState | None) -> dict[str, Text]:
    actors = {each["actor"] for each in taken} | ({state.author, state.decided_by} if state else set())
    return {**people(actors), SYSTEM: labels.CHANNELS["system"]}


def _unlawful(campaign: Campaign) -> YourMistake | None:
    first = next(iter(campaign.refusals), None)
    return YourMistake(first.said, findings=campaign.refusals) if first else None


def _words(campaign: Campaign) -> dict[str, Any]:
    with lend() as reader:
        known = catalogue(reader)
    segment = known.segments.get(campaign.spec.segment or "")
    named = segment.title(locale()) if segment else campaign.spec.segment or ""
    tree = rule_tree(campaign.audience, known.tags, known.segments, known.codes) if campaign.audience else None
    return {"facts": facts_of(campaign, named, campaign.spec.trigger or ""), "tree": tree}


def _may(scope: Scope, row: CampaignRow, state: CampaignState | None) -> dict[str, Any]:
    """Which steps the person may take now."""
    steps = set(steps_from(row.stage)) if state else set()
    author = state is not None and state.author == scope.actor
    edits, approves = has_rights(scope, "edit_rules"), has_rights(scope, "approve_rules")
    waits = row.stage == "proposed"
    return {
        "proposes": edits and (not waits or (row.moved and author)) and (row.moved or row.stage not in ("approved",
                    "running", "paused")),
        "withdraws": waits and author and edits,
        "decides": waits and approves and not author,
        "pauses": "pause" in steps and may_stop(scope),
        "resumes": "resume" in steps and may_stop(scope),
        "cancels": "cancel" in steps and may_stop(scope),
    }  # fmt: skip


def _rows(campaigns: Mapping[str, Campaign], found: Shelf, scope: Scope) -> list[CampaignRow]:
    messages, day = message_counts(scope), data_date().day
    with lend() as reader:
        reaches = reached(reader, scope, campaigns, day or timezone.localdate())
    rows = [
        _row(campaign, found.states.get(code), reaches[code], messages.get(code, MessageCounts()))
        for code, campaign in campaigns.items()
    ]
    return sorted(rows, key=lambda row: (_ORDER.index(row.stage), row.campaign.spec.priority, row.campaign.code))


def _row(campaign: Campaign, state: CampaignState | None, reach: CampaignReach, messages: MessageCounts) -> CampaignRow:
    stage: Stage = standing_of(state).stage if state else "draft"
    return CampaignRow(
        campaign=campaign,
        title=campaign.title(locale()),
        stage=stage,
        look=LOOKS.get(stage, ""),
        label=labels.CAMPAIGN_STAGES[stage],
        kind=labels.CAMPAIGN_KINDS[campaign.spec.kind],
        reach=reach,
        messages=messages,
        moved=state is not None and state.text_version != campaign.version,
    )


def _month(rows: list[CampaignRow], scope: Scope, asked: str) -> dict[str, Any]:
    """The days of a month, and for each campaign whether it works on them and how many entered."""
    today = timezone.localdate()
    try:
        first = date.fromisoformat(f"{asked}-01") if asked else today.replace(day=1)
    except ValueError:
        first = today.replace(day=1)
    days = [first + timedelta(days=n) for n in range(months.monthrange(first.year, first.month)[1])]
    before, after = first - timedelta(days=1), days[-1] + timedelta(days=1)
    campaigns = {row.campaign.code: row.campaign for row in rows}
    with lend() as reader:  # what goes out on a day was decided on the data day before
        entered = entered_in(reader, scope, campaigns, before, days[-1])
    lines = [(row, [_cell(row, day, entered, today) for day in days]) for row in rows if row.stage != "cancelled"]
    return {"first": first, "days": days, "today": today, "lines": lines, "before": before, "after": after}


def _cell(row: CampaignRow, day: date, entered: dict[tuple[str, date], int], today: date) -> Cell:
    told = entered.get((row.campaign.code, day - timedelta(days=1)))
    planned = row.stage in ("running", "approved", "proposed", "paused") and works_on(row.campaign.spec, day)
    return Cell(planned if day >= today else bool(told), told)
