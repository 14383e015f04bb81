"""移交 on a day: planned by the branch head, carried out by the clock, withdrawn while it has not taken effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from liuke.act.routing.staffing import receiver_of
from liuke.act.workorder import HandOver, advance
from liuke.errors import YourMistake, coded
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord, Plain
from liuke.state.actions.change_order import Who
from liuke.state.actions.keep_people import staff_of
from liuke.state.audit import append
from liuke.state.load import order_of, put_order
from liuke.state.locks import sole_writer
from liuke.state.models import OrderEvent, Staff, Transfer, WorkOrder
from liuke.state.models.people import DONE, PLANNED, WITHDRAWN
from liuke.state.staffing import move_of

MOST = 2000
"""Customers that may be chosen by name in one transfer."""
_CHANGED = ["staff_id", "state", "accepted_at", "acting_for", "version", "updated_at"]


def plan_transfer(
    who: Who,
    giver_id: str,
    receivers: Sequence[str],
    effective_on: date,
    customers: Sequence[str] = (),
    reason: str = "",
) -> Transfer:
    """Plans that the giver's customers, all or those named, and their open orders go to the receivers on the day.

    Giver: of the own branches, also one who has left. Receivers: active RMs of the own branches. The day: today or
    later; what is due today is carried out within a minute. Needs `hand_over`.
    """
    require(who.scope, "hand_over")
    takers, chosen = list(dict.fromkeys(receivers)), sorted({c.strip() for c in customers if c.strip()})
    giver = _checked(who, giver_id, takers, effective_on, chosen)
    with transaction.atomic():
        row = Transfer.objects.create(
            giver_id=giver.staff_id, branch_id=giver.branch_id, receivers=takers, customers=chosen,
            effective_on=effective_on, reason=reason.strip()[:200], planned_by=who.scope.actor, planned_at=who.at,
        )  # fmt: skip
        data: dict[str, Plain] = {
            "giver": giver_id,
            "to": ",".join(takers),
            "on": str(effective_on),
            "customers": len(chosen),
        }
        _audit(who, "transfer_planned", row, data)
    return row


def withdraw_transfer(who: Who, pk: int) -> None:
    """Takes a planned transfer back; raises YourMistake once it has taken effect. Needs `hand_over`."""
    require(who.scope, "hand_over")
    with sole_writer("transfers"):
        row = Transfer.objects.filter(pk=pk).first()
        if row is None or (who.scope.branches is not None and row.branch_id not in who.scope.branches):
            raise YourMistake("there is no such transfer", state="nothing was changed", then="read the list again")
        # From its day on new orders follow it, even before the clock has come round to the old ones.
        if row.state != PLANNED or row.effective_on <= timezone.localdate(who.at):
            raise YourMistake(
                coded("transfer_over", "the transfer has taken effect or was withdrawn"),
                state="nothing was changed",
                then="plan another transfer back",
            )
        _end(row, WITHDRAWN, who.scope.actor, who.at, 0)
        _audit(who, "transfer_withdrawn", row, {})


def carry_out_transfers(now: datetime, *, actor: str = "system") -> int:
    """Moves the open orders of every transfer that is due at `now`; returns how many orders. Each is done once."""
    moved = 0
    while (count := _carry_out_next(now, actor)) is not None:
        moved += count
    return moved


def _carry_out_next(now: datetime, actor: str) -> int | None:
    """The orders moved by the oldest transfer that is due; None when none is."""
    with sole_writer("transfers"):
        due = Transfer.objects.filter(state=PLANNED, effective_on__lte=timezone.localdate(now))
        row = due.order_by("effective_on", "id").first()
        if row is None:
            return None
        orders = _move_orders(row, now, actor)
        _end(row, DONE, actor, now, len(orders))
        data: dict[str, Plain] = {"giver": row.giver_id, "to": ",".join(row.receivers), "orders": len(orders)}
        append(AuditRecord(now, actor, "", "transfer_done", "transfer", str(row.pk), row.reason, data=data))
    return len(orders)


def _move_orders(row: Transfer, now: datetime, actor: str) -> list[WorkOrder]:
    move = move_of(row)
    mine = WorkOrder.objects.open().select_for_update().filter(staff_id=row.giver_id).order_by("id")
    orders = [order for order in mine if move.takes(order.customer_id)]
    for order in orders:
        changed, _ = advance(order_of(order), HandOver(receiver_of(move, order.customer_id)), now)
        put_order(order, changed, now)
    WorkOrder.objects.bulk_update(orders, _CHANGED, batch_size=200)
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order, at=now, actor=actor, kind="hand_over",
            data={"from": row.giver_id, "to": order.staff_id, "transfer": row.pk},
        )
        for order in orders
    )  # fmt: skip
    return orders


def _checked(who: Who, giver_id: str, takers: list[str], effective_on: date, chosen: list[str]) -> Staff:
    near = staff_of(who.scope)
    branches = who.scope.branches
    giver = Staff.objects.filter(staff_id=giver_id).first()
    wrong = None
    if giver is None or (branches is not None and giver.branch_id not in branches):
        wrong = coded("no_giver", "nobody '{name}' works or worked in your branches", name=giver_id)
    elif not takers or giver_id in takers:
        wrong = coded("receivers_wanted", "name one receiver or several, other than the giver")
    elif near.filter(staff_id__in=takers, role="rm").count() != len(takers):
        wrong = coded("no_receiver", "receivers must be active RMs of your branches")
    elif effective_on < timezone.localdate(who.at):
        wrong = coded("day_past", "{day} is past", day=effective_on)
    elif len(chosen) > MOST:
        wrong = coded("too_many_customers", "more than {most} customers; leave the list empty for all", most=MOST)
    if wrong or giver is None:
        raise YourMistake(wrong or "no giver", state="nothing was planned", then="mend the form and send it again")
    return giver


def _end(row: Transfer, state: str, actor: str, at: datetime, moved: int) -> None:
    row.state, row.ended_by, row.ended_at, row.moved = state, actor, at, moved
    row.save()


def _audit(who: Who, action: str, row: Transfer, data: dict[str, Plain]) -> None:
    append(
        AuditRecord(
            who.at, who.scope.actor, who.scope.role, action, "transfer", str(row.pk), row.reason, who.address, data
        )
    )
