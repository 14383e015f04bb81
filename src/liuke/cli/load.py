"""`liuke load`: files → lake, with a progress bar and a table of what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from liuke import collect
from liuke.cli.app import app
from liuke.cli.feed import show_fed, told
from liuke.collect import LoadReport, Source
from liuke.errors import Place, YourMistake
from liuke.govern.masking import mask_rejected
from liuke.tables import CONTRACTS, TABLES
from liuke.wiring import House, open_house
from liuke.yaml_file import load_yaml

_WORDS = {
    "zh-hans": {
        "batch": "批次",
        "again": "该批次已加载过,无变化",
        "backfill": "历史回填:每行视为在其业务日日终已知",
        "heads": "表|期间|接收|隔离|重复|跳过",
        "too_bad": "{table}: 隔离占比 {share:.1%} 超过上限 {limit:.1%};合格行已保留。修正数据后以新批次重新加载",
    },
    "en": {
        "batch": "batch",
        "again": "already loaded, nothing changed",
        "backfill": "backfill: each row counts as known at the end of its own business day",
        "heads": "table|dates|accepted|quarantined|duplicate|skipped",
        "too_bad": "{table}: {share:.1%} quarantined, over {limit:.1%}; the rest is kept. Load mended rows anew",
    },
}


@app.command("load")
def load_command(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="sources/*.yaml; all of them when none is named.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="The bank home; else LIUKE_HOME, else this folder.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the files; else relative to each YAML.")] = None,
    batch: Annotated[str | None, typer.Option(help="Batch id; else a fingerprint of the files.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Load files into the lake. 加载数据:坏行进隔离区,同一批次重复加载无变化。"""
    house = open_house(home)
    reports = load_all(house, sources_of(house.home, sources or []), data, batch, quiet=as_json)
    fed = told(house)
    if as_json:
        made = {"loads": [as_dict(r) for r in reports], "told": fed and asdict(fed)}
        typer.echo(json.dumps(made, ensure_ascii=False, default=str))
    else:
        for report in reports:
            show(report, Console(), house.settings.locale)
        show_fed(fed, house)
    if any(r.too_bad for r in reports):
        raise typer.Exit(1)


def sources_of(home: Path, named: list[Path]) -> list[tuple[Path, Source]]:
    """The mappings named, else all in the home's `sources/`, in load order of the tables they fill."""
    paths = named or sorted((home / "sources").glob("*.yaml"))
    if not paths:
        raise YourMistake(
            "no source is mapped yet",
            place=Place(str(home / "sources")),
            expected="one YAML file per source of data",
            then="copy one from sources/examples/ to sources/, fit it to your files, and run liuke load",
        )
    order = list(CONTRACTS)
    read = [(path, load_yaml(path, Source)) for path in paths]
    return read if named else sorted(read, key=lambda s: [order.index(t) for t in s[1].tables])


def load_all(
    house: House, sources: list[tuple[Path, Source]], data: Path | None, batch: str | None, *, quiet: bool
) -> list[LoadReport]:
    """Loads each source in turn with one engine."""
    with house.on("duckdb").engine() as engine, _bar(quiet=quiet) as told:
        return [
            collect.load(
                source, folder=data or path.parent, lake=house.lake, engine=engine, zone=house.zone,
                now=datetime.now(UTC), batch_id=batch, progress=told(source.name),
            )
            for path, source in sources
        ]  # fmt: skip


def as_dict(report: LoadReport) -> dict[str, object]:
    """The report for machines; values of quarantined cells, which may be personal, are left out."""
    made = asdict(report)
    made["too_bad"] = list(report.too_bad)
    for finding in made["findings"]:
        del finding["value"]
    return made


def show(report: LoadReport, console: Console, locale: str) -> None:
    """The report for people."""
    words = _WORDS[locale]
    note = f" · {words['again']}" if report.already_loaded else ""
    console.print(f"{report.source} · {words['batch']} {report.batch_id}{note}", style="bold", soft_wrap=True)
    if report.backfilled and not report.already_loaded:
        console.print(words["backfill"], soft_wrap=True)
    console.print(_grid(report, words["heads"].split("|")))
    for f in report.findings:
        where = f"{f.file}:{f.line}" + (f" [{f.column}]" if f.column else "")
        value = mask_rejected(f.value, TABLES.get(f.table), f.column) or "—"
        console.print(f"  {f.table}  {where}  {f.rule}  {value}  {f.message}", markup=False, soft_wrap=True)
    for t in (t for t in report.tables if t.table in report.too_bad):
        text = words["too_bad"].format(table=t.table, share=t.bad_share, limit=report.max_bad_share)
        console.print(text, style="red", soft_wrap=True)


def _grid(report: LoadReport, heads: list[str]) -> Grid:
    grid = Grid(*heads[:2], box=box.SIMPLE_HEAD)
    for head in heads[2:]:
        grid.add_column(head, justify="right", no_wrap=True)
    for column in grid.columns:
        column.no_wrap = True
    for t in report.tables:
        dates = f"{t.first_date}…{t.last_date}" if t.first_date else ""
        bad = f"[red]{t.quarantined:,}[/red]" if t.quarantined else "0"
        grid.add_row(t.table, dates, f"{t.accepted:,}", bad, f"{t.duplicates:,}", f"{t.skipped:,}")
    return grid


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[str], Callable[[collect.Progress], None]]]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:

        def told(name: str) -> Callable[[collect.Progress], None]:
            task = bar.add_task(name, total=1.0, rows=0)

            def tell(p: collect.Progress) -> None:
                bar.update(
                    task, description=f"{name} {p.table} {p.step}", total=max(p.bytes_total, 1),
                    completed=p.bytes_done, rows=p.rows,
                )  # fmt: skip

            return tell

        yield told
