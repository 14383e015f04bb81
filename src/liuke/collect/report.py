"""What a load says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a running load. bytes_done and bytes_total are about the source's files as a whole."""

    table: str
    step: str
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule of one row, as stored in quarantine. `value` may be personal: faces mask it."""

    table: str
    file: str
    line: int
    column: str | None
    value: str | None
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class TableReport:
    """Rows of one table in one load: read = accepted + quarantined + duplicates + skipped.

    quarantined counts rows, not findings. skipped: left out by `where` or `keep_last`. Dates are of accepted rows.
    """

    table: str
    files: tuple[str, ...]
    accepted: int
    quarantined: int
    duplicates: int
    skipped: int
    first_date: date | None
    last_date: date | None
    seconds: float

    @property
    def bad_share(self) -> float:
        """Quarantined rows among those that were meant to be loaded; 0 when there were none."""
        meant = self.accepted + self.quarantined + self.duplicates
        return self.quarantined / meant if meant else 0.0


@dataclass(frozen=True, slots=True)
class LoadReport:
    """One load of one source.

    already_loaded: the batch was in the lake before; nothing was written. backfilled: rows are marked as known
    at the end of their own business day. findings: the first few.
    """

    source: str
    batch_id: str
    tables: tuple[TableReport, ...]
    findings: tuple[Finding, ...]
    max_bad_share: float
    already_loaded: bool
    backfilled: bool
    seconds: float

    @property
    def too_bad(self) -> tuple[str, ...]:
        """Tables whose share of quarantined rows is beyond the limit."""
        return tuple(t.table for t in self.tables if t.bad_share > self.max_bad_share)
