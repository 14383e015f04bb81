"""A campaign's way through four eyes and its life: who may take which step, what is checked, what is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.govern.approval import NoSuchStep, NotTheirs
from liuke.state.actions.change_campaign import (
    Proposal,
    decide_campaign,
    keep_time,
    propose_campaign,
    stop_campaign,
)
from liuke.state.actions.change_order import Stale, Who
from liuke.state.models import AuditEntry, CampaignState
from tests.act.campaigns.reading import MARKETING, campaign

HELLO = campaign("hello")
PLEASE = Proposal("wake the silent ones", {"audience": 900, "warnings": []})
EVERYBODY = {"warnings": [{"gate": "consent", "share": 0.97, "message_class": "marketing"}]}
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def approved(writer: Who, checker: Who) -> CampaignState:
    row = propose_campaign(writer, HELLO, PLEASE)
    return decide_campaign(checker, HELLO, "approve", row.version)


def test_one_proposes_another_approves_and_each_step_stands_in_the_audit_log(writer: Who, checker: Who) -> None:
    row = approved(writer, checker)
    assert (row.stage, row.author, row.decided_by) == ("approved", writer.scope.actor, checker.scope.actor)
    assert (row.text_version, row.preview) == (HELLO.version, dict(PLEASE.preview))
    row = stop_campaign(writer, "hello", "cancel", row.version, "no longer wanted")
    kinds = AuditEntry.objects.filter(object_type="campaign").order_by("pk").values_list("action", flat=True)
    assert list(kinds) == ["campaign_propose", "campaign_approve", "campaign_cancel"]


def test_nobody_approves_their_own_not_even_past_the_code(who: Callable[..., Who], writer: Who) -> None:
    head = who("branch_head", "HQ")
    row = propose_campaign(writer, HELLO, PLEASE)
    CampaignState.objects.update(author=head.scope.actor)
    with pytest.raises(NotTheirs):
        decide_campaign(head, HELLO, "approve", row.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignState.objects.update(stage="approved", decided_by=head.scope.actor)
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignState.objects.update(stage="running")


def test_rights_are_those_of_rules_and_for_the_whole_bank(who: Callable[..., Who], writer: Who, rm: Who) -> None:
    for person in (rm, who("analyst", "NJ"), who("compliance", "HQ")):
        with pytest.raises(NotAllowed):
            propose_campaign(person, HELLO, PLEASE)
    row = propose_campaign(writer, HELLO, PLEASE)
    for person in (rm, writer, who("branch_head", "NJ")):
        with pytest.raises(NotAllowed):
            decide_campaign(person, HELLO, "approve", row.version)
    with pytest.raises(NotAllowed):
        stop_campaign(rm, "hello", "cancel", row.version, "because I say so")


def test_a_gate_that_stops_nearly_everybody_is_told_with_its_share_and_may_be_meant(writer: Who) -> None:
    with pytest.raises(YourMistake, match=r"consent stops 97\.0%"):
        propose_campaign(writer, HELLO, Proposal("all the same", EVERYBODY))
    assert propose_campaign(writer, HELLO, Proposal("all the same", EVERYBODY, confirmed=True)).stage == "proposed"


def test_what_compliance_refuses_is_neither_proposed_nor_approved(writer: Who, checker: Who) -> None:
    bad = campaign("hello", arms={"one": MARKETING | {"wording": {"zh": "稳赚", "en": "Hello"}}})
    with pytest.raises(YourMistake, match="稳赚"):
        propose_campaign(writer, bad, PLEASE)
    row = propose_campaign(writer, HELLO, PLEASE)
    with pytest.raises(YourMistake, match="稳赚"):
        decide_campaign(checker, bad, "approve", row.version)


def test_a_text_that_moved_is_not_approved_and_an_old_page_changes_nothing(writer: Who, checker: Who) -> None:
    row = propose_campaign(writer, HELLO, PLEASE)
    other = campaign("hello", rate={"per_day": 7})
    with pytest.raises(YourMistake, match="was changed since it was proposed"):
        decide_campaign(checker, other, "approve", row.version)
    with pytest.raises(Stale):
        decide_campaign(checker, HELLO, "approve", row.version - 1)
    assert CampaignState.objects.get().stage == "proposed"


def test_another_text_of_a_running_campaign_begins_anew_and_waits_for_approval(writer: Who, checker: Who) -> None:
    approved(writer, checker)
    with pytest.raises(YourMistake, match="nothing would change"):
        propose_campaign(writer, HELLO, PLEASE)
    other = campaign("hello", rate={"per_day": 7})
    row = propose_campaign(writer, other, PLEASE)
    assert (row.stage, row.text_version, row.decided_by) == ("proposed", other.version, "")


def test_refusing_wants_a_reason_and_the_author_may_propose_again(writer: Who, checker: Who) -> None:
    row = propose_campaign(writer, HELLO, PLEASE)
    with pytest.raises(YourMistake, match="a reason"):
        decide_campaign(checker, HELLO, "refuse", row.version)
    assert decide_campaign(checker, HELLO, "refuse", row.version, "words too loud").stage == "refused"
    assert propose_campaign(writer, HELLO, PLEASE).stage == "proposed"


def test_the_run_starts_it_on_its_first_day_and_ends_it_after_its_last(writer: Who, checker: Who) -> None:
    approved(writer, checker)
    days = (FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1))
    stages = [keep_time({"hello": HELLO}, {}, day, writer.at)["hello"].stage for day in days]
    assert stages == ["approved", "running", "running", "ended"]
    assert (CampaignState.objects.get().started_on, CampaignState.objects.get().ended_on) == (FIRST, days[-1])


def test_a_paused_campaign_goes_on_until_its_budget_is_used_up(writer: Who, checker: Who) -> None:
    approved(writer, checker)
    keep_time({"hello": HELLO}, {}, FIRST, writer.at)
    row = stop_campaign(checker, "hello", "pause", CampaignState.objects.get().version, "too many calls")
    assert not keep_time({"hello": HELLO}, {}, FIRST, writer.at)["hello"].works(HELLO)
    stop_campaign(writer, "hello", "resume", row.version)
    assert keep_time({"hello": HELLO}, {}, FIRST, writer.at)["hello"].works(HELLO)
    assert keep_time({"hello": HELLO}, {"hello": True}, FIRST, writer.at)["hello"].stage == "ended"
    with pytest.raises(NoSuchStep):
        stop_campaign(writer, "hello", "resume", CampaignState.objects.get().version)
