import pytest

from liuke.errors import YourMistake
from liuke.insight.rules.lineage import lineage
from liuke.insight.rules.references import Names, resolve
from liuke.insight.rules.words import said, value_said
from tests.insight.rules.asking import RULE


def rules(**written: object) -> dict[str, object]:
    return {name: RULE.validate_python(rule) for name, rule in written.items()}


def test_a_circle_is_refused_naming_its_path() -> None:
    names = Names(segments=rules(a={"segment": "b"}, b={"any": [{"tag": "t"}, {"minus": ["c", "a"]}]}, c={"tag": "t"}),
                  tags=rules(t={"attribute": "age", "value": 1}))  # fmt: skip
    with pytest.raises(YourMistake, match="segment a → segment b → segment a"):
        resolve(names.segments["a"], names, (("segment", "a"),))


def test_a_circle_among_others_is_named_without_the_way_to_it() -> None:
    names = Names(tags=rules(a={"tag": "b"}, b={"not": {"tag": "b"}}))
    with pytest.raises(YourMistake, match="itself: tag b → tag b"):
        resolve(names.tags["a"], names)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(YourMistake, match="no segment is called 'yong'; did you mean 'young'"):
        resolve(RULE.validate_python({"segment": "yong"}), Names(segments={"young": None}))


def test_one_name_used_twice_is_no_circle() -> None:
    names = Names(tags=rules(t={"attribute": "age", "value": 1}))
    resolve(RULE.validate_python({"all": [{"tag": "t"}, {"not": {"tag": "t"}}]}), names)


def test_lineage_goes_down_to_the_contract_columns() -> None:
    rule = {"all": [
        {"attribute": "age", "op": ">", "value": 1},
        {"feature": "out_amount_30", "op": ">", "value": 1},
        {"did": "transaction", "where": {"column": "channel", "value": "app"}, "measure": "sum", "of": "amount",
         "without": {"did": "complaint", "within": 9}},
    ]}  # fmt: skip
    found = lineage(resolve(RULE.validate_python(rule), Names()))
    assert {"customer.birth_date", "transaction.amount", "transaction.channel", "complaint.received_at"} <= set(
        found.columns
    )
    assert {"transaction.direction", "account.customer_id"} <= set(found.columns)
    assert (found.features, found.sensitivity, found.protected) == (("out_amount_30",), "C2", True)


def test_a_rule_on_harmless_columns_is_c1() -> None:
    rule = {"did": "event", "name": "login", "where": {"column": "channel", "value": "app"}}
    found = lineage(resolve(RULE.validate_python(rule), Names()))
    assert (found.sensitivity, found.protected) == ("C1", False)
    assert "event.event_name" in found.columns


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ({"attribute": "age", "op": ">=", "value": 60}, "年龄(周岁) ≥ 60", "Age in whole years ≥ 60"),
        ({"attribute": "opened_on", "op": "<", "value": "today-30"}, "开户日期 < 数据日期-30", None),
        ({"feature": "aum", "op": "<", "value": {"feature": "aum_mean_90", "times": 0.5}},
         "资产余额 < 近90天日均资产 × 0.5", None),
        ({"did": "event", "name": "login", "within": 30, "value": 3}, "近30天 行为事件 login 次数 ≥ 3",
         "last 30 days event login count ≥ 3"),
        ({"did": "complaint", "without": {"did": "transaction", "since": "first_match"}},
         "投诉 次数 ≥ 1 且无 首次之后 交易", "complaint count ≥ 1 and no since the first transaction"),
    ],
)  # fmt: skip
def test_conditions_are_said_in_words(rule: dict[str, object], zh: str, en: str | None) -> None:
    leaf = RULE.validate_python(rule)
    assert said(leaf) == zh
    assert en is None or said(leaf, "en") == en


def test_values_are_said_without_needless_decimals() -> None:
    assert [value_said(v) for v in (None, 1234567.0, 0.5, 12.3456789, True)] == [
        "—",
        "1,234,567",
        "0.5",
        "12.3457",
        "是",
    ]
