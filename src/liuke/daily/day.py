"""One business day from the lake to the desks: features → scores → signals → decisions → orders → outcomes → tags.

Every step can be repeated: a second run for the same day finds its work done. Dates and moments come from
the as-of day, so a day run late gives the same rows; only the run's own log reads the machine's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from time import perf_counter
from typing import Any

import structlog

from liuke.act.campaigns.bank_campaigns import CampaignFinding
from liuke.act.loop_policy import read_loop_policy
from liuke.clock import AsOf
from liuke.daily.campaigning import CampaignDay, run_campaigns
from liuke.daily.contacts import carry_contacts
from liuke.daily.deciding import NONE, decide_day
from liuke.daily.experimenting import read_experiments, start_experiments
from liuke.daily.gating import gate_day
from liuke.daily.knowing import Known, day_features, know_customers
from liuke.daily.ordering import open_day_orders
from liuke.daily.organisation import mirror_organisation
from liuke.daily.scoring import score_day
from liuke.daily.telling import tell_again, tell_day
from liuke.daily.telling_matches import tell_matches
from liuke.daily.transfers import carry_transfers
from liuke.daily.warning import warn_day
from liuke.engine import Engine
from liuke.errors import LiukeError
from liuke.insight.churn.registry import active
from liuke.insight.known import BankTables, bank_tables
from liuke.lake import Lake
from liuke.state.actions.escalate_overdue import escalate_overdue
from liuke.state.actions.expire_due import expire_due
from liuke.state.actions.transfer import carry_out_transfers
from liuke.state.models import Run
from liuke.tables import (
    CANDIDATE_FATE,
    CLUSTER_SIZE,
    CONTACT,
    CONTEST,
    CUSTOMER_CLUSTER,
    CUSTOMER_SNAPSHOT,
    CUSTOMER_TAG,
    CUSTOMER_TRANSACTION,
    CUSTOMER_VALUE,
    DECISION,
    DRIFT,
    EVENT_DAY,
    EXPERIMENT_READING,
    LOST_CONTACT,
    OUTCOME,
    SCORE,
    SEGMENT_MEMBER,
    SIGNAL,
    TRANSACTION,
)
from liuke.track.outcomes import new_outcomes, read_outcome_policy
from liuke.wiring import House
from liuke.wiring.anchors import anchor_log
from liuke.wiring.state import one_at_a_time

_log = structlog.get_logger()

WRITTEN = (
    SIGNAL, DECISION, CANDIDATE_FATE, OUTCOME, CONTACT, CUSTOMER_SNAPSHOT, SCORE, DRIFT, CONTEST, LOST_CONTACT,
    CUSTOMER_VALUE, CUSTOMER_TAG, SEGMENT_MEMBER, EVENT_DAY, CUSTOMER_TRANSACTION, CUSTOMER_CLUSTER, CLUSTER_SIZE,
    EXPERIMENT_READING,
)  # fmt: skip
"""Tables a run writes to, compacted at its end."""
Progress = Callable[[str], None]
"""Told the name of each step as it begins."""


@dataclass(frozen=True, slots=True)
class DayReport:
    """What one run did. Counts are rows; a second run of the same day shows zeros from `decided` on.

    customers: living as of the day. warned: by tier. late_feeds: contract tables whose newest row is older
    than three days. While one is, no outcome is measured, and while it is the transactions, nobody is decided:
    without data everybody looks silent, and both would stay. The first run with the data makes up for the outcomes.
    model: NAME/VERSION of the model that warned, None when the signals did. tagged: rows of customer_tag.
    campaign_entered, campaign_held_out: customers campaigns decided about, and those of them left out.
    campaign_mistakes: of campaigns' files that cannot be read; all other campaigns went on.
    lacking: tags, segments, offers and campaigns (campaign_CODE) that could not work for want of a feature, table or
    gateway, "clusters" likewise.
    experiments_started, experiments_ended (code:rule): what the registry did; experiments_moved: approved ones that do
    not start, because their file says something else than was approved; experiments_read: readings kept;
    experiment_mistakes: of files that cannot be read.
    anchored: whether the audit log's newest row stands with its anchors (wiring/anchors.py); where their folder is away
    the day is done all the same. seconds: wall time.
    """

    as_of: date
    customers: int
    warned: dict[str, int]
    decided: int
    held_out: int
    orders_opened: int
    orders_enriched: int
    orders_expired: int
    orders_escalated: int
    contacts_carried: int
    campaign_entered: int
    campaign_held_out: int
    messages_queued: int
    campaign_orders: int
    campaign_mistakes: tuple[CampaignFinding, ...]
    outcomes_measured: int
    experiments_started: tuple[str, ...]
    experiments_moved: tuple[str, ...]
    experiments_ended: tuple[str, ...]
    experiments_read: int
    experiment_mistakes: tuple[str, ...]
    late_feeds: tuple[str, ...]
    model: str | None
    tagged: int
    segments: int
    lost_contact: int
    lacking: tuple[str, ...]
    anchored: bool
    seconds: float


def run_day(
    house: House, day: date, progress: Progress = lambda _step: None, *, loop_only: bool = False,
    campaigns: bool | None = None, experiments: bool | None = None,
) -> DayReport:  # fmt: skip
    """Runs the batch for business day `day`, with what was known on the morning after.

    loop_only: leaves out what no decision reads (value, tags, segments), for re-running many past days. campaigns:
    whether they enter customers, experiments: whether they are read; by default they do and are unless loop_only.
    Raises YourMistake when no customer is known as of the day. After a failure the same call goes on: what was
    committed is not repeated, what was not is not visible. A second run of this home meanwhile waits.
    """
    # Two days at once would each decide the customers whom the other is just deciding.
    with one_at_a_time(house.home, "run"):
        parts = _Parts(
            loop_only,
            not loop_only if campaigns is None else campaigns,
            not loop_only if experiments is None else experiments,
        )
        return _run_alone(house, day, progress, parts)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Which parts of the day are run, as in `run_day`."""

    loop_only: bool
    campaigns: bool
    experiments: bool


def _run_alone(house: House, day: date, progress: Progress, parts: _Parts) -> DayReport:
    as_of = house.as_of(day)
    began = perf_counter()
    Run.objects.filter(status="running").update(status="failed")  # whoever ran them was killed: we hold the lock
    log = Run.objects.create(as_of=day, started_at=datetime.now(UTC))
    try:
        with house.engine() as engine:
            told = partial(_tell, day, progress)
            counts = _steps(house, engine, as_of, told, parts)
    except BaseException as error:
        _log.error("day failed", as_of=str(day), kind=type(error).__name__)
        Run.objects.filter(pk=log.pk).update(status="failed")
        raise
    counts["anchored"] = _anchored(house)
    report = DayReport(as_of=day, seconds=round(perf_counter() - began, 3), **counts)
    shown = {key: value for key, value in asdict(report).items() if key != "as_of"}
    Run.objects.filter(pk=log.pk).update(status="done", finished_at=datetime.now(UTC), counts=shown)
    _log.info("day done", as_of=str(day), **shown)
    return report


def _anchored(house: House) -> bool:
    try:
        anchor_log(house, datetime.now(UTC))
    except LiukeError as error:
        _log.error("audit log not anchored", what=error.what)
        return False
    return True


def _tell(day: date, progress: Progress, step: str) -> None:
    _log.info("step", as_of=str(day), step=step)
    progress(step)


def _steps(house: House, engine: Engine, as_of: AsOf, progress: Progress, parts: _Parts) -> dict[str, Any]:
    lake, loop_only = house.lake, parts.loop_only
    progress("organisation")
    carry_out_transfers(as_of.known_by)
    carry_transfers(lake, engine, as_of)
    tables = bank_tables(lake, engine, as_of, house.zone)
    mirror_organisation(lake, engine, as_of)
    begun = start_experiments(house, engine, as_of)
    contacts = carry_contacts(house, engine, as_of)
    champion = active(house.models)
    features = None
    if champion or not loop_only:
        progress("features")
        features = day_features(house, engine, tables)
    progress("signals")
    scores = score_day(house, engine, tables, features, champion) if champion and features is not None else None
    warned = warn_day(house, engine, tables, scores)
    known = Known()
    if features is not None and not loop_only:
        progress("profiles")
        known = know_customers(house, engine, tables, features, warned, scores)
    progress("gates")
    policy = read_loop_policy(house.policy("loop"))
    gated = gate_day(house, engine, tables, warned.snapshot, features, policy, offers=not loop_only)
    progress("decisions")
    blind = TRANSACTION.name in warned.late_feeds
    decided = NONE if blind else decide_day(house, engine, tables, warned, gated, policy)
    if warned.newest or tell_again(lake, engine, as_of):
        if decided.rest is not None:
            tell_day(lake, engine, gated, decided, as_of)
        tell_matches(house, engine, as_of)
    progress("orders")
    expired = expire_due(as_of.known_by)
    escalated = escalate_overdue(as_of.known_by)
    opened = open_day_orders(house, engine, warned, policy, as_of, scores.typical if scores else {}, gated.offers)
    entered = CampaignDay()
    if warned.newest and parts.campaigns and not blind:
        progress("campaigns")
        entered = run_campaigns(house, engine, tables, warned.snapshot, features, policy)
    progress("outcomes")
    measured = 0 if warned.late_feeds else measure_day(house, engine, tables)
    if warned.newest and parts.experiments and not warned.late_feeds:
        progress("experiments")
        begun = read_experiments(house, engine, tables, begun)
    for table in WRITTEN:
        lake.compact(table, engine)
    return {
        "customers": warned.customers,
        "warned": warned.tiers,
        "decided": decided.decided,
        "held_out": decided.held_out,
        "orders_opened": opened.opened,
        "orders_enriched": opened.enriched,
        "orders_expired": expired,
        "orders_escalated": escalated,
        "contacts_carried": contacts,
        "campaign_entered": entered.entered,
        "campaign_held_out": entered.held_out,
        "messages_queued": entered.queued,
        "campaign_orders": entered.orders,
        "campaign_mistakes": entered.mistakes,
        "outcomes_measured": measured,
        "experiments_started": begun.started,
        "experiments_moved": begun.moved,
        "experiments_ended": begun.ended,
        "experiments_read": begun.read,
        "experiment_mistakes": begun.mistakes,
        "late_feeds": warned.late_feeds,
        "model": f"{champion.origin.name}/{champion.origin.version}" if champion else None,
        **asdict(known) | {"lacking": tuple(sorted({*known.lacking, *gated.lacking, *entered.lacking}))},
    }


def measure_day(house: House, engine: Engine, tables: BankTables) -> int:
    """Measures every outcome that has matured and has none yet; returns how many."""
    lake: Lake = house.lake
    decisions, existing = lake.scan(engine, DECISION), lake.scan(engine, OUTCOME)
    policy = read_outcome_policy(house.policy("outcome"))
    fresh = engine.materialise(new_outcomes(decisions, existing, tables, policy, tables.as_of).select(*OUTCOME.names))
    count = engine.count(fresh)
    if count:
        commit = f"outcomes:{tables.as_of.day}:v{lake.version(OUTCOME)}"
        lake.append(OUTCOME, engine.arrow(fresh).cast(OUTCOME.arrow), commit_id=commit)
    return count
