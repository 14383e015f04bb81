"""Applications over the API: any channel issues a code, reads and continues; who guesses is slowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from liuke.act.progress.code import new_code, read_code
from liuke.act.progress.guessing import SYSTEM
from liuke.state.models import Application, ApplicationStep, AuditEntry, GuessGuard
from tests.api.conftest import OF_HZ, OF_NJ, Device, device_with

ALL = ("application_issue", "application_read", "application_continue")


@pytest.fixture
def channel(served: Any) -> Callable[..., Device]:
    def make(branch: str = "HQ", scopes: tuple[str, ...] = ALL, purposes: tuple[str, ...] = ("service",)) -> Device:
        return device_with(branch, scopes, purposes, per_second=900)

    return make


def send(device: Device, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = device.client.post(
        f"/api/v1/applications{path}", json.dumps(body), content_type="application/json",
        headers={"authorization": f"Bearer {device.key}"},
    )  # fmt: skip
    told = json.loads(answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        told["code"] = told["type"].rpartition(":")[2]
    return answer.status_code, told


def issue(device: Device, customer: str = OF_NJ, **more: Any) -> dict[str, Any]:
    status, told = send(device, "", customer_id=customer, **{"journey": "loan_application", "channel": "app", **more})
    assert status == 201, told
    return told


def test_what_the_app_began_the_counter_reads_and_continues(channel):
    app, counter = channel(), channel("NJ")
    made = issue(app)
    assert read_code(made["shown"]) == made["code"]
    status, told = send(counter, "/look-up", code=made["shown"].lower())
    assert (status, told["stage"], told["channel"], told["status"]) == (200, "form", "app", "started")
    assert told["customer"].endswith("*")
    assert told["stages"][1]["needs"]["zh"]
    whole = {"code": made["code"], "event_id": "e1", "channel": "branch", "stage": "identity", "fields": ["id_number"]}
    status, told = send(counter, "/steps", **whole, version=told["version"])
    assert (status, told["stage"], told["repeat"]) == (200, "identity", False)
    assert [(s["channel"], s["stage"], s["fields"]) for s in told["steps"]] == [
        ("app", "form", []), ("branch", "identity", ["id_number"]),
    ]  # fmt: skip
    assert send(counter, "/steps", **whole)[1]["repeat"] is True
    assert send(counter, "/steps", **{**whole, "event_id": "e2", "version": 0})[1]["code"] == "changed"
    assert ApplicationStep.objects.count() == 2


def test_the_lending_system_tells_the_status_by_the_id(channel):
    made = issue(channel())
    lending = channel("NJ", ("application_continue",))
    step = {"application": made["application"], "event_id": "s1", "channel": "other", "stage": "review"}
    assert send(lending, "/steps", **step, event="application_status", status="approved")[1]["status"] == "approved"
    assert send(lending, "/steps", **{**step, "event_id": "s2"}, event="application_completed")[1]["ended"] is True
    assert send(lending, "/steps", **{**step, "event_id": "s3"})[1]["code"] == "ended"
    assert send(lending, "/steps", **step, code=made["code"])[0] == 422


def test_a_key_does_what_it_was_made_for_and_for_its_branches(channel):
    made = issue(channel())
    reader, elsewhere = channel("HQ", ("application_read",)), channel("HZ")
    assert send(reader, "", customer_id=OF_NJ, journey="payment", channel="app")[1]["code"] == "scope"
    assert send(channel(purposes=("marketing",)), "/look-up", code=made["code"])[1]["code"] == "purpose"
    stranger, nobody = (send(elsewhere, "/look-up", code=code)[1] for code in (made["code"], new_code()))
    assert stranger == nobody
    assert stranger["code"] == "no_application"
    step = {"event_id": "e1", "channel": "app", "stage": "identity"}
    assert send(elsewhere, "/steps", application=made["application"], **step)[0] == 422
    assert send(channel("NJ"), "", customer_id=OF_HZ, journey="payment", channel="app")[0] == 404
    assert Application.objects.get().version == 0


def test_a_slip_is_told_apart_and_guesses_are_slowed_by_key_and_address(channel):
    one = channel()
    made = issue(one)
    assert send(one, "/look-up", code="000-000-000")[1]["code"] == "code"
    assert not GuessGuard.objects.exists()
    taken = [send(one, "/look-up", code=new_code())[0] for _ in range(SYSTEM.free + 4)]
    assert taken[: SYSTEM.free] == [404] * SYSTEM.free
    assert taken[-1] == 429
    assert {row.subject.partition(":")[0] for row in GuessGuard.objects.all()} == {"key", "api"}
    assert send(channel(), "/look-up", code=made["code"])[1]["code"] == "too_many"  # another key, the same address


def test_mistakes_name_what_would_be_right_and_nothing_of_the_customer(channel):
    one = channel()
    status, told = send(one, "", customer_id=OF_NJ, journey="loan_aplication", channel="app")
    assert (status, told["errors"][0]["expected"]) == (422, "did you mean 'loan_application'?")
    made = issue(one)
    wrong = {"code": made["code"], "event_id": "e1", "channel": "app", "stage": "identity", "fields": ["13800005678"]}
    status, told = send(one, "/steps", **wrong)
    assert status == 422
    assert "13800005678" not in json.dumps(told)
    assert send(one, "/steps", **{**wrong, "channel": "fax"})[0] == 422
    odd = {"event_id": "e1", "channel": "app", "stage": "identity"}
    for name in ("a\0b", "\ud800", "' OR 1=1", "x" * 65):
        assert send(one, "/steps", application=name, **odd)[0] == 422
        assert send(one, "/look-up", code=name)[0] == 422


def test_every_question_leaves_an_audit_row_without_the_code(channel):
    one = channel("NJ")
    made = issue(one)
    send(one, "/look-up", code=made["code"])
    send(one, "/look-up", code=new_code())
    rows = AuditEntry.objects.filter(actor=f"key:{one.key_id}").order_by("seq")
    assert [row.action for row in rows] == ["progress_step", "progress_issue", "progress_look_up", "progress_refused"]
    assert made["code"] not in json.dumps([[row.object_id, row.data] for row in rows])


def test_the_document_names_the_operations(channel):
    told = channel().told("/openapi.json")
    assert {"/api/v1/applications/look-up", "/api/v1/applications/steps", "/api/v1/applications"} <= told[
        "paths"
    ].keys()
