"""A few customers by the prepared expression: the same answers as the batch, and today's contacts beside the lake."""

import pyarrow as pa
import pytest

from liuke.act.contact_policy import ContactPolicy, Planned
from liuke.act.gates.one_customer import FRESH, GatesOfFew
from liuke.act.gates.sheet import SHEET
from liuke.engine import Engine
from tests.act.gates.asking import PAIRS, candidate, care, consent, contact, hold, judge, offer, told
from tests.insight import bank as b

BANK = {
    "customer": [b.customer(c, birth_date=b.ago(9000), risk_appetite="C2", risk_assessed_on=b.ago(9)) for c in "ABCD"],
    "consent": [consent("A"), consent("B", granted=False), consent("C"), consent("D")],
    "contact": [contact(0, "C"), contact(3, "C"), contact(8, "A", result="refused")],
    "complaint": [b.complaint(3, "D"), b.complaint(60, "A", resolved_at=b.at(b.ago(40)))],
    "hold": [hold("B", until=b.ago(-5))],
}
ASKED = [candidate(c, offered_risk=3) for c in "ABCDE"] + [care(c) for c in "ABCDE"]


@pytest.fixture(scope="module")
def gates(engine: Engine) -> GatesOfFew:
    sheet = engine.from_arrow(pa.Table.from_pylist([offer()], SHEET))
    return GatesOfFew(engine, b.source(engine, BANK), b.AS_OF, b.ZONE, sheet, ContactPolicy(), PAIRS)


@pytest.mark.parametrize("planned", [Planned(b.ago(-1), {}), Planned(b.ago(-9), {"sms": b.ago(-10)})])
def test_few_customers_meet_the_same_gates_as_the_whole_bank(engine: Engine, gates: GatesOfFew, planned: Planned):
    whole = judge(engine, BANK, ASKED, planned=planned)
    few = gates.judge(ASKED, planned)
    assert [j.candidate for j in few] == ASKED
    stops = [(j.stop.gate, j.stop.rule, j.stop.fact, j.stop.may_change_on) if j.stop else (None,) * 4 for j in few]
    assert stops == [told(row) for row in whole]
    assert [j.stops for j in few] == [row["stops"] for row in whole]
    assert gates.judge(ASKED[2:4], planned) == few[2:4]


def test_a_contact_of_today_counts_before_the_lake_knows_it(gates: GatesOfFew):
    planned = Planned(b.ago(-1), {})
    asked = [candidate("C", offered_risk=1)]
    plain = dict.fromkeys(FRESH.names) | {"customer_id": "C", "channel": "phone", "business_date": b.ago(-1)}
    assert [f.rule for f in gates.judge(asked, planned)[0].findings if f.rule] == ["cap_7"]
    marketing = plain | {"result": "reached", "message_class": "marketing"}
    assert [f.rule for f in gates.judge(asked, planned, [marketing])[0].findings if f.rule] == ["cap_1"]
    refused = plain | {"result": "refused", "message_class": "service"}
    assert gates.judge(asked, planned, [refused])[0].stop.rule == "no_fresh_consent"


def test_names_that_look_like_the_language_do_no_harm(gates: GatesOfFew):
    odd = "O'Brien; DROP TABLE x --"
    [judgement] = gates.judge([care(odd)], Planned(b.ago(-1), {}))
    assert (judgement.candidate["customer_id"], judgement.stop.rule) == (odd, "unknown_customer")


def test_nobody_is_asked_about_nobody(gates: GatesOfFew):
    assert gates.judge([], Planned(b.ago(-1), {})) == []
