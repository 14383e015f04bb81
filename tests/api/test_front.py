"""What the server sends over the API's own way is what Django would have sent."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from liuke.api import front
from liuke.api.front import ApiFront, answered
from liuke.govern.audit import AuditRecord
from liuke.state import audit_together
from tests.api.conftest import OF_NJ

SUMMARY = f"/api/v1/customers/{OF_NJ}/summary"


def scope_of(path: str, method: str = "GET", key: str = "") -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())]
    query = b"purpose=service"
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": headers}


def sent(scope: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as the server gets them."""
    messages: list[Any] = []

    async def others(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"status": 299, "headers": []})
        await send({"body": b""})

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(ApiFront(others)(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], told, messages[1]["body"]


def test_a_question_is_answered_as_by_django(device) -> None:
    one = device()
    expected = one.ask(f"/customers/{OF_NJ}/summary", purpose="service")
    answer, owed = answered(scope_of(SUMMARY, key=one.key))
    assert (answer.status_code, answer.content) == (200, expected.content)
    assert [(row.action, row.object_id) for row in owed] == [("api_read", OF_NJ)]
    for name in ("content-type", "cache-control", "x-content-type-options", "referrer-policy"):
        assert answer.headers[name] == expected.headers[name]
    assert connection.connection is not None  # kept for the next question


def test_refusals_and_mistyped_addresses_are_problems(device) -> None:
    answer, owed = answered(scope_of(SUMMARY, key="lk_x_y"))
    assert (answer.status_code, answer["content-type"], answer["www-authenticate"]) == (
        401, "application/problem+json", "Bearer",
    )  # fmt: skip
    assert owed == []
    answer, _ = answered(scope_of("/api/v1/nothing"))
    assert (answer.status_code, json.loads(answer.content)["type"]) == (404, "urn:liuke:problem:unknown")


def test_the_server_gets_status_headers_and_body(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = HttpResponse("客户".encode(), status=429, headers={"Retry-After": "1"})
    monkeypatch.setattr(front, "answered", lambda scope: (answer, []))
    status, headers, body = sent(scope_of(SUMMARY))
    assert (status, headers["retry-after"], headers["content-length"], body) == (429, "1", "6", answer.content)


def test_no_answer_leaves_before_its_audit_row_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, written = [AuditRecord(datetime(2026, 7, 1, 9, tzinfo=UTC), "key:1", "api", "api_read")], list[AuditRecord]()
    monkeypatch.setattr(front, "answered", lambda scope: (HttpResponse(f"{len(written)} written before"), rows))
    monkeypatch.setattr(audit_together, "append_all", written.extend)
    assert sent(scope_of(SUMMARY))[::2] == (200, b"0 written before")
    assert written == rows


def test_without_its_audit_row_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [AuditRecord(datetime(2026, 7, 1, 9, tzinfo=UTC), "key:1", "api", "api_read")]

    def full(records: list[AuditRecord]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(front, "answered", lambda scope: (HttpResponse("客户".encode()), rows))
    monkeypatch.setattr(audit_together, "append_all", full)
    status, headers, body = sent(scope_of(SUMMARY))
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(body)["type"] == "urn:liuke:problem:broken"


@pytest.mark.parametrize(("path", "method"), [("/login/", "GET"), (SUMMARY, "POST"), ("/api/v2/x", "GET")])
def test_everything_else_is_for_the_others(path: str, method: str) -> None:
    assert sent(scope_of(path, method))[0] == 299


def test_over_https_only_where_the_bank_says_so(device, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECURE_SSL_REDIRECT = True
    monkeypatch.setattr(front, "_secured", front.SecurityMiddleware(front._view))
    answer, _ = answered(scope_of(SUMMARY, key=device().key))
    assert (answer.status_code, answer["location"]) == (301, f"https://localhost{SUMMARY}?purpose=service")
