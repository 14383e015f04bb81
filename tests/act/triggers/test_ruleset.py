"""Rule files: what they may say, and how their mistakes are told."""

from pathlib import Path

import pytest

from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.durations import DAY, microseconds, said
from liuke.act.triggers.reach import check_reach
from liuke.act.triggers.ruleset import read_triggers
from liuke.cli.schema import schema_of
from liuke.errors import Wrong, YourMistake
from tests.act.triggers.stories import HEAD, rule

COUNT = "condition: {count: search, at_least: 3, within: 7d}\n"


def refused(body: str) -> YourMistake:
    with pytest.raises(YourMistake) as caught:
        rule(body)
    return caught.value


@pytest.mark.parametrize(
    ("condition", "words", "key"),
    [
        ("{count: serch, at_least: 3, within: 7d}", "no event is called 'serch'; did you mean 'search'?", ".count"),
        ("{cout: search, at_least: 3, within: 7d}", "unknown key 'cout'; did you mean 'count'?", ""),
        ("{count: search, at_least: 3, within: 7x}", "expected a span of time such as 90s, 30m", ".within"),
        ("{count: search, at_least: 3, within: 500d}", "longer than the longest span", ".within"),
        ("{count: search, at_least: 65, within: 5d}", "less than or equal to 64", ".at_least"),
        ("{when: search, where: {property: keywod, value: a}}", "has no property 'keywod'; did you mean 'keyword'?",
         ".where.0.property"),
        ("{when: search, where: {property: keyword, op: '>', value: 3}}",
         "'>' cannot be asked of a text", ".where.0.value"),
        ("{when: search, where: {property: keyword, op: '=>', value: 3}}", "unknown operator '=>'", ".where.0.op"),
        ("{when: search, where: {property: keyword, value: 3}}", "expected a text, not 3", ".where.0.value"),
        ("{when: search, where: {property: keyword, op: in, value: x}}", "needs a list of values", ".where.0"),
        ("{when: search, where: {property: keyword, value: [x]}}", "use 'in' for several", ".where.0"),
        ("{when: transaction, where: {property: amount, op: '>', value: big}}", "expected a number", ".where.0.value"),
        ("{when: transaction, where: {property: counterparty_is_self, value: 1}}",
         "expected true or false", ".where.0.value"),
        ("{sum: transaction, of: direction, at_least: 1, within: 1d}", "only numbers are summed", ".of"),
        ("{sum: transaction, of: amout, at_least: 1, within: 1d}", "did you mean 'amount'?", ".of"),
        ("{count: search, at_least: 1, within: 1d, without: {event: search}}",
         "either `since: first_match` or", ".without"),
        ("{count: search, at_least: 1, within: 1d, without: {event: serch, within: 1d}}",
         "no event is called", ".without.event"),
        ("{sequence: [{event: search}, {event: login}]}", "several steps says `within`", ""),
        ("{sequence: [{event: search}]}", "needs `then_no`", ""),
        ("{sequence: [{event: search}], then_no: {event: login, within: 0}}", "waits for nothing", ".then_no.within"),
        ("{consecutive: search, periods: 3, of: keyword}", "only of a sum", ""),
        ("{drop: login, within: 30d, baseline: 90d, every: 7d, below: 0.4, at_least: 1}", "multiples of `every`", ""),
        ("{drop: login, within: 30d, baseline: 90d, every: 12h, below: 0.4, at_least: 1}", "whole days", ""),
        ("{drop: login, within: 30d, baseline: 90d, every: 1d, below: 0.4, at_least: 1}", "at most 24 times", ""),
        ("{all: [{when: search}]}", "at least 2 items", ".all"),
        ("{behaviour: {funnel: {steps: [{name: search}]}, reached: 1, days: 3}}", "or a segment and a campaign", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(condition: str, words: str, key: str) -> None:
    error = refused(f"condition:\n  any:\n    - {{when: login}}\n    - {condition}\n")
    assert words in error.what
    assert error.place is not None
    assert (error.place.line, error.place.column) == (8, f"condition.any.1{key}")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("colldown: 3d\n", "unknown key 'colldown'; did you mean 'cooldown'?"),
        ("effective: {from: 2026-02-01, to: 2026-01-01}\n", "lies before"),
        ("settle: 0\n", "`settle` is between 1s and 12h"),
        ("max_share: 0\n", "greater than 0"),
        ("theme: Not a code\n", "pattern"),
    ],
)
def test_mistakes_outside_the_condition_are_told_too(body: str, words: str) -> None:
    assert words in refused(body + COUNT).what


def test_two_clocks_in_one_rule_are_refused() -> None:
    waits = "{sequence: [{event: search}], then_no: {event: login, within: 1d}}"
    drops = "{drop: login, within: 30d, baseline: 90d, every: 10d, below: 0.4, at_least: 1}"
    assert "at most one condition that the clock fires" in refused(f"condition: {{all: [{waits}, {drops}]}}\n").what
    months = "{consecutive: login, periods: 2}"
    assert "consecutive does not go together" in refused(f"condition: {{all: [{waits}, {months}]}}\n").what
    assert "at most one consecutive" in refused(f"condition: {{all: [{months}, {months}]}}\n").what


def test_a_file_whose_name_is_no_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "triggers").mkdir()
    (tmp_path / "triggers" / "My Rule.yaml").write_text(HEAD + COUNT, encoding="utf-8")
    with pytest.raises(YourMistake, match="cannot be a rule's code"):
        read_triggers(tmp_path, SHIPPED)
    assert dict(read_triggers(tmp_path / "nowhere", SHIPPED).rules) == {}


def test_the_meaning_changes_with_the_condition_and_not_with_the_rest() -> None:
    plain = rule(COUNT)
    assert (
        rule("priority: 9\ncooldown: 1d\nshadow: true\nowner: you\n".replace("owner: you\n", "") + COUNT).meaning
        == plain.meaning
    )
    assert rule("re_entry: again\n" + COUNT).meaning != plain.meaning
    assert rule(COUNT.replace("3", "4")).meaning != plain.meaning
    assert rule(COUNT.replace("7d", "1w")).meaning == plain.meaning


def test_spans_are_read_and_said() -> None:
    assert [said(microseconds(text)) for text in ("90s", "60m", "24h", "8d", "14d")] == ["90s", "1h", "1d", "8d", "2w"]
    with pytest.raises(Wrong, match="span of time"):
        microseconds(30)


def test_the_schema_for_editors_names_every_kind_of_condition() -> None:
    known = str(schema_of("TriggerFile"))
    assert all(f"'{kind}'" in known for kind in ("when", "count", "sum", "distinct", "consecutive", "drop", "sequence"))
    assert DAY == 86_400_000_000


def test_a_rule_for_almost_everybody_is_refused_unless_confirmed() -> None:
    wide = rule("max_share: 0.1\n" + COUNT)
    check_reach(wide, 100, 1000)
    check_reach(wide, 0, 0)
    check_reach(rule("max_share: 0.1\nconfirmed: true\n" + COUNT), 1000, 1000)
    with pytest.raises(YourMistake, match=r"matched 101 of 1,000 customers \(10.1%\), more than its 10.0%"):
        check_reach(wide, 101, 1000)
