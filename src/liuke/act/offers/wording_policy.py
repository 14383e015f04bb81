"""`policies/wording.yaml`: words no message to customers may have, and what it must say. Lists are the bank's to edit.

The defaults come from public texts: inducing words from the rules on marketing of financial products on line of 2026,
promises from art. 25 of the advertising law, short messages from what carriers accept (docs/offers.md names them).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import Field

from liuke.errors import Said, coded
from liuke.insight.content_hash import content_hash
from liuke.yaml_file import Document, load_yaml

FORBIDDEN: Final = (
    "低风险", "低门槛", "秒到账", "高收益", "保本", "无风险", "零风险", "保收益", "保息", "稳赚", "必赚", "只赚不赔",
    "刚性兑付", "零门槛", "秒批", "收益有保障", "绝对安全",
    "low risk", "risk free", "no risk", "high return", "high yield", "guaranteed return", "principal guaranteed",
    "instant approval",
)  # fmt: skip
ALLOWED: Final = (
    "不保本",
    "非保本",
    "不承诺保本",
    "不保证保本",
    "没有保本",
    "not principal guaranteed",
    "no guaranteed return",
)
RISK_WARNINGS: Final = (
    "投资有风险",
    "投资须谨慎",
    "理财非存款",
    "产品有风险",
    "investments carry risk",
    "not a deposit",
)
PRIVATE_CONTACTS: Final = ("微信号", "加微信", "加我微信", "qq号", "加qq", "qq群", "微信群")
_SEPARATORS = re.compile(r"[\W_]+")


class WordingPolicy(Document):
    """What is looked for in every text of an offer.

    forbidden: words in any form of writing: spaces and signs between their letters do not hide them. allowed: phrases
    in which a forbidden word says the opposite. risk_warnings: at least one of them stands in every text about an
    investment product. private_contacts: what carriers refuse in short messages. sms_longest: characters of a short
    message, before signature and the way to refuse are added (the channel adds both).
    """

    forbidden: tuple[str, ...] = FORBIDDEN
    allowed: tuple[str, ...] = ALLOWED
    risk_warnings: tuple[str, ...] = Field(RISK_WARNINGS, min_length=1)
    private_contacts: tuple[str, ...] = PRIVATE_CONTACTS
    sms_longest: int = Field(300, ge=20, le=1000)

    @property
    def version(self) -> str:
        """Equal exactly when the content is equal."""
        return content_hash(self.model_dump(mode="json"))


def read_wording_policy(path: Path) -> WordingPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, WordingPolicy) if path.is_file() else WordingPolicy()


def wrong_words(text: str, channel: str, policy: WordingPolicy, *, investment: bool) -> Iterator[Said]:
    """Everything wrong with a text for a channel: forbidden words, a missing risk warning, what carriers refuse."""
    bare = plain = _plain(text)
    for phrase in policy.allowed:
        bare = _pattern(phrase).sub("\n", bare)
    for word in policy.forbidden:
        if _pattern(word).search(bare):
            yield coded("forbidden_word", "'{word}' may not be said to customers", word=word)
    if investment and not any(_pattern(phrase).search(plain) for phrase in policy.risk_warnings):
        yield coded("no_risk_warning", "a text about an investment product warns of the risk, e.g. '{word}'",
                    word=policy.risk_warnings[0])  # fmt: skip
    if channel == "sms":
        yield from _wrong_sms(text, policy)


def _wrong_sms(text: str, policy: WordingPolicy) -> Iterator[Said]:
    if "【" in text or "】" in text:
        yield coded("sms_signature", "the signature 【】 is added by the channel; the text has none")
    for word in policy.private_contacts:
        if _pattern(word).search(_plain(text)):
            yield coded(
                "sms_private_contact", "carriers refuse private contacts in short messages: '{word}'", word=word
            )
    if re.search(r"https?://\S*\{|\{\w*(?:link|url)\w*\}", text, re.IGNORECASE):
        yield coded("sms_variable_link", "carriers refuse links that differ from message to message")
    if len(text) > policy.sms_longest:
        yield coded("sms_long", "the text has {length} characters, {longest} are allowed", length=len(text),
                    longest=policy.sms_longest)  # fmt: skip


def _plain(text: str) -> str:
    """Full-width letters and capitals made ordinary."""
    return unicodedata.normalize("NFKC", text).casefold()


def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase with anything but letters between its parts; words of an alphabet only whole, Chinese anywhere."""
    plain = _plain(phrase)
    if plain.isascii():
        return re.compile(r"\b" + r"[\W_]+".join(map(re.escape, _SEPARATORS.split(plain))) + r"\b")
    return re.compile(r"[\W_]*".join(map(re.escape, _SEPARATORS.sub("", plain))))
