"""What became of every candidate of a day: read by "why was nobody contacted" and by measurement."""

from __future__ import annotations

from typing import Final

from liuke.tables.schema import Column, Table

FATES: Final = (
    "chosen", "held_out", "passed", "beaten", "gated", "capacity", "not_worth", "human_review", "no_desk", "cool_down",
    "not_applicable", "not_eligible", "unknown",
)  # fmt: skip
"""chosen: done. held_out: would have been, but for the draw. passed: nothing stops it and nothing was decided about it.
beaten: something better was chosen. gated: a gate stops it. capacity: no place was left. not_worth: doing nothing is
better. human_review: a person decides. no_desk: nobody is responsible. cool_down: decided not long ago. not_applicable,
not_eligible: the offer's own conditions. unknown: a factor that counts is not known."""

GATES: Final = (
    "eligibility", "applicability", "consent", "refusal", "hold", "suitability", "frequency", "window", "wording",
    "approval",
)  # fmt: skip
"""In the order in which they are asked; the first that stops a candidate is the one that is told."""


def _part(name: str, zh: str, en: str, unit: str | None = None) -> Column:
    return Column(name, "float", zh, en, nullable=True, unit=unit)


CANDIDATE_FATE = Table(
    "candidate_fate",
    "候选结局",
    "One row per candidate thought of on a day, with what became of it and why",
    (
        Column("as_of", "date", "数据日期", "Last business day whose data may enter"),
        Column("decided_at", "timestamp", "决策时间", "When decided (UTC)"),
        Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account"),
        Column("treatment", "string", "动作", "Offer code, rm_care, a campaign's arm, or trigger_ and a rule"),
        Column("source", "string", "候选来源", "Who proposed it", values=("churn", "trigger", "campaign", "offer")),
        Column("source_id", "string", "来源编号", "Experiment, rule, campaign or offer"),
        Column("theme", "string", "主题", "What it is about"),
        Column("message_class", "string", "消息类别", "marketing or service", values=("marketing", "service")),
        Column("purpose", "string", "同意用途", "Purpose of the consent it needs", nullable=True),
        Column("channel", "string", "渠道", "Over which channel"),
        Column("offer_id", "string", "权益", "Offer it carries", nullable=True),
        Column("offered_risk", "int", "所荐产品风险等级", "1 … 5, of what is offered", nullable=True, unit="level"),
        Column("fate", "string", "结局", "What became of it", values=FATES),
        Column("gate", "string", "关卡", "First gate that stops it", nullable=True, values=GATES),
        Column("rule", "string", "关卡规则", "Rule of that gate", nullable=True),
        Column("fact", "string", "事实", "What the rule looked at, as a value", nullable=True, level="C2", mask="text"),
        Column("may_change_on", "date", "可能变化日", "First day on which the rule may pass it", nullable=True),
        Column("stops", "int", "拦截规则数", "Rules that stop it: with 1, that rule alone does", unit="rules"),
        Column("beaten_by", "string", "胜出动作", "The treatment that was better", nullable=True),
        _part("eiv", "预期增量价值", "Expected incremental value", "currency"),
        _part("uplift", "增量概率", "What the treatment adds to the chance to stay", "share"),
        Column(
            "uplift_n", "int", "增量证据", "Customers in the smaller arm it rests on", nullable=True, unit="customers"
        ),
        _part("propensity", "响应概率", "Chance used while evidence for uplift is thin", "share"),
        _part("value_kept", "价值", "What is kept if it works", "currency"),
        _part("context", "情境系数", "How fitting the moment is", "factor"),
        _part("lever", "调节系数", "The bank's lever", "factor"),
        _part("cost", "成本", "Cost of contact and benefit", "currency"),
        _part("fatigue", "疲劳", "Price of one more contact", "currency"),
        Column("effort", "int", "占用名额", "Places of a desk it takes", nullable=True, unit="places"),
        Column("desk", "string", "工作台", "Desk whose places it would take", nullable=True),
        Column("experiment", "string", "实验", "Whose hold-out the draw is about", nullable=True),
        _part("draw", "抽签值", "Salted-hash draw in [0,1)", "share"),
        _part("holdout_share", "对照比例", "Held out when the draw is below", "share"),
        Column("explored", "bool", "探索", "The customer's treatment was drawn, to learn effects", nullable=True),
        _part("explore_draw", "探索抽签值", "Draw that chose who is drawn, and what", "share"),
        _part("explore_share", "探索比例", "Drawn when explore_draw is below", "share"),
        _part("draw_probability", "抽中机会", "Chance of this candidate once the customer is drawn", "share"),
        Column("policy_version", "string", "策略版本", "Hash of the policies that decided"),
        Column("offer_version", "string", "权益版本", "Hash of the offer as it was", nullable=True),
    ),
    key=("as_of", "customer_id", "treatment", "source", "source_id", "channel"),
    event_time="as_of",
    subject="customer_id",
)
