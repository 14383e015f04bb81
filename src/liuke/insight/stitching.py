"""Anonymous events → events of customers, by the links known at a moment. Read, never rewritten.

The events of a device, visitor or log-in belong to

1. the customer whose link began last before the event, as long as that link lasts;
2. before its first link, the customer of that first link, if it still lasts: what somebody looked at before logging
   in is theirs. Once that link ends this is withdrawn: it was an inference from the link;
3. nobody else. Links that ended before they began are void. Events that bear a customer keep it.

    anonymous_id  customer_id  linked  unlinked     event of 1 March  3 March  7 March  9 March
    d1            C1           2 March 8 March      -                 C1       C1       -
    d2            C1           2 March              C1                C1       C1       C1
    d2            C2           8 March              (C1 before)       (C1)     (C1)     C2

Nothing later than the moment enters: links that began or became known later do not exist, and an end that lies later
has not come. Of two links that began at the same time the one with the greater customer number counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.lake import known
from liuke.tables import EVENT, IDENTITY_LINK

BORNE: Final = ("anonymous", "login")
"""Types of id that events bear in `anonymous_id`: devices and visitors, and log-ins that are no customer numbers."""
_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


def stitched(event: ir.Table, identity_link: ir.Table, as_of: AsOf, zone: ZoneInfo) -> ir.Table:
    """The events known as of `as_of`, with the customer that each belongs to by then.

    event, identity_link: rows of the tables, whole or narrowed; every link of an anonymous id must be among them.
    """
    seen = known(event, EVENT, as_of)
    nobody = seen.filter(seen.customer_id.isnull(), seen.anonymous_id.notnull())
    spans = link_spans(identity_link, as_of, zone)
    joined = nobody.left_join(
        spans,
        [
            nobody.anonymous_id == spans["_id"],
            nobody.occurred_at >= spans["_from"],
            nobody.occurred_at < spans["_to"],
        ],
    )
    columns = {name: joined[name] for name in EVENT.names if name != "customer_id"}
    found = joined.select(**columns, customer_id=joined["_customer"]).select(*EVENT.names)
    rest = seen.filter(seen.customer_id.notnull() | seen.anonymous_id.isnull())
    return rest.select(*EVENT.names).union(found)


def link_spans(identity_link: ir.Table, as_of: AsOf, zone: ZoneInfo) -> ir.Table:
    """When each anonymous id belongs to whom: _id, _customer, _from, _to (excluded); spans of an id do not overlap."""
    ends = datetime.combine(as_of.day + timedelta(days=1), time(), zone).astimezone(UTC)
    links = known(identity_link, IDENTITY_LINK, as_of)
    links = links.filter(links.id_type.isin(BORNE))
    over = links.unlinked_at.notnull() & (links.unlinked_at < ibis.literal(ends))
    links = links.mutate(_end=ibis.ifelse(over, links.unlinked_at, ibis.literal(_NEVER)), _open=~over)
    links = links.filter(links["_end"] > links.linked_at)
    window = ibis.window(group_by="id_value", order_by=["linked_at", "customer_id"])
    links = links.mutate(_next=links.linked_at.lead().over(window), _nth=ibis.row_number().over(window))
    reaches_back = (links["_nth"] == 0) & links["_open"]
    return links.select(
        _id=links.id_value,
        _customer=links.customer_id,
        _from=ibis.ifelse(reaches_back, ibis.literal(_EVER), links.linked_at),
        _to=ibis.least(links["_end"], links["_next"].fill_null(ibis.literal(_NEVER))),
    )


__all__ = ["BORNE", "link_spans", "stitched"]
