import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.collect.tracking.salvage import items_of

ITEMS = st.lists(
    st.fixed_dictionaries({"event": st.text(max_size=5), "n": st.integers(), "properties": st.dictionaries(
        st.text(max_size=3), st.lists(st.dictionaries(st.just("x"), st.text(max_size=3)), max_size=2), max_size=2)}),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(ITEMS, st.data())
def test_every_whole_item_around_a_broken_one_is_found_in_order(items, data):
    texts = [json.dumps(item, ensure_ascii=False) for item in items]
    place = data.draw(st.integers(0, len(texts)))
    texts.insert(
        place, data.draw(st.sampled_from(['{"event": "x", "n"', "{'a': 1}", '{"event": [1, }', '{"event": tru}']))
    )
    found = items_of('{"key": "k", "batch": [' + ", ".join(texts) + "]}", "batch")
    assert found is not None
    assert [json.loads(text) for text in found[0]] == items
    assert len(found[1]) == 1


def test_a_body_cut_off_keeps_what_had_arrived():
    assert items_of('[{"a": 1}, {"a": 2}, {"a": ', None) == (['{"a": 1}', '{"a": 2}'], ['{"a":'])


@pytest.mark.parametrize("text", ["", "{}", '{"batch": 5}', "nonsense", '{"batch": {"a": 1}}'])
def test_where_there_is_no_list_there_is_nothing(text):
    found = items_of(text, "batch")
    assert found is None or found == ([], [])


@pytest.mark.parametrize("piece", [',{"a":[', ',{"a":', ',{"a":"', ',{"a":[{"b":1},', ",{"])
def test_texts_made_to_be_slow_are_given_up(piece):
    began = time.process_time()
    items_of('{"batch":[{"a":[' + piece * (500_000 // len(piece)), "batch")
    assert time.process_time() - began < 5
