"""The outbox: messages enter with what causes them, are leased once, and end once. Runs on both databases."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from liuke.act.outbox.channel import Receipt
from liuke.act.outbox.delivery import RetryTerms
from liuke.act.outbox.message import Message, key_of
from liuke.act.outbox.pace import PaceTerms
from liuke.act.outbox.result import Accepted, Refused, Retry
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions import open_orders
from liuke.state.actions.carry_messages import carry
from liuke.state.actions.lease_messages import Sending, Untried, lease_messages, settle_messages
from liuke.state.actions.queue_messages import queue_messages
from liuke.state.actions.resend_message import resend_message
from liuke.state.actions.take_receipts import ANSWERS, Came, Noted, take_receipts
from liuke.state.models import AuditEntry, ChannelPace, ChannelRefusal, OutboxMessage, OutboxReceipt, WorkOrder
from liuke.state.outbox_list import channel_status, dead_letters
from liuke.state.refusals import refusal_gate, refused_addresses

from .conftest import NOW, proposal

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NO_LIMIT = PaceTerms()


def message(n=1, **changes):
    given = {
        "channel": "sms", "owner": "customer", "owner_id": f"C{n:06}", "customer_id": f"C{n:06}", "text": "您好。",
        "message_class": "service", "due_at": NOW, "loop_id": f"L{n:06}", "branch_id": "NJ",
    }  # fmt: skip
    return Message(key=key_of(f"L{n:06}", "sms"), **(given | changes))


def terms(by="a", most=20, pace=NO_LIMIT):
    return Sending("sms", by, most, MINUTE, RetryTerms(), pace)


def finish(by, results, now=NOW, **more):
    return settle_messages(terms(by, **more), results, now, [0.5] * len(results))


def row(n=1):
    return OutboxMessage.objects.get(key=message(n).key)


@pytest.mark.django_db
def test_a_message_is_there_with_its_order_or_not_at_all():
    with transaction.atomic():
        open_orders([proposal(1)], now=NOW)
        queue_messages([message(1)], now=NOW)
        transaction.set_rollback(True)
    assert (WorkOrder.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    with transaction.atomic():
        open_orders([proposal(1)], now=NOW)
        queue_messages([message(1)], now=NOW)
    assert (WorkOrder.objects.count(), OutboxMessage.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_same_key_is_queued_once_whatever_became_of_it():
    assert queue_messages([message(1), message(1), message(2)], now=NOW) == 2
    lease_messages(terms(), NOW)
    finish("a", {message(1).key: Accepted(), message(2).key: Refused("no")})
    assert queue_messages([message(1), message(2)], now=NOW) == 0
    assert {row(1).state, row(2).state} == {"sent", "dead"}


@pytest.mark.django_db
def test_what_one_sender_has_no_other_gets_until_its_lease_is_over():
    queue_messages([message(n) for n in range(5)], now=NOW)
    first, second = lease_messages(terms("a", 3), NOW), lease_messages(terms("b", 9), NOW)
    assert (len(first), len(second)) == (3, 2)
    assert not {m.key for m in first} & {m.key for m in second}
    assert lease_messages(terms("c"), NOW + 59 * SECOND) == []
    taken_over = lease_messages(terms("c"), NOW + MINUTE)
    assert len(taken_over) == 5
    assert {row(n).strikes for n in range(5)} == {1}


@pytest.mark.django_db
def test_a_sender_whose_lease_was_lost_writes_nothing_over_who_has_the_message_now():
    queue_messages([message(1)], now=NOW)
    lease_messages(terms("slow"), NOW)
    lease_messages(terms("quick"), NOW + MINUTE)
    assert finish("slow", {message(1).key: Refused("late")}) == 0
    assert finish("quick", {message(1).key: Accepted("M1")}, NOW + MINUTE) == 1
    assert (row().state, row().provider_id) == ("sent", "M1")


@pytest.mark.django_db
def test_service_messages_go_before_marketing_and_what_is_not_due_waits():
    queue_messages([
        message(1, message_class="marketing", due_at=NOW - MINUTE), message(2), message(3, due_at=NOW + SECOND),
    ], now=NOW)  # fmt: skip
    assert [m.key for m in lease_messages(terms("a", 1), NOW)] == [message(2).key]
    assert [m.key for m in lease_messages(terms("a", 9), NOW)] == [message(1).key]


@pytest.mark.django_db
def test_expired_messages_are_cancelled_and_never_taken():
    queue_messages([message(1, expires_at=NOW + MINUTE)], now=NOW)
    assert lease_messages(terms(), NOW + MINUTE) == []
    assert (row().state, row().reason) == ("cancelled", "expired")


@pytest.mark.django_db
def test_all_senders_together_keep_the_rate():
    queue_messages([message(n) for n in range(30)], now=NOW)
    pace = PaceTerms(per_second=2, burst=5)
    taken = [len(lease_messages(terms(by, pace=pace), NOW + n * SECOND)) for n, by in enumerate("abcd")]
    assert taken == [5, 2, 2, 2]


@pytest.mark.django_db
def test_an_untried_message_gives_its_place_back_and_waits():
    queue_messages([message(1), message(2)], now=NOW)
    pace, opens = PaceTerms(per_second=1, burst=2), NOW + timedelta(hours=12)
    lease_messages(terms(pace=pace), NOW)
    untried = {message(1).key: Untried("window:outside_window", opens), message(2).key: Untried("consent:withdrawn")}
    finish("a", untried, pace=pace)
    assert (row(1).state, row(1).next_at, row(1).attempts) == ("queued", opens, 0)
    assert (row(2).state, row(2).reason) == ("cancelled", "consent:withdrawn")
    assert ChannelPace.objects.get().tokens == 2


@pytest.mark.django_db
def test_a_gateway_that_is_down_for_an_hour_loses_nothing_and_is_not_stormed():
    """200 messages; every try fails for an hour of the clock that is passed in; then it comes back."""
    queue_messages([message(n) for n in range(200)], now=NOW)
    tries, now, end = 0, NOW, NOW + timedelta(hours=1)
    while now < end:
        taken = lease_messages(terms(), now)
        tries += len(taken)
        if taken:
            finish("a", {m.key: Retry("unreachable", down=True) for m in taken}, now)
        now += 5 * SECOND
    assert tries < 60  # the first lease, then one probe a pause
    assert not OutboxMessage.objects.exclude(state__in=("queued", "failed")).exists()
    assert channel_status_of("sms").trouble == "unreachable"
    sent = set()
    for _ in range(100):
        taken = lease_messages(terms(), now)
        assert not sent & {m.key for m in taken}
        if taken:
            finish("a", {m.key: Accepted() for m in taken}, now)
            sent |= {m.key for m in taken}
        if len(sent) == 200:
            break
        now += 60 * SECOND
    assert len(sent) == 200
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}


def channel_status_of(name):
    from liuke.govern.access import Scope

    return next(s for s in channel_status(Scope("x", "admin", None), NOW) if s.channel == name)


@pytest.mark.django_db
def test_one_refusal_in_a_batch_of_failures_still_means_the_gateway_answers():
    queue_messages([message(n) for n in range(6)], now=NOW)
    lease_messages(terms(), NOW)
    down = {message(n).key: Retry("http_500", down=True) for n in range(5)}
    finish("a", {**down, message(5).key: Refused("http_422")})
    assert ChannelPace.objects.get().closed_until is None


@pytest.mark.django_db(transaction=True)
def test_senders_at_the_same_moment_never_have_the_same_message():
    queue_messages([message(n) for n in range(60)], now=NOW)
    taken, errors, gate = [], [], threading.Barrier(4)

    def work(by):
        try:
            gate.wait(10)
            while got := lease_messages(terms(by, 3), NOW):
                taken.extend((m.key, by) for m in got)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(by,)) for by in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(taken) == len({key for key, _ in taken}) == 60


def test_a_dead_letter_is_sent_again_by_who_may_and_leaves_an_audit_row(who):
    analyst, foreign = who("analyst", "NJ"), who("analyst", "ZJ")
    queue_messages([message(1)], now=NOW)
    lease_messages(terms(), NOW)
    finish("a", {message(1).key: Refused("http_422")})
    assert [r.key for r in dead_letters(analyst.scope)[0]] == [message(1).key]
    assert dead_letters(foreign.scope) == ([], 0)
    with pytest.raises(NotAllowed):
        resend_message(who("rm", "NJ", "S1"), message(1).key)
    with pytest.raises(YourMistake, match="among those you may see"):
        resend_message(foreign, message(1).key)
    resend_message(analyst, message(1).key, "号码 13800005678 已更正")
    assert (row().state, row().strikes, row().attempts) == ("queued", 0, 1)
    entry = AuditEntry.objects.get(action="message_resend")
    assert (entry.object_id, entry.data["was"]) == (message(1).key, "http_422")
    assert "13800005678" not in entry.reason
    with pytest.raises(YourMistake, match="not a dead letter"):
        resend_message(analyst, message(1).key)


def came(channel="sms", medium="sms", owners=()):
    return Came(channel, medium, lambda address: f"hash of {address}", lambda address: owners)


@pytest.mark.django_db
def test_receipts_count_once_and_the_furthest_stands():
    queue_messages([message(1)], now=NOW)
    lease_messages(terms(), NOW)
    finish("a", {message(1).key: Accepted("M1")})
    opened, delivered = (Receipt(kind, NOW, message(1).key) for kind in ("opened", "delivered"))
    assert take_receipts([opened, delivered, opened], came(), now=NOW) == Noted(receipts=2)
    assert row().receipt == "opened"
    by_name = [Receipt("clicked", NOW, provider_id="M1"), Receipt("delivered", NOW, key="unknown")]
    assert take_receipts(by_name, came(), now=NOW) == Noted(receipts=1, unknown=1)
    assert take_receipts([delivered], came("other"), now=NOW) == Noted(unknown=1)


@pytest.mark.django_db
def test_a_receipt_ends_the_doubt_about_a_message_whose_sender_died():
    queue_messages([message(1), message(2)], now=NOW)
    lease_messages(terms(), NOW)
    take_receipts([Receipt("delivered", NOW, message(1).key), Receipt("undelivered", NOW, message(2).key)], came(),
                  now=NOW)  # fmt: skip
    assert (row(1).state, row(2).state) == ("sent", "sending")
    assert [m.key for m in lease_messages(terms("b"), NOW + MINUTE)] == [message(2).key]


@pytest.mark.django_db
def test_an_opt_out_reply_stops_marketing_to_every_owner_of_the_number_and_to_the_number_itself():
    reply = Receipt("refused", NOW, address="13800005678")
    assert take_receipts([reply, reply], came(owners=["C000001", "C000002"]), now=NOW) == Noted(refusals=3)
    marketing = [message(n, message_class="marketing") for n in (1, 2, 3)]
    gate = refusal_gate("sms")
    assert set(gate([*marketing, message(4)], NOW)) == {message(1).key, message(2).key}
    assert refusal_gate("email")(marketing, NOW) == {}
    assert refused_addresses("sms", ["hash of 13800005678", "another"]) == {"hash of 13800005678"}
    assert ChannelRefusal.objects.filter(address_hash__contains="1380").exclude(customer_id="").count() == 0


@pytest.mark.django_db
def test_a_reply_is_counted_where_the_last_message_to_the_number_went_unless_that_was_long_ago():
    queue_messages([message(n, message_class="marketing") for n in (1, 2, 3)], now=NOW)
    for n, days in ((1, 8), (2, 2), (3, 1)):
        OutboxMessage.objects.filter(key=message(n).key).update(
            state="sent",
            next_at=None,
            sent_at=NOW - timedelta(days=days),
            customer_id="C000003" if n == 3 else "C000001",
        )
    reply = Receipt("refused", NOW, address="13800005678")
    assert take_receipts([reply, reply], came(owners=["C000001"]), now=NOW) == Noted(receipts=1, refusals=2)
    assert list(OutboxReceipt.objects.values_list("message__key", "kind")) == [(message(2).key, "refused")]
    OutboxMessage.objects.filter(key=message(3).key).update(customer_id="C000009", sent_at=NOW - ANSWERS)
    late = Receipt("refused", NOW, address="13800009999")
    assert take_receipts([late], came(owners=["C000009"]), now=NOW).receipts == 0


@pytest.mark.django_db
def test_unsubscribing_by_the_message_refuses_for_its_customer():
    queue_messages([message(1, channel="mail")], now=NOW)
    take_receipts([Receipt("refused", NOW, message(1).key)], came("mail", "email"), now=NOW)
    assert set(refusal_gate("email")([message(1, message_class="marketing")], NOW)) == {message(1).key}


@pytest.mark.django_db
def test_receipts_and_refusals_are_carried_once_also_when_the_append_dies():
    queue_messages([message(1)], now=NOW)
    told = [Receipt("delivered", NOW, message(1).key), Receipt("refused", NOW, address="1")]
    take_receipts(told, came(owners=["C000001"]), now=NOW)
    appended = {}

    def dying(rows, commit):
        appended[commit] = list(rows)
        raise RuntimeError

    for kind in ("receipt", "refusal"):
        with pytest.raises(RuntimeError):
            carry(kind, dying, now=NOW)
    first = dict(appended)
    assert carry("receipt", lambda rows, commit: appended.update({commit: list(rows)}), now=NOW) == 1
    assert carry("refusal", lambda rows, commit: appended.update({commit: list(rows)}), now=NOW) == 1
    assert appended == first
    assert carry("receipt", dying, now=NOW) == carry("refusal", dying, now=NOW) == 0
    [refusals] = [rows for commit, rows in appended.items() if "refusal" in commit]
    assert [r["customer_id"] for r in refusals] == ["C000001"]  # what belongs to nobody known stays here
