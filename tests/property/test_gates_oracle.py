"""The gates of the library against the slow and obvious ones, on random banks, policies and moments."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.act.contact_policy import ALL_HOLDS, Cap, ContactPolicy, Planned, Window
from liuke.act.offers.offer_file import CHANNELS
from liuke.engine import Engine
from tests.act.gates import reference
from tests.act.gates.asking import PAIRS, candidate, consent, contact, hold, judge, offer, told
from tests.insight import bank as b
from tests.night import times

PEOPLE = [f"C{n}" for n in range(12)]
EXAMPLES = times(3, 30, "LIUKE_EXAMPLES")
"""Each compiles the whole chain anew; more of them on demand."""
PURPOSES = ["marketing"] * 6 + ["market_research", "personalisation", "automated_decision"]
some_day = st.integers(-3, 120)
near = st.one_of(st.integers(-3, 40), some_day)
maybe = st.one_of(st.none(), some_day)


@st.composite
def banks(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """A few customers and what happened with them, some of it known late or not over yet."""
    who = st.sampled_from(PEOPLE)
    people = [
        b.customer(
            code,
            birth_date=draw(st.none() | st.dates(date(2006, 1, 1), date(2013, 12, 31)) | st.just(date(1980, 2, 29))),
            closed_on=None if draw(st.integers(0, 5)) else b.ago(draw(some_day)),
            risk_appetite=draw(st.sampled_from([None, "C1", "C3", "C5"])),
            risk_assessed_on=None if (ago := draw(st.none() | st.integers(-5, 500))) is None else b.ago(ago),
        )
        for code in PEOPLE[:-1]
    ]
    consents = [
        consent(draw(who), draw(some_day), purpose=draw(st.sampled_from(PURPOSES)),
                channel=draw(st.sampled_from(["all", "all", "sms", "phone"])),
                granted=draw(st.sampled_from([True, True, True, False])), version=draw(st.sampled_from(["a", "b"])),
                consent_id=f"Z{n}")
        for n in range(draw(st.integers(0, 40)))
    ]  # fmt: skip
    contacts = [
        contact(draw(near), draw(who), channel=draw(st.sampled_from([*CHANNELS, "other"])),
                result=draw(st.sampled_from(["reached"] * 7 + ["refused"])), loop_id=draw(st.sampled_from([None, "L"])),
                message_class=draw(st.sampled_from(["marketing", "service", None])))
        for _ in range(draw(st.integers(0, 60)))
    ]  # fmt: skip
    holds = [
        hold(draw(who), kind=draw(st.sampled_from(ALL_HOLDS)), since=b.ago(draw(some_day)),
             until=None if (ago := draw(st.none() | st.integers(-10, 60))) is None else b.ago(ago))
        for _ in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    complaints = [
        b.complaint(draw(some_day), draw(who),
                    resolved_at=None if (ago := draw(maybe)) is None else b.at(b.ago(ago), draw(st.integers(0, 23))))
        for _ in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    rows = {"customer": people, "consent": consents, "contact": contacts, "hold": holds, "complaint": complaints}
    for late in (row for name in ("consent", "contact", "hold", "complaint") for row in rows[name]):
        if not draw(st.integers(0, 9)):
            late["ingested_at"] = b.AS_OF.known_by + timedelta(seconds=draw(st.sampled_from([0, 1])))
    return rows


policies = st.builds(
    ContactPolicy,
    caps=st.lists(st.builds(Cap, contacts=st.integers(0, 4), days=st.sampled_from([1, 7, 30, 90])), max_size=3,
                  unique_by=lambda cap: cap.days).map(tuple),
    refusal_cool_down_days=st.sampled_from([0, 1, 30]),
    complaint_quiet_days=st.sampled_from([0, 30]),
    holds=st.sampled_from([ALL_HOLDS, ("fraud",), ()]),
    service_holds=st.sampled_from([ALL_HOLDS, ("deceased",)]),
    minimum_age_years=st.sampled_from([14, 16, 18]),
    consent_valid_days=st.sampled_from([None, 20, 60]),
    consent_versions=st.sampled_from([{}, {"marketing": ("a",)}]),
    suitability_valid_days=st.sampled_from([30, 365]),
    windows=st.sampled_from([{}, {"sms": Window(closes="12:00")}]),
)  # fmt: skip
plans = st.builds(
    Planned,
    st.sampled_from([b.ago(0), b.ago(-1), b.ago(-3), date(2028, 2, 29)]),
    st.dictionaries(st.sampled_from(CHANNELS), st.just(b.ago(-4)), max_size=2),
)
OFFERS = [
    offer("O1"),
    offer("O2", carries_offer=False, wording_fact="forbidden_word", valid_from=b.ago(-2)),
    offer("O3", approval_fact="draft", price_fact="clv", valid_to=b.ago(5)),
]
candidates = st.builds(
    lambda who, treatment, offer_id, message_class, pair, risk, eligible, applicable: candidate(
        who, treatment=treatment, offer_id=offer_id, message_class=message_class, purpose=pair[0], channel=pair[1],
        offered_risk=risk, eligible=eligible, applicable=applicable,
        unmet=None if eligible and applicable else "some_rule",
    ),
    st.sampled_from([*PEOPLE, "C99"]), st.sampled_from(["O1", "ask_consent"]),
    st.sampled_from(["O1", "O2", "O3", "O4", None]),
    st.sampled_from(["marketing", "marketing", "service"]), st.sampled_from(PAIRS),
    st.sampled_from([None, None, 1, 4]), st.sampled_from([True] * 8 + [False]), st.sampled_from([True] * 8 + [False]),
)  # fmt: skip


def expected(
    bank: b.Bank, asked: dict[str, Any], policy: ContactPolicy, planned: Planned
) -> tuple[tuple[Any, ...], int]:
    """What the reference says: the first stop, and how many there are."""
    before = {name: [_plain(r) for r in rows if _is_known(r)] for name, rows in bank.items()}
    sheet = {o["offer_id"]: o for o in OFFERS}
    found = reference.stops(asked, before, sheet.get(asked["offer_id"]), policy, planned, b.DAY)
    return (found[0] if found else (None, None, None, None)), len(found)


def _is_known(row: dict[str, Any]) -> bool:
    return bool(row["ingested_at"] <= b.AS_OF.known_by and row.get("business_date", b.DAY) <= b.DAY)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    ended = row.get("resolved_at")
    return row | {"resolved_on": ended.astimezone(b.ZONE).date() if ended else None}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(bank=banks(), asked=st.lists(candidates, min_size=30, max_size=80), policy=policies, planned=plans)
def test_any_candidates_meet_the_gates_as_the_plain_rules_say(
    engine: Engine,
    bank: b.Bank,
    asked: list[dict[str, Any]],
    policy: ContactPolicy,
    planned: Planned,
) -> None:
    found = judge(engine, bank, asked, OFFERS, policy, planned)
    for candidate_, row in zip(asked, found, strict=True):
        assert (told(row), row["stops"]) == expected(bank, candidate_, policy, planned), candidate_
