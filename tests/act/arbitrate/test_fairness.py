"""Price and terms know nothing of churn score or willingness to pay (PIPL art. 24)."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from liuke.engine import Engine
from tests.act.arbitrate.bank import call, candidate, decided, fate_rows

OFFERS = {"deposit_10": 10.0, "deposit_25": 25.0, "deposit_25b": 25.0}
TERMS = ("offer_id", "terms_of", "benefit_amount")


def offer(customer_id: str, code: str, **over: Any) -> dict[str, Any]:
    return candidate(customer_id, code, offer_id=code, terms_of="deposit", benefit_amount=OFFERS[code], **over)


def test_customers_who_differ_only_in_their_score_get_the_same_terms(engine: Engine) -> None:
    """Each pair: the same offers passed, whatever chance, value and evidence; who is offered anything gets the same."""
    rng = random.Random(3)
    rows, passed = [], {}
    for pair in range(120):
        gates = {code: rng.choice([None, None, "suitability"]) for code in OFFERS}
        passed[pair] = {code for code, gate in gates.items() if gate is None}
        for twin in "ab":
            score = {"propensity": rng.random(), "value_kept": rng.choice([1.0, 100.0, 10_000.0])}
            lift = rng.choice([{}, {"uplift": rng.uniform(-0.2, 0.9), "uplift_n": 500}])
            rows += [offer(f"C{pair}{twin}", code, gate=gate, **score, **lift) for code, gate in gates.items()]
            rows += [call(f"C{pair}{twin}", 20.0 * rng.random())]
    given: dict[int, set[str]] = defaultdict(set)
    for (who, code), row in fate_rows(engine, decided(engine, rows)).items():
        if code in OFFERS and row["fate"] == "chosen":
            given[int(who[1:-1])].add(code)
    assert all(len(codes) == 1 for codes in given.values())
    both = {pair: codes for pair, codes in given.items() if passed[pair] >= {"deposit_10", "deposit_25"}}
    assert len(both) > 20
    assert all(codes == {"deposit_25"} for codes in both.values())
    assert any(codes == {"deposit_10"} for codes in given.values())  # to whom the better one may not be offered


def test_the_better_terms_stand_before_the_worse_whatever_they_bring_the_bank(engine: Engine) -> None:
    rows = [offer("C1", "deposit_10", value_kept=9_000.0), offer("C1", "deposit_25", value_kept=1.0)]
    found = fate_rows(engine, decided(engine, rows))
    assert (found["C1", "deposit_10"]["fate"], found["C1", "deposit_10"]["beaten_by"]) == ("beaten", "deposit_25")
    assert found["C1", "deposit_25"]["fate"] == "chosen"


def test_arbitration_hands_an_offers_terms_through_unchanged(engine: Engine) -> None:
    rows = [offer(f"C{i}", code, propensity=i / 20) for i in range(20) for code in OFFERS]
    found = fate_rows(engine, decided(engine, rows))
    for (_, code), row in found.items():
        assert {name: row[name] for name in TERMS} == {
            "offer_id": code, "terms_of": "deposit", "benefit_amount": OFFERS[code],
        }  # fmt: skip
