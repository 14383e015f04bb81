"""What may not be said to customers, however it is written."""

import pytest

from liuke.act.offers.wording_policy import FORBIDDEN, WordingPolicy, wrong_words
from tests.act.offers.reading import offer, refused


def codes(text, channel="push", policy=None, *, investment=False):
    return [said.code for said in wrong_words(text, channel, policy or WordingPolicy(), investment=investment)]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_every_forbidden_word_of_the_defaults_is_found(word):
    assert codes(f"本产品{word}!" if not word.isascii() else f"This has {word}, really") == ["forbidden_word"]


@pytest.mark.parametrize(
    "text", ["保 本", "保·本", "保\n本", "高　收　益", "Ｌｏｗ ｒｉｓｋ", "Risk-Free", "LOW   RISK"]
)
def test_spaces_signs_and_full_width_letters_hide_nothing(text):
    assert codes(text) == ["forbidden_word"]


@pytest.mark.parametrize("text", ["本产品不保本", "非 保本浮动收益", "不承诺保本", "below risk level R3", "风险较低"])
def test_saying_the_opposite_and_words_that_only_look_alike_pass(text):
    assert codes(text) == []


def test_a_forbidden_word_beside_its_denial_is_found():
    assert codes("不保本,但可以保本") == ["forbidden_word"]


def test_the_list_is_the_bank_s():
    assert codes("限时", policy=WordingPolicy(forbidden=("限时",))) == ["forbidden_word"]
    assert codes("保本", policy=WordingPolicy(forbidden=("限时",))) == []


def test_texts_about_investments_warn_of_the_risk():
    assert codes("了解一下", investment=True) == ["no_risk_warning"]
    assert codes("理财非存款、产品有风险", investment=True) == []
    assert codes("Investments carry risk.", investment=True) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("【晴川银行】您好", "sms_signature"),
        ("加 微信 联系我", "sms_private_contact"),
        ("点击https://a.cn/{customer_name}", "sms_variable_link"),
        ("长" * 301, "sms_long"),
    ],
)
def test_what_carriers_refuse_is_told_for_short_messages_only(text, code):
    assert codes(text, "sms") == [code]
    assert codes(text, "push") == []


def test_an_offer_with_such_words_is_loaded_with_line_and_key_and_never_proposed():
    made = offer(wording={"sms": {"zh": "高收益", "en": "Hello"}})
    assert refused(made) == [("wording", "forbidden_word")]
    assert (made.refusals[0].finding.line, made.refusals[0].finding.key) == (20, "wording.sms.zh")
