"""`liuke simulate`: writes a synthetic bank and, apart from it, the truth about it."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from liuke.cli.app import app
from liuke.errors import Place, YourMistake
from liuke.sim import History, SimConfig, found_bank, history, write_cases, write_episodes, write_pains, write_source

_out, _err = Console(), Console(stderr=True)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="New folder for the files. 输出目录。")],
    customers: Annotated[int, typer.Option(min=1, help="Customers in the whole story.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="Months of history.")] = 18,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bank.")] = 1,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; default yesterday.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Simulate a bank: Parquet per table, the mapping to load it, and the truth apart. 生成模拟银行数据。"""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise YourMistake(
            "the folder is not empty",
            place=Place(str(folder)),
            expected="a new or empty folder",
            state="nothing was written",
            then="name another folder, or empty this one",
        )
    config = SimConfig(customers, end.date() if end else _yesterday(), months, seed)
    started = time.perf_counter()
    past = _written(config, folder)
    write_source(folder / "sources" / "simulated.yaml", "../data")
    truth = folder / "truth"
    write_episodes(past.world, past.episode_who, past.episode_day, truth / "episodes.parquet")
    write_cases(past.world.bank, past.cases, truth / "applications.parquet")
    write_pains(past.world.bank, truth / "pains.json")
    _show(config, past, folder, time.perf_counter() - started, as_json)


def _yesterday() -> date:
    return (datetime.now(UTC) + timedelta(hours=8) - timedelta(days=1)).date()


def _written(config: SimConfig, folder: Path) -> History:
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn()
    with Progress(*columns, console=_err) as bar:
        task = bar.add_task(f"simulating {config.start} – {config.end}", total=None)
        return history(
            found_bank(config),
            config.end,
            folder / "data",
            lambda done, total: bar.update(task, completed=done, total=total),
        )


def _show(config: SimConfig, past: History, folder: Path, seconds: float, as_json: bool) -> None:
    if as_json:
        facts = {"customers": config.customers, "start": str(config.start), "end": str(config.end)}
        facts |= {"seed": config.seed, "rows": past.rows, "episodes": len(past.episode_who)}
        facts["applications"] = len(past.cases.who)
        typer.echo(json.dumps(facts | {"seconds": round(seconds, 2)}, ensure_ascii=False))
        return
    table = Table("table", "rows")
    for name, rows in past.rows.items():
        table.add_row(name, f"{rows:,}")
    _out.print(table)
    _out.print(f"{config.start} – {config.end}, {seconds:.1f} s, in {folder}", highlight=False)
    _out.print(f"next: liuke load {folder / 'sources' / 'simulated.yaml'}", highlight=False, soft_wrap=True)
