from datetime import date

import pyarrow as pa
import pytest

from liuke.engine import DuckEngine
from liuke.insight.churn.lost_contact import LostContactPolicy, lost_contact, read_lost_contact_policy
from tests.insight.bank import AS_OF, DAY, account, ago, at, customer, known_tables, row, sorted_rows, transaction


@pytest.fixture(scope="module")
def engine():
    made = DuckEngine(threads=1)
    yield made
    made.close()


def tried(days_ago, result="not_reached", channel="phone", customer_id="C1", hour=10):
    moment = at(ago(days_ago), hour)
    return row(
        "contact", customer_id=customer_id, occurred_at=moment, result=result, channel=channel,
        contact_id=f"K{days_ago}-{hour}-{customer_id}",
    )  # fmt: skip


def found(engine, contacts, moves=(), events=()):
    bank = {
        "customer": [customer()],
        "account": [account()],
        "contact": contacts,
        "transaction": list(moves),
        "event": list(events),
    }
    people = [{"as_of": DAY, "customer_id": "C1", "branch_id": "B1", "staff_id": "S1", "aum": None}]
    schema = pa.schema(
        [("as_of", pa.date32()), ("customer_id", pa.string()), ("branch_id", pa.string()), ("staff_id", pa.string()),
         ("aum", pa.decimal128(18, 2))]
    )  # fmt: skip
    snapshot = engine.from_arrow(pa.Table.from_pylist(people, schema=schema))
    return sorted_rows(engine, lost_contact(known_tables(engine, bank), snapshot, LostContactPolicy()))


def test_three_days_without_an_answer_and_no_sign_of_life_is_lost_contact(engine):
    [line] = found(engine, [tried(60, "reached"), tried(20), tried(12), tried(5)], moves=[transaction(30)])
    assert (line["attempts"], line["first_attempt_on"], line["last_attempt_on"]) == (3, ago(20), ago(5))
    assert (line["last_reached_on"], line["last_active_on"]) == (ago(60), ago(30))


def test_three_calls_on_one_day_are_one_try(engine):
    assert found(engine, [tried(20), tried(5, hour=9), tried(5, hour=11), tried(5, hour=15)]) == []


def test_an_answer_or_a_refusal_in_between_begins_the_count_anew(engine):
    assert found(engine, [tried(20), tried(12), tried(8, "refused"), tried(5)]) == []


def test_who_pays_or_opens_the_app_is_not_lost(engine):
    tries = [tried(20), tried(12), tried(5)]
    assert found(engine, tries, moves=[transaction(3)]) == []
    tap = row("event", event_id="E1", customer_id="C1", occurred_at=at(ago(2)), event_name="login")
    assert found(engine, tries, events=[tap]) == []


def test_money_that_moves_by_itself_is_no_sign_of_life(engine):
    tries = [tried(20), tried(12), tried(5)]
    assert len(found(engine, tries, moves=[transaction(3, initiator="bank")])) == 1


def test_a_message_that_was_only_sent_tells_nothing(engine):
    assert found(engine, [tried(20, channel="sms"), tried(12, channel="push"), tried(5)]) == []


def test_what_happens_or_becomes_known_later_does_not_count(engine):
    late = tried(5) | {"ingested_at": at(ago(-3))}
    assert found(engine, [tried(20), tried(12), late]) == []
    assert found(engine, [tried(20), tried(12), tried(5), tried(-1, "reached")]) != []


def test_the_policy_file_is_read_or_its_defaults_hold(tmp_path):
    path = tmp_path / "lost_contact.yaml"
    path.write_text("attempts: 2\n")
    assert read_lost_contact_policy(path).attempts == 2
    assert read_lost_contact_policy(tmp_path / "none.yaml").attempts == 3
    assert AS_OF.day == DAY == date(2026, 6, 30)
