"""Rules as people read them: the shipped tags and segments, spelled out to their last condition in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from liuke.console.rule_words import Branch, rule_tree
from liuke.insight.rules.references import leaves
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.tags.catalogue import read_tags

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "bank"


def _ends(branch: Branch) -> Iterator[str]:
    if not branch.parts:
        yield branch.text
    for part in branch.parts:
        yield from _ends(part)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_condition_of_the_shipped_rules_stands_at_an_end_of_its_tree(language: str) -> None:
    tags = read_tags(EXAMPLES / "tags")
    segments = read_segments(EXAMPLES / "segments", tags)
    with translation.override(language):
        for found in (*tags.values(), *segments.values()):
            tree = rule_tree(found.rule, tags, segments)
            ends = list(_ends(tree))
            assert len(ends) == len(list(leaves(found.rule))), found.code
            assert all(end.strip() for end in ends), found.code


def test_a_name_is_said_by_its_title_with_its_own_rule_below() -> None:
    tags = read_tags(EXAMPLES / "tags")
    segments = read_segments(EXAMPLES / "segments", tags)
    with translation.override("zh-hans"):
        tree = rule_tree(segments["valuable_silent"].rule, tags, segments)
    silent, either = tree.parts
    assert (tree.joint, either.joint, silent.joint) == (True, True, False)
    assert silent.text == f"客群「{segments['silent'].name.zh}」"
    assert [part.text for part in either.parts] == [
        f"标签「{tags[t].name.zh}」" for t in ("affluent", "high_net_worth")
    ]
    assert all(part.parts for part in (silent, *either.parts))
