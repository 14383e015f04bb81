"""Help beside the editor: pieces to put in, names that may be used, and what the keys mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.act.offers.placeholders import PLACEHOLDERS
from liuke.console.labels import Text
from liuke.console.reading import lend
from liuke.console.reading.audience import catalogue
from liuke.console.reading.text_bench import campaign_bench
from liuke.console.showing import locale


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to put in at the cursor. shown: on the button; said: what it is."""

    shown: str
    puts: str
    said: Text = ""


@dataclass(frozen=True, slots=True)
class Language:
    """pieces: to begin with. names: of what the text may refer to, by sort. keys: with their meaning."""

    pieces: Sequence[Piece]
    names: Sequence[tuple[Text, Sequence[Piece]]]
    keys: Sequence[tuple[str, Text]]


_AUDIENCE: Final = (
    Piece(
        "audience",
        "audience:\n  all:\n    - {attribute: age, op: between, value: [18, 70]}\n    - {tag: app_user}\n",
        _("目标客群：属性、标签、客群，可用 all / any / not 组合"),
    ),
    Piece("wording", 'wording: {zh: "尊敬的{customer_name}，", en: "Dear {customer_name}, "}\n', _("中英文话术")),
    Piece("valid", "valid: {from: 2027-01-01, to: 2027-12-31}\n", _("起止日，两端都含")),
)
_CAMPAIGN: Final = (
    *_AUDIENCE,
    Piece(
        "arm · sms",
        'message:\n  channel: sms\n  price: 0.05\n  message_class: service\n  wording:\n    zh: ""\n    en: ""\n',
        _("自己写话术的短信方案，不带权益"),
    ),
    Piece("arm · offer", "call: {channel: phone, offer: , price: 6}\n", _("带权益的电话方案，话术用权益的")),
    Piece("days", "days: {weekdays: [mon, thu]}\n", _("recurring：在周几或几号（month_days）")),
    Piece("re_entry", "re_entry: after\nre_entry_days: 90\n", _("多少天后可再次加入")),
)
_CAMPAIGN_KEYS: Final = (
    ("kind", _("once 每人一次；recurring 反复；on_segment_entry 进入 segment 的人；on_trigger 规则 trigger 命中的人")),
    ("holdout_share", _("对照比例，至多 0.5；为 0 时要写 no_holdout_because")),
    ("budget", _("一生上限：messages 条数，money 金额（单价加权益成本）")),
    ("rate", _("per_day 每天，per_hour 每小时，至多多少条")),
    ("within_days", _("进入或命中之后几天内仍可加入")),
    ("priority", _("1 至 9，同日争用同一客户时小者先")),
    ("message_valid_days", _("未发出的消息几天后作废")),
)
_OFFER_KEYS: Final = (
    ("theme / product_id", _("同一产品与主题，同一天只能有一个已审批的权益")),
    ("category / risk_level", _("产品类别；投资类要写风险等级 R1–R5")),
    ("benefit", _("客户得到什么：kind、amount、cost；by 按条件不同，不得取决于流失分")),
    ("channels", _("每个渠道都要有 wording")),
    ("message_class / purpose", _("marketing 要写同意用途 purpose；service 不带产品与权益")),
    ("approval", _("批准时由系统改写；自己写的不算")),
)


def campaign_language() -> Language:
    """Of campaigns: segments, tags, rules, offers, and what messages can fill."""
    shelf = campaign_bench().shelf
    more = (
        (_("触发规则"), [Piece(code, code) for code in shelf.triggers]),
        (_("权益"), [Piece(code, code, shelf.offers[code].title(locale())) for code in shelf.offers]),
    )
    return Language(_CAMPAIGN, (*segment_and_tag_names(), *more, (_("占位符"), _holes())), _CAMPAIGN_KEYS)


def offer_language() -> Language:
    """Of offers: segments, tags, and what texts can fill."""
    return Language(_AUDIENCE, (*segment_and_tag_names(), (_("占位符"), _holes())), _OFFER_KEYS)


def segment_and_tag_names() -> Sequence[tuple[Text, Sequence[Piece]]]:
    """What a rule may name, by sort."""
    with lend() as reader:
        known = catalogue(reader)
    segments: Mapping[str, str] = {code: each.title(locale()) for code, each in known.segments.items()}
    tags = {code: each.title(locale()) for code, each in known.tags.items()}
    return (
        (_("客群"), [Piece(code, f"{{segment: {code}}}", title) for code, title in segments.items()]),
        (_("标签"), [Piece(code, f"{{tag: {code}}}", title) for code, title in tags.items()]),
    )


def _holes() -> list[Piece]:
    return [Piece(f"{{{name}}}", f"{{{name}}}", words[locale() == "en"]) for name, words in PLACEHOLDERS.items()]
