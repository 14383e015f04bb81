"""Addresses, looked up when a message is sent: customers' in the lake, colleagues' in a small file of the bank."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir

from liuke.act.outbox.address import plain_address
from liuke.act.outbox.message import Medium, Message
from liuke.errors import Place, YourMistake
from liuke.lake import newest
from liuke.sending.asking import Asking
from liuke.tables import CONTACT_POINT

COLUMNS = ("staff_id", "medium", "address")


class Resolver(Protocol):
    """Finds addresses."""

    def addresses(self, medium: Medium, messages: Sequence[Message]) -> Mapping[str, str]:
        """The address of each message's receiver, by key; those without one are left out."""

    def owners(self, medium: Medium, address: str) -> Collection[str]:
        """Customers who have this address."""


class LakePoints:
    """The table contact_point; staff: addresses of colleagues by (staff_id, medium).

    A colleague without a row is reached by the staff id itself, as is usual in a bank's WeCom, DingTalk and Feishu.
    """

    def __init__(self, asking: Asking, staff: Mapping[tuple[str, str], str]) -> None:
        self._asking, self._staff = asking, staff

    def addresses(self, medium: Medium, messages: Sequence[Message]) -> Mapping[str, str]:
        """See Resolver."""
        found = {m.key: self._colleague(medium, m.owner_id) for m in messages if m.owner == "staff"}
        customers = {m.owner_id for m in messages if m.owner == "customer"}
        if customers:
            known = self._customers(medium, customers)
            found |= {m.key: known.get(m.owner_id, "") for m in messages if m.owner == "customer"}
        return {key: address for key, address in found.items() if address}

    def owners(self, medium: Medium, address: str) -> Collection[str]:
        """See Resolver. Reads the whole column: for the few replies, not for the many messages."""
        wanted = plain_address(medium, address)

        def pick(rows: ir.Table) -> ir.Table:
            current = newest(rows.filter(rows.medium == ibis.literal(medium)), CONTACT_POINT)
            plain = current.address.lower().replace(" ", "").replace("-", "")  # as files write them; then exactly
            return current.filter(plain.endswith(wanted.lower()[-8:])).select("customer_id", "address")

        found = self._asking.rows(CONTACT_POINT, pick)
        return sorted(row["customer_id"] for row in found if plain_address(medium, row["address"]) == wanted)

    def _customers(self, medium: Medium, customers: Collection[str]) -> dict[str, str]:
        def pick(rows: ir.Table) -> ir.Table:
            mine = rows.filter(rows.customer_id.isin(sorted(customers)), rows.medium == ibis.literal(medium))
            return newest(mine, CONTACT_POINT).select("customer_id", "address")

        return {row["customer_id"]: row["address"] or "" for row in self._asking.rows(CONTACT_POINT, pick)}

    def _colleague(self, medium: Medium, staff_id: str) -> str:
        return self._staff.get((staff_id, medium), staff_id if medium in ("wecom", "dingtalk", "feishu") else "")


def read_staff_points(path: Path | None) -> Mapping[tuple[str, str], str]:
    """`staff_id,medium,address` of colleagues; empty without a file. Raises YourMistake for another header."""
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise YourMistake(
                    "the file of colleagues' addresses has other columns",
                    place=Place(str(path), 1),
                    expected=",".join(COLUMNS),
                )
            return {(row["staff_id"], row["medium"]): row["address"] or "" for row in reader}
    except OSError as error:
        raise YourMistake(
            f"the file of colleagues' addresses cannot be read: {error.strerror}", place=Place(str(path))
        ) from error
