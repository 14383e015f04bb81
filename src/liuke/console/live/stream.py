"""One page's stream of news in the form of server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal

from django.utils import translation
from django.utils.translation import gettext as _

from liuke.console.live.hub import HUB, Listener
from liuke.govern.access import Scope
from liuke.state.order_news import OrderNews

BEAT_SECONDS: Final = 15.0
"""Proxies close what is silent for a minute."""
LIFE_SECONDS: Final = 600.0
"""The browser comes again by itself, and its person's session and scope are read anew."""


InForce = Callable[[], Awaitable[bool]]


async def _always() -> bool:
    return True


async def stream(
    scope: Scope, language: str, life_seconds: float = LIFE_SECONDS, in_force: InForce = _always
) -> AsyncIterator[bytes]:
    """News of orders in the scope as they happen; a comment now and then keeps the line open, while the session that
    asked is in force.
    """
    listener = Listener(scope, asyncio.get_running_loop())
    HUB.join(listener)
    checked = time.monotonic()
    ends = checked + life_seconds
    try:
        yield b"retry: 2000\nevent: ready\ndata: {}\n\n"
        while (left := ends - time.monotonic()) > 0:
            try:
                news: OrderNews | Literal["silent"] | None = await asyncio.wait_for(
                    listener.queue.get(), min(left, BEAT_SECONDS)
                )
            except TimeoutError:
                news = "silent"
            if time.monotonic() - checked >= min(left, BEAT_SECONDS):  # amid news, too
                if not await in_force():
                    return
                checked = time.monotonic()
            if news is None:
                return
            yield b": still here\n\n" if news == "silent" else told(news, language)
    finally:
        HUB.leave(listener)


def told(news: OrderNews, language: str) -> bytes:
    """The news as one event. It names the order and nobody: what the person may see is read by the page."""
    with translation.override(language):
        said = {
            "opened": _("新工单"),
            "enriched": _("工单有新情况"),
            "hand_over": _("有工单移交给你"),
            "escalated": _("工单超时，已升级"),
            "reminder": _("约定的回访时间到了"),
        }[news.kind]
        more = _("优先级 P%(priority)s，已在工作台") % {"priority": news.priority}
    data = {"kind": news.kind, "order": news.order_id, "priority": news.priority, "text": said, "more": more}
    return f"id: {news.number}\nevent: order\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
