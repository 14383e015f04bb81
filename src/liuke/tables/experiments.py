"""What was read of experiments, day by day, as it was said on that day."""

from __future__ import annotations

from typing import Final

from liuke.tables.schema import Column, Table

ROLES: Final = ("primary", "guardrail", "money")
VERDICTS: Final = ("works", "harms", "no_effect", "unknown", "untrusted")


def _number(name: str, zh: str, en: str) -> Column:
    return Column(name, "float", zh, en, nullable=True)


EXPERIMENT_READING = Table(
    "experiment_reading",
    "实验读数",
    "One row per experiment, data day and metric: what was read on that day; nothing is ever rewritten",
    (
        Column("experiment", "string", "实验", "Code of the experiment, or draw_ and a draw nobody wrote about"),
        Column("as_of", "date", "数据日期", "Last business day whose data may enter"),
        Column("metric", "string", "指标", "Outcome, or aum_kept"),
        Column("role", "string", "作用", "What the metric is for", values=ROLES),
        _number("estimate", "差异", "Treated minus control, in the metric's unit; empty while not known"),
        _number("low", "随时有效下限", "Lower end of the always-valid interval"),
        _number("high", "随时有效上限", "Upper end of it"),
        _number("fixed_low", "一次性下限", "Lower end of the fixed interval"),
        _number("fixed_high", "一次性上限", "Upper end of it"),
        _number("p", "p 值", "Always-valid, of primary metrics after Holm"),
        _number("treated_mean", "干预组均值", "Mean of the treated, as measured"),
        _number("control_mean", "对照组均值", "Mean of the control arm, as measured"),
        Column("units", "int", "已测客户数", "Customers measured in both arms", unit="customers"),
        Column("treated", "int", "其中干预组", "Of them treated", unit="customers"),
        Column("immature", "int", "未满期", "Customers whose outcome is not due yet", unit="customers"),
        Column("refused", "string", "未读原因", "Finding that kept it from being read", nullable=True),
        Column("verdict", "string", "结论", "What the whole reading came to", nullable=True, values=VERDICTS),
        Column("sign", "int", "方向", "1 rose for sure, -1 fell for sure, else 0", nullable=True, unit="sign"),
        Column("text_hash", "string", "登记版本", "Hash of what was registered and read"),
    ),
    key=("experiment", "as_of", "metric"),
    event_time="as_of",
)
