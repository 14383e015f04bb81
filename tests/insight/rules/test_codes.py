from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.insight.rules.codes import bank_codes, unknown_codes
from liuke.insight.segments.catalogue import parse_segment, read_segments
from liuke.insight.tags.catalogue import read_tags
from tests.insight.rules.asking import RULE

TIERS = """
levels:
  - {code: plain, zh: 普通, en: Plain, minimum_aum: 0, notice_months: []}
  - {code: amber, zh: 琥珀, en: Amber, minimum_aum: 100000}
"""
SEGMENT = """name: {zh: 试, en: Trial}
description: {zh: 试, en: Trial}
owner: me
rule:
  any:
    - {attribute: stage, value: declining}
    - not: {attribute: customer_tier, op: in, value: [plain, ambr]}
"""


@pytest.fixture
def codes(tmp_path: Path):  # type: ignore[no-untyped-def]
    (tmp_path / "tiers.yaml").write_text(TIERS, encoding="utf-8")
    return bank_codes(lambda name: tmp_path / f"{name}.yaml")


def test_a_tier_that_the_bank_does_not_have_is_told_with_the_nearest_and_its_line(codes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(YourMistake, match="no customer_tier is called 'ambr'; did you mean 'amber'") as caught:
        parse_segment(SEGMENT, {}, {}, codes=codes)
    assert caught.value.place
    assert (caught.value.place.line, caught.value.place.column) == (7, "rule.any.1.not.value")


def test_without_knowing_the_banks_codes_every_one_passes() -> None:
    assert parse_segment(SEGMENT, {}, {}).code == "draft"


def test_codes_in_tags_and_segment_files_are_checked_alike(tmp_path: Path, codes) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "tags").mkdir()
    (tmp_path / "tags" / "t.yaml").write_text(
        "group: {zh: 试, en: T}\nowner: me\npurpose: service\ntags:\n"
        "  t: {name: {zh: 试, en: T}, description: {zh: 试, en: T}, rule: {attribute: customer_tier, value: gold}}\n",
        encoding="utf-8",
    )
    with pytest.raises(YourMistake, match="no customer_tier is called 'gold'; known names: amber, plain"):
        read_tags(tmp_path / "tags", codes)
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "s.yaml").write_text(SEGMENT, encoding="utf-8")
    with pytest.raises(YourMistake, match="ambr"):
        read_segments(tmp_path / "segments", {}, codes)


@pytest.mark.parametrize("op", ["contains", "starts_with"])
def test_parts_of_a_code_are_no_codes(codes, op: str) -> None:  # type: ignore[no-untyped-def]
    assert (
        list(unknown_codes(RULE.validate_python({"attribute": "customer_tier", "op": op, "value": "am"}), codes)) == []
    )
