"""journeys/*.yaml: the four that are shipped load and fit progress codes, and mistakes are told where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.collect.tracking.settings import CHANNELS
from liuke.errors import YourMistake
from liuke.insight.journey.catalogue import parse_journey, read_journeys
from tests.architecture.test_names import REPO

BANK = REPO / "examples" / "bank"
WHOLE = """\
name: {zh: 试, en: T}
description: {zh: 试, en: T}
owner: me
enter: {name: begin}
outcomes: {success: [{name: done}]}
stages:
  - {code: form, name: {zh: 表, en: Form}, touchpoints: [{name: step}]}
  - {code: check, name: {zh: 查, en: Check}, touchpoints: [{name: verify}]}
"""


@pytest.mark.parametrize("journey", ProgressPolicy().journeys, ids=lambda journey: journey.code)
def test_every_kind_of_application_has_its_shipped_journey_with_the_same_stages(journey) -> None:
    read = read_journeys(BANK)
    assert read.mistakes == {}
    spec = read.named(journey.code).spec
    assert spec.codes == tuple(stage.code for stage in journey.stages)
    assert [stage.name for stage in spec.stages] == [stage.name for stage in journey.stages]
    assert {name for one in spec.hand_overs for name in (one.from_, one.to)} <= set(CHANNELS)


def test_a_journey_without_anything_optional_has_defaults() -> None:
    journey = parse_journey(WHOLE)
    assert (journey.spec.lasts.days, journey.spec.case, journey.spec.pain.weights.abandoned) == (30, None, 30)
    assert [one.name for one in journey.spec.asked] == [("begin",), ("step",), ("verify",), ("done",)]
    assert journey.version != parse_journey(WHOLE + "quiet: 3d\n").version


@pytest.mark.parametrize(("wrong", "line", "told"), [
    ("stages: []", 6, "at least 1 item"),
    ("stages: [{code: a, name: {zh: 一, en: A}, touchpoints: []}]", 6, "at least 1 item"),
    ("stages:\n  - {code: a, name: {zh: 一, en: A}, touchpoints: [{name: x}]}\n"
     "  - {code: a, name: {zh: 二, en: B}, touchpoints: [{name: y}]}", 6, "two stages have the code 'a'"),
    ("stages: [{code: a, name: {zh: 一, en: A}, touchpoints: [{did: evnt}]}]", 6, "did you mean 'event'"),
    ("stages: [{code: a, name: {zh: 一, en: A}, touchpoints: [{name: x}], expected: soon}]", 6, "no time longer"),
])  # fmt: skip
def test_wrong_stages_are_refused_with_their_line(wrong: str, line: int, told: str) -> None:
    with pytest.raises(YourMistake, match=told) as caught:
        parse_journey(WHOLE.split("stages:", maxsplit=1)[0] + wrong)
    assert caught.value.place is not None
    assert (caught.value.place.line or 0) >= line


@pytest.mark.parametrize(("more", "told"), [
    ("hand_overs:\n  - {from: app, to: branch, at: chek}", "no stage has the code 'chek'; did you mean 'check'"),
    ("hand_overs: [{from: app, to: app}]", "leads from 'app' to itself"),
    ("complaints: {within: 3}", "takes no `within`"),
    ("pain: {weights: {abandoned: 0, late: 0, break_point: 0, rekeyed: 0, failed: 0, returned: 0, complained: 0}}",
     "at least one weight"),
    ("pain: {weights: {abandonned: 3}}", "did you mean 'abandoned'"),
    ("quite: 3d", "did you mean 'quiet'"),
    ("quiet: 900d", "at most 366 days"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(more: str, told: str) -> None:
    with pytest.raises(YourMistake, match=told):
        parse_journey(WHOLE + more)


def test_a_wrong_file_stops_no_other_and_is_told_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "journeys"
    folder.mkdir()
    for name, text in (("good", WHOLE), ("bad", "name: 3"), ("9x", WHOLE)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    read = read_journeys(tmp_path)
    assert (list(read.journeys), sorted(read.mistakes)) == (["good"], ["9x", "bad"])
    with pytest.raises(YourMistake, match="did you mean 'good'"):
        read.named("goood")
    with pytest.raises(YourMistake):
        read.named("bad")
    with pytest.raises(YourMistake, match="no stage has the code 'from'; did you mean 'form'"):
        read.named("good").place("from")
    assert read_journeys(tmp_path / "none").journeys == {}
