"""Suggested words 建议话术 for the RM: how to open, what to ask, what to offer, what not to say.

Spoken lines are for the customer's ears. They never mention a warning, a score or leaving the bank, quote no
balance or count (the customer is not told that somebody watches), and promise no return. What is offered is
service and attention, never a price: price and terms do not depend on a warning (PIPL art. 24).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from liuke.errors import YourMistake, did_you_mean
from liuke.insight.amounts import Locale

Step = Literal["open", "explore", "offer"]

WINDOW = ("09:00", "20:00")
"""When to call, bank-local, on workdays (CONVENTIONS §2, our default; no statute found)."""

UNFIT: dict[Locale, tuple[str, ...]] = {
    "zh-hans": (
        "流失", "预警", "评分", "名单", "监测", "保本", "保收益", "无风险", "零风险", "稳赚", "高收益", "低风险",
        "低门槛", "秒到账", "最高", "第一",
    ),
    "en": ("churn", "attrition", "warning", "score", "leaving", "guarantee", "risk-free", "no risk", "high return"),
}  # fmt: skip
"""Words no spoken line may hold: inner vocabulary, and what the advertising rules forbid."""

_SPOKEN: dict[Locale, dict[Step, dict[str, tuple[str, ...]]]] = {
    "zh-hans": {
        "open": {
            "": ("{salutation}您好，我是{bank}的{rm}，您的专属客户经理，现在方便和您聊两分钟吗？",),
            "R03": ("{salutation}您好，我是{bank}的{rm}。您之前反映的问题我一直放在心上，想先听听处理得怎么样。",),
            "R04": ("{salutation}您好，我是{bank}的{rm}。有段时间没和您联系了，来问个好，现在方便吗？",),
        },
        "explore": {
            "R01": (
                "最近用我们的手机银行和银行卡，有没有觉得不方便的地方？",
                "日常付款、转账现在主要用哪家？是哪一点更顺手？",
            ),
            "R02": (
                "近期有没有用款的安排，比如置业、教育或者生意周转？",
                "在资金打理上，您现在更看重灵活、稳妥还是期限？",
            ),
            "R03": (
                "这件事里让您最不满意的是哪一步？",
                "您希望我们怎么处理，您觉得才算妥当？",
            ),
            "R04": (
                "最近工作、生活上有没有变化？常用的账户还合用吗？",
                "有没有哪项业务，您办到一半觉得麻烦就放下了？",
            ),
        },
        "offer": {
            "R01": ("我可以帮您看看常用功能的设置，把缴费、还款这些一次办顺，您看今天还是明天方便？",),
            "R02": (
                "我先按您的用款时间，整理一份活期、定期和理财怎么搭配的说明，您比较后再决定。",
                "涉及产品，我会先和您核对风险测评，产品有风险，以合同约定为准。",
            ),
            "R03": ("我来跟进到底：今天把进展问清楚，最晚明天给您回电，结果以书面形式给到您。",),
            "R04": ("如果有长期不用的功能或账户，我帮您一起理一遍，您来网点或在电话里都可以。",),
        },
    },
    "en": {
        "open": {
            "": ("Hello {salutation}, this is {rm} of {bank}, your relationship manager. Do you have two minutes?",),
            "R03": (
                "Hello {salutation}, this is {rm} of {bank}. I kept in mind what you told us; "
                "first I would like to hear how it stands now.",
            ),
            "R04": (
                "Hello {salutation}, this is {rm} of {bank}. We have not spoken for a while; is it a good moment?",
            ),
        },
        "explore": {
            "R01": (
                "Is there anything in our app or cards that has been inconvenient lately?",
                "Which bank do you use for everyday payments now, and what does it do better?",
            ),
            "R02": (
                "Do you have plans for your money soon, such as a home, education or your business?",
                "What matters most to you now: access, safety or a fixed term?",
            ),
            "R03": (
                "Which step of this disappointed you most?",
                "What would be a fair way to settle it, in your view?",
            ),
            "R04": (
                "Has anything changed at work or at home? Do your accounts still suit you?",
                "Was there something you started with us and gave up because it was tedious?",
            ),
        },
        "offer": {
            "R01": ("I can go through your settings with you and arrange bills and repayments. Today or tomorrow?",),
            "R02": (
                "I will write down how current, term and wealth products could fit your dates; you compare and decide.",
                "Before any product we check your risk assessment; products carry risk, and the contract counts.",
            ),
            "R03": ("I will follow it to the end: I ask today, call you by tomorrow, and you get it in writing.",),
            "R04": ("If there are accounts or functions you no longer use, we can sort them out together.",),
        },
    },
}

_AVOID: dict[Locale, dict[str, tuple[str, ...]]] = {
    "zh-hans": {
        "": (
            "不对客户提及「流失预警」、评分或名单，不复述余额和交易笔数。",
            "不承诺收益，不说保本、无风险、高收益；费率利率以公示为准，不因挽留而许诺优惠。",
            "仅在 {window_from}–{window_to} 联系；客户拒绝后不再以同一方式联系。",
        ),
        "R03": ("投诉办结前不推介任何产品。",),
    },
    "en": {
        "": (
            "Never mention a churn warning, a score or a list; do not recite balances or counts.",
            "Promise no return; never say guaranteed, risk-free or high return; rates are those published, no favours.",
            "Contact only {window_from}–{window_to}; after a refusal not again by the same means.",
        ),
        "R03": ("Recommend no product before the complaint is settled.",),
    },
}

FACTS = ("salutation", "rm", "bank")
"""Names a spoken line may hold."""


@dataclass(frozen=True, slots=True)
class Words:
    """Lines in the order of the talk: open 破冰, explore 探需, offer 方案; avoid 合规提示 is for the RM only."""

    open: tuple[str, ...]
    explore: tuple[str, ...]
    offer: tuple[str, ...]
    avoid: tuple[str, ...]


def suggest(
    reasons: Sequence[str], facts: Mapping[str, str], locale: Locale = "zh-hans", *, open_complaint: bool = False
) -> Words:
    """The words for a customer warned about for `reasons` (R01…R04, strongest first; unknown codes add nothing).

    facts: see FACTS. open_complaint: an unsettled complaint comes first, whatever the other reasons, and no
    product is offered. Raises YourMistake when a line needs a fact that is not given.
    """
    codes = ("R03",) if open_complaint else tuple(dict.fromkeys(reasons))
    spoken = _SPOKEN[locale]
    opener = next((spoken["open"][code] for code in codes if code in spoken["open"]), spoken["open"][""])
    warned_of = (*codes, "R03") if open_complaint else codes
    avoid = _AVOID[locale][""] + tuple(line for c in dict.fromkeys(warned_of) for line in _AVOID[locale].get(c, ()))
    window = {"window_from": WINDOW[0], "window_to": WINDOW[1]}
    return Words(
        open=tuple(fill(line, facts) for line in opener),
        explore=tuple(fill(line, facts) for c in codes for line in spoken["explore"].get(c, ())),
        offer=tuple(fill(line, facts) for c in codes for line in spoken["offer"].get(c, ())),
        avoid=tuple(fill(line, window) for line in avoid),
    )


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The template with its {placeholders} filled from facts and from nothing else.

    Facts are put in as they are: braces within them stay braces. Raises YourMistake naming the placeholder
    that has no fact, or one that is more than a plain name.
    """
    parts: list[str] = []
    for literal, name, format_spec, conversion in Formatter().parse(template):
        parts.append(literal)
        if name is None:
            continue
        if format_spec or conversion or not name.isidentifier() or not facts.get(name):
            raise YourMistake(
                f"the words need a fact that is not there: {{{name}}}",
                expected=did_you_mean(name, [n for n, value in facts.items() if value]),
                state=f"template: {template}",
                then="give the fact, or take the placeholder out of the template",
            )
        parts.append(facts[name])
    return "".join(parts)


def unfit_words(text: str, locale: Locale) -> tuple[str, ...]:
    """Words of UNFIT in `text`; empty when it may be said to a customer."""
    return tuple(word for word in UNFIT[locale] if word in text.lower())


_COMPOUND = (
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯", "长孙", "宇文",
    "轩辕", "端木", "南宫", "独孤", "呼延", "闻人",
)  # fmt: skip


def salutation(name: str | None, gender: str | None, locale: Locale = "zh-hans") -> str:
    """How to address the customer: 张女士, 欧阳先生; without a name or gender the neutral 尊敬的客户.

    >>> salutation("欧阳明月", "female"), salutation("Jan Novák", "male", "en"), salutation(None, "male")
    ('欧阳女士', 'Mr Novák', '尊敬的客户')
    """
    neutral = "尊敬的客户" if locale == "zh-hans" else "dear customer"
    known = (name or "").strip()
    title = {"female": ("女士", "Ms"), "male": ("先生", "Mr")}.get(gender or "")
    if not known or title is None:
        return neutral
    if locale == "en":
        return f"{title[1]} {known.split()[-1]}"
    surname = known[:2] if known.startswith(_COMPOUND) else known[:1]
    return surname + title[0] if "一" <= surname[0] <= "鿿" else known + title[0]
