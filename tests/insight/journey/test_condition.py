"""A rule that asks a journey means exactly the people whom the map's figure counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pyarrow as pa
import pytest
from pydantic import ValidationError

from liuke.engine import Engine
from liuke.insight.behaviour.population import Period
from liuke.insight.journey.cases import journey_cases
from liuke.insight.journey.journey_map import What
from liuke.insight.journey.listing import cases_of
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.words import said
from tests.insight.behaviour.crowd import Complaint, moment, population
from tests.insight.journey.applicants import journey, steps
from tests.insight.rules.asking import RULE, who_meets

WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
EVENTS = [
    *steps("C1", 2, "9 begin", "9.5 form app mobile,income", "10 check branch income", "34 sign branch", "35 done"),
    *steps("C2", 2, "9 begin", "10 form", "11 refused"),
    *steps("C3", 3, "9 begin", "10 form", "12 check web", "13 form", "14 given_up"),
    *steps("C4", 2, "9 begin", "10 form"),
    *steps("C4", 5, "9 begin", "10 check_failed branch", case="L-again"),
    *steps("C5", 8, "23 begin", "23.5 form", "24 check"),
]
COMPLAINTS = [Complaint("C3", moment(3, 13))]
ASKED = journey().spec.model_dump(mode="json", by_alias=True)


def data_of(engine: Engine) -> RuleData:
    whole = population(engine, EVENTS, complaints=COMPLAINTS).data
    people = engine.from_arrow(pa.table({"customer_id": [f"C{n}" for n in range(1, 7)]}))
    return replace(whole, people=people)


@pytest.mark.parametrize("what", get_args(What))
def test_it_means_just_those_whom_the_figure_counts(engine: Engine, what: What) -> None:
    data = data_of(engine)
    with journey_cases(engine, population(engine, EVENTS, complaints=COMPLAINTS), journey(), WEEK) as found:
        counted = {
            stage: sorted(set(engine.arrow(cases_of(found, stage, what))["customer_id"].to_pylist()))
            for stage in ("form", "check", "sign")
        }
    assert any(counted.values())
    for stage, customers in counted.items():
        rule = {"journey": ASKED, "stage": stage, "what": what, "first": "2026-03-02", "last": "2026-03-08"}
        assert who_meets(engine, {"behaviour": rule}, data) == customers, stage


def test_days_without_anybody_and_names_nobody_bears_have_nobody(engine: Engine) -> None:
    data = data_of(engine)
    ahead = {"journey": ASKED, "stage": "form", "what": "reached", "first": "2027-01-01", "last": "2027-01-31"}
    assert who_meets(engine, {"behaviour": ahead}, data) == []
    nobody = journey(enter={"name": "nothing"}).spec.model_dump(mode="json", by_alias=True)
    assert who_meets(engine, {"behaviour": {"journey": nobody, "stage": "form", "days": 30}}, data) == []


def test_a_stage_that_is_not_there_is_refused_and_it_is_said_in_words() -> None:
    with pytest.raises(ValidationError, match="no stage has the code 'frm'"):
        RULE.validate_python({"behaviour": {"journey": ASKED, "stage": "frm", "days": 30}})
    rule = RULE.validate_python({"behaviour": {"journey": ASKED, "stage": "form", "days": 30}})
    assert said(rule) == "近30天开始旅程「贷」并半途而废，停在「贷」"
    assert said(rule, "en") == "began the journey “Loan” in the last 30 days and gave up at “Loan”"
