"""A rule as people read it: a tree of sentences, names of tags and segments in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.console.showing import locale
from liuke.insight.rules.codes import ANY, Codes
from liuke.insight.rules.references import Every, Named, Opposite, Resolved, Some
from liuke.insight.rules.words import said
from liuke.insight.segments.catalogue import Segment
from liuke.insight.tags.catalogue import Tag


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree with what stands below it. joint: whether it says how its parts combine."""

    text: str
    parts: tuple[Branch, ...] = ()
    joint: bool = False


def rule_tree(rule: Resolved, tags: Mapping[str, Tag], segments: Mapping[str, Segment], codes: Codes = ANY) -> Branch:
    """The rule with every name spelled out below it. codes: the bank's own, in words."""

    def below(part: Resolved) -> Branch:
        return rule_tree(part, tags, segments, codes)

    if isinstance(rule, Every | Some):
        word = _("以下条件全部满足") if isinstance(rule, Every) else _("以下条件满足任意一项")
        return Branch(word, tuple(below(part) for part in rule.parts), joint=True)
    if isinstance(rule, Opposite):
        return Branch(_("以下条件不成立"), (below(rule.part),), joint=True)
    if isinstance(rule, Named):
        known: Mapping[str, Tag | Segment] = tags if rule.kind == "tag" else segments
        title = known[rule.name].title(locale()) if rule.name in known else rule.name
        word = _("标签「{name}」") if rule.kind == "tag" else _("客群「{name}」")
        return Branch(word.format(name=title), (below(rule.part),))
    return Branch(said(rule, locale(), codes))
