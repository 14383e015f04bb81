"""Each gate on its own edge, their order, and what a stop says.

Every case is a customer of his own; those of one policy and moment are judged together, as a bank would be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from liuke.act.contact_policy import ContactPolicy, Planned
from liuke.act.gates.chain import CHAIN
from liuke.engine import Engine
from liuke.tables import GATES
from tests.act.gates.asking import PAIRS, candidate, care, consent, contact, happy, hold, judge, offer, told
from tests.insight import bank as b

TODAY = b.ago(-1)
OPEN = Planned(TODAY, {})
NONE = (None, None, None, None)
PLAIN = ContactPolicy()
Row = dict[str, Any]
OFFERS = [
    offer(), offer("nothing", carries_offer=False), offer("words", wording_fact="forbidden_word"),
    offer("draft", approval_fact="draft"), offer("price", price_fact="churn_probability"),
    offer("early", valid_from=b.ago(-2)), offer("late", valid_to=b.ago(0)),
    offer("now", valid_from=TODAY, valid_to=TODAY),
]  # fmt: skip


def day(days_ago: int) -> str:
    return b.ago(days_ago).isoformat()


@dataclass(frozen=True)
class Case:
    """What is known of a customer C1 beside what `happy` says, what is asked, and what is found."""

    name: str
    found: tuple[Any, ...]
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    asked: Row = field(default_factory=candidate)
    person: Row = field(default_factory=dict)
    policy: ContactPolicy = PLAIN
    planned: Planned = OPEN

    def bank(self, customer_id: str) -> dict[str, list[Row]]:
        """The rows, of that customer."""
        mine = happy(**self.person) | dict(self.rows)
        return {name: [row | {"customer_id": customer_id} for row in rows] for name, rows in mine.items()}


def consents() -> Iterator[Case]:
    no = ("consent", "consent_refused")
    yield Case("nothing stops a willing customer", NONE)
    yield Case("never asked", ("consent", "no_consent", "marketing", None), {"consent": []})
    yield Case("refused", (*no, day(50), None), {"consent": [consent(granted=False)]})
    yield Case("withdrawn", (*no, day(3), None), {"consent": [consent(), consent(days_ago=3, granted=False)]})
    yield Case("given later", NONE, {"consent": [consent(days_ago=3), consent(granted=False)]})
    by_sms = {"consent": [consent(), consent(days_ago=3, channel="sms", granted=False)]}
    yield Case("withdrawn for the channel", (*no, day(3), None), by_sms)
    by_phone = {"consent": [consent(), consent(days_ago=3, channel="phone", granted=False)]}
    yield Case("withdrawn for another channel", NONE, by_phone)
    named = {"consent": [consent(granted=False), consent(days_ago=3, channel="sms")]}
    yield Case("given for the channel only", NONE, named)
    research = {"consent": [consent(purpose="market_research")]}
    yield Case("given for another purpose", ("consent", "no_consent", "marketing", None), research)
    yield Case("another purpose asked", ("consent", "no_consent", "market_research", None),
               asked=candidate(purpose="market_research", channel="phone"))  # fmt: skip
    yield Case("a pair nobody asked facts for", ("consent", "no_consent", "marketing", None),
               asked=candidate(channel="push"))  # fmt: skip
    off = {"consent": [consent(), consent(purpose="personalisation", granted=False)]}
    yield Case("not by traits", ("consent", "personalisation_off", day(50), None), off)
    yield Case("not by traits, but care", NONE, off, care())
    machine = {"consent": [consent(), consent(purpose="automated_decision", granted=False)]}
    for asked in (candidate(), care()):
        yield Case("not by machines", ("consent", "automated_off", day(50), None), machine, asked)
    yield Case("care without consent", NONE, {"consent": []}, care())
    yield Case("service with an offer", ("consent", "service_with_offer", "O1", None), asked=care(offer_id="O1"))
    yield Case("service with nothing to sell", NONE, asked=care(offer_id="nothing"))
    ask = care(treatment="ask_consent", purpose="marketing")
    yield Case("ask who never said", NONE, {"consent": []}, ask)
    refused = {"consent": [consent(granted=False)]}
    yield Case("ask who refused", ("consent", "asked_and_refused", day(50), None), refused, ask)
    aged = ContactPolicy(consent_valid_days=51)
    yield Case("consent of 51 days", ("consent", "consent_expired", TODAY.isoformat(), None), policy=aged)
    yield Case("consent of 50 days", NONE, {"consent": [consent(days_ago=49)]}, policy=aged)
    texts = ContactPolicy(consent_versions={"marketing": ("new",)})
    old = {"consent": [consent(version="old")]}
    yield Case("old text", ("consent", "consent_outdated", "old", None), old, policy=texts)
    yield Case("new text", NONE, {"consent": [consent(version="new")]}, policy=texts)


def refusals() -> Iterator[Case]:
    old = [contact(40, channel="phone", result="refused", message_class="service")]
    phone = candidate(channel="phone")
    yield Case("refused here", ("refusal", "channel_refused", day(40), None), {"contact": old}, phone)
    yield Case("refused elsewhere", ("refusal", "no_fresh_consent", day(40), None), {"contact": old})
    fresh = {"contact": old, "consent": [consent(days_ago=39)]}
    yield Case("refused elsewhere, then agreed", NONE, fresh)
    yield Case("refused here, then agreed to all", ("refusal", "channel_refused", day(40), None), fresh, phone)
    named = {"contact": old, "consent": [consent(days_ago=39, channel="phone")]}
    yield Case("refused here, then agreed to here", NONE, named, phone)
    yield Case("refused, but care", NONE, {"contact": old}, care())
    for ago, found in ((29, NONE), (28, ("refusal", "after_refusal", day(28), b.ago(-2)))):
        recent = {"contact": [contact(ago, channel="phone", result="refused")], "consent": [consent(days_ago=3)]}
        yield Case(f"refused {ago} days ago, then agreed", found, recent)


def holds() -> Iterator[Case]:
    for kind in ("deceased", "minor", "dispute", "fraud"):
        for asked in (candidate(), care()):
            yield Case(kind, ("hold", kind, day(10), None), {"hold": [hold(kind=kind)]}, asked)
            last = {"hold": [hold(kind=kind, until=TODAY)]}
            yield Case(f"{kind}, last day", ("hold", kind, day(10), b.ago(-2)), last, asked)
            yield Case(f"{kind}, over", NONE, {"hold": [hold(kind=kind, until=b.ago(0))]}, asked)
        lenient = ContactPolicy(service_holds=())
        yield Case(f"{kind}, service let through", NONE, {"hold": [hold(kind=kind)]}, care(), policy=lenient)
    for born, found in (
        (date(2012, 7, 2), ("hold", "under_14", None, date(2026, 7, 2))),
        (date(2012, 7, 1), ("hold", "under_age", None, date(2030, 7, 1))),
        (date(2008, 7, 2), ("hold", "under_age", None, date(2026, 7, 2))),
        (date(2008, 7, 1), NONE),
        (None, NONE),
    ):
        yield Case(f"born {born}", found, person={"birth_date": born})
    leap = {"birth_date": date(2008, 2, 29)}
    march = date(2026, 3, 1)
    yield Case("leap day, the day before", ("hold", "under_age", None, march), asked=care(), person=leap,
               planned=Planned(date(2026, 2, 28), {}))  # fmt: skip
    yield Case("leap day, of age", NONE, asked=care(), person=leap, planned=Planned(march, {}))
    yield Case("unknown", ("hold", "unknown_customer", None, None), {"customer": [], "consent": []}, care())
    yield Case("left", ("hold", "unknown_customer", None, None), asked=care(), person={"closed_on": b.ago(0)})
    yield Case("leaves tomorrow", NONE, asked=care(), person={"closed_on": b.ago(-1)})


def complaints() -> Iterator[Case]:
    yield Case("open", ("hold", "open_complaint", day(90), None), {"complaint": [b.complaint(90)]})
    ended = {"complaint": [b.complaint(90, resolved_at=b.at(b.ago(28), 23, 59))]}
    yield Case("ended 28 days ago", ("hold", "after_complaint", day(28), b.ago(-2)), ended)
    yield Case("ended, but care", NONE, ended, care())
    yield Case("ended 29 days ago", NONE, {"complaint": [b.complaint(90, resolved_at=b.at(b.ago(29), 0, 1))]})
    future = {"complaint": [b.complaint(90, resolved_at=b.at(b.ago(-1)))]}
    yield Case("ends tomorrow", ("hold", "open_complaint", day(90), None), future)


def suitabilities() -> Iterator[Case]:
    for person, level, found in (
        ({}, 3, NONE),
        ({}, 4, ("suitability", "too_risky", "R4>C3", None)),
        ({"risk_appetite": None}, 1, ("suitability", "not_assessed", None, None)),
        ({"risk_assessed_on": None}, 1, ("suitability", "not_assessed", None, None)),
        ({"risk_assessed_on": b.ago(-1)}, 1, ("suitability", "not_assessed", None, None)),
        ({"risk_assessed_on": b.ago(364)}, 1, ("suitability", "assessment_expired", TODAY.isoformat(), None)),
        ({"risk_assessed_on": b.ago(363)}, 1, NONE),
        ({"risk_appetite": None}, None, NONE),
    ):
        yield Case(f"{person} R{level}", found, asked=candidate(offered_risk=level), person=person)


def frequencies() -> Iterator[Case]:
    for days_ago, found in (
        ([-1], NONE),  # not known yet: it lies after the as-of day
        ([0], NONE),
        ([0, 1], ("frequency", "cap_7", "2/7", b.ago(-6))),
        ([0, 5], ("frequency", "cap_7", "2/7", b.ago(-2))),
        ([0, 6], NONE),
        ([7, 8, 9, 28], ("frequency", "cap_30", "4/30", b.ago(-2))),
        ([7, 8, 9, 29], NONE),
    ):
        sent = [contact(n, channel=("sms", "phone", "push")[i % 3]) for i, n in enumerate(days_ago)]
        yield Case(f"contacts {days_ago}", found, {"contact": sent})
    same_day = Planned(b.ago(0), {})
    yield Case("one a day", ("frequency", "cap_1", "1/1", TODAY), {"contact": [contact(0)]}, planned=same_day)
    for more, rule in (
        ({"message_class": "service"}, None),
        ({"message_class": None, "loop_id": "L1"}, None),
        ({"message_class": None}, "cap_7"),
        ({"message_class": "marketing", "loop_id": "L1"}, "cap_7"),
    ):
        found = ("frequency", rule, "2/7", b.ago(-4)) if rule else NONE
        yield Case(f"counted as {more}", found, {"contact": [contact(2, **more), contact(3, **more)]})
    yield Case("care is not counted", NONE, {"contact": [contact(n) for n in range(9)]}, care())
    never = ContactPolicy(caps=({"contacts": 0, "days": 1},))  # type: ignore[arg-type]
    yield Case("a cap of none", ("frequency", "cap_1", "0/1", None), policy=never)
    yield Case("no caps", NONE, {"contact": [contact(n) for n in range(9)]}, policy=ContactPolicy(caps=()))


def offers() -> Iterator[Case]:
    closed = Planned(TODAY, {"sms": b.ago(-3)})
    yield Case("closed", ("window", "outside_window", "09:00–20:00", b.ago(-3)), planned=closed)
    yield Case("another channel", NONE, asked=candidate(channel="phone"), planned=closed)
    yield Case("care has no hours here", NONE, asked=care(channel="sms"), planned=closed)
    for code, found in (
        ("words", ("wording", "wording", "forbidden_word", None)),
        ("draft", ("approval", "not_approved", "draft", None)),
        ("price", ("approval", "price_by_score", "churn_probability", None)),
        ("early", ("approval", "not_yet_valid", day(-2), b.ago(-2))),
        ("late", ("approval", "no_longer_valid", day(0), None)),
        ("now", NONE),
        ("nobody_knows", ("approval", "unknown_offer", "nobody_knows", None)),
    ):
        yield Case(code, found, asked=candidate(offer_id=code))
    refused = candidate(eligible=False, unmet="adult")
    yield Case("not eligible comes first", ("eligibility", "not_eligible", "adult", None), {"consent": []}, refused)
    unfit = candidate(applicable=False, unmet="audience")
    yield Case("not applicable", ("applicability", "not_applicable", "audience", None), asked=unfit)


CASES = [
    *consents(), *refusals(), *holds(), *complaints(), *suitabilities(), *frequencies(), *offers(),
]  # fmt: skip


@pytest.fixture(scope="module")
def answers(engine: Engine) -> dict[int, tuple[Any, ...]]:
    """What the library finds, by the case's place."""
    made: dict[int, tuple[Any, ...]] = {}
    groups = {str((case.policy, case.planned)): (case.policy, case.planned) for case in CASES}
    for policy, planned in groups.values():
        places = [i for i, case in enumerate(CASES) if (case.policy, case.planned) == (policy, planned)]
        bank: dict[str, list[Row]] = {}
        for i in places:
            for name, rows in CASES[i].bank(f"N{i}").items():
                bank.setdefault(name, []).extend(rows)
        asked = [CASES[i].asked | {"customer_id": f"N{i}"} for i in places]
        made |= dict(zip(places, map(told, judge(engine, bank, asked, OFFERS, policy, planned)), strict=True))
    return made


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case.name for case in CASES])
def test_a_gate_finds(answers: dict[int, tuple[Any, ...]], place: int):
    assert answers[place] == CASES[place].found


def test_the_chain_has_the_gates_of_the_table_in_their_order():
    assert tuple(CHAIN) == GATES
    assert ("marketing", "push") not in PAIRS


def test_all_rules_that_stop_are_counted(engine: Engine):
    bank = happy(birth_date=date(2015, 1, 1)) | {"consent": [], "contact": [contact(1), contact(2)]}
    first, second = judge(engine, bank, [candidate(offered_risk=5, eligible=False, unmet="adult"), candidate()])
    assert told(first) == ("eligibility", "not_eligible", "adult", None)
    # not_eligible, no_consent, under_14, under_age, too_risky, cap_7
    assert (first["stops"], second["stops"]) == (6, 4)


def test_nothing_that_becomes_known_later_changes_what_was_found(engine: Engine):
    late = {
        "contact": [contact(-1, result="refused"), contact(2, result="refused")],
        "consent": [consent(days_ago=-1, granted=False), consent(days_ago=2, granted=False)],
        "hold": [hold(since=b.ago(-1)), hold()],
        "complaint": [b.complaint(2)],
    }
    for rows in late.values():
        rows[-1]["ingested_at"] = b.AS_OF.known_by + timedelta(seconds=1)
    bank = happy()
    after = bank | {name: [*bank.get(name, []), *rows] for name, rows in late.items()}
    assert [told(row) for row in judge(engine, after, [candidate(), care()])] == [NONE, NONE]
    known = {name: [row | {"ingested_at": b.AS_OF.known_by} for row in rows] for name, rows in after.items()}
    assert [row["gate"] for row in judge(engine, known, [candidate(), care()])] == ["consent", "hold"]
