"""The page of channels: how each goes in the person's scope, dead letters masked, and sending one again."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles

from liuke.act.outbox.message import Message
from liuke.state.actions.queue_messages import queue_messages
from liuke.state.models import AuditEntry, ChannelPace, OutboxMessage

NOW = datetime.now(UTC)


def letter(n: int, state: str, branch: str = "NJ", **changes: Any) -> None:
    text = "请致电 13800005678 办理。"
    queue_messages([
        Message(f"L{n:06}.sms", "sms", "customer", f"C{n:07}", text, "service", NOW, customer_id=f"C{n:07}",
                branch_id=branch)
    ], now=NOW)  # fmt: skip
    over = {"state": state, "next_at": None} if state in ("sent", "dead", "cancelled") else {"state": state}
    OutboxMessage.objects.filter(key=f"L{n:06}.sms").update(**over | changes)


@pytest.fixture
def outbox(own_bank: Any) -> None:
    (own_bank / "channels.yaml").write_text("channels: {sms: {kind: rm_order}, orders: {kind: rm_order}}\n")
    for n, state in enumerate(("queued", "sent", "sent", "cancelled")):
        letter(n, state)
    letter(1001, "dead", reason="sms_108", attempts=3)
    letter(1002, "dead", branch="HZ", reason="unsure", attempts=1)
    ChannelPace.objects.create(channel="sms", tokens=1, at=NOW, failures=5, trouble="http_503",
                               closed_until=NOW.replace(year=2099))  # fmt: skip


def read(client: Any, path: str = "/channels/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def test_a_channel_shows_how_it_goes_and_what_is_set_up_but_unused(outbox, seen_by):
    text = read(seen_by("analyst"))
    assert "熔断" in text
    assert "http_503" in text
    assert 'data-label="已发送">2<' in text
    assert text.count("客户经理工单") == 2


def test_dead_letters_name_nobody_and_hide_the_text_from_who_sees_no_customers(outbox, seen_by):
    for who, shown, hidden in (("analyst", ("138****5678", "****1001"), ()), ("root", ("***",), ("138", "1001<"))):
        text = read(seen_by(who))
        assert "sms_108" in text
        assert not [each for each in shown if each not in text]
        assert not [each for each in ("13800005678", "C0001001", *hidden) if each in text]


def test_a_dead_letter_is_sent_again_once_and_audited(outbox, seen_by):
    analyst = seen_by("analyst")
    assert analyst.post("/channels/resend/L001001.sms/").status_code == 302
    assert OutboxMessage.objects.get(key="L001001.sms").state == "queued"
    assert AuditEntry.objects.filter(action="message_resend", object_id="L001001.sms").count() == 1
    assert analyst.post("/channels/resend/L001001.sms/").status_code == 400
    assert "L001001.sms" not in read(analyst)


def test_who_may_look_may_not_always_send_and_an_rm_sees_no_channels(outbox, seen_by):
    compliance = seen_by("officer")
    assert "重发</button>" not in read(compliance)
    assert compliance.post("/channels/resend/L001001.sms/").status_code == 403
    assert seen_by("rm1").get("/channels/").status_code == 403


def test_a_mistake_in_the_file_is_told_and_the_rest_still_shown(outbox, own_bank, seen_by):
    (own_bank / "channels.yaml").write_text("channels: {sms: {kind: smss}}\n")
    text = read(seen_by("analyst"))
    assert "渠道文件有误" in text
    assert "sms_108" in text


@needs_browser
def test_the_page_is_whole_on_a_desk_and_on_a_phone(outbox, opened):
    for name, view in (("wide", WIDE), ("phone", PHONE)):
        page = opened("analyst", view, at="/channels/")
        page.wait_for_selector("main .card")
        assert troubles(page) == []
        if shots := os.environ.get("LIUKE_SHOTS"):
            page.screenshot(path=f"{shots}/channels-{name}.png", full_page=True)
