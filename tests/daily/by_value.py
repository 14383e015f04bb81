"""Policies under which the small bank decides by expected incremental value, and calls are worth making."""

from liuke.wiring import House


def by_value(house: House) -> None:
    policies = house.home / "policies"
    (policies / "loop.yaml").write_text(
        "decide_by: incremental_value\nholdout_share: 0.3\ntiers: [red]\n", encoding="utf-8"
    )
    (policies / "levers.yaml").write_text("prices: {phone: 1, visit: 3}\nexploration: {share: 0.2}\n", encoding="utf-8")
