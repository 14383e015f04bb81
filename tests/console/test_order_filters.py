"""What the list of orders can be narrowed to: the themes that the bank's orders may have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.test import Client
from small_bank import PEOPLE, _number, phone

from liuke.state.models import WorkOrder

SeenBy = Callable[[str], Client]


def test_the_themes_to_choose_from_are_those_of_the_banks_rules_and_campaigns(own_bank: Path, seen_by: SeenBy) -> None:
    for name, text in (("a", "theme: payroll\n"), ("b", "theme: [own"), ("c", "theme: pension\n"), ("d", "- theme\n")):
        folder = own_bank / ("triggers" if name < "c" else "campaigns")
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    choices = seen_by("rm1").get("/workbench/").context["filters"]["theme"]
    assert [(key, str(label)) for key, label in choices] == [
        ("", "全部主题"), ("rm_care", "客户流失预警"), ("offer", "权益推荐"), ("payroll", "工资代发"),
        ("pension", "pension"),
    ]  # fmt: skip
    (own_bank / "triggers" / "a.yaml").unlink()
    assert "payroll" not in dict(seen_by("rm1").get("/workbench/").context["filters"]["theme"])


def test_a_theme_narrows_the_list_and_one_that_is_not_known_does_not(own_bank: Path, seen_by: SeenBy) -> None:
    (own_bank / "triggers").mkdir()
    (own_bank / "triggers" / "a.yaml").write_text("theme: payroll\n", encoding="utf-8")
    mine = WorkOrder.objects.filter(staff_id="S1", phase=0)
    one, whole = mine.order_by("id").first(), mine.count()
    assert one
    WorkOrder.objects.filter(pk=one.pk).update(theme="payroll")
    found = seen_by("rm1").get("/workbench/?tab=open&theme=payroll").context
    assert [row.order.order_id for row, _ in found["rows"]] == [one.order_id]
    assert found["counts"]["open"] == 1
    assert seen_by("rm1").get("/workbench/?tab=open&theme=tea").context["counts"]["open"] == whole


def test_orders_are_found_by_the_customers_phone_whole_by_its_tail_or_as_masked_and_never_in_another_book(
    bank: Path, seen_by: SeenBy
) -> None:
    order = WorkOrder.objects.filter(staff_id="S1", phase=0).order_by("id").first()
    assert order
    number = phone(next(n for n in range(PEOPLE) if _number(n) == order.customer_id))
    for text in (number, number[-4:], f"{number[:3]}****{number[-4:]}"):
        found = seen_by("rm1").get("/workbench/", {"tab": "open", "q": text}).context["rows"]
        assert [row.order.order_id for row, _ in found] == [order.order_id], text
        assert not seen_by("rm3").get("/workbench/", {"tab": "open", "q": text}).context["rows"]
        assert not seen_by("officer").get("/workbench/", {"tab": "open", "q": text}).context["rows"]
