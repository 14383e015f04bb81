"""`liuke clusters`: find groups of customers alike, look at them, choose which model assigns customers."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.engines import house_at_once
from liuke.engine import Engine
from liuke.errors import Place, YourMistake, did_you_mean
from liuke.insight.amounts import Locale
from liuke.insight.churn.explain import amount_of
from liuke.insight.clusters.board import ClusterBoard, Telling, board
from liuke.insight.clusters.day import Facts, cluster_day
from liuke.insight.clusters.model import ClusterModel, learn_clusters
from liuke.insight.clusters.shelf import Entry, active, keep, models, open_model, use
from liuke.insight.features.registry import FEATURES
from liuke.insight.features.store import stored_features
from liuke.insight.snapshot import last_run_day
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_VALUE
from liuke.wiring.house import House, open_house

clusters = typer.Typer(name="clusters", help="Groups of customers alike. 聚类:建立、查看、启用。", no_args_is_help=True)
app.add_typer(clusters)

_Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_TELLING = 4
_STATES = {"active": ("在用", "active"), "retired": ("停用", "retired")}


@clusters.command("fit")
def fit_command(
    home: _Home = None,
    features: Annotated[str, typer.Option(help="Features to use, separated by commas; default ours.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of all random choices.")] = 20260101,
    as_json: _Json = False,
) -> None:
    """Find clusters among the customers of the last run, and assign everybody. 建立聚类并分配全部客户。"""
    house = open_house(home)
    names = tuple(n.strip() for n in features.split(",") if n.strip()) or None
    with house.engine() as engine:
        day = _last_day(house, engine)
        rows = stored_features(house.lake, engine)
        rows = rows.filter(rows.as_of == day)
        model = learn_clusters(engine, rows, day, house.pseudonym_key(), seed=seed, names=names)
        keep(house.clusters, model, datetime.now(UTC))
        tables = (house.lake.scan(engine, t) for t in (CUSTOMER_SNAPSHOT, CUSTOMER_VALUE))
        snapshot, value = (t.filter(t.as_of == day) for t in tables)
        cluster_day(house.lake, engine, model, rows, Facts(snapshot, value))
        found = board(house.lake, engine, model)
    _say(found, house, as_json=as_json)


@clusters.command("list")
def list_command(home: _Home = None, as_json: _Json = False) -> None:
    """List the fitted models. 聚类模型清单。"""
    house = open_house(home)
    found = models(house.clusters)
    if as_json:
        typer.echo(json.dumps({"models": [_entry(house, e) for e in found]}, ensure_ascii=False))
        return
    tongue = int(house.settings.locale == "en")
    if not found:
        typer.echo(("还没有聚类。先运行: liuke clusters fit", "No clusters yet. Run: liuke clusters fit")[tongue])
        return
    heads = (("版本", "version"), ("状态", "state"), ("自", "since"), ("样本日", "learned on"), ("聚类", "clusters"))
    grid = Grid(*(h[tongue] for h in heads), box=box.SIMPLE)
    for entry in found:
        shown = _entry(house, entry)
        grid.add_row(
            entry.version, _STATES[entry.state][tongue], entry.since[:10], shown["learned_on"], str(len(shown["names"]))
        )
    Console(highlight=False).print(grid)


@clusters.command("show")
def show_command(
    version: Annotated[str, typer.Argument(help="Default the model in use.")] = "",
    home: _Home = None,
    as_json: _Json = False,
) -> None:
    """Show the clusters: size, what sets them apart, what is at stake. 聚类画像。"""
    house = house_at_once(home)
    model = _model(house, version)
    with house.engine() as engine:
        found = board(house.lake, engine, model)
    _say(found, house, as_json=as_json)


@clusters.command("use")
def use_command(version: Annotated[str, typer.Argument(help="As listed.")], home: _Home = None) -> None:
    """Let a fitted model assign customers from the next run on. 启用某个聚类模型。"""
    house = open_house(home)
    entry = use(house.clusters, version, datetime.now(UTC))
    typer.echo(f"{entry.version}: {_STATES[entry.state][int(house.settings.locale == 'en')]}")


def _last_day(house: House, engine: Engine) -> date:
    """The day of the last run that made features and value."""
    day = last_run_day(house.lake, engine)
    value = house.lake.scan(engine, CUSTOMER_VALUE)
    made = engine.arrow(value.aggregate(day=value.as_of.max()))["day"][0].as_py()
    if day is None or made != day:
        raise YourMistake(
            "no whole day has been run in this bank home yet",
            place=Place(str(house.home)),
            expected="a last run that stored features and value",
            state="nothing was changed",
            then=f"liuke run --home {house.home}",
        )
    return day


def _model(house: House, version: str) -> ClusterModel:
    found = {e.version: e for e in models(house.clusters)}
    if version and version not in found:
        raise YourMistake(
            f"no cluster model is called '{version}'; {did_you_mean(version, found)}", then="liuke clusters list"
        )
    model = open_model(house.clusters, found[version]) if version else active(house.clusters)
    if model is None:
        raise YourMistake("there are no clusters yet", place=Place(str(house.home)), then="liuke clusters fit")
    return model


def _entry(house: House, entry: Entry) -> dict[str, Any]:
    model = open_model(house.clusters, entry)
    shown = {n: getattr(entry, n) for n in ("version", "state", "since")}
    return shown | {"learned_on": str(model.learned_on), "names": [c.name.model_dump() for c in model.clusters]}


def _say(found: ClusterBoard, house: House, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False, default=str))
        return
    _show(found, house.settings.locale, Console(highlight=False))


def _plain(found: ClusterBoard) -> dict[str, Any]:
    rows = [
        {
            "cluster": row.cluster.number,
            "name": row.cluster.name.model_dump(),
            "size": row.size and {k: v for k, v in row.size.items() if k not in ("version", "cluster")},
            "differences": [asdict(t) for t in row.tellings],
        }
        for row in found.rows
    ]
    return {
        "version": found.model.version,
        "learned_on": found.model.learned_on,
        "as_of": found.as_of,
        "sample": found.model.sample,
        "psi": found.psi,
        "refit": found.refit,
        "trials": [asdict(t) for t in found.model.trials],
        "clusters": rows,
    }


def _show(found: ClusterBoard, locale: Locale, console: Console) -> None:
    tongue = int(locale == "en")
    title = ("{} · 样本日 {} · 数据日期 {}", "{} · learned on {} · as of {}")[tongue]
    model = found.model
    console.print(title.format(model.version, model.learned_on, found.as_of or "—"), markup=False)
    for row in found.rows:
        name = row.cluster.name.en if tongue else row.cluster.name.zh
        console.print(f"\n[bold]{row.cluster.number} {name}[/bold]  {_sized(row.size, locale)}")
        for telling in row.tellings[:_TELLING]:
            console.print(f"    {_told(telling, locale)}", markup=False)
    if found.refit:
        said = (
            "聚类已不合身(规模漂移 PSI {:.2f}，样本日 {})：建议运行 liuke clusters fit",
            "The clusters fit no more (PSI of sizes {:.2f}, learned on {}): run liuke clusters fit",
        )
        console.print("\n" + said[tongue].format(found.psi or 0.0, model.learned_on), markup=False)


def _sized(size: dict[str, Any] | None, locale: Locale) -> str:
    if size is None:
        return ("尚未分配", "nobody assigned yet")[locale == "en"]
    words = (
        "{:,} 户 {:.1%} · 户均资产 {} · 过去年流失率 {:.1%}",
        "{:,} customers {:.1%} · mean assets {} · lost in the past year {:.1%}",
    )
    told = words[locale == "en"].format(
        size["customers"], size["share"], amount_of(size["aum_mean"], "currency", locale), size["attrition_year"] or 0.0
    )
    chance = ("平均流失概率", "mean probability of leaving")[locale == "en"]
    return told if size["probability"] is None else f"{told} · {chance} {size['probability']:.1%}"


def _told(telling: Telling, locale: Locale) -> str:
    """▲ 近90天投诉数 1.2 件，其余客户 0.1 件."""
    feature = FEATURES.get(telling.feature)
    sign = "▲" if telling.standard_deviations > 0 else "▼"
    if feature is None:
        return f"{sign} {telling.feature}"
    own, rest = (amount_of(v, feature.unit, locale) for v in (telling.mean, telling.rest))
    if locale == "en":
        return f"{sign} {feature.en} {own}, others {rest}"
    return f"{sign} {feature.zh} {own}，其余客户 {rest}"
