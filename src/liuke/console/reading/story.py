"""The story of one customer in words, for the drawer and the 360° page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.act.words import FACTS, Words, salutation, suggest
from liuke.console import labels
from liuke.console.figures import exact, is_chinese
from liuke.console.graphics import Curve, arc, asset_curve, sparkline
from liuke.console.labels import Text
from liuke.console.lever_words import Change, changes
from liuke.console.reading.customers import look_up
from liuke.console.reading.evidence import evidence_items
from liuke.console.reading.freshness import data_date
from liuke.console.reading.lending import Reader, lend
from liuke.console.reading.order_offers import OrderOffers, order_offers
from liuke.console.reading.signals import signals_of
from liuke.console.showing import Reason, age_on, locale, rights, signal_reasons
from liuke.console.timeline import Item, item_of, order_history
from liuke.govern.access import Scope
from liuke.govern.masking import show_value
from liuke.insight.profile import HeldAccount, Identity, Profile
from liuke.insight.timeline import TimelineEntry
from liuke.state.models import Branch, Staff, WorkOrder

NEAR_DAYS = 60
"""How far back the drawer's short timeline looks."""


@dataclass(frozen=True, slots=True)
class Held:
    """An open account; amount is a band where the person sees no exact ones."""

    icon: str
    label: Text
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the pages tell about one customer, masked but for `identity`. no_curve says why there is none.

    evidence: the events because of which rules matched. changes: what would change the score of `changes_on`. offers:
    of an order's customer.
    """

    identity: Identity | None
    phone: str
    tier_label: Text
    gauge: str
    gauge_all: str
    reasons: tuple[Reason, ...]
    curve: Curve | None
    small_curve: Curve | None
    no_curve: str
    holdings: tuple[Held, ...]
    timeline: tuple[Item, ...]
    profile: Profile | None = None
    person: str = ""
    words: tuple[tuple[Text, str], ...] = ()
    donts: tuple[str, ...] = ()
    history: tuple[Item, ...] = ()
    evidence: tuple[Item, ...] = ()
    changes: tuple[Change, ...] = ()
    changes_on: date | None = None
    offers: OrderOffers | None = None

    @property
    def recent(self) -> tuple[Item, ...]:
        """The newest six that tell something: complaints, contacts, money the customer moved out; else the newest."""
        telling = tuple(item for item in self.timeline if item.kind in ("complaint", "contact") or item.look)
        return (telling or self.timeline)[:6]


def customer_story(reader: Reader, scope: Scope, row: Mapping[str, Any]) -> Story:
    """The story behind a snapshot row that the person may see; the timeline is read apart (reading/timeline.py)."""
    found = reader.customers(row["as_of"]).profile(row["customer_id"])
    signals = signals_of(reader, [dict(row)]).get(row["customer_id"], {})
    told = replace(_told(scope, row, found), reasons=signal_reasons(signals, scope), profile=found)
    return _with_changes(told, found, scope)


def order_story(scope: Scope, order: WorkOrder) -> Story:
    """The same for an order's customer, with words to say and the order's own history."""
    with lend() as reader:
        row = look_up(reader, scope, order.customer_id)
        day = data_date().day or order.as_of
        file = reader.customers(day)
        found = file.profile(order.customer_id) if row else None
        made = evidence_items(reader, order.reasons)
        offers = order_offers(reader, order.customer_id, _talk_facts(scope, order, found.identity if found else None))
        near = file.timeline(order.customer_id, since=day - timedelta(days=NEAR_DAYS)) if found else ()
    told = _told(scope, {**(row or {}), "tier": order.tier, "score": order.score}, found, near)
    told = _with_changes(told, found, scope)
    said = _words(scope, order, found.identity if found else None)
    return replace(
        told,
        person=_person(found.identity) if found else "",
        words=tuple(_spoken(said)),
        donts=said.avoid,
        history=tuple(order_history(order)),
        evidence=made,
        offers=offers,
    )


def _with_changes(told: Story, found: Profile | None, scope: Scope) -> Story:
    """What would change the score of the profile's day."""
    risk = found.model_risk if found else None
    return replace(told, changes=changes(risk, scope), changes_on=risk.as_of if risk else None)


def _told(scope: Scope, row: Mapping[str, Any], found: Profile | None, entries: Sequence[TimelineEntry] = ()) -> Story:
    detail = "amounts_detail" in rights(scope)
    points = found.curve if found and detail else ()
    held = [account for account in found.accounts if account.is_open] if found else []
    return Story(
        identity=found.identity if found else None,
        phone=str(show_value(row.get("phone"), "phone", scope.reads["contact"]) or ""),
        tier_label=labels.TIERS.get(row["tier"], row["tier"]),
        gauge=arc(row["score"]),
        gauge_all=arc(1),
        reasons=(),
        curve=asset_curve([p.day for p in points], [float(p.aum) for p in points]),
        small_curve=sparkline([float(p.aum) for p in points[-13:]], 320, 84),
        no_curve=_("还没有这位客户的余额。") if detail else _("您的岗位只能看到资产区间，不显示曲线。"),
        holdings=tuple(_held(account, scope) for account in held),
        timeline=tuple(item_of(entry, scope) for entry in entries),
    )


def _held(account: HeldAccount, scope: Scope) -> Held:
    icon, label = labels.PRODUCTS.get(account.account_type, labels.PRODUCTS["other"])
    shown = scope.reads["amounts"]
    balance = (
        exact(account.balance) if shown == "clear" else show_value(account.balance, "money", shown, locale()) or "—"
    )
    since = _("{day} 开户").format(day=account.opened_on)
    parts = [account.product_name or "", show_value(account.account_id, "account", scope.reads["account"]), since]
    return Held(icon, label, " · ".join(part for part in parts if part), str(balance))


def _person(who: Identity) -> str:
    age = age_on(who.birth_date, timezone.localdate())
    parts = [
        str(labels.GENDERS.get(who.gender or "", "")),
        _("{n} 岁").format(n=age) if age is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _talk(scope: Scope, order: WorkOrder, who: Identity | None) -> tuple[str, str, str]:
    """How the customer is addressed, who speaks, and for which bank."""
    staff = Staff.objects.filter(staff_id=order.staff_id or "").values_list("name", flat=True).first()
    name = order.customer_name if scope.reads["name"] == "clear" else None
    bank = settings.BANK.name.zh if is_chinese() else settings.BANK.name.en
    return salutation(name, who.gender if who else None, locale()), staff or _("您的客户经理"), bank


def _talk_facts(scope: Scope, order: WorkOrder, who: Identity | None) -> dict[str, str]:
    """The same by the placeholders of offers, with the branch where it is known."""
    called, staff, bank = _talk(scope, order, who)
    branch = Branch.objects.filter(branch_id=order.branch_id).values_list("name", flat=True).first()
    return {"customer_name": called, "staff_name": staff, "bank_name": bank, "branch_name": branch or ""}


def _words(scope: Scope, order: WorkOrder, who: Identity | None) -> Words:
    facts = dict(zip(FACTS, _talk(scope, order, who), strict=True))
    told = sorted(order.reasons, key=lambda reason: -float(reason.get("severity") or 0))
    unsettled = any((dict(reason.get("numbers") or {}).get("complaints_open") or 0) > 0 for reason in told)
    return suggest([str(reason["code"]) for reason in told], facts, locale(), open_complaint=unsettled)


def _spoken(words: Words) -> Iterator[tuple[Text, str]]:
    for label, lines in ((_("破冰"), words.open), (_("探需"), words.explore), (_("方案"), words.offer)):
        for line in lines[:2]:
            yield label, line
