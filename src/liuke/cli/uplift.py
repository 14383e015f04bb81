"""`liuke uplift`: what a treatment did, for whom, and whether it is worth choosing people by that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from liuke.cli.app import app
from liuke.cli.train import names
from liuke.cli.uplift_shown import show
from liuke.engine import DuckEngine
from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.checks import told_of
from liuke.insight.churn.learning.library import needs_lightgbm
from liuke.insight.uplift.learners import LEARNERS
from liuke.insight.uplift.plain import as_dict
from liuke.insight.uplift.study import Study, StudySettings, study
from liuke.insight.uplift.table import TrialRequest, read_trial


@app.command("uplift")
def uplift_command(
    table: Annotated[Path, typer.Option(help="A CSV, Parquet or Excel file, one row per person.")],
    treatment: Annotated[str, typer.Option(help="The column that says which arm a person was in.")],
    outcome: Annotated[str, typer.Option(help="The column that says what became of them; higher is better.")],
    treated: Annotated[str | None, typer.Option(help="The treatment's value of the treated arm.")] = None,
    control: Annotated[str | None, typer.Option(help="And of the control arm; other rows are left out.")] = None,
    positive: Annotated[str | None, typer.Option(help="The outcome's value that counts as a success.")] = None,
    propensity: Annotated[
        str | None, typer.Option(help="Planned share of treated, a column of chances, or 'estimate' (no draw).")
    ] = None,
    ids: Annotated[str, typer.Option("--id", help="Columns that only name people: A,B.")] = "",
    assigned_at: Annotated[str | None, typer.Option(help="When the arm was drawn.")] = None,
    outcome_at: Annotated[str | None, typer.Option(help="When the outcome was seen.")] = None,
    exclude: Annotated[str, typer.Option(help="Columns to leave out, as all known after the draw: A,B.")] = "",
    budget: Annotated[float, typer.Option(min=0.01, max=1, help="Share of people who can be contacted.")] = 0.3,
    cost: Annotated[float, typer.Option(min=0, help="Of one contact, in units of the outcome.")] = 0.0,
    learner: Annotated[str, typer.Option(help="Whose ranking is tested and used: s, t, x or dr.")] = "dr",
    folds: Annotated[int, typer.Option(min=2, max=20)] = 5,
    repeats: Annotated[int, typer.Option(min=1, max=20)] = 2,
    seed: Annotated[int, typer.Option(help="Same data and seed: same figures.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell whom a treatment drawn by lot helped, and whether to choose by that. 增量:对谁有效,值不值得按增量挑人。"""
    if learner not in LEARNERS:
        raise YourMistake(f"there is no learner '{learner}'", expected=f"one of {', '.join(LEARNERS)}")
    request = TrialRequest(
        table, treatment, outcome, treated, control, positive, propensity, names(ids), assigned_at, outcome_at,
        names(exclude), seed,
    )  # fmt: skip
    found = _studied(request, StudySettings(folds, repeats, seed, budget, cost, learner), quiet=as_json)
    if as_json:
        typer.echo(json.dumps(as_dict(found), ensure_ascii=False))
    else:
        show(found, Console(highlight=False))


def _studied(request: TrialRequest, settings: StudySettings, *, quiet: bool) -> Study:
    needs_lightgbm()
    bar = Progress(
        TextColumn("交叉验证 cross-fitting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=quiet,
    )  # fmt: skip
    engine = DuckEngine()
    try:
        with bar, told_of(Place(str(request.table))):
            task = bar.add_task("", total=None)
            flat = read_trial(engine, request)
            return study(flat, settings, lambda done, total: bar.update(task, completed=done, total=total))
    finally:
        engine.close()
