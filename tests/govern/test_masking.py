"""Mask rules: golden values of CONVENTIONS 6, and what must hold for every value."""

import re
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.govern.access import DATA_CLASSES, MASKED, reads_of
from liuke.govern.masking import class_of, is_card_number, is_identity_number, mask_row, mask_text, mask_value
from liuke.govern.surnames import COMPOUND_SURNAMES
from liuke.settings import Preset
from liuke.tables import CUSTOMER_SNAPSHOT, TABLES, Table
from liuke.tables.schema import Mask

ID = "99999919900307123X"

GOLDEN = [
    ("name", "张三", "张*", "张*"),
    ("name", "张三丰", "张**", "**"),
    ("name", "欧阳修", "欧阳*", "**"),
    ("name", "欧阳娜娜", "欧阳**", "**"),
    ("name", "欧阳", "欧*", "欧*"),
    ("name", "张", "张*", "**"),
    ("name", "John Smith", "J*** S***", "**"),
    ("name", "杭州留客科技有限公司", "杭州留客科技有限公司", "杭州留客科技有限公司"),
    ("phone", "13812345678", "138****5678", "138******78"),
    ("phone", "+86 138-1234-5678", "138****5678", "138******78"),
    ("phone", "138 1234 5678", "138****5678", "138******78"),
    ("phone", "0571-88885678", "0571-****5678", "0571-****5678"),
    ("phone", "12345", "*****", "*****"),
    ("id_card", ID, "999***********123X"[:3] + "*" * 11 + "123X", "9" + "*" * 16 + "X"),
    ("id_card", "E12345678", "E******78", "E*******8"),
    ("card", "6222021234567891234", "622202*********1234", "**** 1234"),
    ("card", "6222 0212 3456 7891", "622202******7891", "**** 7891"),
    ("card", ID, "999" + "*" * 11 + "123X", "**** 123X"),
    ("account", "6627738508", "****8508", "****8508"),
    ("account", "123", "***", "***"),
    ("email", "zhang.san@qq.com", "z***@qq.com", "z***@qq.com"),
    ("email", "nonsense", "***", "***"),
    ("address", "浙江省杭州市西湖区文三路100号翠苑小区3幢", "浙江省杭州市西湖区****", "浙江省杭州市西湖区****"),
    ("address", "杭州市文三路100号翠苑小区", "杭州市****", "杭州市****"),
    (
        "address",
        "广西壮族自治区南宁市青秀区民族大道1号",
        "广西壮族自治区南宁市青秀区****",
        "广西壮族自治区南宁市青秀区****",
    ),
    ("address", "文三路1号", "****", "****"),
    ("birth_date", date(1990, 3, 7), "1990", "1990-1999"),
    ("birth_date", "1990-03-07", "1990", "1990-1999"),
    ("money", Decimal("61000.00"), "5万-20万", "***"),
    ("money", Decimal(0), "<1万", "***"),
    ("money", Decimal("10000000"), "≥1000万", "***"),
    ("money", Decimal("-3"), "<0", "***"),
    ("text", "打电话13812345678找张三", "打电话138****5678找张三", "***"),
]


@pytest.mark.parametrize(("rule", "value", "default", "strict"), GOLDEN)
def test_values_are_masked_as_the_conventions_say(rule: Mask, value: object, default: str, strict: str) -> None:
    assert mask_value(value, rule) == default
    assert mask_value(value, rule, "strict") == strict


TEXTS = {
    "卡 6222-0212-3456-7891 已挂失": "卡 ****7891 已挂失",
    f"身份证{ID}核对": "身份证****123X核对",
    "验证码是 884213 请转告": "验证码是 ****** 请转告",
    "Password: hunter2!": "Password: ******",
    "座机0571-88885678转2": "座机****5678转2",
    "座机010-8888567 转2": "座机010-**** 转2",
    "邮箱 z.s@bank.com.cn": "邮箱 z***@bank.com.cn",
    "2026-11-25 到期 120000 元,上门": "2026-11-25 到期 120000 元,上门",
    "shopping 12345": "shopping 12345",
    "手机１３８－１２３４－５６７８": "手机138****5678",
    "手机138.1234.5678或(138)12345678": "手机138****5678或(138****5678",
    "身份证110101.19900307.1233": "身份证****1233",
    "卡4111.1111.1111.1111": "卡****1111",
    "2026.11.30、2026.12.01 两天": "2026.11.30、2026.12.01 两天",
    "金额 1,234,567.89 元与 2,345,678.90 元": "金额 1,234,567.89 元与 2,345,678.90 元",
}


@pytest.mark.parametrize("text", TEXTS)
def test_free_text_loses_numbers_and_secrets_and_keeps_the_rest(text: str) -> None:
    assert mask_text(text) == TEXTS[text]


@pytest.mark.parametrize(("number", "holds"), [("110101199003071233", True), ("110101199003071234", False)])
def test_identity_numbers_are_told_by_their_check_digit(number: str, holds: bool) -> None:
    assert is_identity_number(number) is holds


@pytest.mark.parametrize(("number", "holds"), [("4111111111111111", True), ("4111111111111112", False), ("411", False)])
def test_cards_are_told_by_their_check_digit(number: str, holds: bool) -> None:
    assert is_card_number(number) is holds


values = st.text(max_size=30) | st.from_regex(r"[\d* \-]{0,22}[Xx]?", fullmatch=True) | st.dates()


@given(values, st.sampled_from(get_args(Mask)), st.sampled_from(get_args(Preset)))
def test_masking_twice_is_masking_once(value: object, rule: Mask, preset: Preset) -> None:
    once = mask_value(value, rule, preset)
    assert mask_value(once, rule, preset) == once


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "+86", "86 ", "0086"]))
def test_a_masked_mobile_number_never_shows_its_middle(phone: str, prefix: str) -> None:
    for preset in get_args(Preset):
        masked = mask_value(prefix + phone, "phone", preset)
        assert re.fullmatch(r"\d{3}\*{4,6}\d{2,4}", masked)
        assert masked[:3] == phone[:3]


@given(
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999999),
    st.from_regex(r"[0-9]{3}[0-9X]", fullmatch=True),
)
def test_no_rule_ever_shows_the_birthday_or_both_ends_of_an_identity_number(born: date, region: int, end: str) -> None:
    number = f"{region:06d}{born:%Y%m%d}{end}"
    for rule, preset in ((r, p) for r in ("id_card", "card", "account", "text") for p in get_args(Preset)):
        masked = mask_value(number, rule, preset)
        assert number[6:14] not in masked
        assert not (number[:6] in masked and masked.endswith(end))


@given(st.sampled_from(sorted(COMPOUND_SURNAMES)), st.text("娜修明远", min_size=1, max_size=2))
def test_compound_surnames_are_kept_whole(surname: str, given_name: str) -> None:
    assert mask_value(surname + given_name, "name") == surname + "*" * len(given_name)


@given(st.text(max_size=20), st.from_regex(r"[1-9](?:[ \-]?\d){10,18}", fullmatch=True), st.text(max_size=20))
def test_no_long_number_survives_in_text(before: str, number: str, after: str) -> None:
    masked = mask_text(before + number + after)
    assert not re.search(r"\d(?:[ \-]?\d){10}", masked)


def test_a_row_is_masked_by_its_table_and_unknown_columns_are_left_out() -> None:
    row = {
        "customer_id": "C1000234",
        "name": "欧阳修",
        "phone": None,
        "aum": Decimal("61000"),
        "tier": "red",
        "secret": 1,
    }
    assert mask_row(row, CUSTOMER_SNAPSHOT, MASKED) == {
        "customer_id": "****0234",
        "name": "欧阳*",
        "phone": None,
        "aum": "5万-20万",
        "tier": "red",
    }
    assert mask_row(row, CUSTOMER_SNAPSHOT, reads_of("branch_head"))["aum"] == Decimal("61000")
    assert mask_row(row, CUSTOMER_SNAPSHOT, MASKED, locale="en")["aum"] == "50,000-200,000"


def test_a_row_is_shown_class_by_class_as_the_role_and_the_banks_preset_say() -> None:
    row = {"customer_id": "C1000234", "name": "欧阳修", "phone": "13812345678", "aum": Decimal("61000"), "tier": "red"}
    assert mask_row(row, CUSTOMER_SNAPSHOT, reads_of("rm", "strict")) == row | {"phone": "138******78"}
    assert mask_row(row, CUSTOMER_SNAPSHOT, reads_of("analyst", "strict")) == {
        "customer_id": "****0234", "name": "**", "phone": "138******78", "aum": "***", "tier": "red",
    }  # fmt: skip
    hidden = dict.fromkeys(row, "***") | {"tier": "red"}
    assert mask_row(row, CUSTOMER_SNAPSHOT, reads_of("admin")) == hidden


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_masked_column_has_a_class_of_data(table: Table) -> None:
    assert all(class_of(column) in DATA_CLASSES for column in table.all_columns if column.mask)
