"""`liuke train` in a bank home, and `liuke models`: what there is, which one scores."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.days import parse_day
from liuke.insight.churn.card_of import card_of
from liuke.insight.churn.definition import ChurnPolicy, read_churn_policy
from liuke.insight.churn.grounds import grounds_text
from liuke.insight.churn.judgement import Part
from liuke.insight.churn.registry import Entry, activate, models, retire
from liuke.insight.churn.training import Bank, Registered, Wish, train_bank, write
from liuke.insight.churn.warning_policy import read_warning_policy
from liuke.wiring.house import House, open_house

_GROUPS = {
    "all": ("全部", "Everybody"),
    "not_fallen": ("余额尚未下降", "Not yet fallen"),
    "last": ("最近时点·全部", "Last snapshot"),
    "last_not_fallen": ("最近时点·尚未下降", "Last, not yet fallen"),
}
_STATES = {"active": ("在用", "active"), "candidate": ("候选", "candidate"), "retired": ("停用", "retired")}
_Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def train_home(
    house: House,
    *,
    definition: str | None,
    snapshots: int | None,
    until: str | None,
    known_now: bool,
    as_json: bool,
) -> None:
    """Trains on the bank's own past and prints the result; the model is active when it beats the signals."""
    policy = _with(read_churn_policy(house.policy("churn")), snapshots)
    wish = Wish(
        policy,
        read_warning_policy(house.policy("warning")),
        definition,
        parse_day(until) if until else None,
        known_now,
    )
    console = Console(stderr=True, highlight=False)
    with house.engine() as engine, console.status("…") as status:
        bank = Bank(engine, house.lake, house.zone, house.pseudonym_key(), datetime.now(UTC))
        judged = train_bank(bank, wish, status.update)
    made = write(judged, house.models, now=datetime.now(UTC), card=card_of(judged, house.settings.small_group))
    if as_json:
        typer.echo(json.dumps(as_dict(made), ensure_ascii=False, default=str))
    else:
        show(made, house.settings.locale, Console(highlight=False))


def as_dict(made: Registered) -> dict[str, Any]:
    """The result as plain values."""
    judged = made.judged
    return {
        "model": made.entry.name,
        "version": made.entry.version,
        "state": made.entry.state,
        "verdict": judged.verdict.reason,
        "folder": str(made.folder),
        "definition": judged.definition.version,
        "train_days": list(judged.plan.train),
        "purged_days": list(judged.plan.purged),
        "test_days": list(judged.plan.test),
        "examples": {str(day): {"lost": lost, "people": n} for day, (lost, n) in judged.drawn.counts.items()},
        "kept": {
            "lost": judged.drawn.kept_positives,
            "others": judged.drawn.kept_negatives,
            "test": judged.drawn.kept_test,
        },
        "features": len(judged.asked.features),
        "headline": judged.headline.group,
        "figures": {part.group: _part(part) for part in judged.parts},
        "findings": [{"kind": f.kind, "column": f.column} for f in judged.trained.findings],
    }


def _part(part: Part) -> dict[str, Any]:
    model = part.model
    auc = model.auc
    return {
        "people": model.people,
        "lost": model.positives,
        "auc": auc and {"estimate": auc.estimate, "low": auc.low, "high": auc.high},
        "pr_auc": model.pr_auc,
        "lift_5": model.lift_5 and model.lift_5.lift,
        "lift_10": model.lift_10 and model.lift_10.lift,
        "calibration_error": model.ece_10,
        "lead_days_median": part.lead.median,
        "baselines": {b.name: b.figures.auc and b.figures.auc.estimate for b in part.baselines},
    }


def show(made: Registered, locale: str, console: Console) -> None:
    """Prints figures beside baselines, then the verdict."""
    tongue, judged = int(locale == "en"), made.judged
    heads = (
        ("客户 / 流失", "People / lost"),
        ("AUC [95%]", "AUC [95%]"),
        ("提升 5% / 10%", "Lift 5% / 10%"),
        ("校准误差", "Calibration error"),
        ("提前天数", "Lead days"),
    )
    title = ("检验：{} 至 {}，训练：{} 至 {}", "Judged on {} to {}, learned from {} to {}")[tongue].format(
        judged.plan.test[0], judged.plan.test[-1], judged.plan.train[0], judged.plan.train[-1]
    )
    grid = Grid(("人群", "Who")[tongue], *(h[tongue] for h in heads), title=title, box=box.SIMPLE)
    for part in judged.parts:
        grid.add_row(*_cells(part, judged.headline, tongue))
    console.print(grid)
    for line in _explained(made, tongue):
        console.print(line, markup=False, soft_wrap=True)


def _cells(part: Part, head: Part, tongue: int) -> list[str]:
    model = part.model
    auc = f"{model.auc.estimate:.3f} [{model.auc.low:.3f}, {model.auc.high:.3f}]" if model.auc else "—"
    lifts = [f"{lift.lift:.1f}×" if lift else "—" for lift in (model.lift_5, model.lift_10)]
    return [
        _GROUPS[part.group][tongue] + (" *" if part is head else ""),
        f"{model.people:,} / {model.positives:,}",
        auc,
        " / ".join(lifts),
        "—" if model.ece_10 is None else f"{model.ece_10:.3f}",
        "—" if part.lead.median is None else f"{part.lead.median:g}",
    ]


def _explained(made: Registered, tongue: int) -> list[str]:
    judged, head = made.judged, made.judged.headline
    rivals = ", ".join(f"{b.name} {b.figures.auc.estimate:.3f}" for b in head.baselines if b.figures.auc)
    drawn = judged.drawn
    lines = [("* 主要指标。对照(AUC)：", "* the headline. Beside it (AUC): ")[tongue] + (rivals or "—")]
    if not drawn.complete or drawn.kept_test < 1:
        lines.append(
            ("抽样：流失 {:.1%}，其余 {:.1%}，检验 {:.1%}", "Drawn: lost {:.1%}, others {:.1%}, test {:.1%}")[
                tongue
            ].format(drawn.kept_positives, drawn.kept_negatives, drawn.kept_test)
        )
    lines.append(grounds_text(judged.verdict.grounds, "en" if tongue else "zh-hans"))
    state = _STATES[made.entry.state][tongue]
    lines.append(f"{made.entry.label}: {state}")
    if not judged.verdict.passed:
        lines.append(
            ("未优于三个信号，不启用，保留为候选。", "It does not beat the signals: not activated, kept as candidate.")[
                tongue
            ]
        )
    return lines


def _with(policy: ChurnPolicy, snapshots: int | None) -> ChurnPolicy:
    if snapshots is None:
        return policy
    training = policy.training.model_copy(update={"snapshots": snapshots})
    return policy.model_copy(update={"training": training})


models_app = typer.Typer(help="Trained models: list, activate, retire. 模型清单与启停。", invoke_without_command=True)
app.add_typer(models_app, name="models")


@models_app.callback(invoke_without_command=True)
def models_command(context: typer.Context, home: _Home = None, as_json: _Json = False) -> None:
    """List the trained models. 模型清单。"""
    if context.invoked_subcommand is None:
        _list(open_house(home), as_json)


@models_app.command("activate")
def activate_command(
    model: Annotated[str, typer.Argument(help="NAME/VERSION as `liuke models` lists them.")], home: _Home = None
) -> None:
    """Let a model score from the next run on; the active one of its name retires. 启用模型。"""
    house = open_house(home)
    _say(activate(house.models, model, now=datetime.now(UTC)), house)


@models_app.command("retire")
def retire_command(
    model: Annotated[str, typer.Argument(help="NAME/VERSION as `liuke models` lists them.")], home: _Home = None
) -> None:
    """Stop a model from scoring; its files stay. 停用模型。"""
    house = open_house(home)
    _say(retire(house.models, model, now=datetime.now(UTC)), house)


def _list(house: House, as_json: bool) -> None:
    found = models(house.models)
    tongue = int(house.settings.locale == "en")
    if as_json:
        plain = [{n: getattr(e, n) for n in ("name", "version", "state", "since", "reason")} for e in found]
        typer.echo(json.dumps({"models": plain}, ensure_ascii=False))
        return
    if not found:
        typer.echo(("还没有模型。先运行: liuke train", "There is no model yet. Run: liuke train")[tongue])
        return
    heads = (("模型", "Model"), ("状态", "State"), ("自", "Since"), ("说明", "Why"))
    grid = Grid(*(h[tongue] for h in heads), box=box.SIMPLE)
    for entry in found:
        why = grounds_text(entry.grounds, house.settings.locale) or entry.reason
        grid.add_row(entry.label, _STATES[entry.state][tongue], entry.since[:10], why)
    Console(highlight=False).print(grid)


def _say(entry: Entry, house: House) -> None:
    typer.echo(f"{entry.label}: {_STATES[entry.state][int(house.settings.locale == 'en')]}")
