"""What gates look at of customers, as of a moment: one row per living customer, nothing later than the moment.

Facts know no policy: caps, quiet times and ages are asked of them, so that another policy can be tried on the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ALL_HOLDS, LONGEST_DAYS, MOST_CONTACTS
from liuke.act.offers.offer_file import CHANNELS
from liuke.insight.facts import living
from liuke.insight.known import BankTables
from liuke.insight.snapshot import owners

Pairs = Iterable[tuple[str, str]]
"""Purposes and channels of the consents in question."""


_OF_MARKETING = (
    "open_complaint_since", "last_complaint_on", "last_refusal_on", *(f"refused_{c}_on" for c in CHANNELS),
    *(f"marketing_{n}_on" for n in range(1, MOST_CONTACTS + 1)),
)  # fmt: skip


def contact_facts(
    tables: BankTables, asked: Pairs, planned: ir.Table | None = None, *, service_only: bool = False
) -> ir.Table:
    """One row per living customer.

        customer_id birth_date branch_id staff_id known    who: `known` is true
        risk_class risk_assessed_on                        1..5; an assessment dated after the day is none
        KIND_since KIND_until                              of holds of that kind not over on the day; until null: open
        open_complaint_since last_complaint_on             oldest unresolved; last day received or resolved
        refused_CHANNEL_on last_refusal_on                 the newest contact that was refused
        marketing_N_on                                     day of the N-th newest marketing contact, N to 10, 90 days
        personalisation_off_on automated_off_on            day refused, null unless refused now
        granted_on__P__C refused_on__P__C version__P__C    consent in force for purpose P on channel C
        named_on__P__C                                     the same, where the consent names the very channel

    planned: marketing decided and not done yet (customer_id, planned_on); it counts as done on that day. service_only:
    leaves out (as null) what only marketing is asked about.
    """
    people = living(tables)
    day = ibis.literal(tables.as_of.day)
    assessed = people.risk_assessed_on <= day
    rows = people.select(
        "customer_id", "birth_date", "branch_id",
        known=ibis.literal(True),
        risk_class=ibis.ifelse(assessed, people.risk_appetite.substr(1, 1).cast("int64"), ibis.null("int64")),
        risk_assessed_on=ibis.ifelse(assessed, people.risk_assessed_on, ibis.null("date")),
    )  # fmt: skip
    parts = [owners(tables), _holds(tables), consent_facts(tables, tuple(asked))]
    if service_only:
        rows = rows.mutate(**dict.fromkeys(_OF_MARKETING, ibis.null("date")))
    else:
        parts += [_complaints(tables), _refusals(tables), _marketing(tables, planned)]
    return reduce(lambda left, part: left.left_join(part, "customer_id").drop("customer_id_right"), parts, rows)


def _holds(tables: BankTables) -> ir.Table:
    rows = tables.hold
    over = rows["until"] < ibis.literal(tables.as_of.day)
    now = rows.filter(~over.fill_null(False))
    far = ibis.literal("9999-12-31").cast("date")
    made: dict[str, ir.Value] = {}
    for kind in ALL_HOLDS:
        mine = now.kind == kind
        made[f"{kind}_since"] = now.since.min(where=mine)
        made[f"{kind}_until"] = now["until"].fill_null(far).max(where=mine).nullif(far)
    return now.group_by("customer_id").aggregate(**made)


def _complaints(tables: BankTables) -> ir.Table:
    """An end that lies after the day is not known yet."""
    rows = tables.complaint
    ended = rows.resolved_at < ibis.literal(tables.day_ends)
    is_open = ~ended.fill_null(False)
    # The day of an end is that of the bank: shifted by its zone, which engines would do differently.
    resolved = ibis.ifelse(is_open, ibis.null("timestamp('UTC')"), rows.resolved_at)
    return rows.group_by("customer_id").aggregate(
        open_complaint_since=rows.business_date.min(where=is_open),
        last_complaint_on=ibis.greatest(rows.business_date.max(), _bank_day(resolved.max(), tables)),
    )


def _bank_day(moment: ir.TimestampValue, tables: BankTables) -> ir.DateValue:
    """The bank-local day of a moment by the zone's offset at the end of the as-of day."""
    offset = tables.day_ends.astimezone(tables.zone).utcoffset() or timedelta()
    return (moment + ibis.interval(seconds=int(offset.total_seconds()))).cast("date")


def _refusals(tables: BankTables) -> ir.Table:
    rows = tables.contact.filter(tables.contact.result == "refused")
    by_channel = {f"refused_{c}_on": rows.business_date.max(where=rows.channel == c) for c in CHANNELS}
    return rows.group_by("customer_id").aggregate(last_refusal_on=rows.business_date.max(), **by_channel)


def _marketing(tables: BankTables, planned: ir.Table | None) -> ir.Table:
    """Contacts of no class count, unless they belong to an order: those were care calls before there were classes."""
    rows = tables.contact
    service = (rows.message_class == "service").fill_null(rows.loop_id.notnull())
    days = rows.filter(~service).select("customer_id", on=rows.business_date)
    if planned is not None:
        days = days.union(planned.select("customer_id", on=planned.planned_on))
    near = days.filter(days.on > ibis.literal(tables.as_of.day - timedelta(days=LONGEST_DAYS)))
    newest_first = ibis.window(group_by="customer_id", order_by=ibis.desc("on"))
    ranked = near.mutate(place=ibis.row_number().over(newest_first) + 1)
    return ranked.group_by("customer_id").aggregate(
        **{f"marketing_{n}_on": ranked.on.max(where=ranked.place == n) for n in range(1, MOST_CONTACTS + 1)}
    )


def consent_facts(tables: BankTables, asked: tuple[tuple[str, str], ...]) -> ir.Table:
    """customer_id and the columns of consents above: for each pair the newest choice about the purpose that covers the
    channel; of equal times the refusal counts.
    """
    rows = tables.consent
    covering = rows.mutate(
        choice=ibis.struct({
            "at": rows.effective_at, "refused": ~rows.granted, "day": rows.business_date, "version": rows.version,
        })
    )  # fmt: skip
    wanted = {"personalisation_off_on": ("personalisation", None), "automated_off_on": ("automated_decision", None)}
    newest: dict[str, ir.Value] = {}
    for name, (purpose, _) in wanted.items():
        newest[name] = covering.choice.max(where=(covering.purpose == purpose) & (covering.channel == "all"))
    for purpose, channel in asked:
        mine = (covering.purpose == purpose) & covering.channel.isin(["all", channel])
        newest[f"{purpose}__{channel}"] = covering.choice.max(where=mine)
        newest[f"own__{purpose}__{channel}"] = covering.choice.max(where=mine & (covering.channel == channel))
    found = covering.group_by("customer_id").aggregate(**newest)
    made: dict[str, ir.Value] = {name: _day(found[name], refused=True) for name in wanted}
    for purpose, channel in asked:
        pair = f"{purpose}__{channel}"
        made[f"granted_on__{pair}"] = _day(found[pair], refused=False)
        made[f"refused_on__{pair}"] = _day(found[pair], refused=True)
        made[f"version__{pair}"] = found[pair]["version"]
        made[f"named_on__{pair}"] = _day(found[f"own__{pair}"], refused=False)
    return found.select("customer_id", **made)


def _day(choice: ir.StructValue, *, refused: bool) -> ir.DateValue:
    """The choice's day when it is of that kind, else null."""
    return ibis.ifelse(choice["refused"] == refused, choice["day"], ibis.null("date"))
