"""Candidates and the facts of a small bank, judged by the library."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from liuke.act.candidate import CANDIDATE
from liuke.act.contact_policy import ContactPolicy, Planned
from liuke.act.gates.chain import judged
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import moment_of
from liuke.act.gates.sheet import SHEET
from liuke.clock import AsOf
from liuke.engine import Engine
from tests.insight import bank as b

PAIRS = (("marketing", "sms"), ("marketing", "phone"), ("market_research", "phone"))
WORKDAY = Planned(b.ago(-1), {})
"""The day after the as-of day, with every channel open."""


def candidate(customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    """A marketing message by SMS that carries the offer O1, unless said otherwise."""
    plain = {
        "customer_id": customer_id, "treatment": "O1", "source": "offer", "source_id": "O1", "theme": "t",
        "message_class": "marketing", "purpose": "marketing", "channel": "sms", "offer_id": "O1", "offered_risk": None,
        "eligible": True, "applicable": True, "unmet": None,
    }  # fmt: skip
    return plain | values


def care(customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    """A care call without an offer."""
    service = {
        "treatment": "rm_care",
        "message_class": "service",
        "purpose": None,
        "channel": "phone",
        "offer_id": None,
    }
    return candidate(customer_id, **service | values)


def offer(code: str = "O1", **values: Any) -> dict[str, Any]:
    """A row of SHEET with nothing wrong."""
    plain = {
        "offer_id": code, "offer_version": "v1", "carries_offer": True, "wording_fact": None, "price_fact": None,
        "approval_fact": None, "valid_from": b.ago(100), "valid_to": b.ago(-100),
    }  # fmt: skip
    return plain | values


def consent(customer_id: str = "C1", days_ago: int = 50, **values: Any) -> dict[str, Any]:
    """Marketing allowed over every channel, unless said otherwise."""
    plain = {"purpose": "marketing", "channel": "all", "granted": True, "effective_at": b.at(b.ago(days_ago))}
    return b.row("consent", customer_id=customer_id, **plain | values)


def contact(days_ago: int, customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    """A marketing message that arrived."""
    plain = {"occurred_at": b.at(b.ago(days_ago)), "message_class": "marketing", "result": "reached", "channel": "sms"}
    return b.row("contact", customer_id=customer_id, contact_id=f"K{b.row('hold')['line']}", **plain | values)


def hold(customer_id: str = "C1", **values: Any) -> dict[str, Any]:
    """A dispute that goes on since ten days ago."""
    plain = {"kind": "dispute", "since": b.ago(10), "hold_id": f"H{b.row('hold')['line']}"}
    return b.row("hold", customer_id=customer_id, **plain | values)


def happy(customer_id: str = "C1", **values: Any) -> b.Bank:
    """A bank whose one customer is of age, agreed to marketing and has a fresh class C3."""
    person = {"birth_date": b.ago(40 * 365), "risk_appetite": "C3", "risk_assessed_on": b.ago(30), **values}
    return {"customer": [b.customer(customer_id, **person)], "consent": [consent(customer_id)]}


def judge(
    engine: Engine,
    bank: b.Rows,
    candidates: Iterable[Mapping[str, Any]],
    offers: Iterable[Mapping[str, Any]] | None = None,
    policy: ContactPolicy | None = None,
    planned: Planned = WORKDAY,
    as_of: AsOf = b.AS_OF,
) -> list[dict[str, Any]]:
    """Each candidate with what `judged` found, in the order given."""
    rows = [dict(c, _n=i) for i, c in enumerate(candidates)]
    asked = pa.Table.from_pylist(rows, schema=CANDIDATE.append(pa.field("_n", pa.int64())))
    sheet = engine.from_arrow(pa.Table.from_pylist([offer()] if offers is None else [*map(dict, offers)], SHEET))
    facts = contact_facts(b.known_tables(engine, bank, as_of), PAIRS)
    found = judged(engine.from_arrow(asked), facts, sheet, policy or ContactPolicy(), moment_of(planned))
    return sorted(engine.arrow(found).to_pylist(), key=lambda r: int(r["_n"]))


def told(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Gate, rule, fact and date."""
    return row["gate"], row["rule"], row["fact"], row["may_change_on"]
