"""Facts in themselves: a transaction, a complaint, a contact. Each is told once, as it was first known."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.insight.known import BankTables
from liuke.streaming.core.shape import as_event


def transactions(rows: ir.Table, tables: BankTables) -> ir.Table:
    """Rows of TRANSACTION as events of the account's owner.

    counterparty_is_own_bank: no other bank is named. counterparty_is_self: the name is the owner's; null when the
    core does not deliver names.
    """
    owners = tables.account.select("account_id", "customer_id")
    names = tables.customer.select("customer_id", _own=tables.customer.name)
    rows = rows.inner_join(owners, "account_id").left_join(names, "customer_id").drop("customer_id_right")
    return as_event(
        rows, "transaction", rows.transaction_id, rows.occurred_at, channel=rows.channel, direction=rows.direction,
        amount=rows.amount, initiator=rows.initiator, transaction_type=rows.transaction_type,
        merchant_category=rows.merchant_category, counterparty_name=rows.counterparty_name,
        counterparty_bank=rows.counterparty_bank, balance_after=rows.balance_after,
        counterparty_is_self=rows.counterparty_name == rows["_own"],
        counterparty_is_own_bank=rows.counterparty_bank.isnull(),
    )  # fmt: skip


def complaints(versions: ir.Table) -> ir.Table:
    """Complaints as first known. versions: rows of COMPLAINT, of which a complaint has one per change."""
    order = ibis.window(group_by="complaint_id", order_by=["ingested_at", "batch_id", "line"])
    rows = versions.mutate(_nth=ibis.row_number().over(order))
    rows = rows.filter(rows["_nth"] == 0)
    return as_event(
        rows, "complaint", rows.complaint_id, rows.received_at, channel=rows.channel, category=rows.category,
        reason=rows.reason,
    )  # fmt: skip


def contacts(rows: ir.Table) -> ir.Table:
    """Rows of CONTACT."""
    return as_event(rows, "contact", rows.contact_id, rows.occurred_at, channel=rows.channel, result=rows.result)
