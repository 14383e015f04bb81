"""Numbers in words, curves in numbers."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from liuke.console.figures import change, group, money, moves, points, share, signed
from liuke.console.graphics import arc, asset_curve, sparkline


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (606000, "60.6 万", "606,000"),
        (8690000, "869 万", "8,690,000"),
        (Decimal("342000000"), "3.4 亿", "342,000,000"),
        (999.5, "1,000", "1,000"),
        (-79000, "-7.9 万", "-79,000"),
        (None, "—", "—"),
    ],
)
def test_amounts_read_in_wan_and_yi_or_in_thousands(amount: object, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert money(amount) == zh
    with translation.override("en"):
        assert money(amount) == en


def test_shares_points_and_signs_round_half_up() -> None:
    assert (share(0.1245), points(0.0255), points(-0.01), signed(Decimal("12000"))) == (
        "12.5%",
        "+2.6",
        "-1.0",
        "+1.2 万",
    )


def test_a_change_over_nothing_or_less_is_not_a_percentage() -> None:
    assert change(5, 0) is None
    assert change(5, -3) is None
    assert change(5, 10) == -0.5


@given(st.lists(st.floats(0, 1e12), min_size=2, max_size=60))
def test_every_point_of_a_curve_lies_inside_its_box(values: list[float]) -> None:
    days = [date(2026, 1, 1) + timedelta(days=7 * n) for n in range(len(values))]
    for curve in (sparkline(values), asset_curve(days, values)):
        assert curve
        numbers = [float(n) for n in curve.line[1:].replace("L", " ").split()]
        assert all(-0.1 <= x <= curve.width + 0.1 for x in numbers[::2])
        assert all(-0.1 <= y <= curve.height + 0.1 for y in numbers[1::2])


def test_one_point_is_no_curve_and_an_arc_stays_within_half_a_circle() -> None:
    assert sparkline([1.0]) is None
    assert asset_curve([date(2026, 1, 1)], [1.0]) is None
    assert arc(2.0) == arc(1.0)


def test_small_groups_are_not_counted_out_and_nobody_is_no_group(settings: Any) -> None:
    assert [group(n) for n in (None, 0, 1, 9, 10, 12_345)] == ["—", "0", "<10", "<10", "10", "12,345"]
    assert [moves(n, "−") for n in (None, 0, 3, 12)] == ["—", "0", "<10", "−12"]
    settings.BANK = settings.BANK.model_copy(update={"small_group": 3})
    assert [group(n) for n in (2, 3)] == ["<3", "3"]
    settings.BANK = settings.BANK.model_copy(update={"small_group": 1})
    assert group(1) == "1"
