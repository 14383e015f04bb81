"""All gates in their order over candidates: the same expression for a whole bank and for one customer.

The order is that of the law and the house rules before a message goes out: purpose and consent, refusals, holds,
suitability, frequency, hours, wording, approval. The first that stops a candidate is told; how many rules stop it is
told too, so that what loosening one would add can be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.approval import approval
from liuke.act.gates.consent import consent
from liuke.act.gates.frequency import frequency
from liuke.act.gates.hold import hold
from liuke.act.gates.moment import Moment
from liuke.act.gates.refusal import refusal
from liuke.act.gates.stop import Stop
from liuke.act.gates.suitability import suitability
from liuke.act.gates.window import window
from liuke.act.gates.wording import wording

Gate = Callable[[ir.Table, ContactPolicy, Moment], Iterator[Stop]]


def _asked_before(kind: str, column: str) -> Gate:
    """What was found when the candidate was made: `unmet` names the rule of policies/offers.yaml, or the audience."""

    def gate(row: ir.Table, _policy: ContactPolicy, _moment: Moment) -> Iterator[Stop]:
        yield Stop(kind, ~row[column], row.unmet)

    return gate


CHAIN: Final[Mapping[str, Gate]] = {
    "eligibility": _asked_before("not_eligible", "eligible"),
    "applicability": _asked_before("not_applicable", "applicable"),
    "consent": consent,
    "refusal": refusal,
    "hold": hold,
    "suitability": suitability,
    "frequency": frequency,
    "window": window,
    "wording": wording,
    "approval": approval,
}
"""By name, in order; names are those of tables.GATES."""
FOUND: Final = ("gate", "rule", "fact", "may_change_on", "stops")
"""What `judged` adds to candidates."""


def judged(candidates: ir.Table, facts: ir.Table, sheet: ir.Table, policy: ContactPolicy, moment: Moment) -> ir.Table:
    """Candidates with FOUND: null gate, rule, fact and date, and 0 stops, for those whom nothing stops.

    candidates: columns of candidate.CANDIDATE. facts: of `contact_facts`. sheet: rows of SHEET.
    """
    rows = gate_by_gate(candidates, facts, sheet, policy, moment)
    stopped = [(rows[f"{gate}_rule"].notnull(), gate) for gate in CHAIN]
    told = {
        "rule": [rows[f"{gate}_rule"] for gate in CHAIN],
        "fact": [rows[f"{gate}_fact"] for gate in CHAIN],
        "may_change_on": [rows[f"{gate}_until"] for gate in CHAIN],
    }
    return rows.select(
        *candidates.columns,
        gate=ibis.cases(*stopped, else_=ibis.null("string")),
        **{
            name: ibis.cases(*((when, value) for (when, _), value in zip(stopped, values, strict=True)),
                             else_=ibis.null(values[0].type()))
            for name, values in told.items()
        },
        stops=sum((rows[f"{gate}_stops"] for gate in CHAIN), ibis.literal(0, "int64")),
    )  # fmt: skip


def gate_by_gate(
    candidates: ir.Table, facts: ir.Table, sheet: ir.Table, policy: ContactPolicy, moment: Moment,
    *, service_only: bool = False,
) -> ir.Table:  # fmt: skip
    """Candidates with four columns for each gate, whatever the others say: GATE_rule, GATE_fact, GATE_until, GATE_stops
    (how many of its rules stop it). For the explanation of one customer. service_only: no candidate is marketing.
    """
    joined = candidates.left_join(facts, "customer_id").drop("customer_id_right")
    row = joined.left_join(sheet, "offer_id").drop("offer_id_right")
    found = {
        name: tuple(stop for stop in gate(row, policy, moment) if not (service_only and stop.marketing))
        for name, gate in CHAIN.items()
    }
    marketing = row.message_class == "marketing"
    whens = {
        f"{name}_{i}": marketing & stop.when if stop.marketing else stop.when
        for name, stops in found.items()
        for i, stop in enumerate(stops)
    }
    # Texts and dates only where the rule stops: writing a day out for every candidate takes longer than all else.
    texts = _where_stopped(
        whens, {f"{n}_{i}": s.fact for n, stops in found.items() for i, s in enumerate(stops)}, "fact"
    )
    dates = _where_stopped(
        whens, {f"{n}_{i}": s.until for n, stops in found.items() for i, s in enumerate(stops)}, "day"
    )
    flat = row.select(*candidates.columns, **whens, **texts, **dates)
    made: dict[str, ir.Value] = {}
    for name, stops in found.items():
        made |= _told(flat, name, stops)
    return flat.select(*candidates.columns, **made)


def _where_stopped(
    whens: Mapping[str, ir.BooleanValue], values: Mapping[str, ir.Value | None], what: str
) -> dict[str, ir.Value]:
    """The values by NAME_what, null where the rule does not stop; those that are None are left out."""
    return {
        f"{name}_{what}": ibis.ifelse(whens[name], value, ibis.null(value.type()))
        for name, value in values.items()
        if value is not None
    }


def _told(flat: ir.Table, gate: str, stops: tuple[Stop, ...]) -> dict[str, ir.Value]:
    """The first rule of the gate that stops, with its fact and date."""
    places = range(len(stops))

    def first(values: Mapping[int, ir.Value], kind: str) -> ir.Value:
        cases = [(flat[f"{gate}_{i}"], values.get(i, ibis.null(kind))) for i in places]
        return ibis.cases(*cases, else_=ibis.null(kind)) if cases else ibis.null(kind)

    facts = {i: flat[f"{gate}_{i}_fact"] for i in places if stops[i].fact is not None}
    dates = {i: flat[f"{gate}_{i}_day"] for i in places if stops[i].until is not None}
    return {
        f"{gate}_rule": first({i: ibis.literal(stops[i].rule) for i in places}, "string"),
        f"{gate}_fact": first(facts, "string"),
        f"{gate}_until": first(dates, "date"),
        f"{gate}_stops": sum((flat[f"{gate}_{i}"].cast("int64") for i in places), ibis.literal(0, "int64")),
    }
