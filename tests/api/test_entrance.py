"""Who gets in: keys, scopes, purposes, branches, pace; and what each question leaves behind."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from liuke.state.actions.revoke_key import revoke_key
from liuke.state.audit import verify
from liuke.state.models import ApiKeyRow, AuditEntry, Run
from tests.api.conftest import OF_HZ, OF_NJ, admin

SUMMARY = f"/customers/{OF_NJ}/summary"


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer x", "Bearer lk_", "Bearer lk_0123456789ab_wrong", "Basic YTpi"]
)
def test_without_a_key_of_this_bank_nothing_is_told(served, header):
    answer = Client().get(f"/api/v1{SUMMARY}?purpose=service", headers={"authorization": header} if header else {})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["type"] == "urn:liuke:problem:no_key"


def test_the_right_id_with_another_keys_secret_is_no_key(device):
    one, other = device(), device()
    one.key = "_".join(["lk", one.key_id, other.key.split("_", 2)[2]])
    assert one.refused(SUMMARY, purpose="service") == (401, "no_key")


def test_a_key_ends_when_it_is_revoked_or_over(device):
    one = device()
    assert one.ask(SUMMARY, purpose="service").status_code == 200
    revoke_key(admin(), one.key_id, "换系统")
    assert one.refused(SUMMARY, purpose="service") == (401, "revoked")
    other = device()
    ApiKeyRow.objects.filter(key_id=other.key_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert other.refused(SUMMARY, purpose="service") == (401, "expired")


def test_a_key_asks_only_what_it_was_made_for(device):
    one = device(scopes=("shortcuts",), purposes=("service",))
    assert one.refused(SUMMARY, purpose="service") == (403, "scope")
    assert one.refused(f"/customers/{OF_NJ}/shortcuts", purpose="marketing") == (403, "purpose")
    assert one.ask(f"/customers/{OF_NJ}/shortcuts", purpose="service").status_code == 200


def test_every_question_states_a_known_purpose(device):
    one = device()
    assert one.refused(SUMMARY) == (422, "invalid")
    answer = one.ask(SUMMARY, purpose="curiosity")
    assert json.loads(answer.content)["errors"][0]["field"] == "query.purpose"


def test_a_customer_of_another_branch_is_like_one_that_does_not_exist(device):
    one = device(branch="NJ")
    assert one.ask(SUMMARY, purpose="service").status_code == 200
    stranger, nobody = (one.ask(f"/customers/{who}/summary", purpose="service") for who in (OF_HZ, "nobody"))
    assert stranger.status_code == 404
    assert stranger.content == nobody.content
    assert device(branch="HQ").ask(f"/customers/{OF_HZ}/summary", purpose="service").status_code == 200


def test_every_question_leaves_an_audit_row_before_it_is_answered(device):
    one = device(branch="NJ", purposes=("service",))
    for who, purpose in ((OF_NJ, "service"), (OF_NJ, "marketing"), (OF_HZ, "service")):
        one.ask(f"/customers/{who}/summary", purpose=purpose)
    rows = AuditEntry.objects.filter(actor=f"key:{one.key_id}").order_by("seq")
    assert [(r.action, r.object_id, r.data) for r in rows] == [
        ("api_read", OF_NJ, {"ask": "summary", "purpose": "service"}),
        ("api_refused", OF_NJ, {"ask": "summary", "purpose": "marketing", "refused": "purpose"}),
        ("api_refused", OF_HZ, {"ask": "summary", "purpose": "service", "refused": "unknown"}),
    ]
    assert verify() is None


def test_a_key_that_asks_too_fast_is_told_when_to_come_back(device):
    one = device(per_second=3)
    answers = [one.ask(SUMMARY, purpose="service") for _ in range(12)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert late
    assert {answer["Retry-After"] for answer in late} == {"1"}
    assert device().ask(SUMMARY, purpose="service").status_code == 200


def test_the_last_use_is_noted_and_no_secret_is_kept(device):
    one = device()
    one.ask(SUMMARY, purpose="service")
    row = ApiKeyRow.objects.get(key_id=one.key_id)
    assert timezone.now() - row.last_used_at < timedelta(minutes=1)
    assert one.key.split("_", 2)[2] not in json.dumps({f.name: str(getattr(row, f.name)) for f in row._meta.fields})


def test_before_the_first_run_there_is_nothing_to_tell(device, own_home):
    one = device()
    Run.objects.all().delete()
    assert one.refused(SUMMARY, purpose="service") == (503, "no_data")


def test_mistyped_addresses_are_problems_and_not_pages(device):
    one = device()
    assert one.refused("/customers") == (404, "unknown")
    assert one.refused(f"/customers/{'9' * 65}/summary", purpose="service") == (422, "invalid")


def test_the_document_names_every_operation_and_its_key(device):
    assert Client().get("/api/v1/openapi.json").status_code == 401
    told = device(scopes=("summary",)).told("/openapi.json")
    summary = told["paths"]["/api/v1/customers/{customer_id}/summary"]["get"]
    assert summary["security"] == [{"KeyAuth": []}]
    assert told["components"]["securitySchemes"]["KeyAuth"] == {"type": "http", "scheme": "bearer"}
    [purpose] = [p for p in summary["parameters"] if p["name"] == "purpose"]
    assert purpose["schema"]["enum"] == ["service", "retention", "marketing"]
