"""How each vendor's clients put events on the wire, in one shape for the shared contract tests."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.collect.tracking.conftest import KEY


@dataclass(frozen=True)
class Said:
    """What a test wants an item to say; `extra` overrides fields of the vendor's own item."""

    id: str = "m1"
    name: str = "login"
    customer: Any = "C1"
    anonymous: Any = None
    at: Any = None
    properties: Any = None


@dataclass(frozen=True)
class Wire:
    """One vendor. item: a vendor's item of what was said. body: the text of a request with items given as JSON texts.
    request: path and keyword arguments for `requests`, of a text and a key.
    """

    name: str
    item: Callable[[Said], dict[str, Any]]
    body: Callable[[list[str], str], str]
    request: Callable[[str, str], tuple[str, dict[str, Any]]]
    customer: str
    status: int = 200
    answer: bytes | None = None
    has_ids: bool = True

    def post(self, collector: Any, *said: Said | str, key: str = KEY) -> Any:
        """Sends items; a text goes onto the wire as it is."""
        texts = [s if isinstance(s, str) else json.dumps(self.item(s)) for s in said]
        path, kwargs = self.request(self.body(texts, key), key)
        return collector.post(path, **kwargs)


def iso(at: Any) -> Any:
    return datetime.fromtimestamp(at, UTC).isoformat() if isinstance(at, int | float) else at


def without_none(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None}


def segment_item(s: Said) -> dict[str, Any]:
    return without_none(
        {"type": "track", "event": s.name, "userId": s.customer, "anonymousId": s.anonymous, "messageId": s.id,
         "timestamp": iso(s.at), "properties": s.properties or {}}
    )  # fmt: skip


def posthog_item(s: Said) -> dict[str, Any]:
    who = s.customer if s.customer is not None else s.anonymous
    more = {"$is_identified": False} if s.customer is None else {}
    return without_none({"event": s.name, "distinct_id": who, "uuid": s.id, "timestamp": iso(s.at),
                         "properties": {**(s.properties or {}), **more}})  # fmt: skip


def sensors_item(s: Said) -> dict[str, Any]:
    at = round(s.at * 1000) if isinstance(s.at, int | float) else s.at
    return without_none(
        {"type": "track", "event": s.name, "distinct_id": s.customer if s.customer is not None else s.anonymous,
         "login_id": s.customer, "time": at, "_track_id": s.id, "properties": s.properties or {}}
    )  # fmt: skip


def plain_item(s: Said) -> dict[str, Any]:
    return without_none(
        {"event_id": s.id, "name": s.name, "customer_id": s.customer, "anonymous_id": s.anonymous,
         "occurred_at": iso(s.at), "properties": s.properties}
    )  # fmt: skip


def cloudevents_item(s: Said) -> dict[str, Any]:
    return without_none(
        {"specversion": "1.0", "id": s.id, "source": "core", "type": s.name, "customerid": s.customer,
         "anonymousid": s.anonymous, "time": iso(s.at), "data": s.properties or {}}
    )  # fmt: skip


def basic(key: str) -> dict[str, str]:
    return {
        "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "Content-Type": "application/json",
    }


def form_of(text: str) -> dict[str, str]:
    return {"data_list": base64.b64encode(gzip.compress(text.encode())).decode(), "gzip": "1"}


WIRES = [
    Wire("segment", segment_item, lambda items, key: f'{{"batch":[{",".join(items)}],"writeKey":"{key}"}}',
         lambda text, key: ("/v1/batch", {"data": text.encode(), "headers": basic(key)}), "userId",
         answer=b'{"success":true}'),
    Wire("rudderstack", segment_item, lambda items, _key: f'{{"batch":[{",".join(items)}]}}',
         lambda text, key: ("/rudderstack/v1/batch", {"data": text.encode(), "headers": basic(key)}), "userId",
         answer=b"OK"),
    Wire("posthog", posthog_item, lambda items, key: f'{{"api_key":"{key}","batch":[{",".join(items)}]}}',
         lambda text, _key: ("/batch/", {"data": text.encode()}), "distinct_id", answer=b'{"status":1}'),
    Wire("sensors", sensors_item, lambda items, _key: f"[{','.join(items)}]",
         lambda text, key: ("/sa?project=" + urllib.parse.quote(key), {"data": form_of(text)}), "login_id", answer=b"",
         has_ids=False),
    Wire("plain", plain_item, lambda items, _key: "\n".join(items),
         lambda text, key: ("/v1/events", {"data": text.encode(), "headers": {"Authorization": f"Bearer {key}"}}),
         "customer_id"),
    Wire("cloudevents", cloudevents_item, lambda items, _key: f"[{','.join(items)}]",
         lambda text, key: ("/cloudevents", {"data": text.encode(), "headers": {
             "Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}}),
         "customerid", 202, b""),
]  # fmt: skip
