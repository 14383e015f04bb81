"""The day's candidates, valued and kept for one customer at a time: what the morning weighed and what it left open.

The expressions are those of the morning; what it stored of a candidate it weighed is taken as stored. So a customer
asked about later gets what the morning decided, and where it decided nothing, what it would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.one import Market, Place, shelf
from liuke.act.arbitrate.parts import person_parts, terms_sheet, with_parts
from liuke.act.arbitrate.value import DESK
from liuke.act.candidate import CANDIDATE
from liuke.act.decide import at_desks, capacities
from liuke.act.gates.facts import contact_facts
from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.bank_offers import BankOffers
from liuke.daily.deciding import weighing_of
from liuke.daily.gating import contact_people, not_done_yet
from liuke.daily.weighing import Weighing, opted_out
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.tables import CANDIDATE_FATE, CUSTOMER_SNAPSHOT
from liuke.track.uplift import with_uplift
from liuke.wiring import House

_PARTS: Final = ("uplift", "uplift_n", "propensity", "value_kept", "context", "cost", "fatigue")
WAS: Final = (
    "fate", "gate", "beaten_by", "eiv", "lever", "effort", "desk", "experiment", "holdout_share", "draw", "explored",
    "explore_draw", "explore_share", "draw_probability",
)  # fmt: skip
"""Columns of CANDIDATE_FATE that say what the morning decided; on the shelf as was_…, beside those decided anew."""
_TOLD: Final = ("rule", "fact", "may_change_on", "stops", "decided_at", "policy_version")
_BARRED: Final = ("cool_down", "no_desk")


@dataclass(frozen=True, slots=True)
class DayShelf:
    """rows: of `one.shelf`, with rule, fact, may_change_on, stops, decided_at, policy_version, the columns WAS, and
    meant: false where the offer was changed or withdrawn since. market: places the morning left.
    """

    rows: ir.Table
    market: Market
    levers: LeverPolicy
    salt: str


def shelve_day(house: House, engine: Engine, tables: BankTables, bank: BankOffers) -> DayShelf:
    """The candidates of the day of `tables`."""
    day = tables.as_of.day
    by = weighing_of(house, engine, read_loop_policy(house.policy("loop")), tables.as_of)
    told = engine.materialise(_as_candidates(house.lake.scan(engine, CANDIDATE_FATE), bank, tables))
    people = engine.materialise(_people(house, engine, tables, told, by))
    terms = engine.from_arrow(terms_sheet(bank.offers.values()))
    rows = with_uplift(with_parts(told, people, terms, by.levers, by.loop), engine.from_arrow(by.evidence))
    rows = rows.mutate(**{n: ibis.ifelse(rows.weighed, rows[f"was_{n}"], rows[n]) for n in _PARTS})
    rows = rows.drop("exposure", "segment", "weighed", *(f"was_{n}" for n in _PARTS))
    valued = shelf(rows, people.select("customer_id", "desk", "automated_off"), by.levers, day)
    barred = ibis.ifelse(valued.was_fate.isin(_BARRED), valued.was_fate, ibis.null("string"))
    kept = engine.materialise(valued.mutate(stop=ibis.coalesce(valued.stop, barred)))
    return DayShelf(kept, _market(engine, kept, people), by.levers, by.salt)


def _as_candidates(fates: ir.Table, bank: BankOffers, tables: BankTables) -> ir.Table:
    """The day's stored rows as candidates again."""
    now = [f"{code}|{offer.version}" for code, offer in bank.offers.items()]
    same = fates.offer_id.isnull() | (fates.offer_id + "|" + fates.offer_version.fill_null("")).isin(now)
    mine = (fates.as_of == ibis.literal(tables.as_of.day)) & (fates.source != "trigger")  # a match is decided at once
    rows = fates.mutate(meant=same).filter(mine)
    off = opted_out(rows)
    again = {
        "eligible": (rows.gate != "eligibility").fill_null(True),
        "applicable": (rows.gate != "applicability").fill_null(True),
        "unmet": ibis.ifelse(rows.gate.isin(["eligibility", "applicability"]), rows.fact, ibis.null("string")),
    }
    known = [again.get(name, rows[name] if name in rows.columns else None) for name in CANDIDATE.names]
    return rows.select(
        **dict(zip(CANDIDATE.names, known, strict=True)),
        gate=ibis.ifelse(off, ibis.null("string"), rows.gate),
        **{name: rows[name] for name in ("meant", *_TOLD)},
        **{f"was_{name}": rows[name] for name in (*WAS, *_PARTS)},
        weighed=rows.effort.notnull(),
    )


def _people(house: House, engine: Engine, tables: BankTables, told: ir.Table, by: Weighing) -> ir.Table:
    """Everybody with a candidate, as the morning's weighing reads them."""
    snapshot = house.lake.scan(engine, CUSTOMER_SNAPSHOT).semi_join(told, "customer_id")
    at = at_desks(snapshot, capacities(tables.staff, by.loop), by.loop)
    planned = not_done_yet(house.lake.scan(engine, CANDIDATE_FATE), tables)
    facts = contact_facts(tables, (), planned).semi_join(told, "customer_id")
    rows = person_parts(at, by.levers, by.score).left_join(contact_people(facts, tables.as_of.day), "customer_id")
    return rows.drop("customer_id_right").mutate(
        contacts_30=rows.contacts_30.fill_null(0), automated_off=rows.automated_off.fill_null(False)
    )


def _market(engine: Engine, kept: ir.Table, people: ir.Table) -> Market:
    """Places the morning's choices left at each desk; where some are left one more is worth nothing."""
    placed = people.filter(people.desk.notnull())
    desks = placed.group_by("desk").aggregate(capacity=placed.daily_capacity.max())
    taken = kept.filter(kept.was_fate.isin(["chosen", "held_out"]), kept.resource == DESK)
    used = taken.group_by("desk").aggregate(used=taken.effort.sum())
    rows = engine.arrow(desks.left_join(used, "desk").select("desk", "capacity", "used")).to_pylist()
    return Market({r["desk"]: Place(max(0, int(r["capacity"]) - int(r["used"] or 0)), 0.0) for r in rows}, {})
