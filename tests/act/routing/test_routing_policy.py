"""`policies/routing.yaml`: what orders ask of who works on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from liuke.act.routing_policy import RoutingPolicy, read_routing_policy
from liuke.errors import YourMistake


def test_without_a_file_nothing_is_asked(tmp_path: Path) -> None:
    policy = read_routing_policy(tmp_path / "routing.yaml")
    assert policy == RoutingPolicy()
    assert policy.wanted("rm_care", "P1") == frozenset()


def test_theme_and_product_ask_together(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text("needs: {offer: [wealth]}\nproducts: {P1: [fund, wealth], P2: [credit]}\n", encoding="utf-8")
    policy = read_routing_policy(path)
    assert policy.wanted("offer", "P1") == {"wealth", "fund"}
    assert policy.wanted("offer") == {"wealth"}


@pytest.mark.parametrize("text", ["needs: {offer: [funds]}", "products: {P1: [funds]}"])
def test_an_unknown_certificate_is_refused_with_the_near_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(YourMistake, match="did you mean 'fund'"):
        read_routing_policy(path)
