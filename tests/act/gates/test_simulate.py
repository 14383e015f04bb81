"""Another policy on the same candidates: what it would open and shut, and when it would stop everybody."""

from typing import Any

import pyarrow as pa

from liuke.act.candidate import CANDIDATE
from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.chain import CHAIN
from liuke.act.gates.facts import contact_facts
from liuke.act.gates.moment import moment_of
from liuke.act.gates.sentences import GATE_NAMES, GENERAL, OVER_SHARE, RULES, general, sentence
from liuke.act.gates.sheet import SHEET
from liuke.act.gates.simulate import PastDay, RuleShare, Simulated, Warned, compared, past_candidates, summed
from liuke.engine import Engine
from liuke.tables import CANDIDATE_FATE, GATES
from tests.act.gates.asking import PAIRS, WORKDAY, candidate, care, consent, contact, offer
from tests.act.gates.test_why_not import fate
from tests.insight import bank as b

BANK = {
    "customer": [b.customer(c, birth_date=b.ago(9000)) for c in "ABC"],
    "consent": [consent("A"), consent("B"), consent("C", granted=False)],
    "contact": [contact(1, "A"), contact(2, "A"), contact(1, "C"), contact(2, "C")],
}
ASKED = [candidate(c) for c in "ABC"] + [care("A")]


def tried(engine: Engine, new: ContactPolicy) -> Simulated:
    moment = moment_of(WORKDAY)
    past = PastDay(
        engine.from_arrow(pa.Table.from_pylist(ASKED, schema=CANDIDATE)),
        engine.materialise(contact_facts(b.known_tables(engine, BANK), PAIRS)),
        engine.from_arrow(pa.Table.from_pylist([offer()], schema=SHEET)),
        (moment, moment),
    )
    return summed([b.DAY], compared(engine, past, ContactPolicy(), new))


def test_a_looser_cap_opens_those_whom_nothing_else_stops(engine: Engine):
    found = tried(engine, ContactPolicy(caps=()))
    assert (found.candidates, found.passed_before, found.passed_after, found.opened, found.shut) == (4, 2, 3, 1, 0)
    assert found.rules == (RuleShare("consent", "consent_refused", 1, 1, 1), RuleShare("frequency", "cap_7", 1, 0, 0))
    assert found.warnings == ()


def test_a_policy_that_stops_everybody_is_warned_of_with_the_gate_s_share(engine: Engine):
    found = tried(engine, ContactPolicy(consent_valid_days=1))
    assert (found.passed_after, found.shut) == (1, 1)  # the care call goes on
    assert found.warnings == (Warned("marketing", "consent", 1.0),)


def test_the_policy_at_work_changes_nothing(engine: Engine):
    found = tried(engine, ContactPolicy())
    assert (found.opened, found.shut) == (0, 0)
    assert all(rule.before == rule.after for rule in found.rules)


def test_past_candidates_are_as_they_were_when_the_gates_were_asked(engine: Engine):
    rows = [
        fate("A", purpose="marketing", offered_risk=2, offer_id="O1"),
        fate("B", gate="eligibility", rule="not_eligible", fact="adult"),
        fate("C", gate="applicability", rule="not_applicable", fact="here"),
        fate("D", as_of=b.ago(1)),
    ]
    made = engine.from_arrow(pa.Table.from_pylist(rows, schema=CANDIDATE_FATE.arrow))
    found = engine.arrow(past_candidates(made, b.DAY)).to_pylist()
    assert list(found[0]) == CANDIDATE.names
    seen: dict[str, Any] = {r["customer_id"]: (r["eligible"], r["applicable"], r["unmet"]) for r in found}
    assert seen == {"A": (True, True, None), "B": (False, True, "adult"), "C": (True, False, "here")}
    assert next(r for r in found if r["customer_id"] == "A")["offered_risk"] == 2


def test_sentences_are_told_in_both_languages_with_fact_and_date():
    assert tuple(GATE_NAMES) == GATES
    assert sentence("cap_3", "1/3", b.DAY, "zh-hans") == "已达频次上限(次/天)1/3,2026-06-30 起可能变化"
    assert sentence("under_14", None, None, "en") == "under 14"
    assert all(("{fact}" in zh) == ("{fact}" in en) for zh, en in RULES.values())


def test_the_rules_of_the_gates_and_the_sentences_are_the_same(engine: Engine):
    policy = ContactPolicy(consent_valid_days=1)
    row = engine.from_arrow(CANDIDATE.empty_table()).left_join(
        contact_facts(b.known_tables(engine, BANK), PAIRS), "customer_id"
    )
    row = row.drop("customer_id_right").left_join(engine.from_arrow(SHEET.empty_table()), "offer_id")
    named = {stop.rule for gate in CHAIN.values() for stop in gate(row, policy, moment_of(WORKDAY))}
    assert {"cap" if rule.startswith("cap_") else rule for rule in named} | {OVER_SHARE} == set(RULES)


def test_what_a_rule_finds_in_general_names_nobodys_fact_and_leaves_no_hole():
    told = {rule: [general("cap_7" if rule == "cap" else rule, locale) for locale in ("zh-hans", "en")]
            for rule in RULES}  # fmt: skip
    assert set(GENERAL) == {rule for rule, (zh, _) in RULES.items() if "{fact}" in zh}
    assert not [rule for rule, texts in told.items() if not all(texts) or any("{" in t or "…" in t for t in texts)]
    assert general("cap_7", "zh-hans") == "已达 7 天频次上限"
    assert general("adult", "en") is None
