"""The outcome form's answers, and the next date they promise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.console.answers import ANSWERS, NoMoment, next_contact, read_answer
from liuke.console.reading import house
from liuke.errors import YourMistake

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@given(minutes=st.integers(0, 60 * 24 * 30), days=st.sampled_from([1, 3, 7, 14]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_next_contact_is_the_opening_hour_of_a_workday_and_lies_ahead(bank: Path, minutes: int, days: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    calendar = house().calendar
    at = next_contact(now, days).astimezone(calendar.zone)
    assert at > now
    assert calendar.is_workday(at.date())
    assert at.time() == calendar.hours.opens
    assert (at.date() - now.astimezone(calendar.zone).date()).days >= days


def test_an_answer_that_ends_the_order_promises_nothing_and_one_that_does_not_promises_a_date(bank: Path) -> None:
    for key, answer in ANSWERS.items():
        report = read_answer({"answer": key, "channel": "phone", "next": "7"}, NOW)
        assert (report.outcome is None) == (report.next_contact_at is not None) == (answer.outcome is None)


@pytest.mark.parametrize(
    "form", [{}, {"answer": "saved"}, {"answer": "sold", "channel": "phone"}, {"answer": "saved", "channel": "fax"}]
)
def test_an_unknown_answer_or_channel_is_refused(bank: Path, form: dict[str, str]) -> None:
    with pytest.raises(YourMistake):
        read_answer(form, NOW)


def test_an_appointment_is_the_moment_agreed_in_the_banks_time(bank: Path) -> None:
    form = {"answer": "thinking", "channel": "phone", "next": "at", "at": "2026-11-21T15:30"}
    assert read_answer(form, NOW).next_contact_at == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("at", ["", "tomorrow", "2026-11-20T17:29", "2027-06-20T09:00"])
def test_an_appointment_without_a_moment_ahead_is_refused(bank: Path, at: str) -> None:
    with pytest.raises(NoMoment):
        read_answer({"answer": "thinking", "channel": "phone", "next": "at", "at": at}, NOW)
