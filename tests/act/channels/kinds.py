"""Every kind of channel with a gateway of its own: what the shared tests run over."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from liuke.act.channels.catalogue import ChannelsFile, open_channel
from liuke.act.outbox.channel import Channel, Means
from liuke.act.outbox.http_call import call
from tests.act.channels.gateways import Gateway, Request, by_status, listening, mail_server, vendor

SECRET = "s3cret-of-the-bank"


@dataclass(frozen=True)
class Kind:
    """make: the settings for a gateway's address. gateway: opens one. address: of a receiver."""

    name: str
    gateway: Callable[[], AbstractContextManager[Gateway]]
    make: Callable[[str], dict[str, Any]]
    address: str = ""


def env(name: str, value: str = SECRET) -> dict[str, str]:
    os.environ[f"LIUKE_TEST_{name}"] = value
    return {"env": f"LIUKE_TEST_{name}"}


def _sms(gateway: Gateway, request: Request) -> dict[str, str]:
    body = request.json
    gateway.deliver(body["uid"], body["mobile"], body["content"])
    return {"code": "0", "msgid": f"M-{body['uid']}"}


def _sms_answer(gateway: Gateway, request: Request) -> tuple[int, Any]:
    code = {"refuse": "108", "busy": "103", "locked": None}.get(gateway.mode, "")
    if code is None:
        return 401, {}
    return 200, {"code": code} if code else _sms(gateway, request)


def _form(gateway: Gateway, request: Request) -> dict[str, str]:
    gateway.deliver(None, request.form["phone"], request.form["msg"])
    return {}


def _wecom_robot(gateway: Gateway, request: Request) -> None:
    assert request.query["key"] == "K1"
    gateway.deliver(None, "", request.json["text"]["content"])


def _dingtalk_robot(gateway: Gateway, request: Request) -> None:
    assert request.query["sign"]
    assert len(request.query["timestamp"]) == 13
    gateway.deliver(None, "", request.json["text"]["content"])


def _feishu_robot(gateway: Gateway, request: Request) -> None:
    assert request.json["sign"]
    assert len(request.json["timestamp"]) == 10
    gateway.deliver(None, "", request.json["content"]["text"])


def _wecom_app(gateway: Gateway, request: Request) -> dict[str, Any]:
    if request.path == "/cgi-bin/gettoken":
        assert request.query == {"corpid": "C1", "corpsecret": SECRET}
        gateway.tokens += 1
        return {"access_token": f"T{gateway.tokens}", "expires_in": 7200}
    if request.query["access_token"] != f"T{gateway.tokens}":
        return {"errcode": 42001}
    assert request.json["enable_duplicate_check"] == 1
    gateway.deliver(request.body.decode(), request.json["touser"], request.json["text"]["content"])
    return {"msgid": "M1"}


def _dingtalk_app(gateway: Gateway, request: Request) -> dict[str, Any]:
    if request.path == "/gettoken":
        assert request.query == {"appkey": "A1", "appsecret": SECRET}
        gateway.tokens += 1
        return {"access_token": f"T{gateway.tokens}", "expires_in": 7200}
    if request.query["access_token"] != f"T{gateway.tokens}":
        return {"errcode": 40014}
    body = request.json
    gateway.deliver(body["userid_list"] + body["msg"]["text"]["content"], body["userid_list"],
                    body["msg"]["text"]["content"])  # fmt: skip
    return {"task_id": 7}


def _feishu_app(gateway: Gateway, request: Request) -> dict[str, Any]:
    if request.path.endswith("/tenant_access_token/internal"):
        assert request.json == {"app_id": "A1", "app_secret": SECRET}
        gateway.tokens += 1
        return {"tenant_access_token": f"T{gateway.tokens}", "expire": 7200}
    if request.headers["authorization"] != f"Bearer T{gateway.tokens}":
        return {"code": 99991663}
    body = request.json
    gateway.deliver(body["uuid"], body["receive_id"], json.loads(body["content"])["text"])
    return {"data": {"message_id": "om_1"}}


def _push(gateway: Gateway, request: Request) -> dict[str, str]:
    assert request.headers["x-liuke-signature"].startswith("sha256=")
    gateway.deliver(request.headers["idempotency-key"], request.json["to"], request.json["text"])
    return {"id": "P1"}


def _core(gateway: Gateway, request: Request) -> dict[str, str]:
    assert request.headers["x-liuke-signature"].startswith("sha256=")
    gateway.deliver(request.headers["idempotency-key"], request.json["customer_id"], request.json["request"])
    return {"id": "R1", "status": "pending"}


def _with_port(url: str) -> dict[str, Any]:
    host, port = url.removeprefix("smtp://").split(":")
    return {"host": host, "port": int(port)}


KINDS = (
    Kind(
        "sms",
        partial(listening, _sms_answer),
        lambda url: {
            "kind": "sms", "url": url, "fields": {"mobile": "{to}", "content": "{text}", "uid": "{key}"},
            "headers": {"X-Key": "{secret}"}, "secret": env("SMS"), "signature": "示例银行", "idempotent": True,
            "answer": {"field": "code", "values": ["0"], "busy": ["103"], "id": "msgid"},
            "receipts": {"secret": env("SMS"), "key": "uid", "status": "stat", "phone": "mobile", "text": "content"},
        },
        "13800005678",
    ),
    Kind(
        "sms_form",
        partial(listening, by_status(_form)),
        lambda url: {
            "kind": "sms", "url": url, "format": "form", "fields": {"phone": "{to}", "msg": "{text}"},
            "signature": "示例银行",
        },
        "13800005678",
    ),
    Kind(
        "email",
        mail_server,
        lambda url: {
            "kind": "email", **_with_port(url), "tls": "none", "user": "liuke", "password": env("MAIL"),
            "sender": "care@bank.example", "sender_name": "示例银行",
            "unsubscribe_url": "https://bank.example/receipts/mail", "unsubscribe_secret": env("MAIL"),
        },
        "someone@example.com",
    ),
    Kind(
        "wecom_robot",
        partial(listening, vendor("errcode", {"refuse": 40008, "busy": 45009, "locked": 93000}, _wecom_robot)),
        lambda url: {"kind": "wecom_robot", "webhook": env("WECOM", f"{url}/cgi-bin/webhook/send?key=K1")},
    ),
    Kind(
        "dingtalk_robot",
        partial(listening, vendor("errcode", {"refuse": 400013, "busy": 130101, "locked": 310000}, _dingtalk_robot)),
        lambda url: {
            "kind": "dingtalk_robot", "webhook": env("DING", f"{url}/send?access_token=A"), "secret": env("DINGS"),
        },
    ),
    Kind(
        "feishu_robot",
        partial(listening, vendor("code", {"refuse": 9499, "busy": 11232, "locked": 19021}, _feishu_robot)),
        lambda url: {
            "kind": "feishu_robot", "webhook": env("FEISHU", f"{url}/open-apis/bot/v2/hook/x"), "secret": env("FS"),
        },
    ),
    Kind(
        "wecom_app",
        partial(listening, vendor("errcode", {"refuse": 81013, "busy": 45009, "locked": 40001}, _wecom_app)),
        lambda url: {"kind": "wecom_app", "corp_id": "C1", "agent_id": 1, "secret": env("WECOMAPP"), "api": url},
        "zhangsan",
    ),
    Kind(
        "dingtalk_app",
        partial(listening, vendor("errcode", {"refuse": 143105, "busy": 143103, "locked": 40089}, _dingtalk_app)),
        lambda url: {"kind": "dingtalk_app", "app_key": "A1", "agent_id": 1, "app_secret": env("DINGAPP"), "api": url},
        "manager1",
    ),
    Kind(
        "feishu_app",
        partial(listening, vendor("code", {"refuse": 230013, "busy": 99991400, "locked": 10014}, _feishu_app)),
        lambda url: {"kind": "feishu_app", "app_id": "A1", "app_secret": env("FSAPP"), "api": url},
        "u1",
    ),
    Kind(
        "push",
        partial(listening, by_status(_push)),
        lambda url: {"kind": "push", "url": url, "secret": env("PUSH")},
        "device-1",
    ),
    Kind(
        "core",
        partial(listening, by_status(_core)),
        lambda url: {"kind": "core", "url": url, "secret": env("CORE")},
    ),
)  # fmt: skip


@contextmanager
def opened(kind: Kind, **changes: Any) -> Iterator[tuple[Channel, Gateway]]:
    """The channel, opened as the sender opens it, and its gateway."""
    with kind.gateway() as gateway:
        yield open_at(kind, gateway.url, **changes), gateway


def open_at(kind: Kind, url: str, **changes: Any) -> Channel:
    settings = kind.make(url) | {"timeout_seconds": 1.0} | changes
    file = ChannelsFile.model_validate({"channels": {"way": settings}})
    return open_channel(file.channels["way"], Means(Path(), call))
