"""Features that need a reading of transactions of their own: salary, money moved to own accounts elsewhere, gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.balances import INPUTS
from liuke.insight.features.definition import Cell, Definition, Kind, Measure, fen, lineage, ratio
from liuke.insight.features.desk import Desk
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.gaps import gaps
from liuke.insight.features.moves import DAY
from liuke.insight.features.moves import MEASURES as MOVES
from liuke.insight.features.windows import Additive
from liuke.tables import TRANSACTION

_PLACE: Final = ("transaction.business_date", "transaction.account_id", "account.customer_id")
_LONG: Final = (30, 90, 180)
_MONTHS: Final = tuple(range(30, 181, 30))
"""The last six months of 30 days."""


def _salaries(desk: Desk) -> ir.Table:
    rows = desk.rows(TRANSACTION)
    return rows.filter(rows.transaction_type == "salary", rows.direction == "in")


_PAID: Final = ("transaction.transaction_type", "transaction.direction", *_PLACE)
SALARY: Final = {
    "count": Measure(lambda t: t.amount.notnull(), "count", _PAID),
    "amount": Measure(lambda t: fen(t.amount), "money", ("transaction.amount", *_PAID)),
    "last": Measure(lambda t: t["_d"].cast("int32"), "max", _PAID),
}


def _own_names(desk: Desk) -> ir.Table:
    """The name of each account's owner, and the moments at which account and name stood so. Never leaves the engine."""
    accounts, people = desk.accounts, desk.customers.select("customer_id", "name", "_from", "_until")
    both = accounts.select("account_id", "customer_id", "_from", "_until").inner_join(people, "customer_id")
    made = both.select(
        "account_id", "customer_id", "name",
        _from=ibis.greatest(both["_from"], both["_from_right"]),
        _until=ibis.least(both["_until"], both["_until_right"]),
    )  # fmt: skip
    return made.filter(made["_from"] < made["_until"])


def _elsewhere(desk: Desk) -> ir.Table:
    """Transfers between the customer's account here and one of his own name at another bank."""
    rows = desk.rows(TRANSACTION)
    rows = rows.filter(rows.counterparty_bank.notnull(), rows.counterparty_name.notnull())
    names = _own_names(desk)
    joined = rows.inner_join(names, [rows.account_id == names.account_id, rows.counterparty_name == names.name])
    return joined.select("customer_id", "business_date", "ingested_at", "direction", "amount", "_from", "_until")


_AWAY: Final = (
    "transaction.amount", "transaction.direction", "transaction.counterparty_name", "transaction.counterparty_bank",
    "customer.name", *_PLACE,
)  # fmt: skip


def _side(side: str) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(t.direction == side, fen(t.amount), 0.0)


ELSEWHERE: Final = {
    "out_amount": Measure(_side("out"), "money", _AWAY),
    "in_amount": Measure(_side("in"), "money", _AWAY),
    "out_count": Measure(lambda t: t.direction == "out", "count", _AWAY),
    "last": Measure(
        lambda t: ibis.ifelse(t.direction == "out", t["_d"].cast("int32"), ibis.null("int32")), "max", _AWAY
    ),
}


SOURCES: Final = {
    "salary": Additive(_salaries, SALARY, "account_id"),
    "elsewhere": Additive(_elsewhere, ELSEWHERE, "customer_id"),
    "gap": gaps,
}
_SALARY: Final = Kind("salary", "retention", "C2", "competition")
_ELSEWHERE: Final = Kind("elsewhere", "retention", "C2", "competition")
_RHYTHM: Final = Kind("rhythm", "retention", "C1", "life_cycle")


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield from _salary_features()
    yield from _elsewhere_features()
    inputs = ("transaction.initiator", *_PLACE)
    for w in (90, 180):
        cells = tuple(Cell("gap", n, w) for n in ("count", "sum", "square"))
        text = (f"近{w}天主动交易间隔标准差", f"Spread of the gaps between days with own transactions in {w} days")
        yield _RHYTHM.define(f"gap_sd_{w}", text, "days", cells, inputs, _spread, w)
        text = (f"近{w}天主动交易最长间隔", f"Longest gap between days with own transactions in {w} days")
        yield _RHYTHM.define(f"gap_max_{w}", text, "days", (Cell("gap", "max", w, zero=False),), inputs, None, w)


def _spread(n: ir.Value, total: ir.Value, squares: ir.Value) -> ir.Value:
    """Standard deviation (n − 1); null with fewer than two gaps. Sums of whole numbers, so nothing is lost."""
    variance = (squares - total * total / n) / (n - 1)
    return ibis.ifelse(n > 1, ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))


def _salary_features() -> Iterator[Definition]:
    counts = tuple(Cell("salary", "count", w) for w in _MONTHS)
    yield _SALARY.define("salary_months_180", ("近6个月有工资的月数", "Months of six with salary"),
                         "months", counts, lineage(SALARY, "count"), _months, 180)  # fmt: skip
    yield _SALARY.define("days_since_salary", ("距上次工资天数", "Days since the last salary"), "days",
                         (Cell("salary", "last", 180, zero=False), DAY), lineage(SALARY, "last"),
                         lambda last, d: d - last, 180)  # fmt: skip
    for w in _LONG:
        yield _SALARY.define(f"salary_amount_{w}", (f"近{w}天工资金额", f"Salary received in {w} days"), "currency",
                             (Cell("salary", "amount", w),), lineage(SALARY, "amount"), None, w)  # fmt: skip
    for short, long in ((30, 90), (90, 180)):
        cells = (Cell("salary", "amount", short), Cell("salary", "amount", long))
        text = (f"近{short}天工资与近{long}天内此前之比",
                f"Salary of {short} days to the days before, within {long}")  # fmt: skip
        yield _SALARY.define(f"salary_{short}_to_prior_{long}", text, "ratio", cells, lineage(SALARY, "amount"),
                             _before(short, long), long)  # fmt: skip
    cells = (Cell("salary", "amount", 90), Cell("move", "in_amount", 90))
    inputs = (*lineage(SALARY, "amount"), *lineage(MOVES, "in_amount"))
    yield _SALARY.define("salary_share_90", ("近90天工资占转入之比", "Salary as a share of money in over 90 days"),
                         "share", cells, inputs, ratio, 90)  # fmt: skip


def _months(*counts: ir.Value) -> ir.Value:
    """How many 30-day months have one: counts of the last 30, 60 … days, each holding the one before."""
    found = [ibis.ifelse(counts[0] > 0, 1.0, 0.0)]
    found += [ibis.ifelse(b > a, 1.0, 0.0) for a, b in pairwise(counts)]
    return sum(found[1:], found[0])


def _before(short: int, long: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda recent, whole: ratio(recent / short, (whole - recent) / (long - short))


def _elsewhere_features() -> Iterator[Definition]:
    away = lineage(ELSEWHERE, "out_amount")
    moved = (*away, *lineage(MOVES, "out_amount"))
    for w in WINDOWS:
        out, back = Cell("elsewhere", "out_amount", w), Cell("elsewhere", "in_amount", w)
        text = (f"近{w}天转往本人他行金额", f"Money moved to own accounts elsewhere in {w} days")
        yield _ELSEWHERE.define(f"elsewhere_amount_{w}", text, "currency", (out,), away, None, w)
        text = (f"近{w}天转往本人他行占比", f"Money out to own accounts elsewhere, share, {w} days")
        yield _ELSEWHERE.define(f"elsewhere_share_{w}", text, "share", (out, Cell("move", "out_amount", w)), moved,
                                ratio, w)  # fmt: skip
        text = (f"近{w}天转往本人他行笔数", f"Transfers to own accounts elsewhere in {w} days")
        yield _ELSEWHERE.define(f"elsewhere_count_{w}", text, "transactions", (Cell("elsewhere", "out_count", w),),
                                away, None, w)  # fmt: skip
        text = (f"近{w}天本人他行净转出", f"Net money moved to own accounts elsewhere in {w} days")
        yield _ELSEWHERE.define(f"elsewhere_net_{w}", text, "currency", (out, back), away, lambda o, b: o - b, w)
        text = (f"近{w}天转往本人他行与其加现有资产之比",
                f"Money moved to own accounts elsewhere in {w} days, to itself and today's AUM")  # fmt: skip
        yield _ELSEWHERE.define(f"elsewhere_part_{w}", text, "share", (out, Cell("balance", "now")), (*away, *INPUTS),
                                lambda o, aum: ratio(o, o + aum), w)  # fmt: skip
    yield _ELSEWHERE.define("days_since_elsewhere", ("距上次转往本人他行天数", "Days since money went elsewhere"),
                            "days", (Cell("elsewhere", "last", 180, zero=False), DAY), lineage(ELSEWHERE, "last"),
                            lambda last, d: d - last, 180)  # fmt: skip
