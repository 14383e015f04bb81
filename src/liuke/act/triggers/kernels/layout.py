"""Where things stand in the arrays: the state's words, a record's words, the columns of a compiled rule set."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

NEVER: Final = -(2**62)

# The state's first words. Free blocks of less than MOST_FREE words hang in lists from FREE on, tables given up from
# REGIONS on, by power of two; SPARE to SPARE_END is the one that blocks are cut from.
USED: Final = 1
CLOCK: Final = 2
CUSTOMERS: Final = 3
EVIDENCE_USED: Final = 4
NAMES_USED: Final = 5
HEAP: Final = 6  # offset, capacity, length
RECORDS: Final = 9
RECORD_WORDS: Final = 10
FULL: Final = 11
LIST_WORDS: Final = 12
SPARE, SPARE_END = 13, 14
KEPT: Final = 15
"""Whether the event at hand is referred to by some record."""
TALLY: Final = 16  # events, unread, anonymous, ahead, late, duplicate
EVENTS, UNREAD, ANONYMOUS, IN_FUTURE, LATE, DUPLICATE = range(TALLY, TALLY + 6)
DROPS: Final = 32  # offset, capacity in rules of the table of rules with a drop
FREE: Final = 64
MOST_FREE: Final = 600
REGIONS: Final = FREE + MOST_FREE
PARTS: Final = 256
BUCKETS: Final = 128
TABLE_WORDS: Final = 4  # offset, size, length, bucket number
RECORD_PARTS: Final = REGIONS + 64
CUSTOMER_PARTS: Final = RECORD_PARTS + PARTS * TABLE_WORDS
SEEN_BUCKETS: Final = CUSTOMER_PARTS + PARTS * TABLE_WORDS
BESIDE_PARTS: Final = SEEN_BUCKETS + BUCKETS * TABLE_WORDS
FIRST: Final = BESIDE_PARTS + PARTS * TABLE_WORDS

# A record: rule in 16 bits, flags in 8, above them where the customer's id stands; then the moment (unless the rule is
# nothing but a drop), and what its rule needs. Those that matched have a block beside, found through BESIDE_PARTS: the
# record, its last match, its floor. So have those with a large number in a pane (WIDE_KEY + record, upper halves),
# those of which something that must not happen is known (BAR_KEY + record, its newest moment by condition), and those
# that wait for the end of a sequence (WAIT_KEY + record, WAIT_WORDS).
KEY, MOMENT, REST = 0, 1, 2
MATCHED, WIDE, BARRED, WAITS = 1 << 16, 1 << 17, 1 << 18, 1 << 19
WIDE_KEY, BAR_KEY, WAIT_KEY = 1 << 40, 2 << 40, 3 << 40
LAST, FLOOR, PAST_WORDS = 1, 2, 3

# Columns of Plan.rules.
(
    R_ALIVE, R_WIDTH, R_LEAF, R_LEAVES, R_PROGRAM, R_PROGRAM_END, R_TIMED, R_ENTRY, R_COOLDOWN, R_SETTLE, R_FROM, R_TO,
    R_FLOOR, R_WAIT, R_MOMENT, R_COLUMNS,
) = range(16)  # fmt: skip
FRESH, AGAIN, NEVER_AGAIN = range(3)
# Of a sequence that is waited for: due, the earliest in the heap, the end of its chain.
DUE, QUEUED, CHAIN_AT, CHAIN_REF, WAIT_WORDS = range(1, 6)
# At R_WAIT of a drop: the pane checked next above PANE_SHIFT, below it the next record that waits for it; 0 while it
# does not wait. In the table of DROPS, by rule: the pane waited for, its records, those that wait for the one after.
PANE_SHIFT: Final = 40
D_PANE, D_HEAD, D_NEXT, D_COLUMNS = 0, 1, 2, 4

# Columns of Plan.leaves.
(
    L_KIND, L_WORD, L_CAP, L_SPAN, L_NEED, L_BAR, L_BAR_SPAN, L_STEPS, L_WITHIN, L_WAIT, L_NO_WORD,
    L_PERIOD, L_PERIODS, L_LONG, L_DAYS, L_REFS, L_CONST, L_BITS, L_COLUMNS,
) = range(19)  # fmt: skip
WHEN, COUNT, SUM, DISTINCT, CONSECUTIVE, DROP, SEQUENCE = range(7)
NO_BAR, BAR_SINCE_FIRST, BAR_WITHIN = range(3)

# Columns of Plan.subs: which events mean something to which part of which rule.
S_RULE, S_ROLE, S_LEAF, S_WORD, S_FIELD, S_TEST, S_TEST_END, S_COLUMNS = range(8)
POSITIVE, BARRING, FOLLOWING = range(3)

# Columns of Plan.tests.
T_FIELD, T_OP, T_CONST, T_CONST_END, T_COLUMNS = range(5)
T_MASK, T_EQ, T_NE, T_LT, T_LE, T_GT, T_GE, T_IN, T_NOT_IN, T_NULL, T_NOT_NULL = range(11)

# The program of a condition: leaves by number, ALL and ANY of so many parts.
ALL_OF: Final = 1_000
ANY_OF: Final = 2_000
SHOWN: Final = 40
"""Where in Out.stack the numbers of a drop wait for its match."""
STACK: Final = 48

# Columns of a rule's counters, and of Out.rows.
C_SEEN, C_MATCHED, C_COOLED, C_LATE, C_PEOPLE, C_LAST, C_COLUMNS = range(7)
(O_RULE, O_CUSTOMER, O_MOMENT, O_BY_CLOCK, O_COUNT, O_TOTAL, O_FIRST, O_LAST, O_REFS, O_COLUMNS) = range(10)
EVIDENCE: Final = 32
REMEMBERED: Final = 4
SCALE: Final = 10_000


class State(NamedTuple):
    """mem: words of everything but texts. evidence: event ids. names: customers' ids, each behind its length."""

    mem: Any
    evidence: Any
    names: Any


class Plan(NamedTuple):
    """A compiled rule set. by_name: where the subscriptions of each event name begin in subs.

    bounds: beginnings of days, weeks and months one after another; bound_start: where each of the three begins.
    """

    rules: Any
    leaves: Any
    subs: Any
    tests: Any
    by_name: Any
    program: Any
    consts: Any
    bounds: Any
    bound_start: Any
    lateness: int
    ahead: int
    bucket_width: int


class Batch(NamedTuple):
    """Decoded events. name: -1 where no rule reads it. Texts of ids and customers, where each is; fields' values.

    customer_start, customer_end: in owner_text at -start where below 0.
    """

    name: Any
    occurred: Any
    received: Any
    id_text: Any
    id_start: Any
    id_end: Any
    customer_text: Any
    customer_start: Any
    customer_end: Any
    owner_text: Any
    values: Any
    value_start: Any


class Out(NamedTuple):
    """Matches made: rows, their references into the evidence; filled[0] of them; counters by rule; room to work in."""

    rows: Any
    refs: Any
    filled: Any
    counters: Any
    chain: Any
    stack: Any
