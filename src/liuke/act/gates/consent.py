"""Gate 同意: marketing needs a consent for its purpose that covers the channel; switches of the customer are obeyed.

Refusing is no reason to be asked again: a candidate that asks for a consent is stopped once it was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from liuke.act.contact_policy import ContactPolicy
from liuke.act.gates.moment import Moment
from liuke.act.gates.stop import Stop, day_text, is_true, later

ASK_CONSENT = "ask_consent"
"""The treatment that asks a customer for the consent named by its purpose."""


def consent(row: ir.Table, policy: ContactPolicy, moment: Moment) -> Iterator[Stop]:
    """See the module. A consent counts from its day; refused and never asked differ, since the latter may be asked."""
    granted, refused = of_pair(row, "granted_on"), of_pair(row, "refused_on")
    yield Stop("automated_off", row.automated_off_on.notnull(), day_text(row.automated_off_on))
    off = row.personalisation_off_on
    yield Stop("personalisation_off", off.notnull(), day_text(off), marketing=True)
    yield Stop("service_with_offer", is_true((row.message_class == "service") & (row.carries_offer)), row.offer_id)
    yield Stop("asked_and_refused", (row.treatment == ASK_CONSENT) & refused.notnull(), day_text(refused))
    yield Stop("consent_refused", granted.isnull() & refused.notnull(), day_text(refused), marketing=True)
    yield Stop("no_consent", granted.isnull() & refused.isnull(), row.purpose, marketing=True)
    outdated = granted.notnull() & _outdated(row, policy)
    yield Stop("consent_outdated", outdated, of_pair(row, "version"), marketing=True)
    if policy.consent_valid_days is not None:
        aged = is_true(moment.day.delta(granted, unit="day") >= policy.consent_valid_days)
        over = later(granted, policy.consent_valid_days)
        yield Stop("consent_expired", aged, day_text(over), marketing=True)


def _outdated(row: ir.Table, policy: ContactPolicy) -> ir.BooleanValue:
    version = of_pair(row, "version").fill_null("")
    cases = [(row.purpose == p, ~version.isin(list(kept))) for p, kept in policy.consent_versions.items()]
    return is_true(ibis.cases(*cases, else_=False)) if cases else ibis.literal(False)


def of_pair(row: ir.Table, what: str) -> ir.Value:
    """The fact about the row's own purpose and channel: facts have a column `what__PURPOSE__CHANNEL` for each pair."""
    found = [name.split("__") for name in row.columns if name.startswith(f"{what}__")]
    kind = {"version": "string"}.get(what, "date")
    if not found:
        return ibis.null(kind)
    cases = [((row.purpose == p) & (row.channel == c), row[f"{what}__{p}__{c}"]) for _, p, c in found]
    return ibis.cases(*cases, else_=ibis.null(kind))
