"""Work orders for the day's treated decisions, with the facts their reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir

from liuke.act.loop_policy import LoopPolicy
from liuke.act.workorder import open_order
from liuke.clock import AsOf
from liuke.daily.warning import Warned
from liuke.engine import Engine
from liuke.insight.churn.reasons import Reason, model_reasons, reasons_of
from liuke.insight.churn.scoring import REASON_COLUMNS
from liuke.state.actions.open_orders import Opened, Proposal, open_orders
from liuke.state.load import OrderFacts
from liuke.tables import DECISION, SCORE, SIGNAL
from liuke.wiring import House

_PERSON = ("name", "bank_tier", "opened_on")
_WHY = tuple(name for name, _ in REASON_COLUMNS)


def open_day_orders(
    house: House,
    engine: Engine,
    warned: Warned,
    policy: LoopPolicy,
    as_of: AsOf,
    typical: Mapping[str, float | None],
) -> Opened:
    """Opens an order for each treated decision that has none; held-out customers get none.

    typical: median of each feature at training, which the model's reasons are compared with; empty without a model.

    Decisions of the days before count too, as long as an order of theirs would be valid: a run that died
    between its decisions and its orders is made good by the next one, or the effect would be diluted unseen.
    """
    rows = engine.arrow(_treated(house, engine, warned, policy, as_of)).to_pylist()
    return open_orders(_proposals(rows, house, policy, as_of, typical), now=as_of.known_by)


def _treated(house: House, engine: Engine, warned: Warned, policy: LoopPolicy, as_of: AsOf) -> ir.Table:
    """Recent treated decisions beside the signals of their day and the person; bounded by the RMs' capacity."""
    decisions, signals = house.lake.scan(engine, DECISION), house.lake.scan(engine, SIGNAL)
    recent = decisions.filter(
        decisions.as_of > as_of.day - timedelta(days=policy.order_valid_days),
        decisions.as_of <= as_of.day,
        decisions.experiment == policy.experiment,
        decisions.arm == "treated",
    )
    facts = [n for n in SIGNAL.names if n not in DECISION.names]
    people = warned.snapshot.select("customer_id", *_PERSON)
    joined = recent.inner_join(signals.select("as_of", "customer_id", *facts), ["as_of", "customer_id"])
    scores = house.lake.scan(engine, SCORE)
    why = scores.filter(scores.role == "active").select("as_of", "customer_id", *_WHY)
    told = joined.left_join(why, ["as_of", "customer_id"]).drop("as_of_right", "customer_id_right")
    return told.inner_join(people, "customer_id").order_by("loop_id")


def _proposals(
    rows: list[dict[str, Any]], house: House, policy: LoopPolicy, as_of: AsOf, typical: Mapping[str, float | None]
) -> Iterator[Proposal]:
    for row in rows:
        yield open_order(row, policy, house.calendar, as_of.known_by), _facts(row, typical)


def _facts(row: Mapping[str, Any], typical: Mapping[str, float | None]) -> OrderFacts:
    """Signals and model give reasons side by side, the loudest first."""
    told = sorted((*reasons_of(row), *model_reasons(row, typical)), key=lambda reason: (-reason.severity, reason.code))
    return OrderFacts(
        as_of=row["as_of"],
        customer_name=row["name"] or "",
        aum=row["aum"],
        aum_30=row["aum_30"],
        score=row["score"],
        tier=row["tier"],
        bank_tier=row["bank_tier"] or "",
        customer_since=row["opened_on"],
        reasons=[_record(reason) for reason in told],
    )


def _record(reason: Reason) -> dict[str, Any]:
    """The reason as JSON: money as text, so that no digit is lost."""
    numbers = {name: str(value) if isinstance(value, Decimal) else value for name, value in reason.numbers}
    return {"code": reason.code, "severity": reason.severity, "numbers": numbers}
