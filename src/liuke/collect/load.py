"""One source's files → the lake: read, shape, judge, quarantine, append. Safe to run again at any point.

Order of commits per table: quarantine, then data; after all tables, the load log. Each carries the batch's id,
so a run that died is finished by running it again, and a batch that is in is a no-op.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import structlog

from liuke.collect import quarantine
from liuke.collect.files import all_paths, fingerprint, resolve
from liuke.collect.ingest import reader_of, stored
from liuke.collect.mapping import FileMap, Source
from liuke.collect.raw import Raw, Reader
from liuke.collect.report import Finding, LoadReport, Progress, TableReport
from liuke.collect.shape import Origin, shaped
from liuke.collect.staging import staging, table_lock
from liuke.collect.verdicts import ROW, Batch, Verdicts, judge
from liuke.engine import Engine
from liuke.lake import Lake
from liuke.tables import CONTRACTS, LOAD_LOG, QUARANTINE, Table

SMALL = 32 << 20
"""Sources up to this many bytes keep intermediate rows in the engine's memory instead of a staged file."""
FINDINGS = 5
_logger = structlog.get_logger()


def _silent(_: Progress) -> None:
    return None


@dataclass(slots=True)
class _Run:
    """A load under way."""

    source: Source
    batch_id: str
    base: Path
    lake: Lake
    engine: Engine
    zone: ZoneInfo
    now: datetime
    progress: Callable[[Progress], None]
    total: int
    folder: Path
    done: int = 0
    rows: int = 0
    table: str = ""
    made: list[ir.Table] = field(default_factory=list)

    def tick(self, size: int, rows: int, step: str = "read") -> None:
        self.done, self.rows = self.done + size, self.rows + rows
        self.progress(Progress(self.table, step, min(self.done, self.total), self.total, self.rows))

    def keep(self, rows: ir.Table, name: str) -> ir.Table:
        """Runs an expression once: small sources in memory, large ones as a staged file."""
        if self.total > SMALL:
            return self.engine.store(rows, str(self.folder / f"{name}.parquet"))
        self.made.append(self.engine.materialise(rows))
        return self.made[-1]

    @property
    def origin(self) -> Origin:
        zone = str(self.zone)
        last = self.now.astimezone(self.zone).date() + timedelta(days=1)
        return Origin(zone, self.source.time_zone or zone, last, self.now, self.backfill)

    @property
    def backfill(self) -> bool:
        return self.source.history == "backfill"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows of a table as shaped, and the span of business dates of the good ones."""

    all: int
    skipped: int
    bad: int
    first: date | None
    last: date | None


def load(
    source: Source,
    *,
    folder: Path,
    lake: Lake,
    engine: Engine,
    zone: ZoneInfo,
    now: datetime,
    batch_id: str | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> LoadReport:
    """Loads the source's files, found under `folder`, and reports per table.

    zone: the bank's. now: the moment the rows count as known (UTC), unless the source says backfill. batch_id:
    defaults to a fingerprint of the files' content. Raises YourMistake, with nothing half-visible, when files
    or mapping cannot be used; bad rows do not raise, they go to quarantine.
    """
    began = time.perf_counter()
    paths = all_paths(source, folder)
    batch = batch_id or fingerprint(source, paths)
    if lake.committed(LOAD_LOG, _commit(source, batch)):
        return _from_log(lake, engine, source, batch)
    reports: list[TableReport] = []
    findings: list[Finding] = []
    with staging(lake.root) as work:
        run = _Run(source, batch, folder, lake, engine, zone, now, progress, _bytes(source, folder), work)
        reader = Reader(engine, folder, work, run.tick)
        for name in source.tables:
            report, found = _load_table(run, reader, CONTRACTS[name])
            _logger.info(
                "loaded", source=source.name, batch=batch, table=name, accepted=report.accepted,
                quarantined=report.quarantined, duplicates=report.duplicates, seconds=round(report.seconds, 3),
            )  # fmt: skip
            reports.append(report)
            findings += found
        for made in run.made:
            engine.release(made)
    _log(lake, source, batch, now, reports)
    for table in (*(CONTRACTS[name] for name in source.tables), LOAD_LOG, QUARANTINE):
        lake.compact(table, engine)
    seconds = time.perf_counter() - began
    return LoadReport(
        source.name,
        batch,
        tuple(reports),
        tuple(findings[:FINDINGS]),
        source.max_bad_share,
        False,
        run.backfill,
        seconds,
    )


def _load_table(run: _Run, reader: Reader, table: Table) -> tuple[TableReport, tuple[Finding, ...]]:
    began, run.table = time.perf_counter(), table.name
    entries = [f for f in run.source.files if f.table == table.name]
    shapes: list[ir.Table] = []
    raws: list[Raw] = []
    parts: list[ir.Table] = []
    for number, entry in enumerate(entries):
        rows, raw = shaped(reader, entry, run.origin)
        kept = run.keep(rows.mutate(_entry=ibis.literal(number).cast("int64")), f"{table.name}{number}")
        shapes.append(kept)
        raws.append(raw)
    run.tick(0, 0, "check")
    counts = _shape_counts(run.engine, table, shapes)
    if counts.bad:
        for rows, raw, entry in zip(shapes, raws, entries, strict=True):
            parts += quarantine.of_shape(run.engine, rows, raw, table, entry)
    lines = quarantine.of_broken(run.engine, list(dict.fromkeys(b for raw in raws for b in raw.broken)))
    with table_lock(run.lake.root, table.name):
        batch = _batch(run, table, shapes, counts)
        verdicts = judge(run.engine, run.lake, batch)
        if verdicts.bad is not None:
            parts.append(quarantine.of_verdicts(verdicts.bad, table))
        findings = _quarantine(run, reader, table, parts + lines)
        broken_rows = sum(run.engine.count(part) for part in lines)
        report = _table_report(run, batch, verdicts, counts, broken_rows)
        if report.accepted:
            run.tick(0, 0, "write")
            final = stored(batch, verdicts.accepted, str(run.zone), backfill=run.backfill)
            stream = reader_of(run.engine, final, table)
            run.lake.append(table, stream, commit_id=_commit(run.source, run.batch_id))
    names = tuple(dict.fromkeys(p.name for e in entries for p in resolve(e, run.base)))
    return replace(report, files=names, seconds=time.perf_counter() - began), findings


def _batch(run: _Run, table: Table, shapes: list[ir.Table], counts: _Counts) -> Batch:
    own = [n for n in table.names if n in shapes[0].columns]
    dirty = counts.skipped or counts.bad
    good = [(s.filter(~(s["_skip"] | s["_bad"])) if dirty else s).select(*own, "_at", *ROW) for s in shapes]
    rows = ibis.union(*good, distinct=False) if len(good) > 1 else good[0]
    return Batch(table, run.source.name, run.batch_id, rows, counts.first, counts.last)


def _shape_counts(engine: Engine, table: Table, shapes: list[ir.Table]) -> _Counts:
    """One query over all entries; dates are those of good rows."""
    parts = []
    for s in shapes:
        good = ~(s["_skip"] | s["_bad"])
        day = s["business_date"] if table.event_time else None
        span = {"first": day.min(where=good), "last": day.max(where=good)} if day is not None else {}
        parts.append(
            s.aggregate(
                all=s.count(), skip=s["_skip"].sum(), bad=s["_bad"].sum(),
                **span,
            )
        )  # fmt: skip
    found = engine.arrow(ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]).to_pylist()
    total = {name: sum(int(row[name] or 0) for row in found) for name in ("all", "skip", "bad")}
    firsts = [row["first"] for row in found if row.get("first")]
    lasts = [row["last"] for row in found if row.get("last")]
    return _Counts(total["all"], total["skip"], total["bad"], min(firsts, default=None), max(lasts, default=None))


def _table_report(run: _Run, batch: Batch, verdicts: Verdicts, counts: _Counts, broken: int) -> TableReport:
    good = counts.all - counts.skipped - counts.bad
    accepted = good - verdicts.bad_rows - verdicts.duplicates
    first, last = batch.first, batch.last
    if batch.table.event_time and accepted != good:
        first, last = _span(run.engine, verdicts.accepted)
    bad = counts.bad + broken + verdicts.bad_rows
    return TableReport(batch.table.name, (), accepted, bad, verdicts.duplicates, counts.skipped, first, last, 0.0)


def _quarantine(run: _Run, reader: Reader, table: Table, parts: list[ir.Table]) -> tuple[Finding, ...]:
    if not parts:
        return ()
    mark = (run.source.name, run.batch_id, run.now)
    rows = quarantine.completed(run.engine, parts, reader.file_names, table, mark)
    commit = f"{_commit(run.source, run.batch_id)}:{table.name}"
    run.lake.append(QUARANTINE, reader_of(run.engine, rows, QUARANTINE), commit_id=commit)
    findings = quarantine.first_findings(run.engine, rows, FINDINGS)
    run.engine.release(rows)
    return findings


def _log(lake: Lake, source: Source, batch: str, started: datetime, reports: list[TableReport]) -> None:
    finished = started + timedelta(seconds=sum(r.seconds for r in reports))
    rows = [
        {
            "source": source.name, "batch_id": batch, "table_name": r.table, "files": "\n".join(r.files),
            "started_at": started.astimezone(UTC), "finished_at": finished.astimezone(UTC), "accepted": r.accepted,
            "quarantined": r.quarantined, "duplicates": r.duplicates, "first_date": r.first_date,
            "last_date": r.last_date,
        }
        for r in reports
    ]  # fmt: skip
    lake.append(LOAD_LOG, pa.Table.from_pylist(rows, schema=LOAD_LOG.arrow), commit_id=_commit(source, batch))


def _from_log(lake: Lake, engine: Engine, source: Source, batch: str) -> LoadReport:
    rows = lake.scan(engine, LOAD_LOG)
    found = engine.arrow(rows.filter((rows.source == source.name) & (rows.batch_id == batch))).to_pylist()
    by_name = {row["table_name"]: row for row in found}
    reports = tuple(
        TableReport(
            name, tuple(row["files"].split("\n")), row["accepted"], row["quarantined"], row["duplicates"], 0,
            row["first_date"], row["last_date"], 0.0,
        )
        for name, row in ((n, by_name[n]) for n in source.tables if n in by_name)
    )  # fmt: skip
    return LoadReport(source.name, batch, reports, (), source.max_bad_share, True, source.history == "backfill", 0.0)


def _bytes(source: Source, folder: Path) -> int:
    return sum(path.stat().st_size for path in all_paths(source, folder))


def _span(engine: Engine, rows: ir.Table) -> tuple[date | None, date | None]:
    [row] = engine.arrow(rows.aggregate(first=rows.business_date.min(), last=rows.business_date.max())).to_pylist()
    return row["first"], row["last"]


def _commit(source: Source, batch_id: str) -> str:
    return f"{source.name}:{batch_id}"


__all__ = ["FileMap", "load"]
