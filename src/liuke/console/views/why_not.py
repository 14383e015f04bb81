"""为何没有联系: which rule stops how many, who is under-served, who is left to people; and one customer's decision."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.campaigns.fillable import OF_SOME
from liuke.act.gates.sentences import gate_name
from liuke.act.gates.why_not import RuleStop
from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.bank_offers import BankOffers
from liuke.act.offers.placeholders import PLACEHOLDERS
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import branch_choices, branch_filter, branch_names
from liuke.console.fate_words import candidates, draws, fate_names, fate_tags, gate_words, match_words, rule_words
from liuke.console.figures import is_small
from liuke.console.paging import place_of
from liuke.console.reading import house, lend
from liuke.console.reading.customers import Found, look_up
from liuke.console.reading.fates import PAGE, Whose, about, customer_fates, fate_days, left_to_people, lonely, stopped
from liuke.console.reading.lending import Reader
from liuke.console.reading.offer_shelf import bank_offers, treatment_names
from liuke.console.reading.rule_bench import rule_names
from liuke.console.showing import amount_of, customer_row, locale, rights
from liuke.console.whole_number import whole
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.state.actions import record_view
from liuke.state.actions.record import record_why_not
from liuke.state.customer_matches import matches_since
from liuke.state.left_to_people import left_matches
from liuke.state.scopes import subtree

TABS: Final = (
    ("rules", gettext_lazy("规则拦截")),
    ("lonely", gettext_lazy("有风险、无人联系")),
    ("people", gettext_lazy("交人工判断")),
)

_WEEK: Final = 7
_TOLD: Final = ("last_contact_on", "fate", "fact", "care", "offers", "matched")
"""Columns of the lists that hold nothing personal."""


@require_GET
@guarded("see_customers")
def board(request: HttpRequest) -> HttpResponse:
    """One of the tabs, of the newest day with fates or the day asked for; of the scope, by branch."""
    scope, branch = scope_of(request), branch_filter(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in dict(TABS) else TABS[0][0]
    whose = Whose(scope, subtree(branch) if branch else None)
    context: dict[str, Any] = {
        "tabs": TABS, "tab": tab, "branch": branch, "branch_choices": branch_choices(scope),
        "may_try": "see_effect" in rights(scope),
    }  # fmt: skip
    with lend() as reader:
        days = fate_days(reader)
        day = _asked_day(request, days)
        if day is not None:
            record_why_not(who_of(request), f"{tab} {day} {branch}".strip())
            make = {"rules": _rules, "lonely": _lonely, "people": _people}[tab]
            context |= make(request, reader, whose, day)
    return page(request, "console/why_not.html", "warnings", context | {"days": days, "day": day})


@require_GET
@guarded("see_customers")
def decision(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What was thought of for one customer on a day and what became of it. Audited like every look at a customer."""
    scope = scope_of(request)
    with lend() as reader:
        row = look_up(reader, scope, customer_id)
        if row is None:
            raise Http404
        record_view(who_of(request), customer_id)
        days = fate_days(reader)
        day = _asked_day(request, days)
        rows = customer_fates(reader, customer_id, day) if day else []
    names = treatment_names(_offers(), [r["treatment"] for r in rows])
    loop, levers = (read_loop_policy(house().policy("loop")), read_lever_policy(house().policy("levers")))
    shown = customer_row(row, scope)
    number = shown["customer_id"] if shown["customer_id"] == customer_id else _("客户号")
    context = {
        "row": shown,
        "days": days,
        "day": day,
        "candidates": candidates(rows, names, levers, exact="amounts_detail" in rights(scope), draws=_draws(scope)),
        "draws": draws(rows, levers.salt or loop.salt, number) if _draws(scope) else [],
        "versions": sorted({r["policy_version"] for r in rows}),
        "decided_at": rows[0]["decided_at"] if rows else None,
        "weighed": any(r["eiv"] is not None for r in rows),
        "exact": "amounts_detail" in rights(scope),
        "branch_names": branch_names([row["branch_id"]]),
        "matches": _fresh_matches(scope, customer_id, days) if day == (days[0] if days else None) else [],
    }
    return page(request, "console/decision.html", "customers", context)


def _fresh_matches(scope: Scope, customer_id: str, days: tuple[date, ...]) -> list[dict[str, Any]]:
    """Matches of trigger rules that are too young to stand among the fates of a day."""
    began = days[0] + timedelta(days=1) if days else timezone.localdate() - timedelta(days=_WEEK)
    since = timezone.make_aware(datetime.combine(began, time()))
    found = matches_since(scope, customer_id, since, draws=_draws(scope))
    names = rule_names() if found else {}
    return [
        {
            "rule": names.get(match.rule, match.rule),
            "at": match.decided_at,
            "label": labels.FATES.get(match.fate, match.fate),
            "why": match_words(match.fate, match.numbers.get("stopped")),
        }
        for match in found
    ]


def _asked_day(request: HttpRequest, days: tuple[date, ...]) -> date | None:
    return next((d for d in days if d.isoformat() == request.GET.get("day")), days[0] if days else None)


def _offers() -> BankOffers:
    """The bank's offers; none while their files are being mended: names are then codes."""
    try:
        return bank_offers()
    except YourMistake:
        return BankOffers({}, ())


def _rules(request: HttpRequest, reader: Reader, whose: Whose, day: date) -> dict[str, Any]:
    found = stopped(reader, whose, day, request.GET.get("treatment", "")[:64])
    offers = _offers()
    names, conditions = treatment_names(offers, found.treatments), _conditions(offers)
    small = is_small(found.people)
    return {
        "treatment": request.GET.get("treatment", ""),
        "treatments": [(code, names.get(code, code)) for code in found.treatments],
        "fates": [] if small else fate_tags(found.fates, draws=_draws(whose.scope)),
        "small": small,
        "people": found.people,
        "rules": [] if small else [_rule(rule, conditions) for rule in found.rules],
    }


def _draws(scope: Scope) -> bool:
    """Whether the person may know who is held out."""
    return "see_effect" in rights(scope)


def _rule(rule: RuleStop, names: dict[str, str]) -> dict[str, Any]:
    """A rule with what it stops; candidates of few customers are not counted out."""
    return {
        "gate": gate_name(rule.gate, locale()),
        "rule": rule_words(rule.rule, names),
        "customers": rule.customers,
        "candidates": None if is_small(rule.customers) else rule.candidates,
        "more": rule.customers_alone,
    }


def _conditions(offers: BankOffers) -> dict[str, str]:
    named = {rule.code: rule.spec.name.en if locale() == "en" else rule.spec.name.zh for rule in offers.rules}
    facts = {name: PLACEHOLDERS[name][locale() == "en"] for name in OF_SOME}
    return named | facts | {"audience": _("目标客群")}


def _lonely(request: HttpRequest, reader: Reader, whose: Whose, day: date) -> dict[str, Any]:
    number = whole(request.GET.get("page"))
    return _paged(lonely(reader, whose, day, number), number, whose)


def _people(request: HttpRequest, reader: Reader, whose: Whose, day: date) -> dict[str, Any]:
    number = whole(request.GET.get("page"))
    found = _paged(left_to_people(reader, whose, day, number), number, whose)
    return found | {"matches": _left_matches(reader, whose)}


def _left_matches(reader: Reader, whose: Whose) -> list[dict[str, Any]]:
    """Matches of trigger rules within a week whose customers refuse automated decisions."""
    names = rule_names()
    since = timezone.now() - timedelta(days=_WEEK)
    matches = left_matches(whose.scope, names, since)
    who = about(reader, whose, {match.customer_id for match in matches})
    return [
        customer_row(who[match.customer_id], whose.scope)
        | {"rule": names[match.rule], "at": match.decided_at, "fact": match.numbers["stopped"]["fact"]}
        for match in matches
        if match.customer_id in who
    ]


def _paged(found: Found, number: int, whose: Whose) -> dict[str, Any]:
    rows = [
        customer_row(row, whose.scope)
        | {name: row[name] for name in _TOLD if name in row}
        | {"assets": amount_of(row["aum"], None, whose.scope).now, "why": _stop(row)}
        for row in found.rows
    ]
    return {
        "rows": rows,
        "branch_names": branch_names(row["branch_id"] for row in found.rows),
        "tier_labels": labels.TIERS,
        "fate_names": fate_names(draws=_draws(whose.scope)),
        **place_of(number, PAGE, len(rows), found.total),
    }


def _stop(row: dict[str, Any]) -> str:
    return gate_words(row) if row.get("gate") else ""
