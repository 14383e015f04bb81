"""The day's campaigns: entered, written down, queued and opened, each once, however the run was broken off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest
import yaml

from liuke.act.campaigns.bank_campaigns import read_bank_campaigns
from liuke.act.campaigns.fillable import OF_SOME
from liuke.act.gates.facts import contact_facts
from liuke.act.holdout import draw
from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.filling import day_text
from liuke.daily import campaigning
from liuke.daily.campaigning import CampaignDay, run_campaigns
from liuke.daily.contacts import carry_contacts
from liuke.daily.message_facts import message_facts
from liuke.daily.organisation import mirror_organisation
from liuke.daily.warning import warn_day
from liuke.engine import Engine
from liuke.govern.access import Scope, scope_of
from liuke.insight.known import BankTables, bank_tables
from liuke.state.actions.change_campaign import Proposal, decide_campaign, propose_campaign, stop_campaign
from liuke.state.actions.change_order import Who
from liuke.state.actions.log_contact import ContactReport, log_contact
from liuke.state.campaign_gate import campaign_gate
from liuke.state.models import AuditEntry, CampaignState, OutboxMessage, TriggerMatch, WorkOrder
from liuke.state.outbox_rows import message_of
from liuke.tables import CANDIDATE_FATE, DECISION, SEGMENT_MEMBER, SEGMENT_SNAPSHOT
from liuke.wiring import House
from tests.act.campaigns.reading import MARKETING, SERVICE, written
from tests.act.offers.reading import written as written_offer
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db
DAY = SMALL.end
AT = datetime(2026, 6, 1, tzinfo=UTC)
AUTHOR = Who(Scope("ann", "analyst", None), AT, "")
BOSS = Who(Scope("bob", "compliance", None), AT, "")
SMS = """
channels:
  text: {kind: sms, signature: 留客, url: "http://127.0.0.1:1/send", fields: {to: "{to}", text: "{text}"}}
"""
CALL = {"channel": "phone", "message_class": "service", "wording": {"zh": "问好", "en": "Hello"}}
SAYS = SERVICE | {"wording": {"zh": "尊敬的{customer_name},{bank_name}问候您", "en": "Dear {customer_name}"}}


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank on a data day."""

    house: House
    engine: Engine
    tables: BankTables
    people: ir.Table

    def put(self, code: str, **keys: Any) -> None:
        """Writes a campaign, proposes and approves it."""
        folder = self.house.home / "campaigns"
        (folder / f"{code}.yaml").write_text(written(**keys), encoding="utf-8")
        made = read_bank_campaigns(self.house.home).campaigns[code]
        row = propose_campaign(AUTHOR, made, Proposal("try it out", {}))
        decide_campaign(BOSS, made, "approve", row.version)

    def run(self) -> CampaignDay:
        loop = read_loop_policy(self.house.policy("loop"))
        return run_campaigns(self.house, self.engine, self.tables, self.people, None, loop)

    def rows(self, table: Any, **where: Any) -> list[dict[str, Any]]:
        found = self.house.lake.scan(self.engine, table)
        wanted = [found[name] == value for name, value in where.items()]
        return self.engine.arrow(found.filter(*wanted) if wanted else found).to_pylist()


@pytest.fixture
def bank_on(house: House) -> Iterator[Callable[[date], Bank]]:
    for shipped in (house.home / "campaigns").glob("*.yaml"):
        shipped.unlink()
    (house.home / "campaigns").mkdir(exist_ok=True)
    (house.home / "channels.yaml").write_text(SMS, encoding="utf-8")
    with house.engine() as engine:

        def on(day: date) -> Bank:
            tables = bank_tables(house.lake, engine, house.as_of(day), house.zone)
            return Bank(house, engine, tables, warn_day(house, engine, tables).snapshot)

        yield on


@pytest.fixture
def bank(bank_on: Callable[[date], Bank]) -> Bank:
    return bank_on(DAY)


def state() -> tuple[Any, ...]:
    messages = OutboxMessage.objects.order_by("key").values_list("key", "text", "due_at", "state")
    return list(messages), list(WorkOrder.objects.order_by("order_id").values_list("order_id", "customer_id"))


def test_customers_enter_and_get_a_message_or_an_order_unless_they_are_held_out(bank: Bank):
    bank.put("hello", arms={"text": SAYS, "call": CALL}, budget={"messages": 1000}, rate={"per_day": 60})
    done = bank.run()
    made = bank.rows(DECISION, experiment="campaign_hello")
    treated = {r["customer_id"]: r for r in made if r["arm"] == "treated"}
    held = {r["customer_id"]: r for r in made if r["arm"] == "holdout"}
    assert (done.entered, done.held_out) == (len(made), len(held))
    assert len(treated) == 60 == done.queued + done.orders
    assert held
    salt = read_loop_policy(bank.house.policy("loop")).salt
    assert all(r["draw"] == draw(who, "campaign_hello", salt) for who, r in (treated | held).items())
    assert all(r["draw"] < 0.2 and r["treatment"] is None for r in held.values())
    texted = {r["customer_id"] for r in treated.values() if r["treatment"] == "hello.text"}
    assert {m.customer_id for m in OutboxMessage.objects.all()} == texted
    assert {o.customer_id for o in WorkOrder.objects.all()} == set(treated) - texted
    message = OutboxMessage.objects.first()
    name = next(
        r["name"] for r in bank.engine.arrow(bank.people).to_pylist() if r["customer_id"] == message.customer_id
    )
    assert message.text == f"尊敬的{name},{bank.house.settings.name.zh}问候您"
    assert (message.campaign, message.message_class, message.channel) == ("hello", "service", "text")
    assert CampaignState.objects.get().stage == "running"


def test_the_fates_tell_of_everybody_in_the_audience(bank: Bank):
    bank.put("hello", arms={"text": SAYS}, rate={"per_day": 10})
    done = bank.run()
    fates = [r["fate"] for r in bank.rows(CANDIDATE_FATE, source="campaign")]
    assert fates.count("chosen") == done.queued == 10
    assert fates.count("held_out") == done.held_out
    assert fates.count("capacity") > 100
    assert set(fates) <= {"chosen", "held_out", "capacity", "gated"}


def test_a_day_run_again_doubles_nothing_and_tells_the_same(bank: Bank):
    bank.put("hello", arms={"text": SAYS, "call": CALL}, rate={"per_day": 30})
    bank.put("offer", arms={"text": MARKETING}, rate={"per_day": 30})
    bank.run()
    before, decided = state(), bank.rows(DECISION)
    fates = {(r["customer_id"], r["source_id"]): r["fate"] for r in bank.rows(CANDIDATE_FATE, source="campaign")}
    again = bank.run()
    assert (again.entered, again.queued, again.orders) == (0, 0, 0)
    assert (state(), bank.rows(DECISION)) == (before, decided)
    assert fates == {
        (r["customer_id"], r["source_id"]): r["fate"] for r in bank.rows(CANDIDATE_FATE, source="campaign")
    }


@pytest.mark.parametrize("where", ["_tell", "decisions_of", "queue_campaign_messages", "open_campaign_orders"])
def test_a_run_that_dies_between_its_steps_is_made_good_by_the_next(bank: Bank, monkeypatch, where: str):
    bank.put("hello", arms={"text": SAYS, "call": CALL}, rate={"per_day": 30})
    with monkeypatch.context() as broken:

        def die(*_: Any) -> None:
            raise KeyboardInterrupt

        broken.setattr(campaigning, where, die)
        with pytest.raises(KeyboardInterrupt):
            bank.run()
    bank.run()
    treated = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_hello", arm="treated")}
    reached = [*OutboxMessage.objects.values_list("customer_id", flat=True),
               *WorkOrder.objects.values_list("customer_id", flat=True)]  # fmt: skip
    assert sorted(reached) == sorted(treated)
    assert len(treated) == 30


def test_what_died_yesterday_goes_out_today(bank_on: Callable[[date], Bank], monkeypatch):
    yesterday = bank_on(DAY - timedelta(days=1))
    yesterday.put("hello", arms={"text": SAYS}, rate={"per_day": 5})
    with monkeypatch.context() as broken:
        broken.setattr(campaigning, "queue_campaign_messages", lambda *_: 0)
        yesterday.run()
    today = bank_on(DAY)
    assert today.run().queued == 10
    assert len({r["customer_id"] for r in today.rows(DECISION, experiment="campaign_hello")}) == len(
        today.rows(DECISION, experiment="campaign_hello")
    )


def test_a_budget_is_used_up_to_the_last_message_and_then_the_campaign_ends(bank_on: Callable[[date], Bank]):
    days = [DAY - timedelta(days=n) for n in (2, 1, 0)]
    first = bank_on(days[0])
    first.put("hello", arms={"text": SAYS | {"price": 2}}, budget={"messages": 100, "money": 31}, rate={"per_day": 9})
    told = [bank_on(day).run().queued for day in days]
    assert told == [9, 6, 0]
    assert CampaignState.objects.get().stage == "ended"
    assert AuditEntry.objects.filter(action="campaign_end").count() == 1


def test_marketing_reaches_a_customer_through_one_campaign_a_day(bank: Bank):
    bank.put("second", arms={"text": MARKETING}, rate={"per_day": 500}, budget={"messages": 500}, priority=6)
    bank.put("first", arms={"text": MARKETING}, rate={"per_day": 20})
    bank.run()
    messages = list(OutboxMessage.objects.values_list("campaign", "customer_id"))
    assert len({who for _, who in messages}) == len(messages)
    assert sum(campaign == "first" for campaign, _ in messages) == 20
    held = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_first", arm="holdout")}
    assert held
    assert held.isdisjoint(who for _, who in messages)
    beaten = [r for r in bank.rows(CANDIDATE_FATE, source="campaign") if r["fate"] == "beaten"]
    assert {(r["source_id"], r["beaten_by"]) for r in beaten} == {("second", "first.text")}


def test_messages_go_out_at_the_rate_and_marketing_within_its_hours(bank: Bank):
    bank.put("offer", arms={"text": MARKETING}, rate={"per_day": 50, "per_hour": 4})
    bank.run()
    due = list(OutboxMessage.objects.order_by("due_at").values_list("due_at", flat=True))
    hours = [moment.astimezone(bank.house.zone).hour for moment in due]
    assert len(due) == 44  # 09:00 to 20:00, four an hour
    assert hours == [9 + n // 4 for n in range(44)]


def test_a_text_that_was_changed_since_enters_nobody_until_it_is_approved_too(bank: Bank):
    bank.put("hello", arms={"text": SAYS}, rate={"per_day": 5})
    (bank.house.home / "campaigns" / "hello.yaml").write_text(written(arms={"text": SAYS}, rate={"per_day": 6}))
    assert bank.run() == CampaignDay()
    bank.put("hello", arms={"text": SAYS}, rate={"per_day": 6})
    assert bank.run().queued == 6


def test_a_mistake_in_one_campaigns_file_is_told_and_the_others_go_on(bank: Bank):
    bank.put("hello", arms={"text": SAYS}, rate={"per_day": 5})
    bank.put("torn", arms={"text": SAYS}, rate={"per_day": 5})
    torn = bank.house.home / "campaigns" / "torn.yaml"
    torn.write_text(written(arms={"text": SAYS}, rate={"perday": 5}), encoding="utf-8")
    done = bank.run()
    assert done.queued == 5
    [found, *more] = done.mistakes
    assert (found.campaign, found.file, found.key) == ("torn", "campaigns/torn.yaml", "rate.perday")
    assert torn.read_text().splitlines()[(found.line or 0) - 1] == "  perday: 5"
    assert "did you mean 'per_day'?" in found.said
    assert found.then
    assert {row.key for row in more} == {"rate.per_day"}
    assert CampaignState.objects.get(code="torn").stage == "approved"


def test_a_message_tells_what_only_some_customers_have_and_who_lacks_it_does_not_enter(bank: Bank):
    says = {"zh": "{matures_on}到期,请致电{staff_phone}", "en": "{matures_on} {staff_phone}"}
    bank.put("due", arms={"text": SERVICE | {"wording": says}}, rate={"per_day": 999}, budget={"messages": 999})
    assert bank.run().queued
    facts = {r["customer_id"]: r for r in bank.engine.arrow(message_facts(bank.tables)).to_pylist()}
    able = {who for who, row in facts.items() if row["matures_on"] and row["staff_phone"]}
    entered = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_due")}
    everybody = {r["customer_id"] for r in bank.engine.arrow(bank.people).to_pylist()}
    assert entered
    assert entered <= able < everybody
    message = OutboxMessage.objects.first()
    row = facts[message.customer_id]
    assert row["matures_on"] > DAY
    assert message.text == f"{day_text(row['matures_on'], 'zh-hans')}到期,请致电{row['staff_phone']}"
    fates = bank.rows(CANDIDATE_FATE, source="campaign")
    lacking = {r["customer_id"] for r in fates if r["fate"] == "not_applicable" and r["fact"] in OF_SOME}
    assert lacking == {r["customer_id"] for r in fates} - able


def test_an_order_about_a_product_asks_for_who_may_sell_it(bank: Bank):
    product = next(r["product_id"] for r in bank.engine.arrow(bank.tables.product).to_pylist())
    offer = written_offer(product_id=product, channels=["phone"], wording={"phone": {"zh": "您好", "en": "Hello"}})
    (bank.house.home / "offers" / "own.yaml").write_text(offer, encoding="utf-8")
    (bank.house.home / "policies" / "routing.yaml").write_text(yaml.safe_dump({"products": {product: ["fund"]}}))
    bank.put("own", arms={"call": {"channel": "phone", "offer": "own"}}, rate={"per_day": 5})
    bank.put("care", arms={"call": CALL}, rate={"per_day": 5}, theme="care")
    bank.run()
    desks = {(order.theme, order.staff_id is None) for order in WorkOrder.objects.all()}
    assert desks == {("trial", True), ("care", False)}  # nobody holds the certificate: the branch head assigns


def test_a_call_of_a_marketing_campaign_uses_up_the_cap_and_a_care_call_does_not(bank_on: Callable[[date], Bank]):
    bank = bank_on(DAY)
    bank.put("sale", arms={"call": CALL | {"message_class": "marketing", "purpose": "marketing"}}, theme="sale")
    bank.put("care", arms={"call": CALL}, theme="care")
    mirror_organisation(bank.house.lake, bank.engine, bank.tables.as_of)
    bank.run()
    asked = {}
    for theme in ("sale", "care"):
        others = [row.customer_id for row in WorkOrder.objects.exclude(theme=theme)]
        order = WorkOrder.objects.filter(theme=theme, staff_id__isnull=False).exclude(customer_id__in=others)[0]
        rm = Who(scope_of(order.staff_id, "rm", subtree=(), staff_id=order.staff_id), order.created_at, "")
        log_contact(rm, order.order_id, ContactReport("phone", "reached"))
        asked[theme] = order.customer_id
    later = bank.house.as_of(DAY + timedelta(days=1))
    carry_contacts(bank.house, bank.engine, later)
    facts = contact_facts(bank_tables(bank.house.lake, bank.engine, later, bank.house.zone), [])
    counted = {r["customer_id"]: r["marketing_1_on"] for r in bank.engine.arrow(facts).to_pylist()}
    assert counted[asked["sale"]] == DAY + timedelta(days=1)
    assert counted[asked["care"]] != DAY + timedelta(days=1)


def test_without_a_gateway_a_campaign_waits_and_says_so(bank: Bank):
    bank.put("hello", arms={"text": SAYS, "call": CALL})
    (bank.house.home / "channels.yaml").unlink()
    assert bank.run() == CampaignDay(lacking=("campaign_hello",))


def test_paused_messages_wait_and_those_called_off_do_not_go(bank: Bank):
    bank.put("hello", arms={"text": SAYS}, rate={"per_day": 3})
    bank.run()
    messages = [message_of(row) for row in OutboxMessage.objects.all()]
    assert campaign_gate(messages, AT) == {}
    row = stop_campaign(BOSS, "hello", "pause", CampaignState.objects.get().version, "too many calls back")
    assert {f.rule for f in campaign_gate(messages, AT).values()} == {"campaign_paused"}
    assert all(f.may_change_at for f in campaign_gate(messages, AT).values())
    assert bank.run().entered == 0
    stop_campaign(BOSS, "hello", "cancel", row.version, "wrong segment")
    assert [f.may_change_at for f in campaign_gate(messages, AT).values()] == [None] * 3


def test_whom_a_rule_matched_enters_within_the_days_unless_the_rule_holds_them_out(bank: Bank):
    people = sorted(r["customer_id"] for r in bank.engine.arrow(bank.people).to_pylist())
    ends = bank.tables.day_ends
    for n, who in enumerate(people[:40]):
        fate = ("treated", "treated", "holdout", "shadow")[n % 4]
        at = ends - timedelta(days=9) if n % 4 == 1 else ends - timedelta(hours=3)
        TriggerMatch.objects.create(loop_id=f"L{n}", rule="payroll_stopped", version="1", customer_id=who,
                                    matched_at=at, decided_at=at, fate=fate)  # fmt: skip
    bank.put("hello", kind="on_trigger", trigger="payroll_stopped", audience=None, arms={"text": SAYS})
    bank.run()
    entered = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_hello")}
    assert entered
    assert entered <= set(people[0:40:4])


def test_who_came_into_a_segment_enters_and_who_was_in_it_before_does_not(bank_on: Callable[[date], Bank]):
    bank = bank_on(DAY)
    folder = bank.house.home / "segments"
    (folder / "grown.yaml").write_text(
        "name: {zh: 成年, en: Grown}\ndescription: {zh: 成年, en: Grown}\nowner: me\n"
        "rule: {attribute: age, op: '>=', value: 18}\n"
    )
    bank.put("hello", kind="on_segment_entry", segment="grown", audience=None, arms={"text": SAYS}, holdout_share=0.1)
    assert bank.run().entered == 0  # nobody knows who was in before
    people = sorted(r["customer_id"] for r in bank.engine.arrow(bank.people).to_pylist())
    before = DAY - timedelta(days=1)
    members = [{"as_of": before, "segment": "grown", "customer_id": who} for who in people[:-40]]
    bank.house.lake.append(SEGMENT_MEMBER, pa.Table.from_pylist(members, SEGMENT_MEMBER.arrow), commit_id="m")
    size = dict.fromkeys(SEGMENT_SNAPSHOT.names) | {
        "as_of": before, "segment": "grown", "version": "x", "members": len(members),
    }  # fmt: skip
    bank.house.lake.append(SEGMENT_SNAPSHOT, pa.Table.from_pylist([size], SEGMENT_SNAPSHOT.arrow), commit_id="s")
    done = bank.run()
    entered = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_hello")}
    assert 20 < done.entered == len(entered)
    assert entered <= set(people[-40:])


def test_the_global_hold_out_enters_no_campaign_uses_nothing_up_and_its_fates_say_so(bank: Bank):
    levers = {"global_holdout": {"experiment": "everything", "share": 0.4}, "duties": ["owed"]}
    bank.house.policy("levers").write_text(yaml.safe_dump(levers), encoding="utf-8")
    bank.put("hello", arms={"text": SAYS}, budget={"messages": 1000}, rate={"per_day": 1000})
    bank.put("notice", theme="owed", arms={"text": SAYS}, budget={"messages": 1000}, rate={"per_day": 1000})
    bank.run()
    salt = read_loop_policy(bank.house.policy("loop")).salt
    hello = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_hello")}
    notice = {r["customer_id"] for r in bank.rows(DECISION, experiment="campaign_notice")}
    kept_out = {who for who in notice if draw(who, "everything", salt) < 0.4}
    assert kept_out
    assert hello == notice - kept_out
    told = [r for r in bank.rows(CANDIDATE_FATE, source="campaign") if r["experiment"] == "everything"]
    assert {r["customer_id"] for r in told} == kept_out
    assert {(r["source_id"], r["fate"], r["holdout_share"]) for r in told} == {("hello", "held_out", 0.4)}
    assert all(r["draw"] == draw(r["customer_id"], "everything", salt) for r in told)
