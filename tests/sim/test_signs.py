"""What customers let on before they go: there to be found, and never a proof. It moves no money."""

from types import SimpleNamespace

import numpy as np
import pyarrow.compute as pc
import pytest

from liuke.sim import advance, leaning, no_contacts
from liuke.sim.bank import found_bank
from liuke.sim.choices import PURPOSES
from liuke.sim.config import SimConfig, ordinal
from liuke.sim.consents import asked
from liuke.sim.leaning import LOOK_AHEAD, pull, sour
from liuke.sim.ledger import Kind
from liuke.sim.payees import OWN
from liuke.sim.step import live
from liuke.sim.world import CALM, first_world
from tests.sim.conftest import END

DAYS = 70


@pytest.fixture(scope="module")
def watched(loop_start):
    """Seventy days of the bank, watched from inside.

    days, leaning, quiet: (days, customers) began an episode or complained, leaned, was calm. The rest: one entry
    per queue ticket (waits, cross), NPS answer (nps, feeling) and transfer sent (own, pull).
    """
    world, daily, each = loop_start.copy(), [], []
    for _ in range(DAYS):
        facts = live(world, no_contacts())
        strength, happened = pull(world), np.zeros(len(world.closed), bool)
        happened[np.concatenate([facts.began, facts.complaints.who])] = True
        daily.append((happened, strength > 0, (world.phase == CALM) & world.alive))
        ticket, nps, moves = facts.served.kind == 0, facts.answers.survey == 0, facts.postings
        sent = (moves.kind == Kind.TRANSFER) & (moves.amount < 0)
        each.append((
            facts.served.wait[ticket], sour(world, strength)[facts.served.who[ticket]], facts.answers.score[nps],
            world.satisfaction[facts.answers.who[nps]], moves.name[sent] >= OWN, strength[moves.who[sent]],
        ))  # fmt: skip
    stacked = dict(zip(("days", "leaning", "quiet"), map(np.stack, zip(*daily, strict=True)), strict=True))
    joined = map(np.concatenate, zip(*each, strict=True))
    return SimpleNamespace(
        **stacked, **dict(zip(("waits", "cross", "nps", "feeling", "own", "pull"), joined, strict=True))
    )


def test_leaning_tells_something_and_proves_nothing(watched):
    """Of those who lean on a day about half do something in the days after; of those who do, about half leaned."""
    day = slice(LOOK_AHEAD, DAYS - LOOK_AHEAD, 5)
    soon = np.stack([watched.days[d + 1 : d + 1 + LOOK_AHEAD].any(axis=0) for d in range(*day.indices(DAYS))])
    leans, calm = watched.leaning[day], watched.quiet[day]
    precision, found = soon[leans & calm].mean(), leans[soon & calm].mean()
    assert soon[calm].mean() < 0.12
    assert 0.2 < precision < 0.75
    assert 0.2 < found < 0.8


def test_waits_grow_before_complaints_and_neglect(watched):
    waited = np.log(watched.waits + 1.0)
    badly = watched.cross > 0.3
    assert badly.sum() > 10
    assert 0.2 < waited[badly].mean() - waited[watched.cross == 0].mean() < 1.5


def test_net_promoter_answers_mirror_the_latent_satisfaction_with_noise(watched):
    assert 0.35 < np.corrcoef(watched.nps, watched.feeling)[0, 1] < 0.95
    assert 5 < watched.nps.mean() < 8.5


def test_transfers_to_own_accounts_elsewhere_are_ordinary_and_become_more_frequent(watched):
    calm, leaning_ = watched.own[watched.pull == 0], watched.own[watched.pull > 0.3]
    assert 0.03 < calm.mean() < 0.2
    assert calm.mean() + 0.03 < leaning_.mean() < 0.6


def test_leaning_moves_no_money_and_begins_no_episode(loop_start, monkeypatch):
    leaned, with_signs = advance(loop_start, 40)
    monkeypatch.setattr(leaning, "lean", lambda world, day: None)
    plain = loop_start.copy()
    plain.lean_until[:] = -1
    blank, without = advance(plain, 40)
    for name in ("balance", "phase", "onset", "cause", "closed", "satisfaction", "activity", "drained"):
        assert np.array_equal(getattr(leaned, name), getattr(blank, name)), name
    columns = ["transaction_id", "amount", "occurred_at", "balance_after"]
    assert with_signs["transaction"].select(columns).equals(without["transaction"].select(columns))
    assert not with_signs["interaction"].equals(without["interaction"])


def test_consents_told_one_by_one_add_up_to_what_holds_now(told):
    rows = told.read("consent").sort_by("effective_at").to_pylist()
    standing = {(r["customer_id"], r["purpose"]): r["granted"] for r in rows}
    world = told.past.world
    known = np.flatnonzero(world.bank.customers.opened <= world.day)
    assert len(standing) == len(known) * len(PURPOSES) < len(rows)
    for bit, purpose in enumerate(PURPOSES):
        agreed = sum(v for (_, p), v in standing.items() if p == purpose)
        assert agreed == int((world.agrees[known] >> bit & 1).sum())


def test_a_change_of_mind_is_a_change(told):
    before: dict[tuple[str, str], bool] = {}
    for row in told.read("consent").sort_by("effective_at").to_pylist():
        key = (row["customer_id"], row["purpose"])
        assert before.get(key) is not row["granted"]
        before[key] = row["granted"]


def test_older_customers_were_asked_before_the_story(told):
    world = first_world(told.bank)
    choices = asked(world, np.flatnonzero(told.bank.customers.opened <= world.day))
    assert (choices.day < ordinal(told.config.start)).all()
    assert (choices.day >= told.bank.customers.opened[choices.who]).all()


def test_one_in_five_is_registered_elsewhere_and_the_young_more_often(told):
    rows = told.read("customer")
    moved = pc.not_equal(rows["city"], rows["registered_city"]).to_numpy(zero_copy_only=False)
    young = told.bank.customers.age < 40
    assert 0.12 < moved.mean() < 0.3
    assert moved[young].mean() > 1.6 * moved[~young].mean()


def test_waits_differ_by_branch_and_some_give_up():
    bank = found_bank(SimConfig(6_000, END, months=1, seed=3))
    world, waits, branches, gone = first_world(bank), [], [], []
    for _ in range(30):
        served = live(world, no_contacts()).served
        ticket = served.kind == 0
        waits.append(served.wait[ticket])
        branches.append(bank.customers.branch[served.who[ticket]])
        gone.append(served.handled[ticket] < 0)
    wait, branch = np.concatenate(waits), np.concatenate(branches)
    medians = [np.median(wait[branch == b]) for b in np.unique(branch) if (branch == b).sum() > 100]
    assert max(medians) > 1.2 * min(medians)
    assert 0.01 < np.concatenate(gone).mean() < 0.2
    assert 180 < np.median(wait) < 1_200
