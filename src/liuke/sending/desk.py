"""The order desk: a message over the channel rm_order opens a work order, or enriches an open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.utils import OperationalError

from liuke.act.loop_policy import LoopPolicy, read_loop_policy
from liuke.act.outbox.message import Message
from liuke.act.routing.route import Wants
from liuke.act.routing_policy import RoutingPolicy, read_routing_policy
from liuke.act.workorder import open_order
from liuke.errors import TryAgain, YourMistake
from liuke.state.actions.open_orders import open_orders
from liuke.state.load import OrderFacts
from liuke.state.models import OrderLoop
from liuke.wiring import House


def desk_of(house: House) -> Callable[[Message], str]:
    """Takes messages whose `data.decision` is a treated DECISION row as JSON; returns the order's number.

    Raises YourMistake for what is none, TryAgain when the state database is busy.
    """
    policy, routing = read_loop_policy(house.policy("loop")), read_routing_policy(house.policy("routing"))

    def take(message: Message) -> str:
        try:
            return _take(message, policy, routing, house)
        except OperationalError as error:
            raise TryAgain("the order desk is busy", state="nothing was opened") from error

    return take


def _take(message: Message, policy: LoopPolicy, routing: RoutingPolicy, house: House) -> str:
    decision = message.data.get("decision")
    if not isinstance(decision, Mapping) or decision.get("arm") != "treated":
        raise YourMistake("the message holds no treated decision", state="no order was opened")
    now = datetime.now(UTC)
    try:
        order = open_order(decision, policy, house.calendar, now)
        facts = replace(_facts(decision, message), wants=Wants(routing.wanted(order.theme)))
    except (KeyError, ValueError, ArithmeticError) as error:
        raise YourMistake(f"the decision cannot be read: {error}", state="no order was opened") from error
    open_orders([(order, facts)], now=now, actor="outbox")
    return OrderLoop.objects.select_related("order").get(loop_id=order.loop_id).order.order_id


def _facts(decision: Mapping[str, Any], message: Message) -> OrderFacts:
    """What the list shows; `data.customer_name` where the sender knew it."""
    return OrderFacts(
        as_of=date.fromisoformat(decision["as_of"]),
        customer_name=str(message.data.get("customer_name", "")),
        aum=Decimal(decision["aum"]),
        score=float(decision["score"]),
        tier=str(decision["tier"]),
        reasons=list(message.data.get("reasons", [])),
    )
