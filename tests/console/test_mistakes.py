"""What is wrong in a file, said in the page's language by the code of the library's sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from liuke.console.mistakes import SENTENCES, told
from liuke.errors import Said, YourMistake, coded
from liuke.insight.segments.catalogue import parse_segment

SOURCE = Path(__file__).resolve().parents[2] / "src" / "liuke"
HEAD = "name: {zh: 试, en: T}\ndescription: {zh: 试, en: T}\nowner: me\n"


def codes() -> Iterator[str]:
    """Every code the library gives a sentence: the first argument of Wrong and coded."""
    folders = ("insight", "act/triggers", "act/offers", "act/gates", "act/arbitrate")
    single = (SOURCE / "yaml_file.py", SOURCE / "act" / "contact_policy.py")
    for path in [*(p for folder in folders for p in (SOURCE / folder).rglob("*.py")), *single]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Wrong", "coded"):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def test_every_sentence_with_a_code_has_words_on_pages() -> None:
    found = set(codes())
    assert len(found) > 40
    assert found - SENTENCES.keys() == set()
    assert {f"no_{kind}" for kind in ("attribute", "feature", "tag", "segment")} <= SENTENCES.keys()


def mistake(rule: str) -> YourMistake:
    with pytest.raises(YourMistake) as caught:
        parse_segment(HEAD + rule, {}, {})
    return caught.value


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("rule: {attribute: agee, value: 1}", "没有名为“agee”的属性；是不是“age”？", "did you mean 'age'?"),
        ("rule: {attribute: stage, value: declinig}", "可用的代码；是不是“declining”？", "mean 'declining'?"),
        ("rule: {feature: own_count_31, value: 1}", "特征；是不是“own_count_30”？", "did you mean 'own_count_30'?"),
        ("rule: {tag: yong}", "没有名为“yong”的标签；可用：（无）", "No tag is called 'yong'; known: (none)"),
        ("rule: {attribute: age, op: contains, value: '6'}", "“contains”不能用于数字", "cannot be asked of a number"),
        ("rule: {attribute: age}", "“==”缺少值", "'==' needs a value"),
        ("rule: {segment: draft}", "规则绕回了自己：segment draft → segment draft", "leads back to itself"),
        ("rule: {did: events}", "“did”不认识“events”；是不是“event”？", "'did' knows no 'events'"),
        ("rule: {all: []}", "至少需要 1 项，现有 0 项", "At least 1 items are needed"),
        ("rule: []", "一个条件应写明以下之一：all, any, not", "A condition says one of all"),
        ("rul: {attribute: age, value: 1}", "不认识的键“rul”；是不是“rule”？", "Unknown key 'rul'"),
        ("rule: [", "不是合法的 YAML", "Not valid YAML"),
    ],
)  # fmt: skip
def test_mistakes_are_said_in_either_language_with_their_line(built: None, rule: str, zh: str, en: str) -> None:
    error = mistake(rule)
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            first = told(error)[0]
        assert words in first.text
        assert first.line is not None
        assert (first.lang, "{" in first.text) == ("", False)


def test_every_mistake_of_a_file_stands_apart_with_its_own_line() -> None:
    error = mistake("rule:\n  all:\n    - {attribute: agee, value: 1}\n    - {feature: aumm, value: 1}\n")
    with translation.override("zh-hans"):
        assert [(m.line, re.findall("“(.*?)”", m.text)[0]) for m in told(error)] == [(6, "agee"), (7, "aumm")]


def test_a_sentence_without_words_here_stands_in_english_and_is_marked_so() -> None:
    with translation.override("zh-hans"):
        [plain] = told(YourMistake("something else"))
        [new] = told(YourMistake(Said("of_a_newer_release", "something new")))
        [short] = told(YourMistake(coded("circle", "a circle")))
    assert [(m.text, m.lang) for m in (plain, new, short)] == [
        ("something else", "en"), ("something new", "en"), ("a circle", "en"),
    ]  # fmt: skip
    assert told(None) == []
