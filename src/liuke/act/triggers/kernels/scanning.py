"""Reads events straight from the bytes of a batch document, without making Python values of them.

Understands exactly what the collector writes: no blanks, each event an array of at least nine fields; one document or
several, each ended by a line feed. Anything else (an escape in an id, a number with too many digits for exact reading,
a broken event) makes it give up: the decoder then reads the batch the slow way, which gives the same columns. Fields
that no rule reads are passed over unchecked, of an event that none reads everything behind its times.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from liuke.act.triggers.kernels.memory import hashed
from liuke.act.triggers.kernels.owners import LONGEST_DEVICE, owner_at
from liuke.act.triggers.kernels.passing import (
    BEGIN,
    CLOSE,
    COMMA,
    END,
    OPEN,
    QUOTE,
    digits_value,
    odd_digits,
    slow_end,
    string_end,
    value_end,
)
from liuke.act.triggers.kernels.vectors import LANES, eight_bytes, first_bit, quotes_or_escapes
from liuke.engine.compiled import apart, entry, kernel

COLON, MINUS, DOT, LINE_FEED = 58, 45, 46, 10
GAVE_UP: Final = -1
HAS_ASKED: Final = -2
USED, ASKED, READ, PLACE, DOCUMENTS, BRACKET, BRACKETS, COUNTS = range(8)
"""In room.counts: values used, tokens asked about, events read, where the next begins, documents read; of the square
brackets in room.brackets (outline.py), the one at or behind PLACE, and how many there are.
"""
WHOSE: Final = -1
"""In the column of rows of room.asked: not a field's token but the device of the event in the column of slots."""
BEGINS: Final = b'{"events":['
"""How every document begins."""
PENDING: Final = math.inf
"""Stands for a value whose answer Python has yet to give."""
W_KEY, W_KEY_END, W_NUMBER, W_SLOT, W_CHANNEL, W_COLUMNS = range(6)
_LONGEST_ID = 200
_LAST: Final = -(1 << 63)
_DIGITS = 18
_EIGHT_DIGITS: Final = 100_000_000
_EXACT = 15


class Wanted(NamedTuple):
    """What to read. table: open-addressed, event names by hash; rows: fields by name, in the order of their values.

    likely: whether some name has this length and first byte (`likeness`).
    """

    likely: Any
    table: Any
    names: Any
    name_start: Any
    by_name: Any
    rows: Any
    keys: Any
    missing: Any
    powers: Any


class Scanned(NamedTuple):
    """Room for the columns of Batch, for answers remembered by token, and for tokens still to be answered."""

    name: Any
    occurred: Any
    received: Any
    id_start: Any
    id_end: Any
    customer_start: Any
    customer_end: Any
    value_start: Any
    values: Any
    known: Any
    answers: Any
    asked: Any
    counts: Any
    brackets: Any
    tail: Any


@entry
def scan(text: Any, wanted: Any, room: Any, owners: Any) -> int:
    """Fills `room` with events, from the place room.counts names on.

    How many there are when the last array's end is reached; HAS_ASKED when answers are needed before it can go on;
    GAVE_UP when the batch cannot be read here. owners: of devices, whose events without a customer are.
    """
    at, events, bracket = room.counts[PLACE], room.counts[READ], room.counts[BRACKET]
    while at > 0:
        while text[at] != CLOSE:
            if events >= room.name.size or text[at] != OPEN:
                return GAVE_UP
            room.counts[PLACE], room.counts[READ], room.counts[BRACKET] = at, events, bracket
            at = begin(text, at + 1, wanted, room, events)
            if at > 0 and room.name[events] < 0:
                bracket = closing(text, room, bracket)
                at = room.brackets[bracket] + 1 if bracket > 0 else 0
            elif at > 0:
                at = the_rest(text, at, wanted, room, owners, events)
            if at <= 0 or at + 1 >= text.size:
                return HAS_ASKED if room.counts[ASKED] >= room.asked.shape[0] else GAVE_UP
            bracket = bracket_from(room, bracket, at)
            events += 1
            if text[at] == COMMA and text[at + 1] == OPEN:
                at += 1
            elif text[at] != CLOSE:
                return GAVE_UP
        room.counts[DOCUMENTS] += 1
        at = next_document(text, at)
        bracket = bracket_from(room, bracket, at)
    return events


@kernel
def closing(text: Any, room: Any, bracket: int) -> int:
    """The bracket that closes an array, by the one that opens it; 0 when there is none."""
    depth = 1
    while depth > 0:
        bracket += 1
        if bracket >= room.counts[BRACKETS]:
            return 0
        depth += 1 if text[room.brackets[bracket]] == OPEN else -1
    return bracket


@kernel
def bracket_from(room: Any, bracket: int, at: int) -> int:
    """The first bracket at a place or behind it."""
    while bracket < room.counts[BRACKETS] and room.brackets[bracket] < at:
        bracket += 1
    return bracket


@kernel
def next_document(text: Any, at: int) -> int:
    """From the end of a document's events to where those of the next begin; 0 when there is none."""
    at += 1
    while at > 0 and text[at] == COMMA:
        at = slow_end(text, at + 1)
    begins = at + 2
    if at == 0 or text[at] != END or begins + len(BEGINS) >= text.size or text[at + 1] != LINE_FEED:
        return 0
    for i in range(len(BEGINS)):
        if text[begins + i] != BEGINS[i]:
            return 0
    return begins + len(BEGINS)


@kernel
def begin(text: Any, at: int, wanted: Any, room: Any, i: int) -> int:
    """Id, name and times; where the next field begins, 0 when they cannot be read here."""
    at = head(text, at, wanted, room, i)
    return moments(text, at, room, i) if at else 0


@kernel
def head(text: Any, at: int, wanted: Any, room: Any, i: int) -> int:
    """Id and name; where the next field begins, 0 when they cannot be read here."""
    if at + LANES < text.size:  # as a rule both lie in what is looked at together
        found = quotes_or_escapes(text, at)
        found &= found - 1
        end = at + first_bit(found | _LAST)
        found &= found - 1
        found &= found - 1
        stop = at + first_bit(found | _LAST)
        begins = found != 0 and text[at] == QUOTE and text[end + 2] == QUOTE
        if begins and is_end(text, end) and is_end(text, stop):
            room.id_start[i], room.id_end[i] = at + 1, end
            room.name[i] = name_of(text, end + 3, stop, wanted)
            return stop + 2
    return long_head(text, at, wanted, room, i)


@kernel
def is_end(text: Any, at: int) -> bool:
    """Whether a text ends there and another field follows."""
    return text[at] == QUOTE and text[at + 1] == COMMA


@apart
def long_head(text: Any, at: int, wanted: Any, room: Any, i: int) -> int:
    """The same of any length, one after the other."""
    end = string_end(text, at)
    if end <= 0 or text[end + 1] != COMMA:
        return 0
    room.id_start[i], room.id_end[i] = at + 1, end
    at = end + 2
    end = string_end(text, at)
    if end <= 0 or text[end + 1] != COMMA:
        return 0
    room.name[i] = name_of(text, at + 1, end, wanted)
    return end + 2


@kernel
def the_rest(text: Any, at: int, wanted: Any, room: Any, owners: Any, i: int) -> int:
    """From the customer on, of an event that some rule reads; where it ends, 0 when it cannot be read here."""
    who = at
    at = customer(text, at, room, i)
    if at == 0:
        return 0
    name, first = room.name[i], room.counts[USED]
    room.value_start[i] = first
    row = wanted.by_name[name]
    fields = wanted.by_name[name + 1] - row
    if first + fields > room.values.size:
        return 0
    for f in range(fields):
        room.values[first + f] = wanted.missing[row + f]
    room.counts[USED] = first + fields
    is_said = text[who] != 110 and text[who + 1] != QUOTE  # neither null nor an empty text
    if not is_said and owners.table.size > 0 and not by_device(text, at, room, owners, i):
        return 0
    return after_customer(text, at, wanted, room, name, first)


@kernel
def by_device(text: Any, at: int, room: Any, owners: Any, i: int) -> bool:
    """The device's owner as the event's customer; False when the device cannot be read or asked about here.

    Owners' ids do not stand in the text but in `owners`: their places are written below 0.
    """
    if text[at] != QUOTE or text[at + 1] == QUOTE:
        return True
    end = string_end(text, at)
    if end <= 0:
        return False
    end = min(end, at + 1 + LONGEST_DEVICE)
    place = owner_at(owners, text, at + 1, end)
    if place != 0:
        room.customer_start[i], room.customer_end[i] = -(place + 1), -(place + 1 + int(owners.texts[place]))
        return True
    asked = room.counts[ASKED]
    if asked >= room.asked.shape[0]:
        return False
    room.asked[asked, 0], room.asked[asked, 1], room.asked[asked, 2], room.asked[asked, 3] = i, WHOSE, at + 1, end
    room.counts[ASKED] = asked + 1
    return True


@kernel
def after_customer(text: Any, at: int, wanted: Any, room: Any, name: int, first: int) -> int:
    """The device, the channel, the session, the properties and whatever follows."""
    at = value_end(text, at)
    if at == 0 or text[at] != COMMA:
        return 0
    at += 1
    end = value_end(text, at)
    if end == 0 or text[end] != COMMA or text[at] not in (QUOTE, 110):
        return 0
    if not by_channel(text, at, end, wanted, room, name, first):
        return 0
    end = value_end(text, end + 1)
    if end == 0 or text[end] != COMMA or text[end + 1] != BEGIN:
        return 0
    at = properties(text, end + 2, wanted, room, name, first)
    while at > 0 and text[at] == COMMA:
        at = value_end(text, at + 1)
    return at + 1 if at > 0 and text[at] == CLOSE else 0


@kernel
def by_channel(text: Any, at: int, end: int, wanted: Any, room: Any, name: int, first: int) -> bool:
    """The event's own channel, for fields of that name."""
    for row in range(wanted.by_name[name], wanted.by_name[name + 1]):
        if wanted.rows[row, W_CHANNEL] and not answer(text, at, end, wanted, room, row, first):
            return False
    return True


@kernel
def properties(text: Any, at: int, wanted: Any, room: Any, name: int, first: int) -> int:
    """Every key that some rule reads; where the object ends, 0 when it cannot be read here."""
    if text[at] == END:
        return at + 1
    while True:
        end = string_end(text, at)
        if end <= 0 or text[end + 1] != COLON:
            return 0
        value = end + 2
        after = value_end(text, value)
        if after == 0:
            return 0
        for row in range(wanted.by_name[name], wanted.by_name[name + 1]):
            if is_key(text, at + 1, end, wanted, row) and not answer(text, value, after, wanted, room, row, first):
                return 0
        if text[after] == END:
            return after + 1
        if text[after] != COMMA:
            return 0
        at = after + 1


@kernel
def is_key(text: Any, start: int, end: int, wanted: Any, row: int) -> bool:
    """Whether the key is the row's."""
    key = wanted.rows[row, W_KEY]
    if wanted.rows[row, W_KEY_END] - key != end - start:
        return False
    for i in range(end - start):
        if wanted.keys[key + i] != text[start + i]:
            return False
    return True


@kernel
def answer(text: Any, start: int, end: int, wanted: Any, room: Any, row: int, first: int) -> bool:
    """Writes what the token means for the field; False when no more can be asked."""
    slot = first + wanted.rows[row, W_SLOT]
    if text[start] in (110, OPEN, BEGIN):
        room.values[slot] = wanted.missing[row]
        return True
    if wanted.rows[row, W_NUMBER]:
        number = number_of(text, start, end, wanted.powers)
        if not math.isnan(number):
            room.values[slot] = number
            return True
    place = hashed(text, start, end, row + 1) | 1
    at = place & (room.known.size - 1)
    while room.known[at] != 0:
        if room.known[at] == place:
            room.values[slot] = room.answers[at]
            return True
        at = (at + 1) & (room.known.size - 1)
    asked = room.counts[ASKED]
    if asked >= room.asked.shape[0]:
        return False
    room.asked[asked, 0], room.asked[asked, 1], room.asked[asked, 2], room.asked[asked, 3] = slot, row, start, end
    room.asked[asked, 4] = place
    room.values[slot] = PENDING
    room.counts[ASKED] = asked + 1
    return True


@kernel
def number_of(text: Any, start: int, end: int, powers: Any) -> float:
    """A decimal number read exactly; NaN when it is none, has an exponent or more digits than that allows."""
    at = start + 1 if text[start] == MINUS else start
    whole, digits, behind, pointed = 0, 0, 0, False
    for i in range(at, end):
        code = int(text[i])
        if code == DOT and not pointed:
            pointed = True
        elif 48 <= code <= 57 and digits < _EXACT:
            whole = whole * 10 + code - 48
            digits += 1 if whole > 0 else 0
            behind += 1 if pointed else 0
        else:
            return math.nan
    if at == end or behind > 22:
        return math.nan
    number = whole / powers[behind]
    return -number if text[start] == MINUS else number


@kernel
def likeness(text: Any, start: int, end: int) -> int:
    """A number below 4096 of a name's length and first byte."""
    return (((end - start) & 15) << 8) | int(text[start])


@kernel
def name_of(text: Any, start: int, end: int, wanted: Any) -> int:
    """The event name's number, -1 where no rule reads it."""
    if not wanted.likely[likeness(text, start, end)]:
        return -1
    mask = wanted.table.size - 1
    at = hashed(text, start, end, 3) & mask
    while wanted.table[at] != 0:
        number = wanted.table[at] - 1
        known = wanted.name_start[number]
        if wanted.name_start[number + 1] - known == end - start:
            same = True
            for i in range(end - start):
                if wanted.names[known + i] != text[start + i]:
                    same = False
                    break
            if same:
                return number
        at = (at + 1) & mask
    return -1


@kernel
def moments(text: Any, at: int, room: Any, i: int) -> int:
    """Both times, each with a comma behind it; where the next field begins, 0 when they are none."""
    if at + 34 < text.size and text[at + 16] == COMMA and text[at + 33] == COMMA:  # as all from 2001 to 2286 are
        first, second = eight_bytes(text, at), eight_bytes(text, at + 8)
        third, fourth = eight_bytes(text, at + 17), eight_bytes(text, at + 25)
        if odd_digits(first) | odd_digits(second) | odd_digits(third) | odd_digits(fourth) == 0:
            room.occurred[i] = digits_value(first) * _EIGHT_DIGITS + digits_value(second)
            room.received[i] = digits_value(third) * _EIGHT_DIGITS + digits_value(fourth)
            return at + 34
    at = moment(text, at, room.occurred, i)
    return moment(text, at, room.received, i) if at else 0


@apart
def moment(text: Any, at: int, into: Any, i: int) -> int:
    """A whole number and the comma behind it; where the next field begins, 0 when it is none."""
    negative = text[at] == MINUS
    start = at + 1 if negative else at
    end, number = start, 0
    while end < text.size and 48 <= text[end] <= 57:
        number = number * 10 + int(text[end]) - 48
        end += 1
    if end == start or end - start > _DIGITS or end >= text.size or text[end] != COMMA:
        return 0
    into[i] = -number if negative else number
    return end + 1


@kernel
def customer(text: Any, at: int, room: Any, i: int) -> int:
    """The customer's id as text or whole number, none when null or too long; where the next field begins."""
    room.customer_start[i], room.customer_end[i] = 0, 0
    if text[at] == 110:
        return at + 5
    start, end, after = at, at, at
    if text[at] == QUOTE:
        start, end = at + 1, string_end(text, at)
        if end <= 0:
            return 0
        after = end + 1
    else:
        while 48 <= text[end] <= 57:
            end += 1
        after = end
        if end == start or (text[start] == 48 and end > start + 1):
            return 0
    if text[after] != COMMA:
        return 0
    if end - start <= _LONGEST_ID:
        room.customer_start[i], room.customer_end[i] = start, end
    return after + 1


@entry
def index_names(wanted: Any) -> None:
    """Puts every event name where `name_of` looks for it."""
    mask = wanted.table.size - 1
    for number in range(wanted.name_start.size - 1):
        start, end = wanted.name_start[number], wanted.name_start[number + 1]
        wanted.likely[likeness(wanted.names, start, end)] = True
        at = hashed(wanted.names, start, end, 3) & mask
        while wanted.table[at] != 0:
            at = (at + 1) & mask
        wanted.table[at] = number + 1
