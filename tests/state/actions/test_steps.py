"""Steps of applications: once per event id, in whatever order, from any channel, and on the stream exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from liuke.act.progress.application import SOURCE, Ended
from liuke.collect.tracking.event import TrackedEvent
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions.carry_steps import carry_steps
from liuke.state.actions.change_order import Stale, Who
from liuke.state.actions.hear_steps import hear_steps
from liuke.state.actions.issue_progress_code import Holder
from liuke.state.models import Application, ApplicationStep, AuditEntry, LakeBatch
from tests.state.applications import POLICY, ZHANG, issued, stepped


def test_a_step_at_the_counter_follows_one_on_the_app(rm: Who) -> None:
    made = issued(rm)
    recorded = stepped(rm, made.application.application_id, "e1")
    assert (recorded.repeat, recorded.application.stage, recorded.application.channel) == (False, "identity", "branch")
    steps = ApplicationStep.objects.order_by("id").values_list("name", "channel", "stage", "fields")
    assert list(steps) == [
        ("application_started", "app", "form", []), ("application_step", "branch", "identity", ["income"]),
    ]  # fmt: skip


def test_the_same_event_twice_is_one_step_and_one_audit_row(rm: Who) -> None:
    made = issued(rm)
    first = stepped(rm, made.application.application_id, "e1")
    again = stepped(rm, made.application.application_id, "e1", stage="documents")
    assert (again.repeat, again.application.stage, again.application.version) == (True, "identity", 1)
    assert first.application.version == 1
    assert AuditEntry.objects.filter(action="progress_step").count() == 2
    other = issued(rm)
    with pytest.raises(YourMistake, match="another application"):
        stepped(rm, other.application.application_id, "e1")


def test_who_shows_an_older_page_is_told_so(rm: Who) -> None:
    made = issued(rm)
    stepped(rm, made.application.application_id, "e1", version=0)
    with pytest.raises(Stale):
        stepped(rm, made.application.application_id, "e2", version=0)
    assert ApplicationStep.objects.count() == 2


def test_steps_outside_the_scope_after_the_end_or_of_no_stage_are_refused(rm: Who, who: Callable[..., Who]) -> None:
    made = issued(rm)
    with pytest.raises(YourMistake, match="no such application"):
        stepped(who("rm", "HZ", "S3"), made.application.application_id, "e1")
    with pytest.raises(NotAllowed):
        stepped(who("analyst", "HQ"), made.application.application_id, "e1")
    with pytest.raises(YourMistake, match="no stage"):
        stepped(rm, made.application.application_id, "e1", stage="moon")
    stepped(rm, made.application.application_id, "e2", name="application_completed", stage="payout")
    with pytest.raises(Ended):
        stepped(rm, made.application.application_id, "e3")
    assert ApplicationStep.objects.count() == 2


def test_a_clock_that_is_fast_does_not_make_later_steps_late(rm: Who) -> None:
    made = issued(rm)
    stepped(rm, made.application.application_id, "e1", minutes=9999)
    later = replace(rm, at=rm.at + timedelta(minutes=1))
    assert stepped(later, made.application.application_id, "e2", stage="documents").application.stage == "documents"


def test_waiting_steps_go_on_the_stream_once_whatever_is_killed_between(rm: Who) -> None:
    made, log = issued(rm), list[TrackedEvent]()
    noted = [0]

    def append(events: Any, number: int) -> None:
        if number > noted[0]:
            log.extend(events)
            noted[0] = number

    def dies(events: Any, number: int) -> None:
        append(events, number)
        raise KeyboardInterrupt

    stepped(rm, made.application.application_id, "e1")
    with pytest.raises(KeyboardInterrupt):
        carry_steps(dies, now=rm.at)
    assert LakeBatch.objects.filter(done_at=None).count() == 1
    stepped(rm, made.application.application_id, "e2", stage="documents")
    assert carry_steps(append, now=rm.at) == 3
    assert carry_steps(append, now=rm.at) == 0
    assert [(e.event_id, e.name, e.channel) for e in log][1:] == [
        ("e1", "application_step", "branch"), ("e2", "application_step", "branch"),
    ]  # fmt: skip
    assert {e.customer_id for e in log} == {ZHANG.customer_id}
    assert {e.source for e in log} == {SOURCE}
    assert log[1].properties == {
        "application": made.application.application_id, "journey": "loan_application", "stage": "identity",
        "fields": "income", "status": "in_progress",
    }  # fmt: skip


def told(rm: Who, event_id: str, stage: str, minutes: int = 0, **more: Any) -> TrackedEvent:
    at = int((rm.at + timedelta(minutes=minutes)).timestamp() * 1e6)
    said = {"application": "LN-7", "journey": "loan_application", "stage": stage, "fields": "income, employer"}
    name, customer = more.pop("name", "application_step"), more.pop("customer", ZHANG.customer_id)
    source = more.pop("source", "segment:app")
    return TrackedEvent(event_id, name, at, at, customer, "device", "app", None, {**said, **more}, source)


def known(customer_ids: Collection[str]) -> Mapping[str, Holder]:
    return {ZHANG.customer_id: ZHANG} if ZHANG.customer_id in customer_ids else {}


def test_steps_an_app_told_the_collector_join_the_timeline_once(rm: Who) -> None:
    issued(rm, application_id="LN-7")
    events = [told(rm, "a1", "identity", 1), told(rm, "a2", "documents", 2), told(rm, "a1", "identity", 1)]
    assert hear_steps(events, POLICY, known) == 2
    assert hear_steps(events, POLICY, known) == 0
    row = Application.objects.get()
    assert (row.stage, row.channel, row.status) == ("documents", "app", "in_progress")
    assert list(ApplicationStep.objects.filter(batch=0).values_list("actor", flat=True)) == ["segment:app"] * 2
    assert carry_steps(lambda events, _: None, now=rm.at) == 1


def test_an_application_begun_in_the_app_is_there_before_anybody_issues_a_code(rm: Who) -> None:
    assert hear_steps([told(rm, "a1", "form", name="application_started")], POLICY, known) == 1
    row = Application.objects.visible_to(rm.scope).get()
    assert (row.application_id, row.code_hash, row.customer_name, row.branch_id) == ("LN-7", None, "张**", "NJ")
    assert issued(rm, application_id="LN-7").renewed is False
    assert ApplicationStep.objects.count() == 1


def test_what_tells_of_nobody_known_or_of_another_customer_is_left_out(rm: Who) -> None:
    issued(rm, application_id="LN-7")
    strange = [
        told(rm, "b1", "identity", customer="C000002"),
        told(rm, "b2", "identity", customer=None),
        told(rm, "b3", "identity", source=SOURCE),
        told(rm, "b4", "identity", name="login"),
        told(rm, "b5", "identity", fields="password"),
        told(rm, "b6", "form", application="LN-8", customer="nobody"),
        told(rm, "b7", "form", application="LN-9", journey="unheard"),
        told(rm, "b8", "form", application=""),
    ]
    assert hear_steps(strange, POLICY, known) == 0
    assert Application.objects.get().stage == "form"


def test_a_step_told_after_the_end_stands_on_the_timeline_and_changes_nothing(rm: Who) -> None:
    issued(rm, application_id="LN-7")
    stepped(rm, "LN-7", "e1", name="application_withdrawn")
    assert hear_steps([told(rm, "a1", "identity", 5)], POLICY, known) == 1
    assert Application.objects.get().status == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_two_channels_at_once_are_both_recorded_one_after_the_other(rm: Who) -> None:
    made = issued(rm)
    ready, failed = threading.Barrier(4), list[BaseException]()

    def channel(n: int) -> None:
        try:
            ready.wait()
            for event_id in (f"own{n}", "shared"):
                stepped(rm, made.application.application_id, event_id)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=channel, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Application.objects.get().version == ApplicationStep.objects.count() - 1 == 5
