"""Gate 审批: only approved offers on their days, and none whose price looks at the score."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, day_text, is_true


def approval(row: ir.Table, _policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """Candidates without an offer have nothing to approve; an offer nobody knows does not pass."""
    yield Stop("unknown_offer", row.offer_id.notnull() & row.offer_version.isnull(), row.offer_id)
    yield Stop("price_by_score", row.price_fact.notnull(), row.price_fact)
    yield Stop("not_approved", row.approval_fact.notnull(), row.approval_fact)
    yield Stop("not_yet_valid", is_true(moment.day < row.valid_from), day_text(row.valid_from), row.valid_from)
    yield Stop("no_longer_valid", is_true(moment.day > row.valid_to), day_text(row.valid_to))
