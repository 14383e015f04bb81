"""What would change the score, on the 360° page and in the drawer; and the asset tier with what it takes to keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.test import Client
from django.utils import translation
from small_bank import last_day

from liuke.console.portrait import _standing_text
from liuke.govern.access import Scope
from liuke.insight.profile import Standing
from liuke.state.models import WorkOrder
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_VALUE, SCORE
from liuke.wiring import open_house

SeenBy = Callable[[str], Client]
LEVERS = {
    "lever_1": "transact", "lever_1_value": 2.0, "lever_1_target": 9.0, "lever_1_probability": 0.21,
    "lever_2": "bring_back", "lever_2_value": 120_000.0, "lever_2_target": 310_000.0, "lever_2_probability": 0.29,
}  # fmt: skip


def scored(home: Path, day: date, customer: str, **more: Any) -> None:
    """The active model's score of one customer on a day, the only one of the lake."""
    blank: dict[str, Any] = {c.name: None for c in SCORE.columns}
    row = blank | {
        "as_of": day, "customer_id": customer, "model": "attrition", "version": "v1", "role": "active",
        "probability": 0.342, "rank": 1, "tier": "red", "expected_gain": 9.0, "cause": "needs",
        "reason_1": "own_count_30", "reason_1_value": 2.0, "reason_1_points": 0.7, **more,
    }  # fmt: skip
    open_house(home).lake.replace(SCORE, pa.Table.from_pylist([row], schema=SCORE.arrow))


@pytest.fixture
def warned(own_bank: Path) -> tuple[Path, Mapping[str, Any], WorkOrder]:
    """A customer of S1 with an order, scored on the last day with two levers."""
    order = WorkOrder.objects.filter(staff_id="S1").latest("as_of")
    house = open_house(own_bank)
    with house.engine() as engine:
        rows = house.lake.scan(engine, CUSTOMER_SNAPSHOT)
        [row] = engine.arrow(rows.filter(rows.customer_id == order.customer_id)).to_pylist()
    scored(own_bank, last_day(), order.customer_id, **LEVERS)
    return own_bank, row, order


def test_the_360_page_says_what_would_change_the_score_with_the_customers_numbers(warned: Any, seen_by: SeenBy) -> None:
    _, row, _ = warned
    text = seen_by("rm1").get(f"/customers/{row['customer_id']}/").content.decode()
    assert "若近30天主动交易笔数从 2 笔变为 9 笔，预计概率从 34% 降到 21%。" in text
    assert "若资产余额从 12.00 万元变为 31.00 万元，预计概率从 34% 降到 29%。" in text
    assert "不是因果承诺" in text
    assert "不得告知客户" in text


def test_the_drawer_says_it_beside_the_words_and_never_in_them(warned: Any, seen_by: SeenBy) -> None:
    _, _, order = warned
    answer = seen_by("rm1").get(f"/workbench/orders/{order.order_id}/", headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "预计概率从 34% 降到 21%" in text
    assert str(last_day()) in text
    said = [line for _label, line in answer.context["story"].words]
    assert said
    assert not any(mark in line for line in said for mark in ("概率", "34", "21%", "评分", "模型", "流失"))


def test_the_sentences_are_english_for_who_reads_english(warned: Any, seen_by: SeenBy) -> None:
    _, row, _ = warned
    client = seen_by("rm1")
    client.post("/language/", {"language": "en", "next": "/"})
    text = client.get(f"/customers/{row['customer_id']}/").content.decode()
    assert "went from 2 transactions to 9 transactions, the probability would fall from 34% to 21%." in text
    assert "not a causal promise" in text


def test_amounts_are_bands_for_roles_that_read_no_exact_ones(warned: Any, seen_by: SeenBy) -> None:
    _, row, _ = warned
    text = seen_by("analyst").get(f"/customers/{row['customer_id']}/").content.decode()
    assert "从 5万-20万变为 20万-50万，预计概率从 34% 降到 29%" in text
    assert "12.00 万元" not in text


@pytest.mark.parametrize("back", [1, 7])
def test_a_score_of_another_day_is_not_told_as_todays(warned: Any, seen_by: SeenBy, back: int) -> None:
    home, row, order = warned
    scored(home, last_day() - timedelta(days=back), row["customer_id"], **LEVERS)
    for address in (f"/customers/{row['customer_id']}/", f"/workbench/orders/{order.order_id}/"):
        text = seen_by("rm1").get(address).content.decode()
        assert "预计概率" not in text
        assert "34.2%" not in text


def test_without_levers_nothing_is_promised(warned: Any, seen_by: SeenBy) -> None:
    home, row, _ = warned
    scored(home, last_day(), row["customer_id"])
    text = seen_by("rm1").get(f"/customers/{row['customer_id']}/").content.decode()
    assert "34.2%" in text
    assert "什么会改变评分" not in text


def valued(home: Path, customer: str, **standing: Any) -> None:
    house = open_house(home)
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CUSTOMER_VALUE)).to_pylist()
    made = [row | standing if row["customer_id"] == customer else row for row in rows]
    house.lake.replace(CUSTOMER_VALUE, pa.Table.from_pylist(made, schema=CUSTOMER_VALUE.arrow))


WATCHED = {
    "aum_tier": "wealth", "aum_tier_since": date(2025, 7, 1), "tier_watch_months": 2, "tier_months_left": 1,
    "tier_notice": True, "tier_gap": 80_000.0, "tier_top_up": 123_000.0, "aum_month_so_far": 416_000.0,
    "tier_downgrade_on": date(2027, 1, 1),
}  # fmt: skip


def test_the_value_card_names_the_banks_tier_and_what_it_takes_to_keep_it(warned: Any, seen_by: SeenBy) -> None:
    home, row, _ = warned
    (home / "policies" / "tiers.yaml").write_text(
        "levels:\n  - {code: regular, zh: 普通, en: Plain, minimum_aum: 0, notice_months: []}\n"
        "  - {code: wealth, zh: 金葵花, en: Sunflower, minimum_aum: 500000}\n",
        encoding="utf-8",
    )
    valued(home, row["customer_id"], **WATCHED)
    client = seen_by("rm1")
    text = client.get(f"/customers/{row['customer_id']}/").content.decode()
    month_ends = (last_day() + timedelta(days=1)).replace(day=1) + timedelta(days=32)
    until = month_ends.replace(day=1) - timedelta(days=1)
    assert "<b>金葵花</b>" in text
    assert "自 2025-07-01" in text
    assert f"还差 12.3 万 保级：从明天起存入并留到 {until}。" in text
    assert "2027-01-01 起降级" in text
    assert "本月至今日均 41.6 万，门槛 50.0 万" in text
    client.post("/language/", {"language": "en", "next": "/"})
    assert "<b>Sunflower</b>" in client.get(f"/customers/{row['customer_id']}/").content.decode()


def test_exact_amounts_of_a_tier_are_not_for_every_role(warned: Any, seen_by: SeenBy) -> None:
    home, row, _ = warned
    valued(home, row["customer_id"], **WATCHED)
    text = seen_by("analyst").get(f"/customers/{row['customer_id']}/").content.decode()
    assert "财富客户" in text
    assert "41.6 万" not in text
    assert "12.3 万" not in text


STANDING = Standing("gold", None, "notice", 1, 2, date(2027, 1, 1), 42_000.0, 9_000.0, 8_000.0, 30_000.0)
HEAD = Scope("gu", "branch_head", None)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (replace(STANDING, state="kept", watch_months=0), "等级达标，无降级风险。"),
        (STANDING, "还差 3.0 万 保级：从明天起存入并留到 2026-11-30。"),
        (replace(STANDING, top_up=0.0), "按现有余额，本月可以达标，请留到 2026-11-30。"),
        (replace(STANDING, top_up=900_000.0), "本月已难达标，下月起月日均不低于 5.0 万 可保级。"),
        (replace(STANDING, top_up=900_000.0, months_left=1), "还差 90.0 万 保级"),
    ],
)
def test_the_notice_says_what_can_still_be_done(state: Standing, said: str) -> None:
    with translation.override("zh-hans"):
        assert said in _standing_text(state, date(2026, 11, 12), 50_000.0, HEAD)
        assert "2026-12-31" in _standing_text(STANDING, date(2026, 11, 30), 50_000.0, HEAD)


@needs_browser
def test_both_places_are_whole_on_a_desk_and_on_a_phone(warned: Any, opened: Callable[..., Any]) -> None:
    home, row, order = warned
    valued(home, row["customer_id"], **WATCHED)
    for view in (WIDE, PHONE):
        page = opened("rm1", view, at=f"/customers/{row['customer_id']}/")
        page.wait_for_selector(".levers")
        assert troubles(page) == []
        page.goto(f"/workbench/orders/{order.order_id}/")
        page.wait_for_selector(".levers")
        assert troubles(page) == []
