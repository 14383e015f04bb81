"""Offers: the list, one in words with its checks and texts, and its approval by a second person."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from liuke.act.bank_file import OFFER_FILES
from liuke.act.offers.approving import Verdict
from liuke.act.offers.bank_offers import BankOffers
from liuke.act.offers.catalogue import Offer
from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.changing import waiting_texts
from liuke.console.diffing import diff_lines
from liuke.console.figures import is_chinese
from liuke.console.offer_words import (
    STATES,
    benefit_words,
    channel_words,
    checks,
    cost_words,
    facts,
    previews,
    state_of,
)
from liuke.console.posted import version_shown, words
from liuke.console.reading import house, lend
from liuke.console.reading.audience import Catalogue, catalogue
from liuke.console.reading.fates import Whose, fate_days, offer_counts
from liuke.console.reading.offer_shelf import bank_offers, product_of
from liuke.console.reading.rule_bench import people
from liuke.console.rule_words import rule_tree
from liuke.console.showing import locale
from liuke.errors import LiukeError, YourMistake
from liuke.state.actions.change_offer import (
    OfferBench,
    approve_offer,
    has_moved,
    propose_offer,
    refuse_offer,
    withdraw_offer,
)
from liuke.state.actions.change_offer_text import OFFER_TEXTS
from liuke.state.actions.change_order import Stale
from liuke.state.actions.whole_bank import has_rights
from liuke.state.models import OfferApproval

DAYS: Final = 7
"""Last days with fates that the list counts over."""
_WISHES: Final[dict[str, Verdict]] = {"approved": "approved", "withdrawn": "withdrawn"}


@require_GET
@guarded("see_effect")
def board(request: HttpRequest) -> HttpResponse:
    """Every offer: how it stands, and for how many customers it was thought of, chosen and stopped of late."""
    mistake, bank = None, BankOffers({}, ())
    try:
        bank = bank_offers()
    except YourMistake as error:
        mistake = error
    with lend() as reader:
        days = fate_days(reader)[:DAYS]
        counts = offer_counts(reader, Whose(scope_of(request)), days)
    today, waiting = timezone.localdate(), dict(_waiting().values_list("code", "wish"))
    order = list(STATES)
    rows = [
        {
            "offer": offer, "title": offer.title(locale()), "state": STATES[state], "waits": code in waiting,
            "channels": channel_words(offer), "benefit": benefit_words(offer), "cost": cost_words(offer),
            "count": counts.get(code), "place": order.index(state),
        }
        for code, offer in bank.offers.items() for state in [state_of(offer, today)]
    ]  # fmt: skip
    rows.sort(key=lambda row: (not row["waits"], row["place"], row["title"]))
    context = {"rows": rows, "mistake": mistake, "days": len(days), **waiting_texts(OFFER_TEXTS, scope_of(request))}
    return page(request, "console/offers.html", "offers", context)


@require_GET
@guarded("see_effect")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One offer."""
    return _shown(request, _offer(code))


@require_POST
@guarded("edit_rules")
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """Asks that the offer be approved, or withdrawn."""
    offer = _offer(code)
    wish = _WISHES.get(request.POST.get("wish", ""))
    if wish is None:
        raise Http404
    try:
        propose_offer(who_of(request), house().home, offer, wish, words(request, "note"))
    except LiukeError as error:
        return _shown(request, offer, mistake=error, status=422)
    return redirect("offer", code)


@require_POST
@guarded("see_effect")
def step(request: HttpRequest, code: str, pk: int, name: str) -> HttpResponse:
    """Approve, refuse, or take back; what stands against it is told on the page."""
    offer, who = _offer(code), who_of(request)
    if not OfferApproval.objects.filter(pk=pk, code=code).exists():
        raise Http404
    version, reason = version_shown(request), words(request, "reason")
    try:
        if name == "approve":
            bench = OfferBench(house().home, bank_offers().offers, timezone.localdate())
            approve_offer(who, bench, offer, pk, version, reason)
        elif name == "refuse":
            refuse_offer(who, pk, version, reason)
        elif name == "withdraw":
            withdraw_offer(who, pk, version)
        else:
            raise Http404
    except Stale:
        return _shown(request, offer, stale=True, status=409)
    except LiukeError as error:
        return _shown(request, offer, mistake=error, status=422)
    return redirect("offer", code)


def _offer(code: str) -> Offer:
    found = bank_offers().offers.get(code)
    if found is None:
        raise Http404
    return found


def _waiting() -> Any:
    return OfferApproval.objects.filter(stage="proposed")


def _shown(
    request: HttpRequest, offer: Offer, *, mistake: LiukeError | None = None, stale: bool = False, status: int = 200
) -> HttpResponse:
    scope, home = scope_of(request), house().home
    asked = _waiting().filter(code=offer.code).first()
    moved = asked is not None and has_moved(home, asked)
    past = list(OfferApproval.objects.filter(code=offer.code).exclude(stage="proposed").order_by("-changed_at")[:10])
    with lend() as reader:
        product, known = product_of(reader, offer), catalogue(reader)
    bank = settings.BANK.name.zh if is_chinese() else settings.BANK.name.en
    state, look = STATES[state_of(offer, timezone.localdate())]
    context = {
        "offer": offer, "title": offer.title(locale()), "state": state, "look": look,
        "description": offer.spec.description.zh if is_chinese() else offer.spec.description.en,
        "facts": list(facts(offer)), "checks": checks(offer), "previews": previews(offer, product, bank),
        "trees": _trees(offer, known), "asked": asked, "past": past,
        "moved": diff_lines(asked.base, OFFER_FILES.read(home, offer.code)) if asked and moved else (),
        "names": people([name for row in (asked, *past) if row for name in (row.author, row.decided_by)]),
        "mine": asked is not None and asked.author == scope.actor,
        "decides": asked is not None and has_rights(scope, "approve_rules") and asked.author != scope.actor,
        "asks": asked is None and has_rights(scope, "edit_rules"),
        "edits": has_rights(scope, "edit_rules"),
        "approved": offer.spec.approval.state == "approved", "stages": labels.CHANGE_STAGES,
        "text": OFFER_FILES.read(home, offer.code), "mistake": mistake, "stale": stale,
    }  # fmt: skip
    return page(request, "console/offer.html", "offers", context, status=status)


def _trees(offer: Offer, known: Catalogue) -> list[dict[str, Any]]:
    """Its audience, and the bank's rules it has to meet, each with its own name."""

    def tree(rule: Any) -> Any:
        return rule_tree(rule, known.tags, known.segments, known.codes)

    about = [rule for rule in bank_offers().rules if offer.code in rule.offers]
    named = [
        (rule.spec.name.zh if is_chinese() else rule.spec.name.en, rule.spec.kind, tree(rule.rule)) for rule in about
    ]
    return [{"name": "", "kind": "audience", "node": tree(offer.audience)}] + [
        {"name": name, "kind": kind, "node": node} for name, kind, node in named
    ]
