"""(state, batch) → (state, matches): events in order of arrival, deadlines before the event that moved the clock."""

from __future__ import annotations

import math
from typing import Any

from liuke.act.triggers.kernels.beside import wait_of
from liuke.act.triggers.kernels.clocks import (
    drops_of,
    next_to_check,
    pane_begins,
    pop,
    push,
    room_for_drops,
    turn_pane,
    wait_on,
)
from liuke.act.triggers.kernels.ids import PLACE, places_of, store_id
from liuke.act.triggers.kernels.layout import (
    ANONYMOUS,
    BUCKETS,
    C_LATE,
    C_SEEN,
    CHAIN_AT,
    CLOCK,
    D_COLUMNS,
    D_HEAD,
    D_PANE,
    DUE,
    DUPLICATE,
    EVENTS,
    EVIDENCE_USED,
    FULL,
    HEAP,
    IN_FUTURE,
    KEPT,
    KEY,
    L_CONST,
    L_KIND,
    L_LONG,
    L_PERIODS,
    L_REFS,
    L_WAIT,
    LATE,
    MOMENT,
    POSITIVE,
    QUEUED,
    R_ALIVE,
    R_LEAF,
    R_LEAVES,
    R_MOMENT,
    R_TIMED,
    S_FIELD,
    S_LEAF,
    S_ROLE,
    S_RULE,
    S_TEST,
    S_TEST_END,
    SEEN_BUCKETS,
    T_CONST,
    T_CONST_END,
    T_EQ,
    T_FIELD,
    T_GT,
    T_IN,
    T_LE,
    T_LT,
    T_MASK,
    T_NE,
    T_NOT_IN,
    T_NOT_NULL,
    T_NULL,
    T_OP,
    TABLE_WORDS,
    UNREAD,
    WHEN,
)
from liuke.act.triggers.kernels.matching import drop_shown, match
from liuke.act.triggers.kernels.memory import SPARSE, customer_of, has_entry, hashed, mixed, put
from liuke.act.triggers.kernels.panes import pane_value, set_pane
from liuke.act.triggers.kernels.taking import bar, joins, record_of, wait_anew
from liuke.act.triggers.kernels.truth import holding, is_barred, trim
from liuke.engine.compiled import apart, entry, kernel

_PAYLOAD = (1 << 35) - 1


@entry
def fold(state: Any, plan: Any, batch: Any, start: int, until: int, out: Any) -> int:
    """Takes in events from `start` on, then moves the clock to `until`.

    Where it stopped: beyond the last event when all is done, else where to go on once `out` is emptied; short of the
    end with nothing in `out` only when the state is full.
    """
    mem = state.mem
    room_for_drops(mem, plan.rules.shape[0])
    if mem[FULL] != 0:
        return start
    for i in range(start, batch.name.size):
        if not fire_until(mem, plan, batch.received[i], out) or mem[FULL] != 0:
            return i
        mem[EVENTS] += 1
        arrive(state, plan, batch, i, out)
    done = fire_until(mem, plan, until, out)
    return batch.name.size + 1 if done else batch.name.size


@kernel
def fire_until(mem: Any, plan: Any, now: int, out: Any) -> bool:
    """Fires what is due until `now`; False when `out` might not hold all that this or one more event makes."""
    mem[CLOCK] = max(mem[CLOCK], now)
    room = out.rows.shape[0] - plan.rules.shape[0]
    if mem[HEAP + 2] > 0 and mem[mem[HEAP]] <= mem[CLOCK]:
        fire(mem, plan, room, out)
    return out.filled[0] < room


@apart
def fire(mem: Any, plan: Any, room: int, out: Any) -> None:
    """Fires what is due, as long as `out` has room."""
    while mem[HEAP + 2] > 0 and mem[mem[HEAP]] <= mem[CLOCK] and out.filled[0] < room:
        due, record = mem[mem[HEAP]], mem[mem[HEAP] + 1]
        if record < 0:
            check_drops(mem, plan, -1 - record, room, out)
        else:
            ring(mem, plan, pop(mem), due, out)


@kernel
def ring(mem: Any, plan: Any, record: int, due: int, out: Any) -> None:
    """One entry of the heap has come up: out of date, too early, or the record's deadline."""
    rule = mem[record + KEY] & 0xFFFF
    wait = wait_of(mem, record)
    if not plan.rules[rule, R_ALIVE] or mem[wait + QUEUED] != due:
        return
    mem[wait + QUEUED] = 0
    if mem[wait + DUE] > due:
        mem[wait + QUEUED] = mem[wait + DUE]
        push(mem, mem[wait + DUE], record)
    elif mem[wait + DUE] == due:
        mem[wait + DUE] = 0
        trim(mem, plan, rule, record)
        moment = mem[wait + CHAIN_AT] + plan.leaves[plan.rules[rule, R_TIMED], L_WAIT]
        held = holding(mem, plan, rule, record, 0, True, out)
        if held != 0:
            match(mem, plan, rule, record, held, moment, (0, 0), out)


@kernel
def check_drops(mem: Any, plan: Any, rule: int, room: int, out: Any) -> None:
    """The topmost deadline is that of a rule with a drop: checks its records, as many as `out` has room for."""
    row = drops_of(mem, rule)
    if not plan.rules[rule, R_ALIVE]:
        mem[row : row + D_COLUMNS] = 0
        pop(mem)
        return
    while mem[row + D_HEAD] != 0 and out.filled[0] < room:
        record = next_to_check(mem, plan, rule)
        trim(mem, plan, rule, record)
        if check_drop(mem, plan, rule, plan.rules[rule, R_TIMED], record, out):
            wait_on(mem, plan, rule, record)
    if mem[row + D_HEAD] == 0:
        pop(mem)
        turn_pane(mem, plan, rule)


@kernel
def check_drop(mem: Any, plan: Any, rule: int, leaf: int, record: int, out: Any) -> bool:
    """Compares the recent panes with those before; whether there is anything to see at the next check."""
    wide, long = plan.leaves[leaf, L_PERIODS], plan.leaves[leaf, L_LONG]
    slots, pane = wide + long + 1, mem[drops_of(mem, rule) + D_PANE]
    recent, before = 0, 0
    for back in range(1, wide + long + 1):
        value = pane_value(mem, plan, leaf, record, (pane - back) % slots)
        recent, before = (recent + value, before) if back <= wide else (recent, before + value)
    expected = before * wide / long
    const = plan.leaves[leaf, L_CONST]
    if expected >= plan.consts[const + 1] and recent <= plan.consts[const] * expected:
        drop_shown(mem, plan, leaf, pane - wide, recent, expected, out)
        held = holding(mem, plan, rule, record, 0, True, out)
        if held != 0:
            match(mem, plan, rule, record, held, pane_begins(plan, leaf, pane), (0, 0), out)
    if recent + before + pane_value(mem, plan, leaf, record, pane % slots) == 0:
        refs = record + plan.leaves[leaf, L_REFS]
        mem[refs], mem[refs + 1] = 0, 0
        return False
    set_pane(mem, plan, leaf, record, (pane + 1) % slots, 0)
    return True


@kernel
def arrive(state: Any, plan: Any, batch: Any, i: int, out: Any) -> None:
    """One event: counted as refused, or told to every rule that reads its name."""
    mem, name, at = state.mem, batch.name[i], batch.occurred[i]
    start, end = batch.customer_start[i], batch.customer_end[i]
    first = first_meant(plan, batch, i) if name >= 0 else -1
    if first < 0:
        mem[UNREAD] += 1
    elif start == end:
        mem[ANONYMOUS] += 1
    elif at > mem[CLOCK] + plan.ahead:
        mem[IN_FUTURE] += 1
    elif at < mem[CLOCK] - plan.lateness:
        mem[LATE] += 1
        count_late(plan, batch, i, out)
    elif is_repeated(mem, plan, batch, i):
        mem[DUPLICATE] += 1
    else:
        if start < 0:
            customer = customer_of(mem, state.names, batch.owner_text, -start, -end)
        else:
            customer = customer_of(mem, state.names, batch.customer_text, start, end)
        tell(state, plan, batch, i, (customer, first), out)


@kernel
def first_meant(plan: Any, batch: Any, i: int) -> int:
    """The first subscription whose tests the event meets, -1 when no rule has a use for it."""
    for s in range(plan.by_name[batch.name[i]], plan.by_name[batch.name[i] + 1]):
        if meets(plan, batch, i, plan.subs[s]):
            return s
    return -1


@kernel
def is_repeated(mem: Any, plan: Any, batch: Any, i: int) -> bool:
    """Whether id and event time were accepted before; if not, they are remembered."""
    at, start = batch.occurred[i], batch.id_start[i]
    h = hashed(batch.id_text, start, batch.id_end[i], at)
    bucket = at // plan.bucket_width
    table = SEEN_BUCKETS + (bucket % BUCKETS) * TABLE_WORDS
    if mem[table + 3] != bucket:
        mem[table + 3], mem[table + 2] = bucket, 0
        mem[mem[table] : mem[table] + mem[table + 1]] = 0
    entry = ((mixed(h) & _PAYLOAD) << 28) | (h & ((1 << 28) - 1))
    entry = entry if entry != 0 else 1
    if has_entry(mem, table, entry):
        return True
    put(mem, table, entry, SPARSE)
    return False


@kernel
def count_late(plan: Any, batch: Any, i: int, out: Any) -> None:
    """Counts a late event for every rule that would have counted it."""
    done = -1
    for s in range(plan.by_name[batch.name[i]], plan.by_name[batch.name[i] + 1]):
        sub = plan.subs[s]
        if sub[S_ROLE] == POSITIVE and sub[S_RULE] != done and meets(plan, batch, i, sub):
            out.counters[sub[S_RULE], C_LATE] += 1
            done = sub[S_RULE]


@kernel
def tell(state: Any, plan: Any, batch: Any, i: int, who: Any, out: Any) -> None:
    """Tells the event to every rule from the first that means it on; subscriptions of one rule stand together."""
    customer, s = who
    begin, end, ref = plan.by_name[batch.name[i]], plan.by_name[batch.name[i] + 1], 0
    before = state.mem[EVIDENCE_USED]
    state.mem[KEPT] = 0
    while s > begin and plan.subs[s - 1, S_RULE] == plan.subs[s, S_RULE]:
        s -= 1
    while s < end:
        rule, first = plan.subs[s, S_RULE], s
        hits, positive = 0, False
        while s < end and plan.subs[s, S_RULE] == rule:
            if meets(plan, batch, i, plan.subs[s]):
                hits |= 1 << (s - first)
                positive = positive or plan.subs[s, S_ROLE] == POSITIVE
            s += 1
        if hits != 0:
            if ref == 0:
                ref = keep_id(state, batch, i)
            take_in(state.mem, plan, batch, i, (rule, first, hits, customer), positive, ref, out)
    if state.mem[KEPT] == 0:
        state.mem[EVIDENCE_USED] = before


@kernel
def keep_id(state: Any, batch: Any, i: int) -> int:
    """Writes the event's id where matches find it; references grow with arrival."""
    start, end = batch.id_start[i], batch.id_end[i]
    at = state.mem[EVIDENCE_USED]
    if at + 272 > state.evidence.size:
        state.mem[FULL] = 1
        return 2
    ref = store_id(state.evidence, at // PLACE, batch.id_text, start, end)
    state.mem[EVIDENCE_USED] = at + PLACE * places_of(state.evidence, ref)
    return ref


@kernel
def take_in(mem: Any, plan: Any, batch: Any, i: int, who: Any, positive: bool, ref: int, out: Any) -> None:
    """One rule learns of the event through the subscriptions in `hits`, and is asked if it counts."""
    rule, first, hits, customer = who
    record, at = record_of(mem, plan, rule, customer), batch.occurred[i]
    if record == 0:
        return
    if positive:
        out.counters[rule, C_SEEN] += 1
        if plan.rules[rule, R_MOMENT]:
            mem[record + MOMENT] = max(mem[record + MOMENT], at)
    now, asks, s = 0, False, first
    while hits >> (s - first) != 0:
        if (hits >> (s - first)) & 1:
            sub = plan.subs[s]
            if sub[S_ROLE] != POSITIVE:
                bar(mem, plan, sub[S_LEAF], sub[S_ROLE], record, at, ref)
            else:
                number = batch.values[batch.value_start[i] + sub[S_FIELD]] if sub[S_FIELD] >= 0 else 0.0
                asks = joins(mem, plan, sub, record, at, ref, number) or asks
                if plan.leaves[sub[S_LEAF], L_KIND] == WHEN:
                    now |= 1 << (sub[S_LEAF] - plan.rules[rule, R_LEAF])
        s += 1
    if asks:
        trim(mem, plan, rule, record)
        held = holding(mem, plan, rule, record, unbarred(mem, plan, rule, record, now, at), False, out)
        if held != 0:
            match(mem, plan, rule, record, held, mem[record + MOMENT], (at, ref), out)
    wait_anew(mem, plan, rule, record, out.chain)


@kernel
def unbarred(mem: Any, plan: Any, rule: int, record: int, now: int, at: int) -> int:
    """Of the `when` conditions the event meets, those that are not barred."""
    for number in range(plan.rules[rule, R_LEAVES]):
        if (now >> number) & 1 and is_barred(mem, plan, plan.rules[rule, R_LEAF] + number, record, at):
            now &= ~(1 << number)
    return now


@kernel
def meets(plan: Any, batch: Any, i: int, sub: Any) -> bool:
    """Whether the event meets every test of the subscription."""
    for t in range(sub[S_TEST], sub[S_TEST_END]):
        if not meets_one(plan, plan.tests[t], batch.values[batch.value_start[i] + plan.tests[t, T_FIELD]]):
            return False
    return True


@kernel
def meets_one(plan: Any, test: Any, value: float) -> bool:
    """One test. Texts and flags come as bits, one for each test of theirs; numbers as they are, NaN when missing."""
    op, const = test[T_OP], test[T_CONST]
    if op == T_MASK:
        return (int(value) >> const) & 1 == 1
    if math.isnan(value):
        return op == T_NULL
    if op in (T_IN, T_NOT_IN):
        for c in range(const, test[T_CONST_END]):
            if plan.consts[c] == value:
                return op == T_IN
        return op == T_NOT_IN
    if op in (T_NULL, T_NOT_NULL):
        return op == T_NOT_NULL
    return compares(op, value, plan.consts[const])


@kernel
def compares(op: int, value: float, than: float) -> bool:
    """One comparison of numbers."""
    if op == T_EQ:
        return value == than
    if op == T_NE:
        return value != than
    if op == T_LT:
        return value < than
    if op == T_LE:
        return value <= than
    return value > than if op == T_GT else value >= than
