"""The window for marketing, looked at again when a message is sent."""

from datetime import UTC, date, datetime, timedelta

import pytest

from liuke.act.contact_policy import ContactPolicy
from liuke.act.outbox.gate import Finding, all_of, may_send
from liuke.act.outbox.window import window_gate
from liuke.clock import WorkCalendar
from tests.act.channels.test_every_channel import message

POLICY = ContactPolicy()


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
    found = may_send(window_gate(POLICY, calendar, "sms"), message(message_class="marketing"), at(zone, day, hour))
    assert (found.may_change_at if found else at(zone, day, hour)) == at(zone, *opens)


def test_a_channel_may_have_a_window_of_its_own(calendar, zone):
    late = ContactPolicy(windows={"push": {"opens": "09:00", "closes": "21:00"}})
    marketing, moment = message(message_class="marketing"), at(zone, 23, 20, 30)
    assert may_send(window_gate(late, calendar, "push"), marketing, moment) is None
    for other in ("sms", "feishu", None):
        assert may_send(window_gate(late, calendar, other), marketing, moment)


def test_a_message_queued_at_19_59_and_due_again_at_21_30_waits_for_the_next_morning(calendar, zone):
    gate, marketing = window_gate(POLICY, calendar, "sms"), message(message_class="marketing")
    assert may_send(gate, marketing, at(zone, 23, 19, 59)) is None
    found = may_send(gate, marketing, at(zone, 23, 21, 30))
    assert found == Finding("window", "outside_window", "09:00–20:00", at(zone, 24, 9))
    assert may_send(gate, message(), at(zone, 23, 21, 30)) is None  # a service message does not wait


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
