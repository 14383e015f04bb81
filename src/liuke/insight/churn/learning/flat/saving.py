"""A model of a flat table on disk: the artefact with its card, under a version that tells what it was made from."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.artefact import Origin, libraries, save
from liuke.insight.churn.learning.card.facts import CardFacts, FeatureLine, Text
from liuke.insight.churn.learning.card.page import render
from liuke.insight.churn.learning.flat.training import PERIOD, FlatRequest, FlatTrained

TOP_FEATURES = 12
LIMITS = (
    Text(
        "只适用于与训练数据同一定义、同一口径的客户与字段；口径变化后须重新训练。",
        "Holds for customers and columns defined as in the training data; retrain when a definition changes.",
    ),
    Text(
        "预测谁可能流失，不说明为何流失，也不说明联系后会不会留下；干预效果须由对照组证明。",
        "Tells who may leave, not why, nor who would stay if contacted; that takes a hold-out group.",
    ),
    Text(
        "不得用于定价、授信或拒绝服务；价格与条款不因流失评分而变。",
        "Not for pricing, lending or refusing service; prices and terms never depend on a churn score.",
    ),
)
RANDOM_SPLIT = Text(
    "数据没有时间列，验证为随机划分：对未来客户的表现通常略低于此。",
    "Without a time column the split is random: on future customers figures are usually somewhat lower.",
)


def free_folder(request: FlatRequest, out: Path | None) -> Path:
    """The folder asked for, or models/<table>/<version>; YourMistake when something is there already."""
    if not request.table.is_file():
        raise YourMistake("there is no such file", place=Place(str(request.table)), then="check the path after --table")
    folder = out or Path("models") / request.table.stem / version_of(request)
    if folder.exists():
        raise YourMistake(
            "the folder of the model is there already",
            place=Place(str(folder)),
            state="nothing was trained",
            then="name another folder with --out; the same data, options and seed would give the same model",
        )
    return folder


def version_of(request: FlatRequest) -> str:
    """Twelve hexadecimal digits of the file's content and all options."""
    asked = [request.label, request.positive, request.ids, request.time, request.exclude, request.protect, request.seed]
    with request.table.open("rb") as handle:
        content = hashlib.file_digest(handle, "sha256").hexdigest()
    text = json.dumps([content, asked, request.settings.as_dict()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def save_flat(found: FlatTrained, request: FlatRequest, folder: Path, made: datetime | None = None) -> str:
    """Writes the model with its card and returns the fingerprint; all or nothing."""
    origin = Origin(
        request.table.stem,
        folder.name,
        found.prepared.data,
        "flat table",
        request.seed,
        {
            **found.prepared.settings.as_dict(),
            "search": [{"candidate": c.candidate, "rounds": c.rounds, "log_loss": c.log_loss, "chosen": c.chosen}
                       for c in found.trained.search],
            "calibration_losses": found.trained.calibration_losses,
        },
        {"label": request.label, "columns": [c.as_dict() for c in found.prepared.columns]},
    )  # fmt: skip
    return save(found.trained.model, folder, origin, render(card(found, request, origin, made or datetime.now(UTC))))


def card(found: FlatTrained, request: FlatRequest, origin: Origin, made: datetime) -> CardFacts:
    """The facts of the card."""
    cv, examples = found.crossval, found.prepared.examples
    if cv.time_ordered:
        zh, en = (
            "按时间向前验证：总在更早的数据上学习，在更晚的数据上检验。",
            "Forward in time: learned from earlier rows, judged on later ones.",
        )
    else:
        zh = f"{request.repeats} 次 {request.folds} 折分层交叉验证；一切拟合只在训练折内。图表取第一次的折外预测。"
        en = (f"{request.folds}-fold stratified cross-validation, {request.repeats} times; everything is fitted inside "
              "the training folds. Figures are of the first round's out-of-fold predictions.")  # fmt: skip
    return CardFacts(
        Text(f"流失模型：{request.table.stem}", f"Churn model: {request.table.stem}"),
        origin.version,
        f"{made:%Y-%m-%d}",
        Text(
            f"预测 {request.label}，供客户经理安排挽留联系的先后。",
            f"Predicts {request.label}, to order retention contacts.",
        ),
        Text(zh, en),
        (),
        (
            (Text("数据", "data"), request.table.name),
            (Text("行数", "rows"), f"{found.prepared.whole:,}"),
            (Text("正例", "positives"), f"{examples.positives:,} ({examples.base_rate:.1%})"),
            (Text("输入特征", "features"), f"{len(examples.names)}"),
            (Text("模型列（含派生）", "columns incl. derived"), f"{len(found.trained.model.columns)}"),
            (Text("各折 AUC", "AUC over folds"), _headline(found)),
        ),
        found.evaluation,
        _features(found),
        found.findings,
        LIMITS if cv.time_ordered else (*LIMITS, RANDOM_SPLIT),
        found.trained.model.references,
        found.trained.model.score_reference,
        {
            "data": origin.data,
            "seed": str(origin.seed),
            "candidate": next(c.candidate for c in found.trained.search if c.chosen),
            "rounds": str(next(c.rounds for c in found.trained.search if c.chosen)),
            "calibration": str(found.trained.model.calibration.as_dict()["kind"]),
            **libraries(),
        },
        {PERIOD: Text(request.time or "", request.time or "")},
    )


def _headline(found: FlatTrained) -> str:
    return f"{found.crossval.model.mean:.4f} ± {found.crossval.model.deviation:.4f}"


def _features(found: FlatTrained) -> tuple[FeatureLine, ...]:
    shares = found.trained.model.importance
    names = found.trained.model.names
    order = sorted(range(len(names)), key=lambda k: -shares[k])[:TOP_FEATURES]
    return tuple(FeatureLine(names[k], Text(names[k], names[k]), float(shares[k])) for k in order)
