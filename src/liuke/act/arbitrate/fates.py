"""What became of each candidate, and of the customer it was meant for."""

from __future__ import annotations

from typing import Literal, get_args

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.value import IDENTITY
from liuke.act.holdout import drawn
from liuke.engine import Engine

CandidateFate = Literal[
    "chosen", "held_out", "beaten", "capacity", "not_worth", "human_review", "gated", "not_applicable", "not_eligible",
    "unknown",
]  # fmt: skip
"""chosen: done. held_out: would have been, but for the draw. beaten: something better was chosen. capacity: better than
what was chosen, if anything, but no place was left. not_worth: doing nothing is better. human_review: the customer
refuses automated decisions, a person decides. gated: a gate stops it. not_applicable, not_eligible: the offer's own
conditions. unknown: a factor that counts is not known."""
CANDIDATE_FATES: tuple[CandidateFate, ...] = get_args(CandidateFate)

NOTHING = "none"
"""Stands as beaten_by where doing nothing won."""


def fates(
    engine: Engine,
    rows: ir.Table,
    stand: ir.Table,
    chosen: ir.Table,
    drawn_options: ir.Table,
    lessons: ir.Table,
    policy: LeverPolicy,
    salt: str,
) -> ir.Table:
    """The candidates with what became of them. Arguments as `arbitrate` makes them; lazy over what it keeps.

    Adds fate, beaten_by (treatment, or 'none'), draw, explored, explore_draw, explore_share, draw_probability.
    experiment, holdout_share and draw stand together: those of the global hold-out where it decided, else the
    treatment's own, on the chosen candidate only. explored: the customer was drawn; draw_probability: of this candidate
    then, null where it could not be drawn.
    """
    verdict = engine.materialise(_verdicts(stand, chosen, lessons, salt))
    seen = rows.left_join(verdict, "customer_id")
    seen = seen.select(*[seen[n] for n in rows.columns], *[seen[n] for n in verdict.columns if n != "customer_id"])
    among = drawn_options.select("customer_id", *IDENTITY, "draw_probability")
    with_odds = seen.left_join(among, ["customer_id", *IDENTITY])
    seen = with_odds.select(*[with_odds[n] for n in seen.columns], "draw_probability")
    return _told(seen, policy)


def _verdicts(stand: ir.Table, chosen: ir.Table, lessons: ir.Table, salt: str) -> ir.Table:
    """Per customer: stand, won_ and the name of each IDENTITY column, won_eiv, fits, and the hold-out draw of it."""
    columns = ["customer_id", *IDENTITY, "eiv", "experiment", "holdout_share"]
    both = ibis.union(
        chosen.select(*columns).mutate(fits=ibis.literal(True)), lessons.select(*columns, "fits"), distinct=False
    )
    named = both.select(
        "customer_id",
        "fits",
        **{f"won_{name}": both[name] for name in IDENTITY},
        won_eiv=both.eiv,
        won_draw=drawn(both.customer_id, both.experiment, salt),
        won_share=both.holdout_share,
    )
    joined = stand.left_join(named, "customer_id")
    return joined.select(
        *[joined[n] for n in stand.columns if n not in {"capacity", "desk"}],
        *[joined[n] for n in named.columns if n != "customer_id"],
    )


def _told(seen: ir.Table, policy: LeverPolicy) -> ir.Table:
    won = ibis.and_(*(seen[name] == seen[f"won_{name}"] for name in IDENTITY)).fill_null(False) & seen.stop.isnull()
    seen = seen.mutate(is_won=won, explored=(seen.stand == "explore").fill_null(False))
    held = (seen.won_draw < seen.won_share).fill_null(False)
    fate = ibis.cases(
        (seen.stop == "duty", "chosen"),
        (seen.stop == "worse_terms", "beaten"),
        (seen.stop.notnull(), seen.stop),
        (seen.stand == "global", "held_out"),
        (seen.stand == "human", "human_review"),
        (seen.is_won & ~seen.fits, "capacity"),
        (seen.is_won & held, "held_out"),
        (seen.is_won, "chosen"),
        (seen.explored, "beaten"),
        (seen.eiv <= policy.least_value, "not_worth"),
        ((seen.eiv <= seen.won_eiv).fill_null(False), "beaten"),
        else_="capacity",
    )
    seen = seen.mutate(fate=fate, globally=(seen.stop.isnull() & (seen.stand == "global")).fill_null(False))
    return _columns(seen, policy)


def _columns(seen: ir.Table, policy: LeverPolicy) -> ir.Table:
    named = policy.global_holdout
    none = ibis.null("float64")
    beaten_by = ibis.cases(
        (seen.stop == "worse_terms", seen.worse_than),
        (seen.fate == "beaten", seen.won_treatment.fill_null(NOTHING)),
        (seen.fate == "not_worth", NOTHING),
        else_=ibis.null("string"),
    )
    extra = ("stop", "stand", "worse_than", "fits", "is_won", "globally")
    hidden = {n for n in seen.columns if n.startswith("won") or n in extra or n == "global_draw"}
    told = seen.mutate(
        beaten_by=beaten_by,
        experiment=ibis.cases(
            (seen.globally, named.experiment), (seen.is_won, seen.experiment), else_=ibis.null("string")
        ),
        holdout_share=ibis.cases((seen.globally, named.share), (seen.is_won, seen.holdout_share), else_=none),
        draw=ibis.cases((seen.globally, seen.global_draw), (seen.is_won, seen.won_draw), else_=none),
        explore_draw=ibis.ifelse(seen.explored, seen.explore_draw, none),
        explore_share=ibis.ifelse(seen.explored, seen.explore_share, none),
    )
    return told.drop(*sorted(hidden & set(told.columns)))
