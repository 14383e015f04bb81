"""A rule begun from a stage of a journey: it is a valid one for every stage shipped, and hears of who stopped there."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from liuke.act.triggers.ruleset import parse_trigger
from liuke.act.triggers.stage_rule import stage_rule
from liuke.errors import YourMistake
from liuke.insight.journey.catalogue import parse_journey, read_journeys
from liuke.insight.journey.spec import JourneyFile
from liuke.streaming.rules import catalogue_of
from tests.act.triggers.stories import Story, told
from tests.conftest import REPO

HOME = REPO / "examples" / "bank"
JOURNEYS = read_journeys(HOME).journeys
STAGES = [(code, stage) for code, journey in JOURNEYS.items() for stage in journey.spec.codes]


@pytest.mark.parametrize(("code", "stage"), STAGES)
def test_every_stage_shipped_makes_a_valid_rule(code: str, stage: str) -> None:
    made = parse_trigger(stage_rule(JOURNEYS[code], stage), catalogue_of(HOME), code="draft")
    assert made.spec.purpose == "service"


def test_who_stops_at_the_stage_is_found_and_who_goes_on_or_ends_is_not() -> None:
    rule = parse_trigger(stage_rule(JOURNEYS["loan_application"], "identity"), catalogue_of(HOME), code="draft")

    def at(story: Story, stage: str, when: str, name: str = "application_step") -> Story:
        return story.then(name, when, journey="loan_application", stage=stage)

    until = "03-20 10:00"
    stopped = at(Story(), "identity", "03-05 10:00")
    assert [match.customer_id for match in told(rule, stopped, until)] == ["C1"]
    assert told(rule, at(at(Story(), "identity", "03-05 10:00"), "documents", "03-06 10:00"), until) == []
    gone = at(at(Story(), "identity", "03-05 10:00"), "identity", "03-05 12:00", "application_withdrawn")
    assert told(rule, gone, until) == []
    assert told(rule, at(Story(), "form", "03-05 10:00"), until) == []


def test_an_outcome_told_apart_by_several_tests_takes_the_place_of_no_other() -> None:
    spec = JOURNEYS["loan_application"].spec
    one = [{"name": "application_rejected", "where": {"property": "why", "value": f"{n}"}} for n in range(6)]
    outcomes = {"success": [{"name": "application_completed"}], "rejected": one}
    asked = spec.model_dump(mode="json", by_alias=True, exclude_none=True) | {"outcomes": outcomes}
    rule = stage_rule(replace(JOURNEYS["loan_application"], spec=JourneyFile.model_validate(asked)), "identity")
    ends = [part["without"]["event"] for part in yaml.safe_load(rule)["condition"]["all"] if "without" in part]
    assert ends == ["application_rejected", "application_completed"]


def test_a_stage_without_events_makes_none() -> None:
    text = """name: {zh: 试, en: T}
description: {zh: 试, en: T}
owner: me
enter: {name: login}
outcomes: {success: [{name: logout}]}
stages:
  - {code: pay, name: {zh: 付, en: Pay}, touchpoints: [{did: transaction, name: transfer}]}
"""
    with pytest.raises(YourMistake, match="no touchpoint that is an event"):
        stage_rule(parse_journey(text), "pay")
    with pytest.raises(YourMistake, match="no stage has the code 'pya'"):
        stage_rule(parse_journey(text), "pya")
