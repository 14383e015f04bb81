"""Features of what the customer has: accounts by type, holdings, what matures soon, credit cards in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import is_open_on
from liuke.insight.features.definition import Cell, Definition, Kind, Measure, fen, lineage, ratio
from liuke.insight.features.desk import Desk
from liuke.insight.features.moves import DAY
from liuke.insight.features.windows import Additive
from liuke.tables import HOLDING, TRANSACTION

_AHEAD: Final = (7, 30, 90)
_LONG: Final = (30, 90, 180)
TYPES: Final = {
    "current": ("活期", "current"), "term_deposit": ("定期", "term deposit"), "wealth": ("理财", "wealth"),
    "loan": ("贷款", "loan"), "credit_card": ("信用卡", "credit card"),
}  # fmt: skip
_ACCOUNT: Final = ("account.customer_id", "account.account_type", "account.opened_on", "account.closed_on")
_HELD: Final = ("holding.customer_id", "holding.amount", "holding.started_on", "holding.ended_on")


def _accounts(desk: Desk, cells: Sequence[Cell]) -> ir.Table:
    """Accounts as they stood at the end of each moment's day."""
    both = desk.of_moments(desk.accounts)
    rows = desk.engine.layer(
        both.select(
            "_i", "customer_id", "account_type", open=is_open_on(both, both.as_of),
            opened=both.as_of.delta(both.opened_on, unit="day"), closed=both.as_of.delta(both.closed_on, unit="day"),
        )
    )  # fmt: skip
    return rows.group_by("_i", "customer_id").aggregate(**{c.column: _account(rows, c) for c in cells})


def _account(rows: ir.Table, cell: Cell) -> ir.Value:
    name, w = cell.measure, cell.window or 0
    if name == "products":
        return rows.account_type.nunique(where=rows.open).cast("float64")
    conditions = {
        "open": rows.open,
        "opened": (rows.opened >= 0) & (rows.opened < w),
        "closed": (rows.closed >= 0) & (rows.closed < w),
    }
    condition = conditions.get(name, rows.open & (rows.account_type == name.removeprefix("type_")))
    return ibis.ifelse(condition.fill_null(False), 1.0, 0.0).sum()


def _holdings(desk: Desk, cells: Sequence[Cell]) -> ir.Table:
    """Holdings as they stood at the end of each moment's day."""
    both = desk.of_moments(desk.versions(HOLDING, "customer_id", "amount", "started_on", "matures_on", "ended_on"))
    held = (both.started_on <= both.as_of) & (both.ended_on.isnull() | (both.ended_on > both.as_of))
    early = both.matures_on.isnull() | (both.ended_on < both.matures_on)
    rows = desk.engine.layer(
        both.select(
            "_i", "customer_id", held=held, amount=both.amount.cast("float64"),
            ahead=ibis.ifelse(held, both.matures_on.delta(both.as_of, unit="day"), ibis.null("int64")),
            ended=both.as_of.delta(both.ended_on, unit="day"), early=early.fill_null(False),
        )
    )  # fmt: skip
    return rows.group_by("_i", "customer_id").aggregate(**{c.column: _holding(rows, c) for c in cells})


def _holding(rows: ir.Table, cell: Cell) -> ir.Value:
    w = cell.window or 0
    due = (rows.ahead > 0) & (rows.ahead <= w)
    past = (rows.ended >= 0) & (rows.ended < w)
    if cell.measure == "next":
        return ibis.ifelse(rows.ahead > 0, rows.ahead, ibis.null("int64")).min().cast("float64")
    conditions = {"due": due, "held": rows.held, "ended": past, "early": past & rows.early}
    kind, _, what = cell.measure.partition("_")
    value = rows.amount if what == "amount" else ibis.literal(1.0)
    return ibis.ifelse(conditions[kind].fill_null(False), value, 0.0).sum()


def _card_rows(desk: Desk) -> ir.Table:
    """Transactions on credit-card accounts, with the owner and the moments at which the account is one."""
    cards = desk.accounts.filter(desk.accounts.account_type == "credit_card")
    moves = desk.rows(TRANSACTION)
    longest = desk.chain.moments[0].day - timedelta(days=max(_LONG))
    recent = moves.filter(moves.business_date > ibis.literal(longest))
    owners = cards.select("account_id", "customer_id", "_from", "_until")
    joined = recent.inner_join(owners, "account_id")
    return joined.select("customer_id", "business_date", "ingested_at", "direction", "amount", "_from", "_until")


_PLACE: Final = ("transaction.account_id", "transaction.business_date", "transaction.direction", *_ACCOUNT[:2])
CARDS: Final = {
    "count": Measure(lambda t: t.direction == "out", "count", _PLACE),
    "spent": Measure(
        lambda t: ibis.ifelse(t.direction == "out", fen(t.amount), 0.0),
        "money",
        ("transaction.amount", *_PLACE),
    ),
    "last": Measure(
        lambda t: ibis.ifelse(t.direction == "out", t["_d"].cast("int32"), ibis.null("int32")), "max", _PLACE
    ),
}
SOURCES: Final = {
    "account": _accounts,
    "holding": _holdings,
    "card": Additive(_card_rows, CARDS, "customer_id"),
}
_PRODUCT: Final = Kind("product", "retention", "C1", "product")
_MATURITY: Final = Kind("maturity", "retention", "C2", "product")


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield from _account_features()
    yield from _maturities()
    for w in _LONG:
        text = (f"近{w}天信用卡消费金额", f"Credit-card spending in {w} days")
        yield _PRODUCT.define(f"card_spent_{w}", text, "currency", (Cell("card", "spent", w),),
                              lineage(CARDS, "spent"), None, w)  # fmt: skip
        text = (f"近{w}天信用卡消费笔数", f"Credit-card transactions in {w} days")
        yield _PRODUCT.define(f"card_use_count_{w}", text, "transactions", (Cell("card", "count", w),),
                              lineage(CARDS, "count"), None, w)  # fmt: skip
    yield _PRODUCT.define(
        "days_since_card_use", ("距上次用信用卡天数", "Days since the credit card was last used"), "days",
        (Cell("card", "last", 180, zero=False), DAY), lineage(CARDS, "last"), lambda last, d: d - last, 180,
    )  # fmt: skip


def _account_features() -> Iterator[Definition]:
    yield _PRODUCT.define("product_count", ("持有产品种类数", "Kinds of products held"), "products",
                          (Cell("account", "products"),), _ACCOUNT)  # fmt: skip
    yield _PRODUCT.define("account_count", ("未销户账户数", "Open accounts"), "products",
                          (Cell("account", "open"),), _ACCOUNT)  # fmt: skip
    for code, (zh, en) in TYPES.items():
        yield _PRODUCT.define(f"{code}_accounts", (f"{zh}账户数", f"Open accounts: {en}"), "products",
                              (Cell("account", f"type_{code}"),), _ACCOUNT)  # fmt: skip
    for w in (90, 180):
        for name, zh, en in (("opened", "新开账户数", "Accounts opened"), ("closed", "销户账户数", "Accounts closed")):
            yield _PRODUCT.define(f"accounts_{name}_{w}", (f"近{w}天{zh}", f"{en} in {w} days"), "products",
                                  (Cell("account", name, w),), _ACCOUNT, None, w)  # fmt: skip


def _maturities() -> Iterator[Definition]:
    due = ("holding.matures_on", *_HELD)
    for w in _AHEAD:
        amount, count = Cell("holding", "due_amount", w), Cell("holding", "due_count", w)
        text = (f"未来{w}天到期金额", f"Amount maturing within {w} days")
        yield _MATURITY.define(f"maturing_amount_{w}", text, "currency", (amount,), due, None, w)
        text = (f"未来{w}天到期笔数", f"Holdings maturing within {w} days")
        yield _MATURITY.define(f"maturing_count_{w}", text, "products", (count,), due, None, w)
        text = (f"未来{w}天到期占持仓之比", f"Share of holdings that matures within {w} days")
        yield _MATURITY.define(f"maturing_share_{w}", text, "share", (amount, Cell("holding", "held_amount")), due,
                               ratio, w)  # fmt: skip
        text = (f"未来{w}天到期与资产之比", f"Amount maturing within {w} days, to AUM")
        yield _MATURITY.define(f"maturing_to_aum_{w}", text, "ratio", (amount, Cell("balance", "now")),
                               (*due, "balance_daily.balance", *_ACCOUNT), ratio, w)  # fmt: skip
    yield _MATURITY.define("days_to_maturity", ("距最近到期天数", "Days to the next maturity"), "days",
                           (Cell("holding", "next", zero=False),), due)  # fmt: skip
    yield _MATURITY.define("holding_amount", ("持仓金额", "Amount held in products"), "currency",
                           (Cell("holding", "held_amount"),), _HELD)  # fmt: skip
    yield _MATURITY.define("holding_count", ("持仓笔数", "Holdings"), "products",
                           (Cell("holding", "held_count"),), _HELD)  # fmt: skip
    for w in _LONG:
        text = (f"近{w}天结束持仓金额", f"Amount of holdings that ended in {w} days")
        yield _MATURITY.define(f"ended_amount_{w}", text, "currency", (Cell("holding", "ended_amount", w),), _HELD,
                               None, w)  # fmt: skip
    text = ("近180天提前赎回笔数", "Holdings redeemed early in 180 days")
    yield _MATURITY.define("early_redemption_count_180", text, "products", (Cell("holding", "early_count", 180),),
                           due, None, 180)  # fmt: skip
