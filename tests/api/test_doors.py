"""The authorisation matrix of the API: every operation of its OpenAPI document × key, enumerated from the document.

A new operation fails here until somebody has said in ASKS which scope of a key it needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.test import Client

from liuke.api.urls import api, urlpatterns
from liuke.govern.access import ROLES
from liuke.govern.api_key import ASKS as SCOPES
from liuke.govern.api_key import Ask

from .conftest import OF_NJ, Device

ASKS: Final[dict[str, Ask]] = {
    "summary": "summary",
    "shortcuts": "shortcuts",
    "next_best_action": "next_best_action",
    "decision": "decision",
    "application_issue": "application_issue",
    "application_read": "application_read",
    "application_continue": "application_continue",
    "metrics": "metrics",
}
"""By operation: the scope a key needs."""
BODIES: Final[dict[str, dict[str, Any]]] = {
    "application_issue": {"customer_id": OF_NJ, "journey": "loan_application", "channel": "app"},
    "application_read": {"code": "AAAA-AAAA-AAAA-AAAA"},
    "application_continue": {
        "code": "AAAA-AAAA-AAAA-AAAA", "event_id": "e1", "event": "application_step", "channel": "app", "stage": "form",
    },
}  # fmt: skip
METHODS: Final = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[tuple[str, str, str]]:
    """Method, path and id of every operation."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            yield method, path.replace("{customer_id}", OF_NJ), operation["operationId"]


def ask(client: Client, method: str, path: str, name: str, token: str | None = None) -> tuple[int, str]:
    """Status and code of the problem ('' for none)."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = json.dumps(BODIES[name]) if name in BODIES and method == "post" else ""
    query = "?purpose=service" if name not in BODIES else ""
    told = client.generic(method.upper(), path + query, body, content_type="application/json", headers=headers)
    problem = told.headers.get("Content-Type", "") == "application/problem+json"
    return told.status_code, json.loads(told.content)["type"].rpartition(":")[2] if problem else ""


def test_every_operation_needs_a_scope_and_every_scope_opens_something() -> None:
    assert {name for _method, _path, name in operations()} == set(ASKS), "say in ASKS which scope it needs"
    assert set(ASKS.values()) == set(SCOPES)
    shown = {path.removeprefix("/api/v1/") for path in api.get_openapi_schema()["paths"]}
    there = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urlpatterns}
    assert there - shown == {"", "openapi.json", "{rest}"}, "an address that the OpenAPI document does not show"


@pytest.mark.parametrize(("method", "path", "name"), list(operations()))
def test_no_operation_answers_without_a_key_nor_with_one_that_lacks_its_scope(
    device: Callable[..., Device], method: str, path: str, name: str
) -> None:
    others = tuple(scope for scope in SCOPES if scope != ASKS[name])
    lacking = device(scopes=others)
    assert ask(lacking.client, method, path, name) == (401, "no_key")
    assert ask(lacking.client, method, path, name, "lk_0123456789ab_" + "x" * 43) == (401, "no_key")
    assert ask(lacking.client, method, path, name, lacking.key) == (403, "scope")
    having = device(scopes=(ASKS[name],))
    assert ask(having.client, method, path, name, having.key)[0] not in (401, 403, 500)
    for wrong in set(METHODS) - {method}:
        assert ask(having.client, wrong, path, name, having.key)[0] == 405


@pytest.mark.parametrize("role", ROLES)
def test_a_log_in_of_the_console_is_no_key(served: Any, role: str) -> None:
    from liuke.state.models import User

    client = Client()
    user = User.objects.create(username=f"b-{role}", role=role, branch_id="HQ")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert {ask(client, method, path, name) for method, path, name in operations()} == {(401, "no_key")}
    assert client.get("/api/v1/openapi.json").status_code == 401


def test_a_customer_of_another_branch_is_answered_like_none(device: Callable[..., Device]) -> None:
    elsewhere = device(branch="HZ", scopes=SCOPES)
    about = [found for found in operations() if OF_NJ in found[1] or found[2] == "application_issue"]
    told = {ask(elsewhere.client, method, path, name, elsewhere.key) for method, path, name in about}
    assert len(about) == 5
    assert told == {(404, "unknown")}
