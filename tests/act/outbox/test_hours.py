"""The window for marketing, looked at again when a message is sent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from liuke.act.outbox.gate import Finding, all_of, may_send
from liuke.act.outbox.hours import SendingHours, next_opening, window_gate
from liuke.clock import WorkCalendar
from tests.act.channels.test_every_channel import message

HOURS = SendingHours.model_validate({})


@pytest.fixture
def calendar(zone):
    """November 2026; Friday the 27th is a holiday, Saturday the 28th makes up for it."""
    days = [date(2026, 11, 1) + timedelta(n) for n in range(30)]
    works = {d for d in days if d.weekday() < 5} - {date(2026, 11, 27)} | {date(2026, 11, 28)}
    return WorkCalendar(frozenset(works), days[0], days[-1], zone)


def at(zone, day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hour", "opens"),
    [(23, 9, (23, 9)), (23, 8, (23, 9)), (23, 19, (23, 19)), (23, 20, (24, 9)), (26, 21, (28, 9)), (28, 20, (30, 9))],
)
def test_the_window_opens_on_workdays_only(calendar, zone, day, hour, opens):
    assert next_opening(HOURS, calendar, at(zone, day, hour)) == at(zone, *opens)


def test_a_message_queued_at_19_59_and_due_again_at_21_30_waits_for_the_next_morning(calendar, zone):
    gate, marketing = window_gate(HOURS, calendar), message(message_class="marketing")
    assert may_send(gate, marketing, at(zone, 23, 19, 59)) is None
    found = may_send(gate, marketing, at(zone, 23, 21, 30))
    assert found == Finding("window", "sending_hours", "09:00-20:00", at(zone, 24, 9))
    assert may_send(gate, message(), at(zone, 23, 21, 30)) is None  # a service message does not wait


@pytest.mark.parametrize("hours", [{"from": "07:59"}, {"to": "21:01"}, {"from": "12:00", "to": "11:00"}])
def test_no_bank_widens_the_window_beyond_the_bounds(hours):
    with pytest.raises(ValidationError):
        SendingHours.model_validate(hours)


def test_gates_are_asked_in_order_and_only_about_what_passed_before():
    asked = []

    def gate(name, stops):
        def ask(messages, now):
            asked.append((name, [m.key for m in messages]))
            return {m.key: Finding(name, name) for m in messages if m.key in stops}

        return ask

    both = all_of([gate("consent", {"a"}), gate("window", {"a", "b"})])
    found = both([message(key=k) for k in "abc"], datetime(2026, 11, 23, tzinfo=UTC))
    assert {k: f.gate for k, f in found.items()} == {"a": "consent", "b": "window"}
    assert asked == [("consent", ["a", "b", "c"]), ("window", ["b", "c"])]
