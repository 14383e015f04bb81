"""A rule's mode is written into its text, and nothing else of the text changes."""

from pathlib import Path

import pytest

from liuke.act.triggers.catalogue import SHIPPED
from liuke.act.triggers.modes import MODES, mode_of, with_flag, with_mode
from liuke.act.triggers.ruleset import parse_trigger

RULES = Path(__file__).resolve().parents[3] / "examples" / "bank" / "triggers"
TEXTS = {p.stem: p.read_text(encoding="utf-8") for p in RULES.glob("*.yaml")}
FLOW = "{name: {zh: 甲, en: A}, description: {zh: 甲, en: A}, owner: 部, theme: t, condition: {when: login}}\n"


@pytest.mark.parametrize("text", [*TEXTS.values(), FLOW], ids=[*TEXTS, "flow"])
def test_every_mode_can_be_written_and_the_meaning_stays(text):
    before = parse_trigger(text, SHIPPED)
    for first in MODES:
        for second in MODES:
            after = parse_trigger(with_mode(with_mode(text, first), second), SHIPPED)
            assert mode_of(after.spec) == second
            assert after.meaning == before.meaning


def test_comments_and_order_stay():
    text = "# 归口部门确认\nshadow:   true   # 先看两周\nactive: false\ncondition: {when: login}\n"
    assert (
        with_mode(text, "on")
        == "# 归口部门确认\nshadow:   false   # 先看两周\nactive: true\ncondition: {when: login}\n"
    )
    assert with_flag("condition: 1\n", "active", True, usual=True) == "condition: 1\n"


def test_switching_on_what_is_on_changes_nothing_that_is_read():
    text = TEXTS["prepay_search"]
    assert with_mode(text, "on") == text
