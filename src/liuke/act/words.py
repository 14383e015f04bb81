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
            "M01": (
                "现在用的产品里，有没有哪一款和您的打算不太合拍？",
                "期限、门槛和办理方式，您最希望哪一样能更顺手？",
            ),
            "M02": (
                "最近来网点或打电话办事，等候和答复您还满意吗？",
                "有没有哪一次服务让您觉得不够周到？",
            ),
            "M03": (
                "最近资金往来比较多，我们这边有没有能帮您省事的地方？",
                "您在别处用得顺手的服务，是哪一点好？",
            ),
            "M04": (
                "近来的收支和用款安排，有没有什么变化？",
                "有没有新的打算，需要我们提前配合？",
            ),
            "M05": (
                "工作、家庭上最近有没有新的变化？账户还合用吗？",
                "接下来一年，您最看重的是哪件事？",
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
            "M01": ("我把几种合适的产品要素整理成一页说明，您比较后再决定；产品有风险，以合同约定为准。",),
            "M02": ("我给您约好时段，下次来不用排队；平时有事您直接找我，我来跟到底。",),
            "M03": ("我帮您把转账、缴费和到期安排理一遍，哪里不方便我们先改哪里。",),
            "M04": ("我按您的用款时间，先把各笔资金的到期日列清楚，再商量怎么安排。",),
            "M05": ("我按您现在的阶段，重新给您配一套常用的服务，您看今天还是明天方便？",),
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
            "M01": (
                "Is there a product with us that no longer fits what you have in mind?",
                "Term, minimum or the way of doing it: what should be easier for you?",
            ),
            "M02": (
                "Were you content with the waiting and the answers on your last visit or call?",
                "Was there a moment when our service was not attentive enough?",
            ),
            "M03": (
                "There has been some movement on your accounts; is there something we can make simpler?",
                "A service you like elsewhere: what does it do better?",
            ),
            "M04": (
                "Has anything changed in what you earn, spend or plan?",
                "Is there something new that we should prepare for together?",
            ),
            "M05": (
                "Has anything changed at work or at home? Do your accounts still suit you?",
                "What matters most to you in the year ahead?",
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
            "M01": (
                "I will put the terms of a few fitting products on one page; you decide, and the contract counts.",
            ),
            "M02": ("I will book you a time so that you need not queue; call me directly and I follow it through.",),
            "M03": ("Let us go through your transfers, bills and due dates and mend what is inconvenient first.",),
            "M04": ("I will list when each sum falls due, and then we see how it fits your plans.",),
            "M05": ("I can set up the services that fit your situation now. Is today or tomorrow better?",),
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
    """The words for a customer warned about for `reasons`, strongest first.

    reasons: R01…R04 of signals, M01…M05 of the model; unknown codes add nothing.

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
