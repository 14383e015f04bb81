"""Rows as a page shows them: masked by what the person may see, codes turned into words.

Nothing clear leaves here that the role may not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from liuke.console.figures import change, is_chinese, money
from liuke.console.holes import with_names
from liuke.console.labels import ACTIONS, STATES, THEMES, URGENCIES, Text
from liuke.govern.access import PERMISSIONS, Permission, Scope
from liuke.govern.masking import mask_row, show_value
from liuke.insight.churn import reasons
from liuke.state.load import CAMPAIGN, OFFER, TRIGGER
from liuke.state.models import WorkOrder
from liuke.tables import CUSTOMER_SNAPSHOT, Table

REALTIME: Final = "RT"
OFFERED: Final = "OF"
CAMPAIGNED: Final = "CA"
"""Codes shown beside a reason: a trigger rule of the day, an offer, a campaign."""
_COLOURS: Final = {"red": "#c92a3c", "orange": "#d97f0c", "yellow": "#c9a400", "none": "#8995ab"}


@dataclass(frozen=True, slots=True)
class Amount:
    """Assets with their 30-day change. Where the person may see bands only, delta is None and now is the band."""

    now: str
    delta: Decimal | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A raised signal: code, label, strength 0..1, and the sentence with the numbers that made it ('' if none)."""

    code: str
    label: Text
    severity: float
    text: str = ""

    @property
    def measured(self) -> bool:
        """Whether the strength says anything: rules that matched, offers and campaigns have none of their own."""
        return self.code not in (REALTIME, OFFERED, CAMPAIGNED)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as the workbench shows it. `order` is the stored row for times, state and version.

    urgency: of an order that a trigger rule opened; '' where a warning of the customer did.
    """

    order: WorkOrder
    name: str
    number: str
    years: int | None
    theme: Text
    reasons: tuple[Reason, ...]
    action: tuple[str, Text, Text]
    amount: Amount
    state: str
    state_label: Text
    colour: str
    filled: int
    urgency: Text = ""

    @property
    def said(self) -> str:
        """The strongest reason that may be said in numbers, '' when there is none."""
        return next((reason.text for reason in self.reasons if reason.text), "")


def locale() -> Literal["zh-hans", "en"]:
    """The language of the page being made, as the library names it."""
    return "zh-hans" if is_chinese() else "en"


def rights(scope: Scope) -> frozenset[Permission]:
    """The role's permissions."""
    return PERMISSIONS.get(scope.role, frozenset())


def customer_row(row: Mapping[str, Any], scope: Scope, table: Table = CUSTOMER_SNAPSHOT) -> dict[str, Any]:
    """A customer's row, masked for the person; `key` is the customer number for links, `amount` the assets.

    An RM's scope holds the own book and team only, so names and numbers of its rows stay clear there.
    """
    shown = mask_row(row, table, scope.reads, locale())
    shown["key"] = row["customer_id"]
    if "aum" in row and "aum_30" in row:
        shown["amount"] = amount_of(row["aum"], row["aum_30"], scope)
    return shown


def amount_of(now: Decimal | None, before: Decimal | None, scope: Scope) -> Amount:
    """Assets now against 30 days before, in bands where the role sees no exact amounts."""
    if "amounts_detail" not in rights(scope):
        band = "—" if now is None else str(show_value(now, "money", scope.reads["amounts"], locale()))
        return Amount(band, None, None)
    delta = None if now is None or before is None else now - before
    return Amount(money(now), delta, change(now, before))


def order_row(order: WorkOrder, scope: Scope, today: date) -> OrderRow:
    """One order, masked for the person."""
    name = show_value(order.customer_name, "name", scope.reads["name"])
    number = show_value(order.customer_id, "account", scope.reads["number"])
    why = reasons_of(order.reasons, scope)
    theme = THEMES.get(order.theme) or next((r.label for r in why if r.code in (REALTIME, CAMPAIGNED)), order.theme)
    leading = why[0].code if why else "R01"
    waiting = order.state == "contacting" and order.next_contact_at is not None
    state = "waiting" if waiting else order.state
    since = order.customer_since
    return OrderRow(
        order=order,
        name=name or _("客户"),
        number=number,
        years=None if since is None else max(0, (today - since).days // 365),
        theme=theme,
        reasons=why,
        action=ACTIONS.get(leading, ACTIONS["R01"]),
        amount=amount_of(order.aum, order.aum_30, scope),
        state=state,
        state_label=STATES.get(state, state),
        colour=_COLOURS.get(order.tier, _COLOURS["none"]),
        filled=round(order.score * 10),
        urgency=URGENCIES.get(order.tier, "") if any(reason.code == REALTIME for reason in why) else "",
    )


def reasons_of(stored: Iterable[Mapping[str, Any]], scope: Scope) -> tuple[Reason, ...]:
    """The reasons kept with an order ({code, severity, numbers} each), strongest first, in words.

    Those of trigger rules come first and carry the names of their rule, then what is offered with its name, then
    campaigns with their words.
    """
    stored = tuple(stored)
    live = tuple(_of_rule(r) for r in stored if r.get("code") == TRIGGER)
    offered = tuple(Reason(OFFERED, named(r), 1.0, "") for r in stored if r.get("code") == OFFER)
    campaigned = tuple(_of_campaign(r) for r in stored if r.get("code") == CAMPAIGN)
    made = [
        reasons.Reason(r["code"], float(r.get("severity") or 0), tuple(dict(r.get("numbers") or {}).items()))
        for r in stored
        if r.get("code") in reasons.ALL_CODES
    ]
    told = (_in_words(reason, scope) for reason in sorted(made, key=lambda r: (-r.severity, r.code)))
    return (*live, *offered, *campaigned, *told)


def named(stored: Mapping[str, Any]) -> str:
    """The name kept with a reason, in the page's language."""
    return str(stored["name"]["zh" if is_chinese() else "en"])


def _of_campaign(stored: Mapping[str, Any]) -> Reason:
    """The reason of a campaign: its name, and what was approved to be said."""
    words = str(stored["wording"]["zh" if is_chinese() else "en"])
    return Reason(CAMPAIGNED, named(stored), 1.0, with_names(words))


def _of_rule(stored: Mapping[str, Any]) -> Reason:
    """The reason of a trigger rule: its name, and how often and when it was met."""
    name = named(stored)
    numbers = stored["numbers"]
    first, last = (localtime(datetime.fromisoformat(numbers[key])) for key in ("first", "last"))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    if numbers["count"] > 1 and first != last:
        said = _("{n} 次，{first} 至 {last}").format(n=numbers["count"], first=f"{first:%m-%d %H:%M}", last=until)
    else:
        said = f"{last:%m-%d %H:%M}"
    return Reason(REALTIME, name, 1.0, said)


def signal_reasons(signal: Mapping[str, Any], scope: Scope) -> tuple[Reason, ...]:
    """The reasons in a SIGNAL row, strongest first, in words."""
    return tuple(_in_words(reason, scope) for reason in reasons.reasons_of(signal)) if signal else ()


def score_reasons(score: Mapping[str, Any], typical: Mapping[str, float | None], scope: Scope) -> tuple[Reason, ...]:
    """The reasons in a SCORE row, strongest first, in words. typical: medians they are compared with."""
    return tuple(_in_words(reason, scope) for reason in reasons.model_reasons(score, typical))


def _in_words(reason: reasons.Reason, scope: Scope) -> Reason:
    # The sentence about assets quotes exact amounts: people who see bands only get the label alone.
    quoted = reason.numbers and (not reasons.quotes_money(reason) or "amounts_detail" in rights(scope))
    said = reasons.text(reason, locale()) if quoted else ""
    return Reason(reason.code, reasons.label(reason.code, locale()), reason.severity, said)


def age_on(birth: date | None, today: datetime | date) -> int | None:
    """Whole years of age."""
    if birth is None:
        return None
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
