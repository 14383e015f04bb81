"""`liuke segments`: sizes, live counts, masked samples, changes with their reasons, audited exports."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.engines import house_at_once
from liuke.cli.log_in import house_and_scope
from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.insight.rules.codes import bank_codes
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.board import SegmentRow, segment_rows
from liuke.insight.segments.catalogue import Segment, read_segments, segment_named
from liuke.insight.segments.change import SegmentChange, segment_change
from liuke.insight.segments.export import ExportRequest, export_segment
from liuke.insight.segments.live import live_data
from liuke.insight.segments.preview import count_members, sample_members
from liuke.insight.snapshot import last_run_day
from liuke.insight.tags.catalogue import read_tags
from liuke.wiring.house import House

segments = typer.Typer(
    name="segments", help="Segments of customers. 客群:规模、抽样、变化、导出。", no_args_is_help=True
)
app.add_typer(segments)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="The segment's code or name.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Data date; default that of the last run.")]
User = Annotated[str, typer.Option("--as", help="The log-in whose scope and masks apply.")]


@segments.command("list")
def list_command(home: Home = None, as_json: Json = False) -> None:
    """List the segments with their last snapshot. 客群清单。"""
    house = house_at_once(home)
    with house.engine() as engine:
        rows = segment_rows(house.lake, engine, _all(house))
    if as_json:
        typer.echo(json.dumps([_row(row) for row in rows], ensure_ascii=False))
        return
    zh = house.settings.locale != "en"
    grid = Grid(*(("客群", "名称", "人数", "进入", "离开", "数据日期", "归口") if zh else
                  ("segment", "name", "members", "entered", "left", "as of", "owner")))  # fmt: skip
    for row in rows:
        numbers = ("—" if n is None else f"{n:,}" for n in (row.members, row.entered, row.left))
        title, day = row.segment.title(house.settings.locale), str(row.as_of or "—")
        grid.add_row(row.segment.code, title, *numbers, day + (" *" if row.stale else ""), row.segment.owner)
    Console(highlight=False).print(grid)


@segments.command("count")
def count_command(name: Code, home: Home = None, as_of: AsOf = "", as_json: Json = False) -> None:
    """Count a segment's members now, by its rule as written. 实时计数。"""
    house = house_at_once(home)
    with house.engine() as engine:
        segment, data = _asked(house, engine, name, as_of)
        members = count_members(engine, segment.rule, data)
        customers = engine.count(data.people)
    if as_json:
        found = {"segment": segment.code, "as_of": data.day.isoformat(), "members": members, "customers": customers}
        typer.echo(json.dumps(found))
        return
    share = f" · {members / customers:.1%}" if customers else ""
    typer.echo(
        f"{segment.title(house.settings.locale)} ({segment.code}) · {data.day} · {members:,} / {customers:,}{share}"
    )


@segments.command("sample")
def sample_command(
    name: Code,
    user: User,
    home: Home = None,
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: Json = False,
) -> None:
    """Show some members within a log-in's scope, masked. 抽样(脱敏)。"""
    house, scope = house_and_scope(home, user)
    with house.engine() as engine:
        segment, data = _asked(house, engine, name, as_of)
        locale = house.settings.locale
        rows = sample_members(engine, segment.rule, data, scope, limit=limit, locale=locale)
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], ensure_ascii=False, default=str))
        return
    grid = Grid(*(rows[0] if rows else ("customer_id",)), title=segment.title(house.settings.locale))
    for row in rows:
        grid.add_row(*("" if v is None else str(v) for v in row.values()))
    Console(highlight=False).print(grid)


@segments.command("changes")
def changes_command(
    name: Code,
    start: Annotated[str, typer.Option("--from", help="The earlier day.")],
    user: User,
    end: Annotated[str, typer.Option("--to", help="The later day; default the last run's.")] = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show who entered and left between two days, and which condition turned. 谁进入、谁离开、为什么。"""
    house, scope = house_and_scope(home, user)
    with house.engine() as engine:
        segment = segment_named(_all(house), name)
        moments = (house.as_of(parse_day(start)), house.as_of(_day(house, engine, end)))
        locale = house.settings.locale
        found = segment_change(
            engine, lambda t: house.lake.scan(engine, t), segment, moments, scope, zone=house.zone, locale=locale
        )
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, default=str))
    else:
        _show_change(found, segment.title(house.settings.locale), zh=house.settings.locale != "en")


@segments.command("export")
def export_command(
    name: Code,
    out: Annotated[Path, typer.Option(help="The CSV file to write; must not exist.")],
    user: User,
    reason: Annotated[str, typer.Option(help="Why; stands in the audit log.")],
    home: Home = None,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Write a segment to a masked, watermarked CSV file; audited. 导出(脱敏、水印、留痕)。"""
    house, scope = house_and_scope(home, user)
    from liuke.state import audit

    with house.engine() as engine:
        segment, data = _asked(house, engine, name, as_of)
        request = ExportRequest(
            scope,
            reason,
            datetime.now(UTC),
            house.settings.locale,
            house.settings.small_group,
            house.settings.masking.export_alone,
        )
        made = export_segment(engine, segment, data, out, request, audit.append)
    found = {"file": str(made.path), "rows": made.rows, "export_id": made.export_id}
    typer.echo(json.dumps(found) if as_json else f"{made.path} · {made.rows:,} · {made.export_id}")


def _all(house: House) -> dict[str, Segment]:
    codes = bank_codes(house.policy)
    return dict(read_segments(house.home / "segments", read_tags(house.home / "tags", codes), codes))


def _asked(house: House, engine: Engine, name: str, as_of: str) -> tuple[Segment, RuleData]:
    segment = segment_named(_all(house), name)
    moment = house.as_of(_day(house, engine, as_of))
    return segment, live_data(house.lake, engine, moment, house.zone, [segment.rule])


def _day(house: House, engine: Engine, typed: str) -> Any:
    day = parse_day(typed) if typed else last_run_day(house.lake, engine)
    if day is None:
        raise YourMistake(
            "nothing has been run in this bank home yet",
            place=Place(str(house.home)),
            then=f"liuke run --as-of DATE --home {house.home}   # or name a day with --as-of",
        )
    return day


def _row(row: SegmentRow) -> dict[str, Any]:
    segment = row.segment
    return {
        "segment": segment.code,
        "name": segment.name.model_dump(),
        "owner": segment.owner,
        "version": segment.version,
        "columns": list(segment.lineage.columns),
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "members": row.members,
        "entered": row.entered,
        "left": row.left,
        "stale": row.stale,
    }


def _show_change(found: SegmentChange, title: str, *, zh: bool) -> None:
    console = Console(highlight=False)
    moved = ("进入", "离开") if zh else ("entered", "left")
    span = f"{title} · {found.before} → {found.after} · {found.members_before:,} → {found.members_after:,}"
    console.print(f"{span} · {moved[0]} {found.entered:,} · {moved[1]} {found.left:,}", markup=False)
    for reason in found.reasons:
        way = " › ".join((*reason.names, reason.text))
        console.print(f"  {moved[reason.direction == 'left']} {reason.customers:,} · {way}", markup=False)
    grid = Grid(
        *(("客户", "方向", "条件", "之前", "之后") if zh else ("customer", "moved", "condition", "before", "after"))
    )
    for person in found.people:
        for i, why in enumerate(person.why):
            who = (person.customer_id, moved[person.direction == "left"]) if i == 0 else ("", "")
            grid.add_row(*who, why.subject, why.before, why.after)
    console.print(grid)
