from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.insight.conditions import RuleNode
from liuke.yaml_file import Document, load_yaml


class OneRule(Document):
    rule: RuleNode


def read(tmp_path: Path, text: str) -> OneRule:
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    return load_yaml(path, OneRule)


def refused(tmp_path: Path, text: str) -> YourMistake:
    with pytest.raises(YourMistake) as caught:
        read(tmp_path, text)
    return caught.value


@pytest.mark.parametrize(
    ("leaf", "said"),
    [
        ('{attribute: agee, op: ">=", value: 60}', "no attribute is called 'agee'; did you mean 'age'?"),
        ("{attribute: customer_id, value: C1}", "no attribute is called 'customer_id'"),
        ("{feature: own_count_31, value: 1}", "no feature is called 'own_count_31'; did you mean 'own_count_30'?"),
        ("{attribut: age, value: 1}", "unknown key 'attribut'; did you mean 'attribute'?"),
        ("{attribute: age, valu: 1}", "unknown key 'valu'; did you mean 'value'?"),
        ('{attribute: age, op: "=>", value: 1}', "unknown operator '=>'"),
        ("{attribute: age, op: contains, value: '6'}", "'contains' cannot be asked of a number"),
        ("{attribute: age, value: sixty}", "expected a number, not 'sixty'"),
        ("{attribute: age}", "'==' needs a value"),
        ("{attribute: age, op: is_null, value: 1}", "'is_null' takes no value"),
        ("{attribute: age, op: between, value: [60]}", "exactly two values"),
        ("{attribute: age, op: between, value: [60, 18]}", "from small to large"),
        ("{attribute: age, op: in, value: 5}", "needs a list"),
        ("{attribute: age, value: [5]}", "use 'in' for several"),
        ("{attribute: city, op: under, value: B1}", "goes with branch_id only"),
        ("{attribute: gender, value: femal}", "'femal' is not one of its codes; did you mean 'female'?"),
        ("{attribute: opened_on, op: '>', value: yesterday}", "expected a day such as 2026-06-30, today or today-30"),
        ("{attribute: city, value: {attribute: age}}", "a text cannot be compared with 'age', which is a number"),
        ("{attribute: city, value: {attribute: city, times: 2}}", "only numbers have `times`"),
        ("{feature: aum, op: '>', value: {feature: aumm}}", "no feature is called 'aumm'"),
        ("{feature: aum, value: .nan}", "expected a number"),
        ("{did: events}", "`did` knows no 'events'; did you mean 'event'?"),
        ("{did: holding}", "(a state: use `has`)"),
        ("{has: holding, within: 3}", "takes no `within`"),
        ("{has: holding, name: x}", "have no name; use `where`"),
        ("{did: event, within: 0}", "greater than or equal to 1"),
        ("{did: event, measure: sum}", "`of` names the column"),
        ("{did: event, of: channel}", "`of` names the column"),
        ("{did: event, measure: sum, of: channel}", "only numbers are summed"),
        ("{did: transaction, measure: sum, of: amuont}", "has no column 'amuont' for rules; did you mean 'amount'?"),
        ("{did: transaction, name: salery}", "no transaction is called 'salery'; did you mean 'salary'?"),
        ("{did: transaction, where: {column: direction, value: oot}}", "did you mean 'out'?"),
        ("{did: transaction, where: {column: account_id, value: A1}}", "has no column 'account_id' for rules"),
        ("{did: transaction, where: {property: page, value: x}}", "have no properties; use `column`"),
        ("{did: event, where: {colum: channel, value: app}}", "unknown key 'colum'; did you mean 'column'?"),
        ('{did: event, where: {property: "a\\"b", value: x}}', "pattern"),
        ("{did: event, without: {did: event, since: last}}", "first_match"),
        ("{union: [a]}", "at least 2 items"),
        ("{tag: Not-a-code}", "pattern"),
        ("[]", "a condition says one of all, any, not, attribute"),
        ("{all: []}", "at least 1 item"),
    ],
)
def test_a_mistake_in_a_leaf_is_told_with_its_line_and_what_would_be_right(
    tmp_path: Path, leaf: str, said: str
) -> None:
    error = refused(tmp_path, f"rule:\n  any:\n    - {{tag: payroll}}\n    - {leaf}\n")
    assert said in error.what
    assert error.place is not None
    assert (error.place.line, (error.place.column or "").startswith("rule.any.1")) == (4, True)
    assert (error.place.column or "").count("<") == 0


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    error = refused(tmp_path, "rule:\n  all:\n    - {attribute: agee, value: 1}\n    - {feature: aumm, value: 1}\n")
    assert "agee" in error.what
    assert "line 4" in error.what
    assert "aumm" in error.what
    assert "at least 1 item" not in error.what


def test_a_rule_keeps_what_was_written(tmp_path: Path) -> None:
    text = "rule: {not: {did: event, name: login, within: 7, where: {property: $os, value: ios}}}"
    rule = read(tmp_path, text).rule
    assert rule.not_.name == ("login",)
    assert rule.not_.where[0].property_ == "$os"
    assert '"not"' in rule.key
