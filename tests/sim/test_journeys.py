"""Applications and payments of the synthetic bank: in order, within the story, with the pains that were planted."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from liuke.act.progress.application import EVENT_NAMES, step_of
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.sim import SimConfig, advance, case_steps, found_bank, history, payments, step, write_cases, write_pains
from liuke.sim.pains import (
    ASKED_AGAIN,
    LOST_AT_IDENTITY,
    NEVER_TOLD,
    PAY_FAILED,
    PAY_FAILED_AT_RELEASE,
    RELEASE_FROM,
    RELEASE_TO,
    TOLD_MEDIAN_S,
    VERSIONS,
    weak_branches,
)
from liuke.sim.source import DELIVERED

END = date(2026, 6, 30)
ZONE = ZoneInfo("Asia/Shanghai")
ENDS = {"application_completed", "application_rejected", "application_withdrawn"}
OF_PROGRESS = {*EVENT_NAMES, "progress_query"}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A bank large enough to count in: its folder and what its history left."""
    folder = tmp_path_factory.mktemp("journeys")
    past = history(found_bank(SimConfig(6_000, END, months=12, seed=11)), END, folder / "data")
    write_cases(past.world.bank, past.cases, folder / "truth" / "applications.parquet")
    write_pains(past.world.bank, folder / "truth" / "pains.json")
    return folder, past


@pytest.fixture(scope="module")
def events(lived):
    """Rows of journeys, oldest first, with their properties read."""
    folder, _ = lived
    rows = pq.read_table(folder / "data" / "event")
    names = [*OF_PROGRESS, *payments.NAMES]
    found = rows.filter(pc.is_in(rows["event_name"], value_set=pc.cast(names, "string"))).to_pylist()
    found = [row | {"said": json.loads(row["properties"])} for row in found]
    return sorted(found, key=lambda row: row["occurred_at"])


@pytest.fixture(scope="module")
def cases(events):
    """Steps per application, oldest first."""
    found = defaultdict(list)
    for row in events:
        if row["event_name"] in OF_PROGRESS:
            found[row["said"]["application"]].append(row)
    return found


@pytest.fixture(scope="module")
def branch_is_weak(lived):
    """By customer id."""
    _, past = lived
    bank = past.world.bank
    weak = weak_branches(bank.staff)[bank.customers.branch]
    return {f"C{100_000_000 + i}": bool(weak[i]) for i in range(len(weak))}


def steps(case, name, **said):
    return [row for row in case if row["event_name"] == name and all(row["said"][k] == v for k, v in said.items())]


def loans(cases, entered_before=END - timedelta(days=60)):
    """Loan applications begun so early that they have come to their end."""
    return [
        case
        for case in cases.values()
        if case[0]["said"]["journey"] == "loan_application" and case[0]["occurred_at"].date() < entered_before
    ]


def close(count, of, share):
    """Whether a count is within four standard errors of a planted share."""
    return abs(count / of - share) < 4 * sqrt(share * (1 - share) / of)


def test_names_stages_and_fields_are_those_that_the_product_reads(cases):
    policy = ProgressPolicy()
    for case in list(cases.values())[:800]:
        for row in case:
            if row["event_name"] == "progress_query":
                continue
            read = step_of(row["event_name"], row["event_id"], row["occurred_at"], row["channel"], row["said"])
            assert read is not None
            assert read.leads_to == row["said"]["status"]
            journey = policy.journey(row["said"]["journey"])
            assert journey.stage(read.stage)
            assert {*read.fields} <= {field.code for stage in journey.stages for field in stage.fields} | {
                "appointment"
            }


def test_a_case_begins_once_ends_once_and_nothing_follows_its_end(cases):
    assert len(cases) > 1_500
    for case in cases.values():
        names = [row["event_name"] for row in case]
        assert names[0] == "application_started"
        assert names.count("application_started") == 1
        ends = [place for place, name in enumerate(names) if name in ENDS]
        assert ends in ([], [len(names) - 1])
        moments = [row["occurred_at"] for row in case]
        assert all(a < b for a, b in pairwise(moments))
        assert len({row["customer_id"] for row in case}) == 1


def test_stages_come_in_order_but_for_papers_handed_in_once_more(cases):
    order = {code: place for place, code in enumerate(["form", "identity", "documents", "review", "signing", "payout"])}
    returned = 0
    for case in loans(cases):
        places = [order[row["said"]["stage"]] for row in case]
        back = [i for i in range(1, len(places)) if places[i] < places[i - 1]]
        returned += len(back)
        assert all(case[i]["said"]["stage"] == "documents" for i in back)
    assert returned > 10


def test_cases_take_days_and_channels(cases):
    done = [case for case in loans(cases) if case[-1]["event_name"] == "application_completed"]
    days = sorted((case[-1]["occurred_at"] - case[0]["occurred_at"]).total_seconds() / 86_400 for case in done)
    assert 4 < days[len(days) // 2] < 14
    assert days[-1] > 2 * days[len(days) // 2]
    both = [case for case in done if {"app", "branch"} <= {row["channel"] for row in case}]
    assert len(both) > 0.3 * len(done)


def test_nothing_happens_before_the_story_or_after_its_last_day(lived, events):
    _, past = lived
    first = datetime.combine(past.world.bank.config.start, datetime.min.time(), ZONE).astimezone(UTC)
    over = datetime.combine(END + timedelta(days=1), datetime.min.time(), ZONE).astimezone(UTC)
    assert first <= events[0]["occurred_at"]
    assert events[-1]["occurred_at"] < over
    assert len(past.world.steps) > 0
    assert (past.world.steps.at >= (past.world.day + 1) * case_steps.DAY_S).all()


def test_steps_of_a_day_are_delivered_on_that_day(lived):
    _, past = lived
    world = past.world
    told = 0
    for _ in range(6):
        world, rows = advance(world, 1)
        event = rows["event"]
        event = event.filter(pc.starts_with(event["event_name"], "application_"))
        told += event.num_rows
        days = {moment.astimezone(ZONE).date() for moment in event["occurred_at"].to_pylist()}
        assert days == {END + timedelta(days=world.day - past.world.day)}
    assert told > 100


def test_weak_branches_lose_the_planted_share_where_identity_is_proved(cases, branch_is_weak):
    lost, seen = defaultdict(int), defaultdict(int)
    for case in loans(cases):
        tried = [row for row in case if row["said"]["stage"] == "identity"]
        if tried:
            at_branch = bool(steps(tried, "application_step", fields="appointment")) or tried[0]["channel"] == "branch"
            weak = branch_is_weak[case[0]["customer_id"]]
            group = ("weak_branch" if weak else "branch") if at_branch else "app"
            seen[group] += 1
            lost[group] += not steps(tried, "application_step", fields="id_document")
    assert min(seen.values()) > 60
    for group, share in LOST_AT_IDENTITY.items():
        assert close(lost[group], seen[group], share), group
    assert lost["weak_branch"] / seen["weak_branch"] > 2 * lost["branch"] / seen["branch"]


def test_counters_ask_again_for_what_the_app_knows_in_the_planted_share(cases):
    again = seen = 0
    for case in cases.values():
        stage = "documents" if case[0]["said"]["journey"] == "loan_application" else "identity"
        typed = [row for row in steps(case, "application_step", stage=stage) if row["said"]["fields"]]
        counter = [row for row in typed if row["channel"] == "branch"]
        if counter and case[0]["channel"] in ("app", "web", "wechat"):
            seen += 1
            again += "income" in counter[0]["said"]["fields"]
    assert seen > 150
    assert close(again, seen, ASKED_AGAIN)


def test_the_app_tells_of_an_approval_late_or_never_as_planted(cases):
    lags, never = [], 0
    for case in cases.values():
        waiting = steps(case, "application_status", status="in_review")
        for told, seen in zip(waiting[::2], waiting[1::2], strict=False):
            assert (told["channel"], seen["channel"]) == ("other", "app")
            assert seen["occurred_at"] - told["occurred_at"] < timedelta(minutes=2)
    for case in loans(cases):
        told = steps(case, "application_status", status="approved")
        if told:
            assert told[0]["channel"] == "other"
            assert [row["channel"] for row in told[1:]] in ([], ["app"])
            never += len(told) == 1
            lags += [(row["occurred_at"] - told[0]["occurred_at"]).total_seconds() for row in told[1:]]
    assert len(lags) > 100
    assert close(never, len(lags) + never, NEVER_TOLD)
    assert sorted(lags)[len(lags) // 2] == pytest.approx(TOLD_MEDIAN_S, rel=0.2)


def test_payments_fail_as_planted_and_more_with_the_bad_release(events):
    count = defaultdict(int)
    for row in events:
        if row["event_name"] in ("pay_done", "pay_failed"):
            left = (END - row["occurred_at"].astimezone(ZONE).date()).days
            bad = RELEASE_TO <= left <= RELEASE_FROM
            assert (row["said"]["app_version"] == VERSIONS[1]) == bad
            count[bad, row["event_name"]] += 1
    for bad, share in ((False, PAY_FAILED), (True, PAY_FAILED_AT_RELEASE)):
        failed, done = count[bad, "pay_failed"], count[bad, "pay_done"]
        assert failed + done > 150
        assert close(failed, failed + done, share)


def test_a_payment_done_is_a_transaction_of_its_customer(lived, events):
    folder, _ = lived
    moves = pq.read_table(folder / "data" / "transaction", columns=["account_id", "occurred_at", "channel"])
    accounts = pq.read_table(folder / "data" / "account")
    owner = dict(zip(accounts["account_id"].to_pylist(), accounts["customer_id"].to_pylist(), strict=True))
    moves = moves.filter(pc.equal(moves["channel"], "app"))
    made = zip(moves["account_id"].to_pylist(), moves["occurred_at"].to_pylist(), strict=True)
    known = {(owner[account], moment) for account, moment in made}
    done = [(row["customer_id"], row["occurred_at"]) for row in events if row["event_name"] == "pay_done"]
    assert len(done) > 1_000
    assert set(done) <= known


def test_a_payment_takes_minutes_and_its_steps_come_in_order(events):
    order = {name: place for place, name in enumerate(payments.NAMES)}
    since = {}
    for row in events:
        name = row["event_name"]
        if name not in order:
            continue
        before = since.get(row["customer_id"])
        if name == "pay_start":
            since[row["customer_id"]] = (row["occurred_at"], "pay_start")
        else:
            assert before is not None
            assert order[before[1]] < order[name] or before[1] == name == "pay_verify_failed"
            assert row["occurred_at"] - before[0] < timedelta(minutes=10)
            since[row["customer_id"]] = (before[0], name)


def test_everything_else_is_the_same_without_journeys(tmp_path, monkeypatch):
    config = SimConfig(400, END, months=4, seed=3)
    with_them = history(found_bank(config), END, tmp_path / "with")
    nothing = np.zeros(0, np.int64)
    monkeypatch.setattr(step.applications, "apply", lambda *_: (case_steps.no_steps(), []))
    monkeypatch.setattr(step, "pay", lambda *_: payments.Paying(nothing, nothing, nothing, nothing, 0))
    without = history(found_bank(config), END, tmp_path / "without")
    for name in DELIVERED:
        one, other = pq.read_table(tmp_path / "with" / name), pq.read_table(tmp_path / "without" / name)
        if name == "event":
            journeys = pc.match_substring_regex(one["event_name"], "^(application_|pay_|progress_)")
            assert pc.sum(journeys).as_py() > 100
            one = one.filter(pc.invert(journeys))
        assert one.equals(other), name
    assert np.array_equal(with_them.world.satisfaction, without.world.satisfaction)


def test_the_truth_says_how_each_application_ends(lived, cases):
    folder, past = lived
    truth = {row["application"]: row for row in pq.read_table(folder / "truth" / "applications.parquet").to_pylist()}
    assert set(cases) <= set(truth)
    gone = set(np.flatnonzero(past.world.closed >= 0).tolist())
    for case in loans(cases):
        if int(case[0]["customer_id"][1:]) - 100_000_000 in gone:
            continue
        planned, last = truth[case[0]["said"]["application"]], case[-1]
        ended = last["event_name"].removeprefix("application_") if last["event_name"] in ENDS else "abandoned"
        assert ended == planned["fate"]
        assert last["said"]["stage"] == planned["ends_at"]
        assert planned["lag_s"] is None or planned["approved"]
    pains = json.loads((folder / "truth" / "pains.json").read_text(encoding="utf-8"))
    assert len(pains["weak_branches"]) == weak_branches(past.world.bank.staff).sum() > 0
