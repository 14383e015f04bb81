"""Whether the bank may approach a customer at all, looked at again before a message goes: holds, open complaints."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.outbox.gate import Finding
from liuke.act.outbox.message import Message
from liuke.lake import newest
from liuke.sending.asking import Asking
from liuke.tables import COMPLAINT, HOLD


class Barred:
    """The gate, over the lake as it stands at the moment."""

    def __init__(self, asking: Asking, policy: ContactPolicy, zone: ZoneInfo) -> None:
        self._asking, self._policy, self._zone = asking, policy, zone

    def __call__(self, messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
        """Holds stop the classes of messages that the policy says; an open complaint stops marketing.

        A message waits for a hold whose last day is known; otherwise it is not sent any more.
        """
        customers = {m.customer_id for m in messages if m.customer_id}
        if not customers:
            return {}
        day = now.astimezone(self._zone).date()
        holds, complaints = self._holds(customers, day), self._complaints(customers, now)
        found = {m.key: self._of(m, holds.get(m.customer_id, ()), complaints) for m in messages}
        return {key: finding for key, finding in found.items() if finding}

    def _of(self, message: Message, holds: Sequence[Mapping[str, Any]], complaints: Collection[str]) -> Finding | None:
        marketing = message.message_class == "marketing"
        kinds = self._policy.holds if marketing else self._policy.service_holds
        stopping = [self._held(row) for row in holds if row["kind"] in kinds]
        if marketing and message.customer_id in complaints:
            stopping.append(Finding("hold", "open_complaint"))
        return next(iter(sorted(stopping, key=lambda f: f.may_change_at is not None)), None)

    def _held(self, row: Mapping[str, Any]) -> Finding:
        over = row["until"]
        again = datetime.combine(over + timedelta(days=1), time(), self._zone).astimezone(UTC) if over else None
        return Finding("hold", row["kind"], str(row["since"]), again)

    def _holds(self, customers: Collection[str], day: date) -> dict[str, list[dict[str, Any]]]:
        def pick(rows: ir.Table) -> ir.Table:
            mine = newest(rows.filter(rows.customer_id.isin(sorted(customers))), HOLD)
            over = (mine["until"] < ibis.literal(day)).fill_null(False)
            return mine.filter(mine.since <= ibis.literal(day), ~over).select("customer_id", "kind", "since", "until")

        found: dict[str, list[dict[str, Any]]] = {}
        for row in sorted(self._asking.rows(HOLD, pick), key=lambda r: (str(r["since"]), str(r["kind"]))):
            found.setdefault(row["customer_id"], []).append(row)
        return found

    def _complaints(self, customers: Collection[str], now: datetime) -> frozenset[str]:
        def pick(rows: ir.Table) -> ir.Table:
            mine = newest(rows.filter(rows.customer_id.isin(sorted(customers))), COMPLAINT)
            moment = ibis.literal(now)
            still = mine.resolved_at.isnull() | (mine.resolved_at > moment)
            return mine.filter(mine.received_at <= moment, still).select("customer_id").distinct()

        return frozenset(str(row["customer_id"]) for row in self._asking.rows(COMPLAINT, pick))
