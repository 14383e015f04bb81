"""Tables Liuke itself writes: load log, quarantine, signals, warnings, decisions, outcomes."""

from __future__ import annotations

from liuke.tables.schema import Column, Table

_AS_OF = Column("as_of", "date", "数据日期", "Last business day whose data may enter")
_CUSTOMER = Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account")

LOAD_LOG = Table(
    "load_log",
    "加载记录",
    "One row per (source, batch, table)",
    (
        Column("source", "string", "数据源", "Source"),
        Column("batch_id", "string", "批次号", "Batch"),
        Column("table_name", "string", "目标表", "Contract table"),
        Column("files", "string", "文件", "Files read, separated by newline"),
        Column("started_at", "timestamp", "开始时间", "Start (UTC)"),
        Column("finished_at", "timestamp", "完成时间", "End (UTC)"),
        Column("accepted", "int", "接收行数", "Rows accepted", unit="rows"),
        Column("quarantined", "int", "隔离行数", "Rows in quarantine", unit="rows"),
        Column("duplicates", "int", "重复行数", "Rows already known", unit="rows"),
        Column("first_date", "date", "最早业务日期", "First business date among accepted rows", nullable=True),
        Column("last_date", "date", "最晚业务日期", "Last business date among accepted rows", nullable=True),
    ),
    key=("source", "batch_id", "table_name"),
)

QUARANTINE = Table(
    "quarantine",
    "隔离区",
    "Rows that broke a rule, kept whole",
    (
        Column("source", "string", "数据源", "Source"),
        Column("batch_id", "string", "批次号", "Batch"),
        Column("table_name", "string", "目标表", "Contract table"),
        Column("file", "string", "文件", "File"),
        Column("line", "int", "行号", "1-based line"),
        Column("column_name", "string", "列", "Column", nullable=True),
        Column("value", "string", "值", "Offending value", nullable=True, level="C2", mask="text"),
        Column("rule", "string", "规则", "Rule code, e.g. type, required, values, minimum, maximum, references"),
        Column("message", "string", "说明", "What was expected", nullable=True),
        Column("row_text", "string", "原始行", "The whole row as JSON", nullable=True, level="C2", mask="text"),
        Column("ingested_at", "timestamp", "隔离时间", "When (UTC)"),
    ),
    key=("source", "batch_id", "table_name", "file", "line", "column_name"),
)

SIGNAL = Table(
    "signal",
    "流失信号",
    "Signal values of one customer as of one day: the facts that reasons quote",
    (
        _AS_OF,
        _CUSTOMER,
        Column(
            "aum",
            "money",
            "资产余额",
            "Sum of positive balances on the as-of day",
            unit="currency",
            level="C2",
            mask="money",
        ),
        Column("aum_30", "money", "30天前资产", "The same 30 days before", unit="currency", level="C2", mask="money"),
        Column("aum_60", "money", "60天前资产", "60 days before", unit="currency", level="C2", mask="money"),
        Column("aum_90", "money", "90天前资产", "90 days before", unit="currency", level="C2", mask="money"),
        Column("transactions_30", "int", "近30天主动交易笔数", "Customer-initiated, last 30 days", unit="transactions"),
        Column(
            "transactions_prior_90",
            "int",
            "此前90天主动交易笔数",
            "Customer-initiated, days 31-120 back",
            unit="transactions",
        ),
        Column(
            "days_since_active",
            "int",
            "距上次主动交易天数",
            "Since the last customer-initiated one",
            nullable=True,
            unit="days",
        ),
        Column("usual_gap_days", "float", "平时交易间隔", "Mean gap in the prior 90 days", nullable=True, unit="days"),
        Column("complaints_90", "int", "近90天投诉数", "Last 90 days", unit="complaints"),
        Column("complaints_prior_90", "int", "此前90天投诉数", "Days 91-180 back", unit="complaints"),
        Column(
            "complaints_open", "int", "未办结投诉数", "Received and not resolved by the as-of day", unit="complaints"
        ),
        Column("frequency_severity", "float", "交易下降程度", "0 = silent signal, else 0..1", unit="share"),
        Column("balance_severity", "float", "资产下降程度", "0..1", unit="share"),
        Column("complaint_severity", "float", "投诉上升程度", "0..1", unit="share"),
        Column("recency_severity", "float", "沉默程度", "0..1", unit="share"),
        Column("score", "float", "预警分", "0..1, for ranking only, not a probability", unit="share"),
        Column("tier", "string", "预警等级", "Warning tier", values=("red", "orange", "yellow", "none")),
        Column("probability", "float", "流失概率", "Of the active model", nullable=True, unit="share"),
    ),
    key=("as_of", "customer_id"),
    event_time="as_of",
    subject="customer_id",
)

CUSTOMER_SNAPSHOT = Table(
    "customer_snapshot",
    "客户快照",
    "One row per customer as of the last run: what lists and look-ups read; replaced by each run",
    (
        _AS_OF,
        _CUSTOMER,
        Column("name", "string", "姓名", "Name", nullable=True, level="C2", mask="name"),
        Column("phone", "string", "手机号", "Mobile phone", nullable=True, level="C2", mask="phone"),
        Column("gender", "string", "性别", "Gender", nullable=True, level="C2"),
        Column("birth_date", "date", "出生日期", "Date of birth", nullable=True, level="C2", mask="birth_date"),
        Column("bank_tier", "string", "客户等级", "The bank's own tier label", nullable=True),
        Column("branch_id", "string", "归属机构", "Home branch", nullable=True),
        Column("staff_id", "string", "客户经理工号", "Owner RM as of the day", nullable=True),
        Column("opened_on", "date", "开户日期", "Customer since", nullable=True),
        Column("city", "string", "城市", "City", nullable=True),
        Column("registered_city", "string", "户籍城市", "City of household registration", nullable=True),
        Column("occupation", "string", "职业", "Occupation", nullable=True, level="C2"),
        Column("risk_appetite", "string", "风险承受等级", "C1 lowest … C5 highest", nullable=True),
        Column("risk_assessed_on", "date", "风评日期", "Date of the risk assessment", nullable=True),
        Column("products", "int", "持有产品数", "Open accounts by distinct type", unit="products"),
        Column("aum", "money", "资产余额", "AUM", unit="currency", level="C2", mask="money"),
        Column("aum_30", "money", "30天前资产", "AUM 30 days before", unit="currency", level="C2", mask="money"),
        Column("score", "float", "预警分", "Warning score 0..1", unit="share"),
        Column("tier", "string", "预警等级", "Warning tier", values=("red", "orange", "yellow", "none")),
        Column("frequency_severity", "float", "交易下降程度", "0..1", unit="share"),
        Column("balance_severity", "float", "资产下降程度", "0..1", unit="share"),
        Column("complaint_severity", "float", "投诉上升程度", "0..1", unit="share"),
        Column("recency_severity", "float", "沉默程度", "0..1", unit="share"),
        Column("probability", "float", "流失概率", "Of the active model", nullable=True, unit="share"),
    ),
    key=("customer_id",),
    subject="customer_id",
)

DECISION = Table(
    "decision",
    "决策",
    "One row per decided customer: every later measurement reads this table only",
    (
        Column("loop_id", "string", "闭环号", "Deterministic id of (experiment, customer, episode)"),
        _AS_OF,
        Column("decided_at", "timestamp", "决策时间", "When decided (UTC)"),
        _CUSTOMER,
        Column("experiment", "string", "实验", "Experiment the draw belongs to"),
        Column("arm", "string", "组别", "treated or holdout", values=("treated", "holdout")),
        Column("draw", "float", "抽签值", "Salted-hash draw in [0,1); holdout when < holdout_share", unit="share"),
        Column("holdout_share", "float", "对照比例", "Share held out at decision time", unit="share"),
        Column("treatment", "string", "动作", "Chosen treatment; empty for hold-out", nullable=True),
        Column("candidates", "string", "候选(JSON)", "Every candidate with its fate"),
        Column("tier", "string", "预警等级", "Tier at decision"),
        Column("score", "float", "预警分", "Score at decision", unit="share"),
        Column("aum", "money", "资产余额", "AUM at decision", unit="currency", level="C2", mask="money"),
        Column("branch_id", "string", "机构", "Branch at decision", nullable=True),
        Column("staff_id", "string", "客户经理", "RM at decision", nullable=True),
        Column("policy_version", "string", "策略版本", "Hash of the policy that decided"),
    ),
    key=("loop_id",),
    event_time="as_of",
    subject="customer_id",
)

OUTCOME = Table(
    "outcome",
    "结果",
    "Measured outcome of a decision at a horizon, from the lake, never from opinion",
    (
        Column("loop_id", "string", "闭环号", "Decision"),
        _CUSTOMER,
        Column("horizon_days", "int", "观察期", "Days after the decision's as-of day", unit="days"),
        Column("matured_on", "date", "成熟日", "as_of + horizon"),
        Column("retained", "bool", "是否留存", "Kept by the definition in force"),
        Column("aum", "money", "期末资产", "AUM on the maturity day", unit="currency", level="C2", mask="money"),
        Column("aum_kept_share", "float", "资产保有率", "AUM then / AUM at decision, capped at 1", unit="share"),
        Column("transactions_30", "int", "期末30天主动交易", "Customer-initiated, last 30 days", unit="transactions"),
    ),
    key=("loop_id", "horizon_days"),
    event_time="matured_on",
    subject="customer_id",
)
