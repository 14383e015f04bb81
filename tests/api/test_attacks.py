"""What a hostile caller sends: bombs, floods, broken text, injections. Never a 500, never a word about why in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest

from liuke.govern.api_key import ASKS

from .conftest import OF_NJ, Device
from .test_doors import BODIES

POSTS: Final = {
    "application_issue": "/api/v1/applications",
    "application_read": "/api/v1/applications/look-up",
    "application_continue": "/api/v1/applications/steps",
}
BOMBS: Final = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "closed deep lists": b"[" * 50_000 + b"]" * 50_000,
    "not JSON": b"{'code': 1}",
    "not UTF-8": b'{"code": "\xff\xfe"}',
    "nothing": b"",
    "a list": b"[]",
    "a number": b"1" * 5000,
    "not a number": b'{"code": NaN}',
    "a huge exponent": b'{"code": 1e999999}',
}
TEXTS: Final = {
    "a null byte": "A\x00B",
    "half a surrogate": "\ud800",
    "an override": "\u202eABCD",
    "SQL": "' OR '1'='1'; DROP TABLE state_user;--",
    "a path": "../../../../etc/passwd",
    "markup": "<script>alert(1)</script>",
    "a template": "{{ settings.SECRET_KEY }}${7*7}#{7*7}",
    "a format": "%s%n{0.__class__}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_body_breaks_an_operation(device: Callable[..., Device], name: str) -> None:
    asking = device(scopes=ASKS)
    headers = {"authorization": f"Bearer {asking.key}"}
    for path in POSTS.values():
        told = asking.client.post(path, BOMBS[name], content_type="application/json", headers=headers)
        assert told.status_code in (400, 413, 422), path
        assert told["Content-Type"] == "application/problem+json", path
        assert "Traceback" not in told.content.decode()


def test_a_body_that_is_too_large_is_refused_before_it_is_read_as_json(device: Callable[..., Device]) -> None:
    asking = device(scopes=ASKS)
    body = b'{"code": "' + b"A" * 3_000_000 + b'"}'
    for path in POSTS.values():
        told = asking.client.post(
            path, body, content_type="application/json", headers={"authorization": f"Bearer {asking.key}"}
        )
        assert told.status_code == 413, path
        assert told["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_in_a_field_an_address_or_a_question_breaks_an_operation(
    device: Callable[..., Device], name: str
) -> None:
    asking, text = device(scopes=ASKS), TEXTS[name]
    headers = {"authorization": f"Bearer {asking.key}"}
    for operation, path in POSTS.items():
        for field in BODIES[operation]:
            body = json.dumps(BODIES[operation] | {field: text})
            told = asking.client.post(path, body, content_type="application/json", headers=headers)
            assert told.status_code in (404, 409, 422), (path, field)
    spelt = quote(text, errors="surrogatepass")
    for ask in ("summary", "shortcuts", "next-best-action", "decision"):
        for address in (f"{spelt}/{ask}?purpose=service", f"{OF_NJ}/{ask}?purpose={spelt}"):
            told = asking.client.get(f"/api/v1/customers/{address}", headers=headers)
            assert told.status_code in (400, 404, 422), address


@pytest.mark.parametrize(
    "token", ["", "lk_", "lk_0_" + "x" * 100_000, "lk_'; DROP TABLE state_apikeyrow;--_x", "lk_é_ü"]
)
def test_no_token_breaks_the_door(device: Callable[..., Any], token: str) -> None:
    told = device().client.get(
        f"/api/v1/customers/{OF_NJ}/summary?purpose=service", headers={"authorization": f"Bearer {token}"}
    )
    assert told.status_code == 401
