"""Changes of identity → versions of links, against the links that the lake has; contradictions become findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from liuke.collect.tracking.event import IdentityChange, Rejected
from liuke.engine import Engine
from liuke.lake import Lake, newest
from liuke.tables import IDENTITY_LINK

CONFLICT = "conflicting_link"
_MESSAGE = "标识已关联另一客户,新关联自其起始时间生效 / linked to another customer; the new link counts from its start"


@dataclass(frozen=True, slots=True)
class Link:
    """A version of a link. since, until: microseconds since the epoch."""

    id_type: str
    id_value: str
    customer_id: str
    since: int
    until: int | None
    source: str


def links_of(changes: Sequence[IdentityChange], lake: Lake, engine: Engine) -> tuple[list[Link], list[Rejected]]:
    """New versions of links, in order, and the findings: ids that become another customer's at the same time.

    A link that holds already is not written again, unless another customer's began since: a device that goes back
    and forth is a link each time. An unlink ends every link of the id that holds, or only those with the customer
    it names; one that finds nothing changes nothing.
    """
    standing = _standing(changes, lake, engine)
    made: list[Link] = []
    findings: list[Rejected] = []
    for change in changes:
        held = standing.setdefault((change.id_type, change.id_value), [])
        if change.kind == "unlink":
            ended = [link for link in held if change.customer_id in (None, link.customer_id)]
            made += [replace(link, until=change.at, source=change.source) for link in ended]
            held[:] = [link for link in held if link not in ended]
        elif change.customer_id and not _holds(change, held):
            if held and all(link.customer_id != change.customer_id for link in held):
                findings.append(_finding(change, held))
            link = Link(change.id_type, change.id_value, change.customer_id, change.at, None, change.source)
            held.append(link)
            made.append(link)
    return made, findings


def _holds(change: IdentityChange, held: Sequence[Link]) -> bool:
    """Whether the customer has the id already: by the link that began last, or by one when that begins later."""
    if not any(link.customer_id == change.customer_id for link in held):
        return False
    last = max(held, key=lambda link: (link.since, link.customer_id))
    return last.customer_id == change.customer_id or change.at <= last.since


def _standing(changes: Sequence[IdentityChange], lake: Lake, engine: Engine) -> dict[tuple[str, str], list[Link]]:
    """The links that hold of the ids that change, by id."""
    if not changes or lake.version(IDENTITY_LINK) is None:
        return {}
    pairs = sorted({(c.id_type, c.id_value) for c in changes})
    asked = engine.from_arrow(pa.table({"id_type": [p[0] for p in pairs], "id_value": [p[1] for p in pairs]}))
    rows = newest(lake.scan(engine, IDENTITY_LINK).semi_join(asked, ["id_type", "id_value"]), IDENTITY_LINK)
    rows = rows.filter(rows.unlinked_at.isnull())
    found = engine.arrow(rows.select("id_type", "id_value", "customer_id", "source", "linked_at"))
    standing: dict[tuple[str, str], list[Link]] = {}
    since = found["linked_at"].cast(pa.int64()).to_pylist()
    for row, at in zip(found.drop(["linked_at"]).to_pylist(), since, strict=True):
        link = Link(row["id_type"], row["id_value"], row["customer_id"], at, None, row["source"])
        standing.setdefault((link.id_type, link.id_value), []).append(link)
    return standing


def _finding(change: IdentityChange, held: Sequence[Link]) -> Rejected:
    others = ", ".join(sorted({link.customer_id for link in held}))
    text = f"{change.id_type}: {change.customer_id} / {others}"
    return Rejected(change.source, "identity", 0, "id_value", change.id_value, CONFLICT, _MESSAGE, text, change.at)


__all__ = ["CONFLICT", "Link", "links_of"]
