"""Every kind of news has words in both languages, and names an order and nobody."""

from __future__ import annotations

import json

import pytest

from liuke.console.live.stream import told
from liuke.state.order_news import KINDS, OrderNews


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_in_both_languages(built: None, kind: str) -> None:
    news = OrderNews(7, kind, "W1", 1, "C000001", "S1", "NJ")
    both = [told(news, language).decode() for language in ("zh-hans", "en")]
    texts = [json.loads(event.split("data: ")[1])["text"] for event in both]
    assert texts[0] != texts[1]
    assert all("C000001" not in event and "S1" not in event for event in both)
