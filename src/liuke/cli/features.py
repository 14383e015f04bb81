"""`liuke features`: the registry of features."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.errors import YourMistake, did_you_mean
from liuke.insight.features.feature import FAMILIES, Feature
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION, feature


@app.command("features")
def features_command(
    name: Annotated[str | None, typer.Argument(help="One feature; without it, all of them.")] = None,
    family: Annotated[str | None, typer.Option(help="Only this family, e.g. balance.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the features and what they are made from. 特征清单。"""
    shown = [feature(name)] if name else _of_family(family)
    if as_json:
        typer.echo(
            json.dumps({"version": REGISTRY_VERSION, "features": [asdict(f) for f in shown]}, ensure_ascii=False)
        )
        return
    _print(shown)


def _of_family(family: str | None) -> list[Feature]:
    if family is not None and family not in FAMILIES:
        raise YourMistake(
            f"no family of features is called '{family}'; {did_you_mean(family, FAMILIES)}",
            then="liuke features   # lists them all",
        )
    return [f for f in FEATURES.values() if family in (None, f.family)]


def _print(shown: list[Feature]) -> None:
    grid = Grid(title=f"特征 Features · {len(shown)} · {REGISTRY_VERSION}")
    for head in ("名称 Name", "说明 Meaning", "单位 Unit", "族 Family", "来源 Inputs"):
        grid.add_column(head, overflow="fold")
    for f in shown:
        mark = " (受保护 protected)" if f.sensitivity == "protected" else ""
        columns = ", ".join(f.inputs) if len(shown) == 1 else ", ".join(sorted(f.tables))
        grid.add_row(f.name, f"{f.zh}\n{f.en}{mark}", f.unit, FAMILIES[f.family][0], columns)
    Console().print(grid)
