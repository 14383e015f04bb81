"""Codes of applications: issued once in the clear, found within scope and time, slowed for those who guess."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from liuke.act.progress.code import ALPHABET, check_character, new_code, read_code, shown
from liuke.act.progress.guessing import CODE, PERSON
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions.by_the_clock import by_the_clock
from liuke.state.actions.change_order import Who
from liuke.state.actions.expire_codes import expire_codes
from liuke.state.actions.look_up_code import NoSuchCode, NotACode, look_up_by_customer, look_up_code
from liuke.state.audit import verify
from liuke.state.guessing import TooManyTries
from liuke.state.models import Application, ApplicationStep, AuditEntry, GuessGuard
from tests.state.applications import KEY, ZHANG, issued, stepped

HERE = "10.9.8.7"


def asked(who: Who, typed: str) -> Application:
    return look_up_code(who, typed, KEY, {f"user:{who.scope.actor}": PERSON})


def looked(who: Who, typed: str, digits: str, later: timedelta = timedelta(0), address: str = HERE) -> Application:
    return look_up_by_customer(typed, digits, KEY, who.at + later, address)


def everything() -> str:
    """Every value in every table of the state, as text."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("state").get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows += cursor.fetchall()
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_a_code_opens_its_application_however_it_is_typed(rm: Who) -> None:
    made = issued(rm)
    for typed in (made.code, shown(made.code), shown(made.code).lower().replace("-", " ")):
        assert asked(rm, typed).application_id == made.application.application_id
    row = made.application
    assert (row.stage, row.channel, row.status, row.customer_name) == ("form", "app", "started", "张**")
    assert made.expires_at == rm.at + timedelta(days=30)


def test_the_code_and_the_phone_are_in_no_table(rm: Who, caplog: pytest.LogCaptureFixture) -> None:
    made = issued(rm)
    asked(rm, made.code)
    looked(rm, made.code, "5678")
    with pytest.raises(NoSuchCode):
        looked(rm, made.code, "0000")
    stepped(rm, made.application.application_id, "e1")
    whole = everything() + caplog.text
    for secret in (made.code, shown(made.code), made.code.lower(), ZHANG.phone, ZHANG.name):
        assert secret
        assert secret not in whole


def test_a_new_code_for_the_same_application_makes_the_old_one_void(rm: Who) -> None:
    first = issued(rm, application_id="LN-7")
    second = issued(rm, application_id="LN-7")
    assert (first.renewed, second.renewed) == (False, True)
    with pytest.raises(NoSuchCode):
        asked(rm, first.code)
    assert asked(rm, second.code).application_id == "LN-7"
    assert ApplicationStep.objects.count() == 1


def test_who_may_not_or_may_not_for_this_customer_issues_none(rm: Who, who: Callable[..., Who]) -> None:
    with pytest.raises(NotAllowed):
        issued(who("analyst", "HQ"))
    issued(rm, application_id="LN-7")
    with pytest.raises(YourMistake, match="not one of the customer's"):
        issued(rm, replace(ZHANG, customer_id="C000002"), application_id="LN-7")
    for wrong in ({"journey": "lone"}, {"stage": "nowhere"}, {"channel": "fax"}, {"application_id": "a b"}):
        with pytest.raises(YourMistake):
            issued(rm, **wrong)
    assert Application.objects.count() == 1


def test_a_code_is_opened_within_the_branch_and_listed_within_the_book(rm: Who, who: Callable[..., Who]) -> None:
    made = issued(rm)
    colleague, stranger = who("rm", "NJ", "S9", minutes=6), who("rm", "HZ", "S3", minutes=6)
    assert asked(colleague, made.code) == made.application
    with pytest.raises(NoSuchCode):
        asked(stranger, made.code)
    visible = [list(Application.objects.visible_to(w.scope)) for w in (rm, colleague, stranger)]
    assert visible == [[made.application], [], []]
    assert list(Application.objects.visible_to(who("branch_head", "ZJ").scope)) == []
    assert list(Application.objects.visible_to(who("branch_head", "JS").scope)) == [made.application]


def test_a_slip_is_told_without_a_look_and_counts_as_no_try(rm: Who) -> None:
    made = issued(rm)
    slip = made.code[:-1] + next(c for c in ALPHABET if c != made.code[-1])
    for _ in range(30):
        with pytest.raises(NotACode):
            asked(rm, slip)
    assert not GuessGuard.objects.exists()
    assert asked(rm, made.code)


def test_wrong_expired_replaced_and_foreign_codes_are_answered_alike(rm: Who, who: Callable[..., Who]) -> None:
    over = issued(rm)
    Application.objects.update(expires_at=rm.at)
    foreign = issued(rm)
    Application.objects.filter(pk=foreign.application.pk).update(branch_id="HZ")
    old = issued(rm, application_id="LN-7")
    issued(rm, application_id="LN-7")
    told = set()
    for n, code in enumerate((new_code(), over.code, foreign.code, old.code)):
        with pytest.raises(NoSuchCode) as error:
            asked(replace(rm, at=rm.at + timedelta(hours=2 * n)), code)
        told.add(error.value.render())
    assert len(told) == 1
    refused = AuditEntry.objects.filter(action="progress_refused")
    assert {(row.object_id, tuple(row.data)) for row in refused} == {("", ())}


def test_who_guesses_is_slowed_then_stopped_and_the_right_code_does_not_help(rm: Who) -> None:
    made, at = issued(rm), rm.at
    for _ in range(PERSON.most):
        with pytest.raises(NoSuchCode):
            asked(replace(rm, at=at), new_code())
        at = GuessGuard.objects.get().until
    with pytest.raises(TooManyTries) as stopped:
        asked(replace(rm, at=at - timedelta(seconds=1)), made.code)
    assert stopped.value.retry_after == 1
    assert asked(replace(rm, at=at), made.code)


def test_the_customer_needs_both_and_is_told_the_same_whichever_is_wrong(rm: Who) -> None:
    made = issued(rm)
    assert looked(rm, made.code, "5678").application_id == made.application.application_id
    told = set()
    for typed, digits in ((made.code, "0000"), (new_code(), "5678"), (made.code, ""), (made.code, "5678 0000")):
        with pytest.raises(NoSuchCode) as error:
            looked(rm, typed, digits, address=f"10.0.0.{len(told)}")
        told.add(error.value.render())
    assert len(told) == 1


def test_a_customer_without_a_phone_has_no_second_factor_and_is_shown_nothing(rm: Who) -> None:
    made = issued(rm, replace(ZHANG, phone=None))
    for digits in ("", "0000"):
        with pytest.raises(NoSuchCode):
            looked(rm, made.code, digits)
    assert asked(rm, made.code)


def test_the_digits_of_a_known_code_cannot_be_gone_through_from_many_addresses(rm: Who) -> None:
    made, taken = issued(rm), 0
    for n in range(200):
        try:
            looked(rm, made.code, f"{n:04}", timedelta(minutes=6 * n), address=f"10.0.{n}.1")
        except NoSuchCode:
            taken += 1
        except TooManyTries:
            continue
    assert taken == CODE.most
    with pytest.raises(TooManyTries):
        looked(rm, made.code, "5678", timedelta(minutes=1200), address="10.1.1.1")


def test_codes_run_out_and_are_forgotten_by_the_clock(rm: Who) -> None:
    made = issued(rm)
    assert expire_codes(made.expires_at - timedelta(seconds=1)) == 0
    with pytest.raises(NoSuchCode):
        asked(replace(rm, at=made.expires_at), made.code)
    by_the_clock(made.expires_at)
    row = Application.objects.get()
    assert (row.code_hash, row.phone_hash, row.status) == (None, "", "started")
    assert expire_codes(made.expires_at + timedelta(days=2)) == 0
    assert not GuessGuard.objects.exists()


def test_an_ended_application_can_still_be_looked_up_but_has_no_new_code(rm: Who) -> None:
    made = issued(rm)
    stepped(rm, made.application.application_id, "e1", name="application_withdrawn")
    assert asked(rm, made.code).ended
    with pytest.raises(YourMistake, match="ended"):
        issued(rm, application_id=made.application.application_id)


def test_every_look_and_every_code_is_in_the_audit_chain(rm: Who) -> None:
    made = issued(rm)
    asked(rm, made.code)
    looked(rm, made.code, "5678")
    rows = AuditEntry.objects.filter(object_type="application").order_by("seq")
    assert [(r.action, r.actor) for r in rows] == [
        ("progress_step", rm.scope.actor), ("progress_issue", rm.scope.actor), ("progress_look_up", rm.scope.actor),
        ("progress_look_up", "customer"),
    ]  # fmt: skip
    assert {r.data["customer_id"] for r in rows} == {ZHANG.customer_id}
    assert verify() is None


def test_a_code_of_the_alphabet_that_nobody_has_is_no_slip() -> None:
    body = ALPHABET[:8]
    assert read_code(body + check_character(body))
