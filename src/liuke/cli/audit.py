"""`liuke audit`: the audit log checked, anchored and handed to an auditor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.cli.log_in import house_and_scope
from liuke.cli.steps import shown_steps
from liuke.errors import Place, YourMistake
from liuke.govern.audit import ChainedRecord, false_line, read_record
from liuke.wiring import open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.govern.anchor import Verdict

audit = typer.Typer(name="audit", help="The audit log. 审计日志:校验、锚定、导出。", no_args_is_help=True)
app.add_typer(audit)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
FALSE = 1
"""Exit code when something in the log does not fit."""


@audit.command()
def verify(
    file: Annotated[
        Path | None, typer.Option(help="Check the rows of a .jsonl export instead, without a bank.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    home: Home = None,
) -> None:
    """Hold the whole log against its chain and anchors; exit code 1 when a row was touched. 校验审计链。"""
    if file is not None:
        _verify_file(file, as_json=as_json)
        return
    house = open_house(home)
    start_state(house.home)
    from liuke.wiring.anchors import check_audit

    with shown_steps() as told:
        verdict = check_audit(house, lambda read: told(f"{read:,} rows"))
    typer.echo(json.dumps(asdict(verdict), default=str) if as_json else _said(verdict))
    if verdict.failure:
        raise typer.Exit(FALSE)


@audit.command()
def anchor(home: Home = None) -> None:
    """Write the newest row's hash to the anchors' folder; `liuke run` does so each day. 锚定审计链。"""
    house = open_house(home)
    start_state(house.home)
    from liuke.wiring.anchors import anchor_log

    made = anchor_log(house, datetime.now(UTC))
    typer.echo(f"row {made.seq} {made.hash}" if made else "nothing new: the newest row is anchored")


@audit.command("export")
def export_command(
    path: Annotated[Path, typer.Argument(help="The file to make: .csv for a spreadsheet, .jsonl to check it again.")],
    user: Annotated[str, typer.Option("--as", help="The log-in that exports.")],
    reason: Annotated[str, typer.Option(help="What for; it stands in the log.")],
    actor: Annotated[str, typer.Option(help="Only what this log-in did.")] = "",
    action: Annotated[str, typer.Option(help="Only this action.")] = "",
    object_id: Annotated[str, typer.Option("--object", help="Only what was done to this customer, order …")] = "",
    since: Annotated[str, typer.Option(help="From this day on.")] = "",
    until: Annotated[str, typer.Option(help="Up to this day.")] = "",
    home: Home = None,
) -> None:
    """Write rows of the log to a file; the export itself is a row. 导出审计日志。"""
    _, scope = house_and_scope(home, user)
    from liuke.state.actions.change_order import Who
    from liuke.state.actions.export_audit import AuditExport, export_audit
    from liuke.state.audit_list import AuditFilter

    days = [parse_day(text) if text else None for text in (since, until)]
    wanted = AuditFilter(actor, action, object_id, *days)
    who = Who(scope, datetime.now(UTC))
    rows = export_audit(who, AuditExport(wanted, path.suffix.removeprefix("."), reason), path)
    typer.echo(f"{path}: {rows:,}")


def _verify_file(path: Path, *, as_json: bool) -> None:
    try:
        with path.open(encoding="utf-8") as lines:
            false = false_line(_rows(lines, path))
    except OSError as error:
        raise YourMistake(f"the file cannot be read: {error.strerror}", place=Place(str(path))) from error
    except UnicodeDecodeError as error:
        raise YourMistake("the file is no text", place=Place(str(path)), expected="a .jsonl export") from error
    sound = "every row is as it was written; rows left out of the file cannot be seen"
    typer.echo(json.dumps({"false": false}) if as_json else sound if false is None else f"row {false} was changed")
    if false is not None:
        raise typer.Exit(FALSE)


def _rows(lines: Iterator[str], path: Path) -> Iterator[ChainedRecord]:
    for number, line in enumerate(lines, start=1):
        try:
            yield read_record(line)
        except ValueError as error:
            raise YourMistake(
                "this line is no row of the audit log",
                place=Place(str(path), line=number),
                expected="a file of `liuke audit export NAME.jsonl`",
                then="export again; a line damaged on purpose looks the same",
            ) from error


def _said(verdict: Verdict) -> str:
    proof = (
        f"{verdict.anchors} anchors, the newest of row {verdict.anchored_seq}" if verdict.anchors
        else "no anchors yet: rows cut off at the end could not be seen (`liuke audit anchor`)"
    )  # fmt: skip
    told = {
        None: f"whole: {verdict.rows:,} rows, newest hash {verdict.newest or '-'}",
        "row": f"BROKEN: row {verdict.seq} or one before it was changed, removed or put in",
        "rewritten": f"BROKEN: rows between {verdict.after} and {verdict.seq} were changed and chained anew",
        "cut": f"BROKEN: rows from {verdict.seq} to {verdict.anchored_seq} or later were cut off",
        "seal": f"BROKEN: the anchor of row {verdict.seq}, or one before it, was changed, or its key is another",
    }
    return f"{told[verdict.failure]}\n{proof}"
