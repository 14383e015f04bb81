"""`liuke health`: what looks wrong with the platform."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.wiring import open_house
from liuke.wiring.state import start_state

BAD = 1
"""Exit code when something is bad."""


@app.command()
def health(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, with the facts.")] = False,
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
) -> None:
    """Look at runs, feeds, events, messages, orders, audit and disk; exit code 1 when work stands still. 运行状况。"""
    house = open_house(home)
    start_state(house.home)
    from liuke.health.report import health_report

    report = health_report(house, datetime.now(UTC))
    facts, found, locale = report.facts, report.findings, house.settings.locale
    if as_json:
        told = [asdict(one) | {"text": one.text(locale)} for one in found]
        typer.echo(json.dumps({"findings": told, "facts": asdict(facts)}, ensure_ascii=False, default=str))
    else:
        _show([(one.severity, one.text(locale)) for one in found], zh=locale != "en")
    if any(one.severity == "bad" for one in found):
        raise typer.Exit(BAD)


def _show(found: list[tuple[str, str]], *, zh: bool) -> None:
    console = Console(highlight=False)
    for severity, text in found:
        console.print(text, style="red" if severity == "bad" else "yellow", markup=False)
    if not found:
        console.print("一切在限度之内" if zh else "all within its limits", style="green")
