"""What a list leaves in the address bar: its filters, never the search text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

SeenBy = Callable[[str], Client]


def _part(client: Client, address: str, target: str, current: str = "http://testserver/") -> str:
    headers = {"HX-Request": "true", "HX-Current-URL": current} | ({"HX-Target": target} if target else {})
    return client.get(address, headers=headers).headers.get("HX-Push-Url", "")


@pytest.mark.parametrize(
    ("address", "target", "pushed"),
    [
        ("/workbench/?tab=urgent&q=郭&sort=due", "orders", "/workbench/?tab=urgent&sort=due"),
        ("/workbench/?q=郭", "orders", "/workbench/"),
        ("/customers/?q=1980000&tier=&sort=aum", "customers", "/customers/?sort=aum"),
        ("/warnings/?signal=R01&q=郭", "warnings", "/warnings/?signal=R01"),
        ("/customers/?q=郭海峰", "", "/customers/"),
    ],
)
def test_a_list_read_by_htmx_pushes_its_filters_and_never_the_search(
    seen_by: SeenBy, address: str, target: str, pushed: str
) -> None:
    assert _part(seen_by("rm1"), address, target) == pushed


def test_nothing_is_pushed_for_other_parts_whole_pages_and_the_address_shown_already(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    assert _part(client, "/workbench/", "greet") == ""
    assert _part(client, "/workbench/?tab=urgent&q=郭", "orders", "http://testserver/workbench/?tab=urgent") == ""
    assert "HX-Push-Url" not in client.get("/workbench/?q=郭").headers


@pytest.mark.parametrize("address", ["/workbench/", "/customers/", "/warnings/"])
def test_no_link_of_a_searched_list_holds_the_search_but_reading_on_keeps_it(seen_by: SeenBy, address: str) -> None:
    text = seen_by("rm1").get(address, {"q": "6"}).content.decode()
    assert "hx-push-url" not in text
    links = [unescape(link) for link in re.findall(r'\shref="([^"]*)"', text)]
    assert links
    assert not any(re.search(r"[?&]q=", link) for link in links)
    read = [unescape(link) for link in re.findall(r'hx-get="(\?[^"]*)"', text)]
    assert read
    assert all("q=6" in link for link in read)
