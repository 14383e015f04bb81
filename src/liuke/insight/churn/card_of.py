"""The model card of a model trained on the bank's own past."""

from __future__ import annotations

from typing import Any

from liuke.insight.churn.grounds import grounds_text
from liuke.insight.churn.judgement import Part
from liuke.insight.churn.learning.artefact import libraries
from liuke.insight.churn.learning.card.facts import CardFacts, FeatureLine, Headline, Text
from liuke.insight.churn.learning.card.page import render
from liuke.insight.churn.learning.flat.saving import LIMITS
from liuke.insight.churn.training import Judged, origin_of
from liuke.insight.features.registry import FEATURES

TOP_FEATURES = 20
_WHO = {
    "all": Text("全部有可流失的客户", "everybody at risk"),
    "not_fallen": Text("余额尚未下降的客户", "customers who have not yet fallen"),
    "last": Text("最近时点全部", "last snapshot, everybody"),
    "last_not_fallen": Text("最近时点尚未下降", "last snapshot, not yet fallen"),
}
MORE_LIMITS = (
    Text("不得仅凭本评分关闭、冻结或降级账户；客户有权要求说明与人工复核（个人信息保护法第二十四条）。",
         "No account is closed, frozen or downgraded by this score alone; people may ask for reasons and a human."),
    Text("银行改变产品、渠道或客群后，先看漂移监测，再相信概率。",
         "After a change of products, channels or customers look at the drift board before trusting a probability."),
)  # fmt: skip


def card_of(judged: Judged, small_group: int = 10) -> str:
    """The card as one HTML file. The headline is the figure on customers who had not yet fallen, on later days.

    small_group: of groups with fewer people no figure is shown.
    """
    return render(_facts(judged, small_group))


def _facts(judged: Judged, small_group: int) -> CardFacts:
    origin, plan, trained = origin_of(judged), judged.plan, judged.trained
    chosen = next(c for c in trained.search if c.chosen)
    name = judged.definition.name
    kept = f"{judged.drawn.kept_positives:.0%} / {judged.drawn.kept_negatives:.0%}"
    return CardFacts(
        Text(f"流失模型：{name.zh}", f"Churn model: {name.en}"),
        origin.version,
        str(plan.days[-1]),
        Text(
            f"预测客户在 {judged.definition.horizon_days} 天内流失的概率，供客户经理安排挽留联系的先后。",
            f"The probability of being lost within {judged.definition.horizon_days} days, to order retention contacts.",
        ),
        Text(
            f"按时间向前：在 {plan.train[0]} 至 {plan.train[-1]} 的时点上学习，"
            f"在 {plan.test[0]} 至 {plan.test[-1]} 上检验；训练标签的观察期在第一个检验时点之前全部结束。",
            f"Forward in time: learned from snapshots {plan.train[0]} to {plan.train[-1]}, judged on {plan.test[0]} to "
            f"{plan.test[-1]}; every training label window had closed before the first of them.",
        ),
        (_headline(judged.headline),),
        (
            (Text("时点数（训练 / 检验）", "snapshots (learned / judged)"), f"{len(plan.train)} / {len(plan.test)}"),
            (Text("检验客户-时点", "judged customer-days"), f"{judged.parts[0].model.people:,}"),
            (Text("其中流失", "of them lost"), f"{judged.parts[0].model.positives:,}"),
            (Text("训练抽样（流失 / 其他）", "kept to learn from (lost / others)"), kept),
            (Text("输入特征", "features"), f"{len(judged.asked.features)}"),
            *((_WHO[p.group], _short(p)) for p in judged.parts if p is not judged.headline),
            (Text("上线判定", "verdict"), Text(grounds_text(judged.verdict.grounds), judged.verdict.reason)),
        ),
        judged.evaluation,
        _features(judged),
        trained.findings,
        (*LIMITS, *MORE_LIMITS),
        trained.model.references,
        trained.model.score_reference,
        {
            "data": origin.data,
            "definition": judged.definition.version,
            "features": origin.features,
            "seed": str(origin.seed),
            "candidate": chosen.candidate,
            "rounds": str(chosen.rounds),
            **libraries(),
        },
        {"month": Text("时点月份", "Month of the snapshot"), "aum": Text("资产四分位", "Quarter of AUM")},
        {"age": Text("年龄段", "Age band"), "sex": Text("性别", "Sex")},
        small_group,
    )


def _headline(part: Part) -> Headline:
    lead = part.lead.median
    days = "" if lead is None else f"，流失前中位 {lead:.0f} 天"
    ahead = "" if lead is None else f", a median of {lead:.0f} days before the loss"
    return Headline(_auc(part), Text(f"AUC · {_WHO[part.group].zh}{days}", f"AUC · {_WHO[part.group].en}{ahead}"))


def _short(part: Part) -> str:
    beside = ", ".join(f"{b.name} {_estimate(b.figures)}" for b in part.baselines)
    return f"AUC {_auc(part)} ({beside})" if beside else f"AUC {_auc(part)}"


def _auc(part: Part) -> str:
    return _estimate(part.model)


def _estimate(figures: Any) -> str:
    return f"{figures.auc.estimate:.3f}" if figures.auc else "—"


def _features(judged: Judged) -> tuple[FeatureLine, ...]:
    shares, names = judged.trained.model.importance, judged.trained.model.names
    order = sorted(range(len(names)), key=lambda k: -shares[k])[:TOP_FEATURES]
    return tuple(
        FeatureLine(names[k], Text(FEATURES[names[k]].zh, FEATURES[names[k]].en), float(shares[k])) for k in order
    )
