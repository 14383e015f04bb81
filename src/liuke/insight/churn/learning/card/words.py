"""Sentences for what the checks found."""

from __future__ import annotations

from liuke.insight.churn.learning.card.facts import Text
from liuke.insight.churn.learning.checks import Finding

_SENTENCES = {
    "constant": Text("整列同一个值，未使用", "the same value everywhere, not used"),
    "all_null": Text("整列为空，未使用", "no value at all, not used"),
    "leak": Text(
        "单独就能区分标签（{}），疑似泄漏，经允许仍在使用", "tells the label by itself ({}), used because allowed"
    ),
    "identifier": Text("只区分人、不描述人的标识，未使用", "an identifier: tells people apart, not used"),
    "unread": Text("{} 个值读不懂，按空值处理", "{} values could not be read and count as null"),
    "protected": Text(
        "受保护属性，仍作为特征使用；--protect 可排除",
        "a protected attribute used as a feature; --protect leaves it out",
    ),
    "sampled": Text("表太大，随机抽取 {} 行", "a large table: {} rows were drawn at random"),
    "unlabelled": Text("{} 行没有标签，未使用", "{} rows without a label were left out"),
    "undated": Text("{} 行没有时间，未使用", "{} rows without a time were left out"),
}


def finding_text(finding: Finding) -> Text:
    """What was found about a column, without its name."""
    found = _SENTENCES[finding.kind]
    return Text(found.zh.format(finding.detail), found.en.format(finding.detail))
