"""Who is decided about today: eligibility, rank, the RM's capacity, and only then the hold-out draw.

Everything before the draw is one Ibis expression over the bank; what is left is bounded by the RMs'
capacities and is drawn and written down in Python. The cut comes before the draw, so the two arms are drawn
from the same people: who is decided does not depend on who is held out, and held-out customers use capacity
(an RM with 20 places calls about 18 of them at a share of 0.1).

    fates(...)       every warned customer and what became of them   (ir.Table; the why-not board reads it)
    candidates(...)  those who are decided today                     (ir.Table; at most the capacities' sum)
    decide(...)      the same as DECISION rows with draw and arm     (pa.Table)
    new_decisions(.) the whole step, safe to repeat                  (pa.Table; append it to the lake)
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.holdout import arm, draw
from liuke.act.loop_policy import TIER_ORDER, LoopPolicy
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import DECISION


def capacities(staff: ir.Table, policy: LoopPolicy) -> ir.Table:
    """Working staff with their daily capacity: staff_id, daily_capacity (policy's default where empty).

    staff: as known on the day (lake.known(..., STAFF, as_of)). An empty `active` counts as working.
    """
    working = staff.filter(staff.active.fill_null(True))
    return working.select("staff_id", daily_capacity=working.daily_capacity.fill_null(policy.default_daily_capacity))


def with_open_complaints(snapshot: ir.Table, signals: ir.Table) -> ir.Table:
    """The snapshot with `complaints_open` of the same day's SIGNAL rows (0 where there is none)."""
    counts = signals.select("as_of", "customer_id", "complaints_open")
    joined = snapshot.left_join(counts, ["as_of", "customer_id"])
    return joined.select(*[joined[c] for c in snapshot.columns], complaints_open=joined.complaints_open.fill_null(0))


def fates(
    snapshot: ir.Table,
    decisions: ir.Table,
    capacity: ir.Table,
    policy: LoopPolicy,
    as_of: AsOf,
) -> ir.Table:
    """Every customer with an acted tier on the day, and the fate of the thought to call them.

    snapshot: CUSTOMER_SNAPSHOT rows, optionally with `complaints_open`; only rows of `as_of.day` enter.
    decisions: DECISION rows. capacity: of `capacities`.

        customer_id  staff_id  tier  score  aum        desk_rank  fate
        C7           S01       red   0.91   812000.00  1          decided
        C2           S01       red   0.55   90000.00   2          decided
        C9           S01       red   0.54   91000.00   3          capacity
        C4           -         red   0.60   100.00     1          decided      (branch pool)
        C5           S02       red   0.70   100.00     -          cool_down
        C6           S02       red   0.70   100.00     -          minor

    Fates in the order in which they are tested: minor, cool_down, no_desk (neither RM nor branch), capacity.
    Rank on a desk: tier, then score × ln(1 + AUM) falling, then customer_id. An RM who has left counts as
    none: the customer goes to the branch's pool (staff_id null).
    Decided in the cool-down means any decision of this experiment less than `cool_down_days` before or after:
    also after, so that a day re-run late never decides a customer twice. Decisions already made for this day
    use up capacity, so a second run for a day adds nobody.
    """
    mine = decisions.filter(decisions.experiment == policy.experiment)
    warned = with_bar(at_desks(_acted(snapshot, policy, as_of.day), capacity, policy), mine, policy, as_of.day)
    joined = warned.left_join(_used(mine, as_of.day), "desk").drop("desk_right")
    gated = joined.mutate(places=joined.daily_capacity - joined.used.fill_null(0))
    window = ibis.window(
        group_by=["desk", "bar"],
        order_by=[ibis.asc("tier_rank"), ibis.desc("weight"), ibis.asc("customer_id")],
    )
    ranked = gated.mutate(desk_rank=ibis.row_number().over(window) + 1)
    open_desk = ranked.bar.isnull()
    fate = ibis.cases((~open_desk, ranked.bar), (ranked.desk_rank <= ranked.places, "decided"), else_="capacity")
    return ranked.select(
        "customer_id", "branch_id", "staff_id", "tier", "score", "aum", "complaints_open",
        desk_rank=ibis.ifelse(open_desk, ranked.desk_rank, ibis.null("int64")), fate=fate,
    )  # fmt: skip


def candidates(
    snapshot: ir.Table, decisions: ir.Table, capacity: ir.Table, policy: LoopPolicy, as_of: AsOf
) -> ir.Table:
    """The customers who are decided about today: `fates` with fate 'decided'. Never more than the places."""
    rows = fates(snapshot, decisions, capacity, policy, as_of)
    return rows.filter(rows.fate == "decided").drop("fate")


def decide(chosen: pa.Table, policy: LoopPolicy, as_of: AsOf, decided_at: datetime) -> pa.Table:
    """DECISION rows of `chosen` (of `candidates`), sorted by loop_id. decided_at: aware moment of the run."""
    rows = [_decision(row, policy, as_of.day, decided_at) for row in chosen.to_pylist()]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["loop_id"])), schema=DECISION.arrow)


def new_decisions(
    engine: Engine,
    snapshot: ir.Table,
    decisions: ir.Table,
    staff: ir.Table,
    policy: LoopPolicy,
    as_of: AsOf,
    decided_at: datetime,
) -> pa.Table:
    """What to append to DECISION for the day; empty when the day was decided already.

    The result is bounded by the RMs' capacities. staff: as known on the day.
    """
    chosen = engine.arrow(candidates(snapshot, decisions, capacities(staff, policy), policy, as_of))
    return decide(chosen, policy, as_of, decided_at)


def loop_id(experiment: str, customer_id: str, day: date) -> str:
    """The id of one decision: 'L' and the first 16 hex digits of SHA-256 over `experiment|customer|day`."""
    return "L" + hashlib.sha256(f"{experiment}|{customer_id}|{day.isoformat()}".encode()).hexdigest()[:16]


def _acted(snapshot: ir.Table, policy: LoopPolicy, day: date) -> ir.Table:
    rows = snapshot.filter(snapshot.as_of == ibis.literal(day), snapshot.tier.isin(policy.tiers))
    if "complaints_open" not in rows.columns:
        rows = rows.mutate(complaints_open=ibis.literal(0, "int64"))
    urgency = ibis.cases(*[(rows.tier == tier, i) for i, tier in enumerate(TIER_ORDER)], else_=len(TIER_ORDER))
    weight = rows.score * (1 + rows.aum.cast("float64").fill_null(0.0)).ln()
    return rows.mutate(tier_rank=urgency, weight=weight)


def at_desks(rows: ir.Table, capacity: ir.Table, policy: LoopPolicy) -> ir.Table:
    """Adds desk ('S:…' of an RM, 'B:…' of a branch pool, or null) and its daily_capacity. capacity: of `capacities`."""
    # The right side's staff_id is null where the RM has left: that customer is the pool's.
    joined = rows.left_join(capacity, "staff_id").drop("staff_id").rename(staff_id="staff_id_right")
    return joined.mutate(
        desk=ibis.coalesce("S:" + joined.staff_id, "B:" + joined.branch_id),
        daily_capacity=joined.daily_capacity.fill_null(policy.pool_daily_capacity),
    )


def with_bar(rows: ir.Table, decisions: ir.Table, policy: LoopPolicy, day: date) -> ir.Table:
    """Adds bar: what keeps an order from being thought of (minor, cool_down, no_desk), null where nothing does.

    rows: of `at_desks`. decisions: those that count for the cool-down.
    """
    joined = rows.left_join(_decided_near(decisions, policy, day), "customer_id").drop("customer_id_right")
    barred = joined.mutate(
        bar=ibis.cases(
            (_is_minor(joined, policy, day), "minor"),
            (joined.decided_near.notnull(), "cool_down"),
            (joined.desk.isnull(), "no_desk"),
            else_=ibis.null("string"),
        )
    )
    return barred.drop("decided_near")


def _decided_near(decisions: ir.Table, policy: LoopPolicy, day: date) -> ir.Table:
    reach = timedelta(days=policy.cool_down_days - 1)
    near = decisions.filter(decisions.as_of.between(ibis.literal(day - reach), ibis.literal(day + reach)))
    return near.group_by("customer_id").aggregate(decided_near=near.as_of.max())


def _used(decisions: ir.Table, day: date) -> ir.Table:
    today = decisions.filter(decisions.as_of == ibis.literal(day))
    desk = ibis.coalesce("S:" + today.staff_id, "B:" + today.branch_id)
    return today.mutate(desk=desk).group_by("desk").aggregate(used=lambda t: t.count())


def _is_minor(rows: ir.Table, policy: LoopPolicy, day: date) -> ir.BooleanValue:
    return (rows.birth_date > ibis.literal(years_before(day, policy.minimum_age_years))).fill_null(False)


def years_before(day: date, years: int) -> date:
    """The same calendar day `years` earlier; 29 February becomes the 28th, as full age starts on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _decision(row: dict[str, Any], policy: LoopPolicy, day: date, decided_at: datetime) -> dict[str, Any]:
    value = draw(row["customer_id"], policy.experiment, policy.salt)
    chosen = arm(value, policy.holdout_share)
    return {
        **{name: row[name] for name in ("customer_id", "tier", "score", "aum", "branch_id", "staff_id")},
        "loop_id": loop_id(policy.experiment, row["customer_id"], day),
        "as_of": day,
        "decided_at": decided_at,
        "experiment": policy.experiment,
        "arm": chosen,
        "draw": value,
        "holdout_share": policy.holdout_share,
        "treatment": policy.treatment if chosen == "treated" else None,
        "candidates": _fates_json(row, policy, held_out=chosen == "holdout"),
        "policy_version": policy.version,
    }


def _fates_json(row: dict[str, Any], policy: LoopPolicy, *, held_out: bool) -> str:
    """Every treatment thought of, the gates it passed and its fate; doing nothing is one of them."""
    complaint = row["complaints_open"] > 0
    gates = [
        {"gate": "minor", "result": "passed"},
        {"gate": "cool_down", "result": "passed"},
        {"gate": "capacity", "result": "passed", "rank": row["desk_rank"]},
        {"gate": "open_complaint", "result": "note" if complaint else "passed"},
    ]
    care = {"treatment": policy.treatment, "fate": "held_out" if held_out else "chosen", "gates": gates}
    nothing: dict[str, object] = {"treatment": "none", "fate": "chosen" if held_out else "not_chosen", "gates": []}
    return json.dumps([care, nothing], ensure_ascii=False, separators=(",", ":"))
