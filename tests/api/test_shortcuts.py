from __future__ import annotations

from tests.api.conftest import IMPERSONAL, OF_HZ, OF_NJ


def told(device, who):
    return device.told(f"/customers/{who}/shortcuts", purpose="service")


def test_habits_come_first_and_the_banks_order_fills_up(device):
    answer = told(device(), OF_HZ)
    assert (answer["personalised"], answer["because"]) == (True, "habit")
    assert [s["code"] for s in answer["shortcuts"]] == ["transfer", "bill", "repayment", "wealth"]
    used, *rest = [s["days_used"] for s in answer["shortcuts"]]
    assert used > 1
    assert rest == [None, None, None]
    assert answer["shortcuts"][0]["name"] == {"zh": "转账", "en": "Transfer"}


def test_without_personalisation_everybody_sees_the_same(device, own_home):
    (own_home / "policies" / "shortcuts.yaml").write_text(
        "most: 2\nfunctions:\n"
        "- {code: scan, name: {zh: 扫一扫, en: Scan}, events: [scan]}\n"
        "- {code: transfer, name: {zh: 转账, en: Transfer}, transactions: [transfer]}\n",
        encoding="utf-8",
    )
    one = device()
    mine, off = told(one, OF_NJ), told(one, IMPERSONAL)
    assert [s["code"] for s in mine["shortcuts"]] == ["transfer", "scan"]
    assert (off["personalised"], off["because"]) == (False, "personalisation_off")
    assert [(s["code"], s["days_used"]) for s in off["shortcuts"]] == [("scan", None), ("transfer", None)]
