"""`liuke train --table`: cross-validated figures on the screen, the model and its card in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from liuke.engine import DuckEngine
from liuke.insight.churn.learning.card.graphics import baseline_name
from liuke.insight.churn.learning.card.words import finding_text
from liuke.insight.churn.learning.flat.saving import free_folder, save_flat
from liuke.insight.churn.learning.flat.training import FlatRequest, FlatTrained, train_flat


def train_table(request: FlatRequest, out: Path | None, *, as_json: bool) -> None:
    """Trains, saves, reports."""
    folder = free_folder(request, out)
    engine = DuckEngine()
    bar = Progress(
        TextColumn("交叉验证 cross-validation"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=as_json,
    )  # fmt: skip
    try:
        with bar:
            task = bar.add_task("", total=None)
            found = train_flat(engine, request, lambda done, total: bar.update(task, completed=done, total=total))
    finally:
        engine.close()
    fingerprint = save_flat(found, request, folder)
    if as_json:
        typer.echo(json.dumps(as_dict(found, folder, fingerprint), ensure_ascii=False))
    else:
        show(found, folder, Console(highlight=False))


def as_dict(found: FlatTrained, folder: Path, fingerprint: str) -> dict[str, Any]:
    """The report as plain values; AUC over folds first."""
    cv, whole = found.crossval, found.evaluation.figures
    return {
        "auc": cv.model.mean,
        "auc_deviation": cv.model.deviation,
        "auc_by_fold": list(cv.model.auc),
        "auc_interval": [whole.auc.low, whole.auc.high] if whole.auc else None,
        "pr_auc": whole.pr_auc,
        "lift_5": whole.lift_5.lift if whole.lift_5 else None,
        "lift_10": whole.lift_10.lift if whole.lift_10 else None,
        "ece": sum(cv.ece) / len(cv.ece),
        "ece_by_repeat": list(cv.ece),
        "ece_20": whole.ece_20,
        "brier": whole.brier,
        "log_loss": whole.log_loss,
        "people": whole.people,
        "base_rate": whole.base_rate,
        "time_ordered": cv.time_ordered,
        "baselines": {b.name: {"auc": b.mean, "deviation": b.deviation} for b in cv.baselines},
        "findings": [{"kind": f.kind, "column": f.column, "detail": f.detail, "used": f.used} for f in found.findings],
        "folder": str(folder),
        "fingerprint": fingerprint,
    }


def show(found: FlatTrained, folder: Path, console: Console) -> None:
    """Prints the model beside its baselines, then what was found and where the model is."""
    cv, whole = found.crossval, found.evaluation.figures
    way = "按时间向前验证 forward in time" if cv.time_ordered else "分层交叉验证 stratified cross-validation"
    grid = Grid("", "AUC", "±", title=f"{way}: {whole.people:,} 人, 流失率 {whole.base_rate:.1%}")
    grid.add_row(
        "本模型 this model", f"{cv.model.mean:.4f}", f"{cv.model.deviation:.4f}", end_section=True, style="bold"
    )
    for baseline in cv.baselines:
        grid.add_row(" · ".join(baseline_name(baseline.name)), f"{baseline.mean:.4f}", f"{baseline.deviation:.4f}")
    console.print(grid)
    lift = whole.lift_10.lift if whole.lift_10 else float("nan")
    console.print(
        f"PR-AUC {whole.pr_auc:.3f} · 前10%提升度 lift@10% {lift:.2f} · 校准误差 ECE {sum(cv.ece) / len(cv.ece):.3f} · "
        f"Brier {whole.brier:.3f}"
    )
    for finding in found.findings:
        said = finding_text(finding)
        console.print(f"- {finding.column}: {said.zh} · {said.en}", markup=False)
    console.print(f"模型 model: {folder}\n模型卡 card: {folder / 'card.html'}", markup=False)
