"""The text editor's side of segments: a draft in words, how many it has, help beside the editor, how it is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from liuke.console import labels
from liuke.console.labels import Text
from liuke.console.posted import words
from liuke.console.reading import lend
from liuke.console.reading.audience import catalogue
from liuke.console.reading.segment_texts import halted_by, segment_bench, sized
from liuke.console.rule_words import rule_tree
from liuke.console.showing import locale
from liuke.console.text_language import Language, Piece, segment_and_tag_names
from liuke.console.text_trials import nothing_run
from liuke.console.text_words import Said
from liuke.errors import YourMistake
from liuke.insight.rules.vocabulary import ATTRIBUTES
from liuke.insight.segments.catalogue import Segment, parse_among
from liuke.state.actions.change_order import Who
from liuke.state.actions.change_segment_text import propose_segment_text
from liuke.state.models import TextChange

_PIECES: Final = (
    Piece("all / any", "rule:\n  all:\n    - {attribute: age, op: \">=\", value: 60}\n    - {tag: payroll}\n",
          _("全部满足；any 是任意一项，not 是不满足")),
    Piece("feature", "- {feature: aum, op: \">=\", value: 200000}\n", _("一个特征的大小")),
    Piece("did", "- did: transaction\n  within: 30\n  where: {column: initiator, value: customer}\n  value: 2\n",
          _("近 within 天做过某事至少 value 次")),
    Piece("minus", "- {minus: [silent, payroll]}\n", _("客群之间：union、intersect、minus")),
    Piece("behaviour", "- behaviour:\n    funnel:\n      steps: [{name: search}, {name: apply_start}]\n"
          "      window: 7d\n    stopped_at: 1\n    days: 30\n", _("停在漏斗某一步、没有回来；在分析页从名单存最省事")),
)  # fmt: skip
_KEYS: Final = (
    ("name / description", _("中英文名称与说明，业务人员看得懂")),
    ("owner", _("归口部门")),
    ("purpose", _("用途：service、retention、marketing、risk")),
    ("version", _("给人看的版本号；规则的版本由内容算出")),
    ("rule", _("布尔树：attribute、feature、tag、segment、did、has、behaviour 与 all、any、not")),
)


def segment_said(code: str, text: str) -> Said:
    """A draft in words."""
    try:
        made = parse_among(text, segment_bench().names, code=code)
    except YourMistake as error:
        return Said(mistake=error)
    with lend() as reader:
        known = catalogue(reader)
    now = known.segments.get(code)
    halts = halted_by(code) if now is not None and now.version != made.version else []
    return Said(
        title=f"{made.name.zh} / {made.name.en}",
        facts=tuple(_facts(made)),
        tree=rule_tree(made.rule, known.tags, known.segments, known.codes),
        halts=tuple(campaign.title(locale()) for campaign in halts),
    )


def tried_segment(code: str, text: str) -> Mapping[str, Any]:
    """How many customers of the whole bank it has on the last data day, and how many the file as it is."""
    made = parse_among(text, segment_bench().names, code=code)
    with lend() as reader:
        found = sized(reader, made)
    if found is None:
        raise nothing_run()
    return {"sized": found}


def segment_language() -> Language:
    """Of segments: other segments, tags, attributes."""
    tongue = locale() == "en"
    attributes = [Piece(n, f"{{attribute: {n}}}", a.en if tongue else a.zh) for n, a in ATTRIBUTES.items()]
    return Language(_PIECES, (*segment_and_tag_names(), (_("客户的属性"), attributes)), _KEYS)


def propose_segment_change(who: Who, change: TextChange, request: HttpRequest) -> None:
    """As it stands."""
    propose_segment_text(who, segment_bench(), change.pk, words(request, "note"), change.version)


def _facts(made: Segment) -> list[tuple[Text, str]]:
    description = made.description.en if locale() == "en" else made.description.zh
    facts: list[tuple[Text, str]] = [
        (_("客群说明"), description), (_("归口"), made.owner), (_("用途"), str(labels.USES[made.purpose])),
        (_("敏感级别"), made.lineage.sensitivity),
    ]  # fmt: skip
    return [*facts, *([(_("请留意"), str(_("用到年龄或性别")))] if made.lineage.protected else [])]
