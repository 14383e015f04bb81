from dataclasses import fields
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from liuke.errors import YourMistake
from liuke.sim import Contacts, advance, found_bank, history, no_contacts, ordinal, positions
from liuke.sim.world import DO_NOT_DISTURB, LEAVING, PERSUADABLE, RECOVERING, SURE_THING
from liuke.tables import CONTRACTS

FACTS = ("transaction", "balance_daily", "event", "contact", "interaction", "survey_response")


def same_state(a, b):
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name))
        for f in fields(a)
        if f.name not in {"bank", "complaints", "steps"}
    ) and all(
        sorted(getattr(a.steps, f.name).tolist()) == sorted(getattr(b.steps, f.name).tolist()) for f in fields(a.steps)
    )


def calls(world, who, day):
    n = len(who)
    full = lambda v: np.full(n, v)  # noqa: E731
    return Contacts(who, full(day), full(36_000), world.bank.customers.rm[who], full(0), full(0), full(-1))


def test_days_one_by_one_continue_the_history_exactly(told, tmp_path):
    split = told.config.end - timedelta(days=25)
    world = history(found_bank(told.config), split, tmp_path / "first").world
    days = {name: [] for name in FACTS}
    for _ in range(25):
        world, rows = advance(world, 1)
        for name in FACTS:
            days[name].append(rows[name])
    assert same_state(world, told.past.world)
    for name in FACTS:
        key = list(CONTRACTS[name].key)
        first = pq.read_table(tmp_path / "first" / name)
        joined = pa.concat_tables([first, *days[name]])
        order = [(k, "ascending") for k in key]
        assert joined.sort_by(order).equals(told.read(name).combine_chunks().sort_by(order))


def test_a_span_is_its_days_joined_and_the_world_before_is_untouched(loop_start):
    before = loop_start.copy()
    span, rows = advance(loop_start, 3)
    assert same_state(before, loop_start)
    step, total = loop_start, 0
    for _ in range(3):
        step, day = advance(step, 1)
        total += day["transaction"].num_rows
    assert same_state(span, step)
    assert rows["transaction"].num_rows == total


def test_increments_name_leavers_settled_complaints_and_ended_holdings(loop_start):
    world, rows = advance(loop_start, 30)
    left = rows["customer"].filter(pc.is_valid(rows["customer"]["closed_on"]))
    assert left.num_rows == ((world.closed >= 0) & (loop_start.closed < 0)).sum() > 0
    assert rows["complaint"]["resolved_at"].null_count > 0
    assert rows["complaint"]["resolved_at"].drop_null().length() > 0
    assert rows["holding"]["ended_on"].drop_null().length() > 0
    for name, table in rows.items():
        assert table.schema.equals(pa.schema([(c.name, c.arrow, c.nullable) for c in CONTRACTS[name].columns]))


def test_a_part_of_the_customers_lives_as_it_does_in_the_whole(loop_start):
    chosen = np.arange(3, len(loop_start.closed), 17)
    large, _ = advance(loop_start, 20)
    small, _ = advance(loop_start.take(chosen), 20)
    assert same_state(large.take(chosen), small)


def leaving(world, kind):
    age = world.day - world.since
    return np.flatnonzero((world.phase == LEAVING) & (world.kind == kind) & (age > 15) & (age < 40) & world.alive)


def test_a_contact_turns_back_persuadable_customers_and_nobody_else_moves(loop_start):
    who = leaving(loop_start, PERSUADABLE)
    with_calls, _ = advance(loop_start, 40, calls(loop_start, who, loop_start.day + 1))
    without, _ = advance(loop_start, 40)
    turned = (with_calls.phase[who] == RECOVERING) & (without.phase[who] != RECOVERING)
    assert 0.25 < turned.mean() < 0.85
    assert (with_calls.aum[who][turned] > without.aum[who][turned]).mean() > 0.9
    others = np.setdiff1d(np.arange(len(without.closed)), who)
    assert same_state(with_calls.take(others), without.take(others))


def test_a_contact_changes_nothing_before_the_day_after_it(loop_start):
    who = leaving(loop_start, PERSUADABLE)
    _, with_calls = advance(loop_start, 1, calls(loop_start, who, loop_start.day + 1))
    _, without = advance(loop_start, 1)
    for name in ("transaction", "balance_daily", "event"):
        assert with_calls[name].equals(without[name])
    assert with_calls["contact"].num_rows == without["contact"].num_rows + len(who)


def test_a_contact_does_nothing_to_sure_things_and_harms_those_who_mind(loop_start):
    sure = np.flatnonzero((loop_start.kind == SURE_THING) & (loop_start.phase > 0) & loop_start.alive)
    mind = np.flatnonzero((loop_start.kind == DO_NOT_DISTURB) & (loop_start.phase > 0) & loop_start.alive)
    both = np.concatenate([sure, mind])
    with_calls, _ = advance(loop_start, 45, calls(loop_start, both, loop_start.day + 1))
    without, _ = advance(loop_start, 45, no_contacts())
    assert same_state(with_calls.take(sure), without.take(sure))
    assert with_calls.aum[mind].sum() < without.aum[mind].sum()


def test_the_config_calendar_agrees_with_the_world(told):
    assert told.past.world.day == ordinal(told.config.end)


def test_customers_are_found_by_id_in_a_part_of_the_bank_too(loop_start):
    part = loop_start.take(np.array([40, 3, 17]))
    assert positions(part, ["C100000017", "C100000040", "C100000003"]).tolist() == [2, 0, 1]


@pytest.mark.parametrize("name", ["C100000004", "C999", "", "X100000003", "C99999999999999"])
def test_an_unknown_customer_id_is_named(loop_start, name):
    with pytest.raises(YourMistake, match=f"unknown customer '{name}'"):
        positions(loop_start.take(np.array([40, 3, 17])), ["C100000003", name])
