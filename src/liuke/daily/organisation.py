"""The organisation as of the day, mirrored into the state database for scopes and names."""

from __future__ import annotations

import ibis

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.lake import Lake, known
from liuke.state.sync import Synced, sync_organisation
from liuke.tables import ASSIGNMENT, BRANCH, STAFF


def mirror_organisation(lake: Lake, engine: Engine, as_of: AsOf) -> Synced:
    """Makes the state's branches, staff and service teams equal to what the lake knows as of the day."""
    branches, staff, terms = (known(lake.scan(engine, t), t, as_of) for t in (BRANCH, STAFF, ASSIGNMENT))
    day = ibis.literal(as_of.day)
    team = terms.filter(terms.role == "team", terms.since <= day, terms["until"].isnull() | (terms["until"] >= day))
    members = engine.arrow(team.select("staff_id", "customer_id"))
    return sync_organisation(
        engine.arrow(branches).to_pylist(),
        engine.arrow(staff).to_pylist(),
        zip(members["staff_id"].to_pylist(), members["customer_id"].to_pylist(), strict=True),
    )
