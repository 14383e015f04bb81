"""Forms of questions: what buttons do, what fields ask, and that address and kept text say the same."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from liuke.console.questions.fields import Fields, of_query, of_text
from liuke.console.questions.funnel_form import NAMES, FunnelForm, form_of, placed, pressed, question_of, with_form
from liuke.console.questions.happenings import Condition, Other, happening
from liuke.errors import YourMistake

A, B, C = "event:a", "event:b", "event:c"
THREE = FunnelForm((A, B, C), (Condition(1, "x", "==", "1"), Condition(3, "z", "==", "3")))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


def fields_of(query: str) -> Fields:
    return of_query(QueryDict(query), NAMES)


@pytest.mark.parametrize(
    ("button", "steps", "places"),
    [
        ("up-2", (B, A, C), {"x": 2, "z": 3}),
        ("down-2", (A, C, B), {"x": 1, "z": 2}),
        ("drop-1", (B, C), {"z": 2}),
        ("up-1", (A, B, C), {"x": 1, "z": 3}),
        ("down-3", (A, B, C), {"x": 1, "z": 3}),
        ("drop-9", (A, B, C), {"x": 1, "z": 3}),
        ("move-3-1", (C, A, B), {"x": 2, "z": 1}),
        ("move-1-3", (B, C, A), {"x": 3, "z": 2}),
        ("move-1-9", (A, B, C), {"x": 1, "z": 3}),
        ("move-1", (A, B, C), {"x": 1, "z": 3}),
        ("nonsense", (A, B, C), {"x": 1, "z": 3}),
    ],
)
def test_conditions_go_with_their_step(button: str, steps: tuple[str, ...], places: dict[str, int]) -> None:
    after = pressed(THREE, button, [])
    assert after.steps == steps
    assert {c.what: c.at for c in after.conditions} == places


def test_what_else_counts_goes_with_its_step_and_is_of_the_same_table() -> None:
    usual = ["transaction:transfer", A, B, C]
    form = pressed(pressed(THREE, "or-2", usual), "or-2", usual)
    assert form.others == (Other(2, A), Other(2, C))
    assert pressed(form, "move-2-1", usual).others == (Other(1, A), Other(1, C))
    assert pressed(form, "drop-1", usual).others == (Other(1, A), Other(1, C))
    assert pressed(form, "unor-1", usual).others == (Other(2, C),)
    assert pressed(form, "drop-2", usual).others == ()
    assert form_of(with_form(Fields({}), form)) == form


def test_any_row_and_the_only_name_of_a_table_have_nothing_beside_them() -> None:
    for token in ("event:", "transaction:transfer", "nonsense"):
        form = FunnelForm((token,))
        assert pressed(form, "or-1", ["transaction:transfer", A, B]) == form


def test_several_things_of_a_step_are_asked_with_all_its_conditions() -> None:
    fields = fields_of(f"step={A}&orat=1&or={B}&orat=1&or={A}&step={C}&at=1&what=product&op=%3D%3D&val=loan")
    first, second = question_of(fields).funnel.steps
    assert (first.name, len(first.where), second.name) == (("a", "b"), 1, ("c",))
    assert of_text(fields.text, NAMES) == fields
    anything = question_of(fields_of("step=event:&orat=1&or=event:b")).funnel.steps[0]
    assert anything.name == ()


def test_things_of_several_tables_are_refused_at_their_step() -> None:
    fields = fields_of(f"step={A}&step={B}&orat=2&or=transaction:transfer")
    with pytest.raises(YourMistake, match="one table") as told:
        question_of(fields)
    found = placed(told.value, form_of(fields))
    assert (list(found.steps), found.other) == ([2], [])


def test_the_last_step_stays_and_ten_are_enough() -> None:
    assert pressed(FunnelForm((A,)), "drop-1", []).steps == (A,)
    form = FunnelForm((A,))
    for _ in range(15):
        form = pressed(form, "add", [A, B])
    assert len(form.steps) == 10
    assert form.steps[1] == B


def test_a_form_goes_through_its_fields_unchanged() -> None:
    form = pressed(pressed(THREE, "ban", [A]), "if-2", [])
    assert form_of(with_form(Fields({}), form)) == form


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(WORDS, min_size=1, max_size=4), max_size=6))
def test_the_address_and_the_kept_text_say_the_same(values: dict[str, list[str]]) -> None:
    fields = Fields({name: tuple(found) for name, found in values.items()})
    assert of_text(fields.text, NAMES) == of_query(QueryDict(fields.query), NAMES) == fields


def test_a_kept_text_that_is_none_asks_nothing() -> None:
    for text in ("", "- a", "a: [", "other: 1"):
        assert of_text(text, NAMES) == Fields({})


def test_values_are_numbers_where_the_column_is_and_lists_where_many_are_meant() -> None:
    conditions = [
        Condition(1, "amount", ">=", "5000"), Condition(1, "channel", "in", "app， web、counter"),
        Condition(1, "amount", "is_null", "ignored"), Condition(1, "", "==", "not begun"),
    ]  # fmt: skip
    made = happening("transaction:transfer", conditions)
    assert made["where"] == [
        {"column": "amount", "op": ">=", "value": 5000},
        {"column": "channel", "op": "in", "value": ["app", "web", "counter"]},
        {"column": "amount", "op": "is_null"},
    ]
    [text] = happening("event:search", [Condition(1, "code", "==", "007")])["where"]
    assert text == {"property": "code", "op": "==", "value": "007"}


def test_a_mistake_stands_at_its_step_or_exclusion() -> None:
    fields = fields_of("step=event:a&step=event:b&at=2&what=channel&op=%3C&val=x&not=event:c&after=2&before=1&window=7")
    with pytest.raises(YourMistake) as told:
        question_of(fields)
    found = placed(told.value, form_of(fields))
    assert 2 in found.steps or 1 in found.bans
    assert found.other == []


@pytest.mark.parametrize(
    ("touch", "looks_at"), [("", "first"), ("last", "last"), ("2", 2), ("3", 3), ("4", "first"), ("1", "first")]
)
def test_groups_may_look_at_any_step_there_is(touch: str, looks_at: object) -> None:
    asked = question_of(fields_of(f"step={A}&step={B}&step={C}&by=column:channel&touch={touch}"))
    assert asked.by is not None
    assert asked.by.touch == looks_at
