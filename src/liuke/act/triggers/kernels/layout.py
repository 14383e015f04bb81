"""Where things stand in the arrays: the state's words, a record's words, the columns of a compiled rule set."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

NEVER: Final = -(2**62)

# The state's first words. Sizes of free blocks of up to MOST_FREE words hang in lists from FREE on.
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
TALLY: Final = 16  # events, unread, anonymous, ahead, late, duplicate
EVENTS, UNREAD, ANONYMOUS, IN_FUTURE, LATE, DUPLICATE = range(TALLY, TALLY + 6)
CUSTOMER_TABLE: Final = 32  # offset, capacity of the array of customers' names
FREE: Final = 64
MOST_FREE: Final = 600
FREE_TABLES: Final = FREE + MOST_FREE  # by power of two
PARTS: Final = 256
BUCKETS: Final = 128
TABLE_WORDS: Final = 4  # offset, mask, length, bucket number
RECORD_PARTS: Final = FREE_TABLES + 64
CUSTOMER_PARTS: Final = RECORD_PARTS + PARTS * TABLE_WORDS
SEEN_BUCKETS: Final = CUSTOMER_PARTS + PARTS * TABLE_WORDS
FIRST: Final = SEEN_BUCKETS + BUCKETS * TABLE_WORDS

# A record: rule in 16 bits, flags in 8, customer above; then the moment, the last match, and what its rule needs.
KEY, MOMENT, LAST, REST = 0, 1, 2, 3
MATCHED: Final = 1 << 16

# Columns of Plan.rules.
(
    R_ALIVE, R_WIDTH, R_LEAF, R_LEAVES, R_PROGRAM, R_PROGRAM_END, R_TIMED, R_ENTRY, R_COOLDOWN, R_SETTLE, R_FROM, R_TO,
    R_FLOOR, R_WAIT, R_COLUMNS,
) = range(15)  # fmt: skip
FRESH, AGAIN, NEVER_AGAIN = range(3)
# At R_WAIT: due, the earliest in the heap; then of a sequence the end of its chain, of a drop the pane checked next.
DUE, QUEUED, CHAIN_AT, CHAIN_REF = range(4)
PANE: Final = CHAIN_AT

# Columns of Plan.leaves.
(
    L_KIND, L_WORD, L_CAP, L_SPAN, L_NEED, L_BAR, L_BAR_WORD, L_BAR_SPAN, L_STEPS, L_WITHIN, L_WAIT, L_NO_WORD,
    L_PERIOD, L_PERIODS, L_LONG, L_DAYS, L_REFS, L_CONST, L_BITS, L_COLUMNS,
) = range(20)  # fmt: skip
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
    """mem: words of everything but texts. evidence: event ids. names: customers' ids. Texts stand at 8-byte places."""

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
