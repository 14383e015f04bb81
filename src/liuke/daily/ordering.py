"""Work orders for the day's treated decisions, with the facts their reader needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import ibis.expr.types as ir

from liuke.act.arbitrate.parts import OFFER_EXPERIMENT
from liuke.act.loop_policy import LoopPolicy
from liuke.act.offers.catalogue import Offer
from liuke.act.routing.route import Wants
from liuke.act.routing_policy import read_routing_policy
from liuke.act.workorder import open_order
from liuke.clock import AsOf
from liuke.daily.warning import Warned
from liuke.engine import Engine
from liuke.insight.churn.reasons import Reason, model_reasons, reasons_of
from liuke.insight.churn.scoring import REASON_COLUMNS
from liuke.state.actions.open_orders import Opened, open_orders
from liuke.state.desks import Proposal
from liuke.state.load import OFFER, OrderFacts
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
    offers: Mapping[str, Offer],
) -> Opened:
    """Opens an order for each treated decision that has none; held-out customers get none.

    typical: median of each feature at training, which the model's reasons are compared with; empty without a model.
    offers: by code, for the names of what is offered.

    Decisions of the days before count too, as long as an order of theirs would be valid: a run that died
    between its decisions and its orders is made good by the next one, or the effect would be diluted unseen.
    """
    rows = engine.arrow(_treated(house, engine, warned, policy, as_of)).to_pylist()
    calls = _proposals(rows, house, policy, as_of, typical)
    offered = engine.arrow(_offered(house, engine, warned, policy, as_of)).to_pylist()
    own = _offer_proposals(offered, house, policy, as_of, offers)
    return open_orders(chain(calls, own), now=as_of.known_by)


def recently_treated(house: House, engine: Engine, as_of: AsOf, days: int) -> ir.Table:
    """Treated decisions of the last so many days, the as-of day among them."""
    decisions = house.lake.scan(engine, DECISION)
    near = decisions.filter(decisions.as_of > as_of.day - timedelta(days=days), decisions.as_of <= as_of.day)
    return near.filter(near.arm == "treated")


def _offered(house: House, engine: Engine, warned: Warned, policy: LoopPolicy, as_of: AsOf) -> ir.Table:
    """Decisions for an offer beside the person."""
    recent = recently_treated(house, engine, as_of, policy.order_valid_days)
    mine = recent.filter(recent.experiment.startswith(OFFER_EXPERIMENT))
    people = warned.snapshot.select("customer_id", "aum_30", *_PERSON)
    return mine.inner_join(people, "customer_id").order_by("loop_id")


def _offer_proposals(
    rows: list[dict[str, Any]], house: House, policy: LoopPolicy, as_of: AsOf, offers: Mapping[str, Offer]
) -> Iterator[Proposal]:
    """All offers are of one theme: a desk has at most one order of a customer about an offer."""
    routing = read_routing_policy(house.policy("routing"))
    for row in rows:
        order = open_order({**row, "treatment": OFFER}, policy, house.calendar, as_of.known_by)
        product_id = offers[row["treatment"]].spec.product_id if row["treatment"] in offers else None
        reasons, wants = [_offer_reason(row["treatment"], offers)], Wants(routing.wanted(order.theme, product_id))
        yield order, replace(order_facts(row), reasons=reasons, wants=wants)


def _offer_reason(code: str, offers: Mapping[str, Offer]) -> dict[str, Any]:
    name = {"zh": offers[code].title("zh-hans"), "en": offers[code].title("en")} if code in offers else None
    kind = offers[code].message_class if code in offers else "marketing"
    return {
        "code": OFFER, "severity": 1.0, "offer": code, "message_class": kind, "name": name or {"zh": code, "en": code},
    }  # fmt: skip


def _treated(house: House, engine: Engine, warned: Warned, policy: LoopPolicy, as_of: AsOf) -> ir.Table:
    """Recent decisions for a care call beside the signals of their day and the person."""
    signals = house.lake.scan(engine, SIGNAL)
    decisions = recently_treated(house, engine, as_of, policy.order_valid_days)
    recent = decisions.filter(decisions.experiment == policy.experiment)
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
    """Signals and model give reasons side by side, the loudest first."""
    routing = read_routing_policy(house.policy("routing"))
    for row in rows:
        told = sorted((*reasons_of(row), *model_reasons(row, typical)), key=lambda r: (-r.severity, r.code))
        order = open_order(row, policy, house.calendar, as_of.known_by)
        wants = Wants(routing.wanted(order.theme))
        yield order, replace(order_facts(row), reasons=[_record(reason) for reason in told], wants=wants)


def order_facts(row: Mapping[str, Any]) -> OrderFacts:
    """What a list shows of a decision row beside the person's name, bank_tier, opened_on and aum_30; no reasons."""
    return OrderFacts(
        as_of=row["as_of"],
        customer_name=row["name"] or "",
        aum=row["aum"],
        aum_30=row["aum_30"],
        score=row["score"],
        tier=row["tier"],
        bank_tier=row["bank_tier"] or "",
        customer_since=row["opened_on"],
    )


def _record(reason: Reason) -> dict[str, Any]:
    """The reason as JSON: money as text, so that no digit is lost."""
    numbers = {name: str(value) if isinstance(value, Decimal) else value for name, value in reason.numbers}
    return {"code": reason.code, "severity": reason.severity, "numbers": numbers}
