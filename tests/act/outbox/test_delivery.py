"""How the sending of one message goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.act.outbox.delivery import (
    STATES,
    Delivery,
    RetryTerms,
    back_off,
    cancel,
    lease,
    release,
    resend,
    settle,
)
from liuke.act.outbox.result import Accepted, Refused, Retry
from liuke.errors import OurBug, YourMistake

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TERMS = RetryTerms()
QUEUED = Delivery("queued", NOW)
MINUTE = timedelta(minutes=1)


def sending(terms=TERMS, **changes):
    given_ = {"state": "queued", "next_at": NOW} | changes
    return lease(Delivery(**given_), "me", NOW, MINUTE, terms)


def test_an_accepted_message_is_sent_and_never_due_again():
    done = settle(sending(), Accepted("M1"), TERMS, NOW, 0.5, None)
    assert (done.state, done.next_at, done.provider_id, done.sent_at, done.attempts) == ("sent", None, "M1", NOW, 1)


def test_a_refused_one_is_a_dead_letter_with_its_reason():
    done = settle(sending(), Refused("http_422"), TERMS, NOW, 0.5, None)
    assert (done.state, done.reason, done.next_at) == ("dead", "http_422", None)


def test_its_own_failures_are_strikes_and_end_among_the_dead_letters():
    one = QUEUED
    for _ in range(TERMS.strikes):
        assert one.state in ("queued", "failed")
        one = settle(lease(one, "me", NOW, MINUTE, TERMS), Retry("smtp_450"), TERMS, NOW, 0.5, None)
    assert (one.state, one.reason, one.attempts) == ("dead", "smtp_450", TERMS.strikes)


def test_a_gateway_that_is_down_costs_no_strike_however_long():
    one = QUEUED
    for _ in range(100):
        one = settle(lease(one, "me", NOW, MINUTE, TERMS), Retry("unreachable", down=True), TERMS, NOW, 0.5, None)
    assert (one.state, one.strikes, one.attempts) == ("failed", 0, 100)


def test_a_message_that_would_come_too_late_is_cancelled_instead():
    done = settle(sending(), Retry("unreachable", down=True), TERMS, NOW, 0.5, NOW + timedelta(seconds=2))
    assert (done.state, done.reason) == ("cancelled", "expired")


def test_a_lost_lease_is_taken_over_with_a_strike_or_left_to_a_person():
    again = lease(sending(), "other", NOW + MINUTE, MINUTE, TERMS)
    assert (again.state, again.lease_by, again.attempts, again.strikes) == ("sending", "other", 2, 1)
    asked = lease(sending(), "other", NOW + MINUTE, MINUTE, RetryTerms(on_unsure="ask"))
    assert (asked.state, asked.reason) == ("dead", "unsure")
    killer = lease(sending(strikes=7), "other", NOW + MINUTE, MINUTE, TERMS)
    assert (killer.state, killer.reason) == ("dead", "sender_died")


def test_an_unsure_answer_is_left_to_a_person_where_the_bank_wants_that():
    unsure = Retry("timeout", down=True, unsure=True)
    assert settle(sending(), unsure, TERMS, NOW, 0.5, None).state == "failed"
    assert settle(sending(), unsure, RetryTerms(on_unsure="ask"), NOW, 0.5, None).state == "dead"


def test_giving_back_and_cancelling_count_as_no_attempt():
    back = release(sending(), NOW + MINUTE, "window")
    assert (back.state, back.next_at, back.attempts, back.lease_by) == ("queued", NOW + MINUTE, 0, "")
    gone = cancel(sending(), "consent:withdrawn")
    assert (gone.state, gone.next_at, gone.attempts) == ("cancelled", None, 0)


@pytest.mark.parametrize("state", [s for s in STATES if s != "dead"])
def test_only_a_dead_letter_is_sent_again(state):
    with pytest.raises(YourMistake):
        resend(Delivery(state, None), NOW)


def test_what_is_over_cannot_be_leased():
    for state in ("sent", "dead", "cancelled"):
        with pytest.raises(OurBug):
            lease(Delivery(state, None), "me", NOW, MINUTE, TERMS)


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_the_wait_doubles_within_its_bounds_and_jitter_spreads_it(attempt, jitter):
    wait = back_off(attempt, TERMS, jitter)
    whole = min(TERMS.first * 2 ** min(attempt - 1, 30), TERMS.longest)
    assert whole / 2 <= wait <= whole


RESULTS = st.one_of(
    st.just(Accepted()),
    st.just(Refused("no")),
    st.builds(Retry, st.just("later"), st.booleans(), st.booleans(), st.sampled_from([None, MINUTE])),
)


@given(st.lists(st.one_of(RESULTS, st.sampled_from(["die", "wait"])), max_size=40), st.floats(0, 1, exclude_max=True))
def test_whatever_happens_a_message_is_due_exactly_while_it_is_not_over(happened, jitter):
    one, now = QUEUED, NOW
    for what in happened:
        if one.next_at is None:
            break
        now = max(now, one.next_at)
        one = lease(one, "me", now, MINUTE, TERMS)
        if one.state != "sending":
            break
        if what == "wait":
            one = release(one, now + MINUTE, "window")
        elif what != "die":
            one = settle(one, what, TERMS, now, jitter, None)
        assert (one.next_at is None) == (one.state in ("sent", "dead", "cancelled"))
        assert one.next_at is None or one.next_at > now
    assert one.strikes <= TERMS.strikes
