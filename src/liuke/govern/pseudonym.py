"""Keyed pseudonyms: what models and analysts see instead of a customer.

A subject is sha256(key ‖ sha256(key ‖ customer_id)), 64 hexadecimal digits, computed by the engine; all texts are
UTF-8. That is HMAC (RFC 2104) without its pads: the outer hash hides what the inner one yields, so that nobody can
lengthen an id, nor move letters between key and id.

It guarantees: the same customer has the same subject under the same key, in every table and on every engine;
without the key nobody can work out a subject from an id, nor an id from a subject, even though ids are few and
easily listed; subjects under two keys cannot be matched. It does not guarantee anonymity: whoever has the key and
the list of customers can work out every subject (that is how a score finds its way back), and rare combinations of
the facts that remain may point to a person. The result is de-identified, not anonymous, data (PIPL art. 73). The
key stands in the engine's query text while a query runs: keep query logs as safe as the key.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.errors import OurBug, YourMistake
from liuke.tables import TABLES

SUBJECT: Final = "subject"
SHORTEST_KEY: Final = 16
_HIDDEN: Final = frozenset(
    {"name", "phone", "id_card", "card", "account", "email", "address", "birth_date", "text"}
)  # fmt: skip
"""Mask rules of columns that tell who somebody is. Money is no identifier."""
_HEX_STEPS: Final = 16**8
_ROW_PLACE: Final = "line"
"""With source and batch it leads to the row that the bank delivered."""


@lru_cache(maxsize=1)
def identifiers() -> frozenset[str]:
    """Names of all columns that lead to a person, over all tables.

    Columns whose mask hides who somebody is, and ids of a customer's own rows (transaction_id, loop_id …), by which
    a row is found again in a table with names. Ids of branches, staff and products are none.
    """
    tables = TABLES.values()
    hidden = {c.name for t in tables for c in t.columns if c.level == "C2" and c.mask in _HIDDEN}
    own = {n for t in tables if t.subject for n in t.names if n.endswith("_id")}
    shared = {n for t in tables if not t.subject for n in t.key}
    return frozenset(hidden | (own - shared) | {_ROW_PLACE})


def subject_of(customer_id: ir.StringValue, key: str) -> ir.StringValue:
    """The pseudonym as an expression; null for a null id. Raises YourMistake when the key is too short to be one."""
    if len(key) < SHORTEST_KEY:
        raise YourMistake(
            f"the pseudonym key has {len(key)} characters",
            expected=f"at least {SHORTEST_KEY} random ones",
            state="nothing was computed",
            then="set LIUKE_PSEUDONYM_KEY to a long random text, or unset it to use the key of the bank home",
        )
    inner: ir.StringValue = (ibis.literal(key) + customer_id).hexdigest("sha256")
    outer: ir.StringValue = (ibis.literal(key) + inner).hexdigest("sha256")
    return outer


def pseudonymised(rows: ir.Table, key: str) -> ir.Table:
    """The rows with `subject` in place of `customer_id` and without every other identifying column.

    A column counts by its name, wherever it came from; columns that no table declares (features) are kept. Raises
    OurBug for rows without customer_id, such as transactions, which are to be joined with their owner first.

        customer_id  name  city  aum      →   subject   city  aum
        C1000234     欧阳修  杭州   61000        9c1f04…    杭州   61000
    """
    kept = [n for n in rows.columns if n not in identifiers() and n != SUBJECT]
    return _with(rows, key).select(SUBJECT, *kept)


def with_subject(rows: ir.Table, key: str) -> ir.Table:
    """The rows as they are plus `subject`: the way back from a model's result to the customer.

    For the scoring step only: score by subject, then join with this look-up of (customer_id, subject).
    """
    return _with(rows, key)


def subjects_below(share: float) -> str:
    """The text below which this share of all subjects lies: a draw that is the same on every engine and every day,
    and about as good as a random one, for a subject tells nothing about its customer.
    """
    return "g" if share >= 1 else f"{int(share * _HEX_STEPS):08x}"  # "g" is above every digit


def _with(rows: ir.Table, key: str) -> ir.Table:
    if "customer_id" not in rows.columns:
        raise OurBug(
            "rows without customer_id cannot be pseudonymised",
            expected="a table of customers, or facts joined with their account's owner",
            state="nothing was computed",
        )
    return rows.mutate(**{SUBJECT: subject_of(rows.customer_id, key)})
