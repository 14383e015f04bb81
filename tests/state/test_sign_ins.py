"""Sessions: how long they are in force, how many there may be, and what ending one does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore

from liuke.sign_in_settings import SessionSettings
from liuke.state import sign_ins
from liuke.state.models import AuditEntry, SignIn, User

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
TERMS = SessionSettings(idle_minutes=30, longest_hours=8, at_most=2)


@pytest.fixture
def lu(db: None) -> User:
    return User.objects.create(username="lu", role="admin")


def _begin(user: User, key: str, minutes: float = 0, terms: SessionSettings = TERMS) -> SignIn:
    return sign_ins.begin(user, key, NOW + timedelta(minutes=minutes), terms, address="10.0.0.1", way="password")


def _keys(user: User, minutes: float) -> list[str]:
    return [row.session_key for row in sign_ins.standing(user, NOW + timedelta(minutes=minutes), TERMS)]


def test_a_session_ends_when_nothing_was_done_for_the_idle_time_and_not_a_moment_sooner(lu: User) -> None:
    row = _begin(lu, "a")
    assert sign_ins.past(row, NOW + timedelta(minutes=30, microseconds=-1), TERMS) == ""
    assert sign_ins.past(row, NOW + timedelta(minutes=30), TERMS) == "idle"
    sign_ins.seen(row, NOW + timedelta(minutes=29))
    row.refresh_from_db()
    assert sign_ins.past(row, NOW + timedelta(minutes=58), TERMS) == ""


def test_a_session_ends_after_the_longest_time_however_busy_it_is(lu: User) -> None:
    row = _begin(lu, "a")
    SignIn.objects.update(seen_at=NOW + timedelta(hours=8, minutes=-1))
    row.refresh_from_db()
    assert sign_ins.past(row, NOW + timedelta(hours=8, seconds=-1), TERMS) == ""
    assert sign_ins.past(row, NOW + timedelta(hours=8), TERMS) == "over"


def test_what_is_done_within_a_minute_is_written_once(lu: User, django_assert_num_queries) -> None:
    row = _begin(lu, "a")
    with django_assert_num_queries(0):
        sign_ins.seen(row, NOW + timedelta(seconds=59))
    with django_assert_num_queries(1):
        sign_ins.seen(row, NOW + timedelta(seconds=60))


def test_the_newest_wins_and_the_one_used_longest_ago_ends(lu: User) -> None:
    first, _second = _begin(lu, "a"), _begin(lu, "b", 1)
    sign_ins.seen(first, NOW + timedelta(minutes=5))
    _begin(lu, "c", 6)
    assert _keys(lu, 6) == ["c", "a"]
    assert SignIn.objects.get(session_key="b").ended_by == "elsewhere"
    assert list(AuditEntry.objects.values_list("action", "actor", "data__why")) == [("session_end", "lu", "elsewhere")]


def test_sessions_past_their_time_and_those_of_others_do_not_count(lu: User) -> None:
    other = User.objects.create(username="other", role="admin")
    _begin(lu, "a")
    for n in range(3):
        _begin(other, f"o{n}", 31)
    _begin(lu, "b", 31)
    _begin(lu, "c", 31)
    assert sorted(_keys(lu, 31)) == ["b", "c"]
    assert SignIn.objects.get(session_key="a").ended_by == "idle"
    assert len(sign_ins.standing(other, NOW + timedelta(minutes=31), TERMS)) == 2


def test_without_a_limit_any_number_stands(lu: User) -> None:
    for n in range(9):
        _begin(lu, str(n), terms=SessionSettings(at_most=None))
    assert len(sign_ins.standing(lu, NOW, TERMS)) == 9


def test_ending_takes_the_key_away_and_the_first_reason_stays(lu: User) -> None:
    store = SessionStore()
    store.create()
    row = _begin(lu, str(store.session_key))
    sign_ins.end(row, NOW, "admin")
    assert not SessionStore().exists(store.session_key)
    sign_ins.end(row, NOW + timedelta(minutes=1), "idle")
    assert (row.ended_by, row.ended_at) == ("admin", NOW)
    sign_ins.seen(row, NOW + timedelta(minutes=5))
    row.refresh_from_db()
    assert row.seen_at == NOW
