"""What a reason says, word for word, in both languages."""

from decimal import Decimal

import pytest

from liuke.insight.amounts import mean, money, percent
from liuke.insight.churn.reasons import (
    ALL_CODES,
    CODES,
    cause_label,
    causes,
    label,
    model_reasons,
    quotes_money,
    reasons_of,
    text,
)

SILENT = {
    "transactions_30": 2, "transactions_prior_90": 27, "days_since_active": 21, "usual_gap_days": 90 / 27,
    "aum": Decimal("182000.00"), "aum_30": Decimal("401000.00"), "aum_60": Decimal("500000.00"),
    "aum_90": Decimal("523000.00"), "complaints_90": 2, "complaints_prior_90": 0, "complaints_open": 1,
    "frequency_severity": 0.0, "balance_severity": 0.0, "complaint_severity": 0.0, "recency_severity": 0.0,
}  # fmt: skip


def said(signal: str, locale: str, **numbers) -> str:
    [reason] = reasons_of(SILENT | numbers | {f"{signal}_severity": 0.5})
    return text(reason, locale)


@pytest.mark.parametrize(
    ("signal", "numbers", "zh", "en"),
    [
        (
            "frequency", {},
            "近30天交易 2 笔,前90天月均 9 笔,下降 78%",
            "2 transactions in the last 30 days against a monthly mean of 9 in the 90 days before: down 78%",
        ),
        (
            "frequency", {"transactions_30": 1, "transactions_prior_90": 26},
            "近30天交易 1 笔,前90天月均 8.7 笔,下降 88%",
            "1 transaction in the last 30 days against a monthly mean of 8.7 in the 90 days before: down 88%",
        ),
        (
            "frequency", {"transactions_30": 0},
            "近30天交易 0 笔,前90天月均 9 笔,下降 100%",
            "0 transactions in the last 30 days against a monthly mean of 9 in the 90 days before: down 100%",
        ),
        (
            "balance", {},
            "资产 18.20 万元,90天前 52.30 万元,下降 65%",
            "Assets 182,000.00 against 523,000.00 90 days ago: down 65%",
        ),
        (
            "balance", {"aum": Decimal("9800.50"), "aum_30": Decimal("123456789.00"), "aum_90": Decimal(0)},
            "资产 9,800.50 元,30天前 1.23 亿元,下降 99%",
            "Assets 9,800.50 against 123,456,789.00 30 days ago: down 99%",
        ),
        (
            "complaint", {},
            "近90天投诉 2 件,此前90天 0 件,1 件未办结",
            "2 complaints in the last 90 days, 0 in the 90 days before, 1 still open",
        ),
        (
            "complaint", {"complaints_90": 1, "complaints_open": 0},
            "近90天投诉 1 件,此前90天 0 件",
            "1 complaint in the last 90 days, 0 in the 90 days before",
        ),
        (
            "recency", {},
            "已 21 天未主动交易,平时约每 3.3 天一笔",
            "No transaction for 21 days; usually one every 3.3 days",
        ),
        (
            "recency", {"usual_gap_days": 1.0},
            "已 21 天未主动交易,平时约每 1 天一笔",
            "No transaction for 21 days; usually one every 1 day",
        ),
    ],
)  # fmt: skip
def test_a_reason_quotes_the_numbers_that_made_it(signal, numbers, zh, en):
    assert said(signal, "zh-hans", **numbers) == zh
    assert said(signal, "en", **numbers) == en


def test_reasons_come_loudest_first_and_silent_signals_say_nothing():
    row = SILENT | {"balance_severity": 0.4, "complaint_severity": 1.0, "recency_severity": 0.4}
    assert [r.code for r in reasons_of(row)] == ["R03", "R02", "R04"]
    assert reasons_of(SILENT) == ()


def test_every_code_has_a_label_and_a_cause_in_both_languages():
    assert [label(c) for c in CODES] == ["交易频次下降", "资产持续下降", "投诉上升", "长时间未交易"]
    assert [label(c, "en") for c in CODES] == [
        "Fewer transactions", "Balance falling", "More complaints", "Long silence",
    ]  # fmt: skip
    assert {c: [cause_label(x) for x in causes(c)] for c in CODES} == {
        "R01": ["需求变化", "竞争"],
        "R02": ["竞争", "产品"],
        "R03": ["服务"],
        "R04": ["需求变化", "生命周期"],
    }
    assert [cause_label(x, "en") for x in causes("R04")] == ["Changed needs", "Life cycle"]


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (Decimal("9999.994"), "9,999.99 元", "9,999.99"),
        (Decimal("9999.995"), "1.00 万元", "10,000.00"),
        (Decimal("99999999.99"), "10,000.00 万元", "99,999,999.99"),
        (Decimal("100000000"), "1.00 亿元", "100,000,000.00"),
        (Decimal("-52350.00"), "-5.24 万元", "-52,350.00"),
        (0, "0.00 元", "0.00"),
        (0.125, "0.13 元", "0.13"),
    ],
)
def test_money_is_written_in_wan_and_yi_and_rounded_half_up(amount, zh, en):
    assert (money(amount), money(amount, "en")) == (zh, en)


def test_a_fall_just_short_of_everything_is_not_called_everything():
    assert [percent(x) for x in (0.994, 0.996, 1, 0.005)] == ["99%", "99%", "100%", "1%"]
    assert [mean(x) for x in (3, 8.65, 8.96)] == ["3", "8.7", "9"]


def scored(feature, value, points=0.7):
    row = {f"reason_{n}{tail}": None for n in (1, 2, 3) for tail in ("", "_value", "_points")}
    return row | {"reason_1": feature, "reason_1_value": value, "reason_1_points": points}


def test_a_models_reason_quotes_the_customers_number_beside_the_usual_one():
    [reason] = model_reasons(scored("out_amount_30", 523000.0), {"out_amount_30": 32000.0})
    assert reason.code == "M03"
    assert reason.severity == pytest.approx(0.503, abs=0.001)
    assert text(reason) == "近30天转出金额 52.30 万元(客户中位数 3.20 万元)"
    assert text(reason, "en") == "Money out over 30 days: 523,000.00 (median customer 32,000.00)"
    assert quotes_money(reason)


def test_a_feature_that_was_retired_is_named_and_nothing_more():
    [reason] = model_reasons(scored("gone_feature", 3.0), {})
    assert (reason.code, text(reason), quotes_money(reason)) == ("M00", "gone_feature", False)


def test_every_code_has_a_label_in_both_languages():
    assert all(label(code) != label(code, "en") for code in ALL_CODES)
