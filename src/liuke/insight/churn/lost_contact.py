"""失联名单: customers whom the bank's calls no longer reach and who do nothing themselves."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
from pydantic import Field

from liuke.insight.known import BankTables
from liuke.tables import LOST_CONTACT
from liuke.yaml_file import Document, load_yaml


class LostContactPolicy(Document):
    """`policies/lost_contact.yaml`. Defaults are ours and configurable.

    attempts: contacts in a row, on different days, that reached nobody. look_back_days: how far back they count.
    channels: ways of contact that tell a person was reached or not; a push or an SMS sent tells nothing.
    """

    attempts: int = Field(3, ge=1)
    look_back_days: int = Field(120, ge=1)
    channels: tuple[str, ...] = ("phone", "wecom", "visit")


def read_lost_contact_policy(path: Path) -> LostContactPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, LostContactPolicy) if path.is_file() else LostContactPolicy()


def lost_contact(tables: BankTables, snapshot: ir.Table, policy: LostContactPolicy) -> ir.Table:
    """LOST_CONTACT rows as of the tables' day, in its column order.

        contacts of C1: 03-02 reached, 03-20 not, 03-28 not, 04-05 not; last own transaction 03-11
        customer_id  attempts  first_attempt_on  last_attempt_on  last_reached_on  last_active_on
        C1           3         03-20             04-05            03-02            03-11

    A customer is on it when, within the look-back, the last `attempts` or more days with a try reached nobody and
    no try since the first of them did, nor a refusal (who refuses was reached); and since that first day there was
    neither a transaction of his own nor an app event. snapshot: CUSTOMER_SNAPSHOT rows of the day.
    """
    tries = _tries(tables, policy)
    alone = tries.filter(tries.attempts >= policy.attempts)
    seen = _own_doing(tables, policy)
    joined = alone.left_join(seen, "customer_id").drop("customer_id_right")
    silent = joined.filter(joined.last_active_on.isnull() | (joined.last_active_on < joined.first_attempt_on))
    people = snapshot.select("as_of", "customer_id", "branch_id", "staff_id", "aum")
    found = people.inner_join(silent, "customer_id")
    return found.select(*LOST_CONTACT.names)


def _tries(tables: BankTables, policy: LostContactPolicy) -> ir.Table:
    """Per customer: days in a row that reached nobody, after the last day that did."""
    day, rows = tables.as_of.day, tables.contact
    rows = rows.filter(
        rows.business_date > ibis.literal(day) - ibis.interval(days=policy.look_back_days),
        rows.channel.isin(policy.channels),
    )
    reached = rows.result.isin(("reached", "refused"))
    last = rows.group_by("customer_id").aggregate(last_reached_on=rows.business_date.max(where=reached))
    missed = rows.filter(~reached).join(last, "customer_id")
    after = missed.filter(missed.last_reached_on.isnull() | (missed.business_date > missed.last_reached_on))
    return after.group_by("customer_id").aggregate(
        attempts=after.business_date.nunique().cast("int64"),
        first_attempt_on=after.business_date.min(),
        last_attempt_on=after.business_date.max(),
        last_reached_on=after.last_reached_on.max(),
    )


def _own_doing(tables: BankTables, policy: LostContactPolicy) -> ir.Table:
    """The last day with an own transaction or an app event; older than the look-back does not matter."""
    since = ibis.literal(tables.as_of.day) - ibis.interval(days=policy.look_back_days)
    moves = tables.transaction
    moves = moves.filter(moves.business_date > since, moves.initiator == "customer")
    by_account = moves.group_by("account_id").aggregate(on=moves.business_date.max())
    owned = by_account.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    taps = tables.event.filter(tables.event.business_date > since, tables.event.customer_id.notnull())
    both = owned.select("customer_id", "on").union(taps.select("customer_id", on="business_date"))
    return both.group_by("customer_id").aggregate(last_active_on=both["on"].max())
