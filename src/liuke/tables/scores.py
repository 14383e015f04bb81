"""Tables of the churn model: scores with reasons, the lost-contact list, drift readings."""

from __future__ import annotations

from liuke.tables.schema import Column, Table

_AS_OF = Column("as_of", "date", "数据日期", "Last business day whose data may enter")
_CUSTOMER = Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account")
_MODEL = Column("model", "string", "模型", "Name of the model")
_VERSION = Column("version", "string", "模型版本", "Version of the model")
REASONS_KEPT = 3
LEVERS_KEPT = 3


def _reason(place: int) -> tuple[Column, ...]:
    return (
        Column(f"reason_{place}", "string", f"原因{place}", "Feature that speaks for leaving", nullable=True),
        Column(f"reason_{place}_value", "float", f"原因{place}数值", "The customer's own value of it", nullable=True),
        Column(
            f"reason_{place}_points",
            "float",
            f"原因{place}贡献",
            "What it and its family add to the log-odds",
            nullable=True,
            unit="log-odds",
        ),
    )


def _lever(place: int) -> tuple[Column, ...]:
    return (
        Column(f"lever_{place}", "string", f"可影响项{place}", "What could be influenced, a code", nullable=True),
        Column(f"lever_{place}_value", "float", f"可影响项{place}现值", "The quoted feature now", nullable=True),
        Column(f"lever_{place}_target", "float", f"可影响项{place}目标", "The same, were it influenced", nullable=True),
        Column(
            f"lever_{place}_probability",
            "float",
            f"可影响项{place}后概率",
            "The model's probability then; its arithmetic, no promise",
            nullable=True,
            unit="share",
        ),
    )


SCORE = Table(
    "score",
    "流失评分",
    "The model's calibrated probability of leaving, per customer and day, with the reasons that made it",
    (
        _AS_OF,
        _CUSTOMER,
        _MODEL,
        _VERSION,
        Column("role", "string", "角色", "active decides, shadow only watches", values=("active", "shadow")),
        Column("probability", "float", "流失概率", "Calibrated, within the definition's horizon", unit="share"),
        Column("rank", "int", "名次", "1 = likeliest to leave", unit="place"),
        Column("tier", "string", "预警等级", "By capacity and cost", values=("red", "orange", "yellow", "none")),
        Column(
            "expected_gain",
            "float",
            "预期收益",
            "Probability × share saved × margin − cost of one contact",
            unit="currency",
            level="C2",
            mask="money",
        ),
        Column("cause", "string", "主要成因", "Cause that the reasons add up to", nullable=True),
        *(column for place in range(1, REASONS_KEPT + 1) for column in _reason(place)),
        *(column for place in range(1, LEVERS_KEPT + 1) for column in _lever(place)),
    ),
    key=("as_of", "customer_id", "model", "version"),
    event_time="as_of",
    subject="customer_id",
)

LOST_CONTACT = Table(
    "lost_contact",
    "失联名单",
    "Customers whom nobody reaches and who do nothing themselves; replaced by each run",
    (
        _AS_OF,
        _CUSTOMER,
        Column("branch_id", "string", "归属机构", "Home branch", nullable=True),
        Column("staff_id", "string", "客户经理工号", "Owner RM as of the day", nullable=True),
        Column("attempts", "int", "连续未接通次数", "Attempts in a row that reached nobody", unit="contacts"),
        Column("first_attempt_on", "date", "首次未接通日", "Day of the first of them"),
        Column("last_attempt_on", "date", "最近未接通日", "Day of the last of them"),
        Column("last_reached_on", "date", "最近接通日", "Last day a contact reached the customer", nullable=True),
        Column("last_active_on", "date", "最近主动行为日", "Last own transaction or app event", nullable=True),
        Column("aum", "money", "资产余额", "AUM", unit="currency", level="C2", mask="money"),
    ),
    key=("customer_id",),
    subject="customer_id",
)

CONTEST = Table(
    "contest",
    "在用与挑战",
    "One comparison of champion and challenger on matured scores: who ranked the same customers better",
    (
        _AS_OF,
        _MODEL,
        Column("version", "string", "在用版本", "Version of the champion"),
        Column("challenger", "string", "挑战版本", "Version of the challenger, of the same name"),
        Column("scored_on", "date", "评分日", "Day both scored; its outcomes have matured"),
        Column("customers", "int", "客户数", "Customers both scored and whose outcome is known", unit="customers"),
        Column("lost", "int", "流失数", "Of them lost", unit="customers"),
        Column("auc", "float", "在用 AUC", "AUC of the champion", nullable=True),
        Column("challenger_auc", "float", "挑战 AUC", "AUC of the challenger", nullable=True),
        Column("difference", "float", "AUC 之差", "Challenger minus champion", nullable=True),
        Column("low", "float", "区间下限", "Of the 95% interval of the difference (DeLong, paired)", nullable=True),
        Column("high", "float", "区间上限", "Of the 95% interval of the difference", nullable=True),
        Column(
            "verdict", "string", "结论", "Who is better beyond chance, if anybody",
            values=("challenger", "champion", "even", "unclear"),
        ),
    ),
    key=("as_of", "model", "version", "challenger"),
    event_time="as_of",
)  # fmt: skip

DRIFT = Table(
    "drift",
    "漂移监测",
    "One reading per model, day and measured thing: how far today is from what the model learned",
    (
        _AS_OF,
        _MODEL,
        _VERSION,
        Column(
            "kind",
            "string",
            "类别",
            "What was measured",
            values=("feature", "score", "label", "calibration", "ranking"),
        ),
        Column("name", "string", "对象", "Feature, or the evaluation day for matured readings"),
        Column("reading", "float", "读数", "PSI, difference of rates, or AUC"),
        Column("reference", "float", "参照", "What it is compared with", nullable=True),
        Column("level", "string", "程度", "ok, watch or alert", values=("ok", "watch", "alert")),
        Column("customers", "int", "客户数", "How many it was measured on", unit="customers"),
    ),
    key=("as_of", "model", "version", "kind", "name"),
    event_time="as_of",
)
