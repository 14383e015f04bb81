"""Anchors 审计锚点: the chain's newest hash, written down where those who run the database cannot write.

The chain finds a row that was changed by itself. Two things it cannot see from inside: rows cut off at its end, and a
whole chain worked out anew from some row on. An anchor shows both. Each anchor is sealed with a key the database does
not hold, and its seal covers the seal before it, so that anchors cannot be changed, taken out or swapped either.
Method: HMAC-SHA-256 (RFC 2104) over canonical JSON, chained like the audit rows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from liuke.errors import Place, YourMistake
from liuke.govern.audit import GENESIS, ChainedRecord, follows

FIRST_SEAL: Final = "0" * 64
"""The seal before the first anchor."""

Failure = Literal["row", "rewritten", "cut", "seal"]
"""What a check may find.

row: a row was changed, removed or put in. rewritten: the rows fit one another, but an anchored one is another than it
was: they were chained anew. cut: anchored rows are gone from the end. seal: an anchor was changed or taken out, or
sealed with another key.
"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The chain's newest row at one moment. at: aware, UTC. hash, seal: 64 hexadecimal digits."""

    seq: int
    hash: str
    at: datetime
    seal: str

    def line(self) -> str:
        """One line of an anchor file, without its end."""
        return json.dumps(asdict(self) | {"at": _text(self.at)}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole log found.

    rows: read. newest: hash of the last one, '' without any. anchors: how many there are; anchored_at, anchored_seq: of
    the newest. failure: what does not fit first, None when all does. seq: the row where, of `seal` the anchor's row.
    after: of `rewritten`, the last row before it that an anchor proves.
    """

    rows: int
    newest: str
    anchors: int
    anchored_at: datetime | None = None
    anchored_seq: int = 0
    failure: Failure | None = None
    seq: int = 0
    after: int = 0


def sealed(seq: int, row_hash: str, at: datetime, previous_seal: str, key: str) -> Anchor:
    """An anchor of the row `seq`, made at the aware moment `at`."""
    return Anchor(seq, row_hash, at.astimezone(UTC), _seal(seq, row_hash, at, previous_seal, key))


def read_anchors(text: str, file: str) -> list[Anchor]:
    """The anchors of a file, in its order. Raises YourMistake that names the line which is none."""
    return [_anchor(line, n, file) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]


def check_log(rows: Iterable[ChainedRecord], anchors: Sequence[Anchor], key: str) -> Verdict:
    """Reads every row once, in order of seq, and holds it against the chain and the anchors.

    What fails first in the log counts before what fails in the anchors' file: a row says more than a seal.
    """
    newest = anchors[-1] if anchors else None
    wanted = {anchor.seq: anchor.hash for anchor in anchors}
    previous, count, proven = GENESIS, 0, 0
    failure: tuple[Failure, int, int] | None = None
    for row in rows:
        if failure is None and not follows(row, previous, count + 1):
            failure = ("row", row.seq, 0)
        known = wanted.get(row.seq, row.hash)
        if failure is None and known != row.hash:
            failure = ("rewritten", row.seq, proven)
        proven = row.seq if row.seq in wanted else proven
        previous, count = row.hash, count + 1
    if failure is None and newest and newest.seq > count:
        failure = ("cut", count + 1, 0)
    if failure is None and (false := _false_seal(anchors, key)):
        failure = ("seal", false, 0)
    kind, seq, after = failure or (None, 0, 0)
    return Verdict(
        count, previous if count else "", len(anchors), newest.at if newest else None, newest.seq if newest else 0,
        kind, seq, after,
    )  # fmt: skip


def _false_seal(anchors: Sequence[Anchor], key: str) -> int:
    """The `seq` of the first anchor whose seal does not fit, 0 for none."""
    previous = FIRST_SEAL
    for anchor in anchors:
        if not hmac.compare_digest(anchor.seal, _seal(anchor.seq, anchor.hash, anchor.at, previous, key)):
            return anchor.seq
        previous = anchor.seal
    return 0


def _seal(seq: int, row_hash: str, at: datetime, previous_seal: str, key: str) -> str:
    body = json.dumps([previous_seal, seq, row_hash, _text(at)], separators=(",", ":"))
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _anchor(line: str, number: int, file: str) -> Anchor:
    try:
        told = json.loads(line)
        anchor = Anchor(int(told["seq"]), str(told["hash"]), datetime.fromisoformat(told["at"]), str(told["seal"]))
    except (ValueError, TypeError, KeyError) as error:
        raise YourMistake(
            "this line is no anchor",
            place=Place(file, line=number),
            expected='{"seq": …, "hash": "…", "at": "…", "seal": "…"}, as `liuke audit anchor` writes it',
            state="nothing was written",
            then="restore the file from where copies of it are kept; a file damaged on purpose looks the same",
        ) from error
    if anchor.at.tzinfo is None:
        raise YourMistake("an anchor's time has no zone", place=Place(file, line=number))
    return anchor
