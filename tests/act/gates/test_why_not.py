"""Who was not contacted and why, one customer and all of them, from what the daily run wrote down."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from liuke.act.gates.why_not import RuleStop, fate_counts, fates_of, rule_stops, under_served
from liuke.engine import Engine
from liuke.govern.access import Scope
from liuke.tables import CANDIDATE_FATE, CUSTOMER_SNAPSHOT
from tests.act.gates.asking import contact
from tests.insight import bank as b


def fate(customer_id: str, treatment: str = "O1", **values: Any) -> dict[str, Any]:
    """A candidate stopped by the consent gate alone."""
    blank = {c.name: None for c in CANDIDATE_FATE.columns}
    plain = {
        "as_of": b.DAY, "decided_at": datetime(2026, 7, 1, tzinfo=UTC), "customer_id": customer_id, "stops": 1,
        "treatment": treatment, "source": "offer", "source_id": treatment, "theme": "t", "message_class": "marketing",
        "channel": "sms", "fate": "gated", "gate": "consent", "rule": "no_consent", "policy_version": "p",
    }  # fmt: skip
    return blank | plain | values


FATES = [
    fate("A"), fate("A", channel="phone"), fate("A", "O2", gate="hold", rule="dispute", stops=2),
    fate("B", stops=3), fate("B", "O2", fate="passed", gate=None, rule=None, stops=0),
    fate("C", gate="eligibility", rule="not_eligible", fact="adult", fate="not_eligible"),
    fate("A", as_of=b.ago(1), rule="consent_refused"),
    fate("W1", "rm_care", source="churn", fate="capacity", gate=None, rule=None, stops=0),
    fate("W2", "rm_care", source="churn", gate="hold", rule="fraud"),
]  # fmt: skip


@pytest.fixture(scope="module")
def fates(engine: Engine):
    return engine.from_arrow(pa.Table.from_pylist(FATES, schema=CANDIDATE_FATE.arrow))


def test_a_customer_sees_the_newest_day_first(engine: Engine, fates):
    mine = engine.arrow(fates_of(fates, "A")).to_pylist()
    assert [(r["as_of"], r["treatment"], r["channel"]) for r in mine] == [
        (b.DAY, "O1", "phone"), (b.DAY, "O1", "sms"), (b.DAY, "O2", "sms"), (b.ago(1), "O1", "sms"),
    ]  # fmt: skip
    assert engine.count(fates_of(fates, "A", since=b.DAY)) == 3


def test_each_rule_tells_how_many_it_stops_and_how_many_it_stops_alone(engine: Engine, fates):
    assert rule_stops(engine, fates, b.DAY) == (
        RuleStop("eligibility", "adult", 1, 1, 1, 1),
        RuleStop("consent", "no_consent", 3, 2, 2, 1),
        RuleStop("hold", "dispute", 1, 1, 0, 0),
        RuleStop("hold", "fraud", 1, 1, 1, 1),
    )
    assert rule_stops(engine, fates, b.DAY, "O2") == (RuleStop("hold", "dispute", 1, 1, 0, 0),)
    assert fate_counts(engine, fates, b.DAY) == {"gated": 5, "capacity": 1, "not_eligible": 1, "passed": 1}


def test_the_under_served_are_warned_and_long_without_contact_within_the_asker_s_scope(engine: Engine, fates):
    def person(who: str, branch: str, **values: Any) -> dict[str, Any]:
        kinds = {"string": None, "date": None, "money": 1000, "int": 0, "float": 0.5}
        blank = {c.name: None if c.nullable else kinds[c.kind] for c in CUSTOMER_SNAPSHOT.columns}
        return blank | {"as_of": b.DAY, "customer_id": who, "branch_id": branch, "tier": "red", **values}

    people = [
        person("W1", "B1", score=0.9), person("W2", "B2"), person("W3", "B1", score=0.1),
        person("CALM", "B1", tier="none"), person("SEEN", "B1"),
    ]  # fmt: skip
    snapshot = engine.from_arrow(pa.Table.from_pylist(people, schema=CUSTOMER_SNAPSHOT.arrow))
    calls = [contact(89, "SEEN"), contact(90, "W2")]
    known = b.known_tables(engine, {"contact": calls}).contact

    def found(scope: Scope | None = None) -> list[tuple[Any, ...]]:
        rows = engine.arrow(under_served(snapshot, known, fates, b.DAY, scope=scope)).to_pylist()
        return [(r["customer_id"], r["last_contact_on"], r["fate"], r["rule"]) for r in rows]

    assert found() == [("W1", None, "capacity", None), ("W2", b.ago(90), "gated", "fraud"), ("W3", None, None, None)]
    head = Scope("head", "branch_head", frozenset({"B1"}))
    assert [row[0] for row in found(head)] == ["W1", "W3"]
