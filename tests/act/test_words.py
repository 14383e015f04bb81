from __future__ import annotations

import doctest
import itertools
from typing import get_args

import pytest

from liuke.act import words
from liuke.act.words import Words, fill, salutation, suggest, unfit_words
from liuke.errors import YourMistake
from liuke.insight.amounts import Locale
from liuke.insight.churn.reasons import ALL_CODES, CODES

SPEAKING = [code for code in ALL_CODES if code != "M00"]
FACTS = {"salutation": "张女士", "rm": "李雷", "bank": "样例银行"}
LOCALES: tuple[Locale, ...] = get_args(Locale)


def spoken(found: Words) -> str:
    return "\n".join((*found.open, *found.explore, *found.offer))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("complaint", [True, False])
def test_nothing_that_is_said_to_a_customer_is_unfit_for_any_reasons(locale: Locale, complaint: bool) -> None:
    for n in range(5):
        for codes in itertools.permutations(CODES, n):
            text = spoken(suggest(codes, FACTS, locale, open_complaint=complaint))
            assert unfit_words(text, locale) == ()
            assert "{" not in text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("code", SPEAKING)
def test_every_reason_has_something_to_ask_and_to_offer(locale: Locale, code: str) -> None:
    found = suggest([code], FACTS, locale)
    assert found.open
    assert len(found.explore) == 2
    assert found.offer
    assert len(found.avoid) >= 3


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_that_is_said_for_a_models_reason_is_unfit(locale: Locale) -> None:
    for code in SPEAKING:
        assert unfit_words(spoken(suggest([code], FACTS, locale)), locale) == ()


def test_the_opening_names_the_customer_the_rm_and_the_bank() -> None:
    assert suggest(["R02"], FACTS).open == (
        "张女士您好，我是样例银行的李雷，您的专属客户经理，现在方便和您聊两分钟吗？",
    )


def test_an_open_complaint_is_talked_about_before_anything_else_and_nothing_is_sold() -> None:
    found = suggest(["R02", "R01"], FACTS, open_complaint=True)
    assert "反映的问题" in found.open[0]
    assert found.offer == suggest(["R03"], FACTS).offer
    assert any("投诉办结前" in line for line in found.avoid)
    assert "理财" not in spoken(found)


def test_the_rm_is_told_what_not_to_say_and_when_to_call() -> None:
    avoid = "\n".join(suggest([], FACTS).avoid)
    assert "流失预警" in avoid
    assert "09:00–20:00" in avoid


def test_an_unknown_reason_adds_nothing_and_breaks_nothing() -> None:
    assert suggest(["R99"], FACTS).explore == ()


def test_a_placeholder_without_a_fact_is_a_clear_error() -> None:
    with pytest.raises(YourMistake) as caught:
        fill("您好 {salutaton}", FACTS)
    assert "{salutaton}" in caught.value.render()
    assert "did you mean 'salutation'" in caught.value.render()
    with pytest.raises(YourMistake):
        suggest(["R01"], FACTS | {"rm": ""})


@pytest.mark.parametrize("template", ["{rm.__class__}", "{rm!r}", "{rm:>9}", "{}", "{0}"])
def test_only_plain_names_are_placeholders(template: str) -> None:
    with pytest.raises(YourMistake):
        fill(template, FACTS)


def test_braces_in_facts_are_text() -> None:
    assert fill("{rm}", {"rm": "{bank}"}) == "{bank}"


@pytest.mark.parametrize(
    ("name", "gender", "expected"),
    [("张三", "female", "张女士"), ("欧阳明", "male", "欧阳先生"), ("张三", "unknown", "尊敬的客户"),
     ("", "male", "尊敬的客户"), ("Anna", "female", "Anna女士")],
)  # fmt: skip
def test_customers_are_addressed_by_surname(name: str, gender: str, expected: str) -> None:
    assert salutation(name, gender) == expected


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(words).failed == 0
