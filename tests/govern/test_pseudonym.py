"""Models and analysts see subjects, never customers."""

import hashlib

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.errors import OurBug, YourMistake
from liuke.govern.pseudonym import identifiers, pseudonymised, subjects_below, with_subject
from liuke.tables import CONTRACTS, CUSTOMER, HOLDING, TABLES, TRANSACTION
from tests.spark import small_spark

KEY, OTHER = "a key of the bank, long enough", "another key, of the other bank"
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=24)
OF_CUSTOMERS = [t for t in TABLES.values() if "customer_id" in t.names]


def people(*ids):
    return pa.table({"customer_id": pa.array(ids, pa.string()), "name": ["欧阳修"] * len(ids), "aum": [1.0] * len(ids)})


def by_hand(customer_id, key):
    def digest(text):
        return hashlib.sha256(text.encode()).hexdigest()

    return digest(key + digest(key + customer_id))


def subjects(engine, ids, key=KEY):
    rows = with_subject(engine.from_arrow(people(*ids)), key)
    return {r["customer_id"]: r["subject"] for r in engine.arrow(rows).to_pylist()}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(IDS, min_size=1, max_size=8), st.text(st.characters(codec="ascii"), min_size=16, max_size=40))
def test_the_engine_computes_what_the_construction_says(engine, ids, key):
    key = key.replace("\x00", "-")
    assert subjects(engine, ids, key) == {i: by_hand(i, key) for i in ids}


def test_one_customer_is_one_subject_in_every_table_and_two_customers_are_two(engine):
    first, second = subjects(engine, ["C1", "C2", "客户3"]), subjects(engine, ["客户3", "C1"])
    assert first["C1"] == second["C1"]
    assert len(set(first.values())) == 3


def test_another_key_makes_other_subjects_and_moving_letters_between_key_and_id_does_not_help(engine):
    mine, theirs = subjects(engine, ["C1", "C2"]), subjects(engine, ["C1", "C2"], OTHER)
    assert not set(mine.values()) & set(theirs.values())
    assert subjects(engine, ["C1"], KEY)["C1"] != subjects(engine, ["1"], KEY + "C")["1"]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.7, 1.0, 3.0])
def test_a_share_of_the_subjects_lies_below_its_text(engine, share):
    found = list(subjects(engine, [f"C{n}" for n in range(2000)]).values())
    below = sum(subject < subjects_below(share) for subject in found)
    assert below == pytest.approx(min(share, 1.0) * 2000, abs=80)
    assert (below in (0, 2000)) == (share in (0.0, 1.0, 3.0))


def test_a_customer_without_id_has_no_subject(engine):
    assert subjects(engine, [None]) == {None: None}


@pytest.mark.parametrize("table", OF_CUSTOMERS, ids=[t.name for t in OF_CUSTOMERS])
def test_no_identifying_column_of_any_table_survives(engine, table):
    seen = pseudonymised(engine.from_arrow(table.arrow.empty_table()), KEY)
    masks = {c.name: c.mask for c in table.all_columns}
    assert seen.columns[0] == "subject"
    assert [c for c in seen.columns if masks.get(c) not in (None, "money")] == []
    ids = {c for c in seen.columns if c.endswith("_id")}
    assert ids <= {"branch_id", "staff_id", "product_id", "batch_id"}
    assert "line" not in seen.columns


def test_what_says_something_about_a_customer_but_not_who_he_is_stays(engine):
    seen = pseudonymised(engine.from_arrow(CUSTOMER.arrow.empty_table()), KEY)
    assert {"gender", "city", "registered_city", "occupation", "tier", "opened_on"} <= set(seen.columns)
    held = pseudonymised(engine.from_arrow(HOLDING.arrow.empty_table()), KEY)
    assert {"amount", "matures_on", "product_id"} <= set(held.columns)


def test_columns_that_no_table_declares_are_kept_and_declared_names_are_dropped_wherever_they_come_from(engine):
    rows = engine.from_arrow(people("C1"))
    rows = rows.mutate(
        out_amount_30=ibis.literal(2.0), counterparty_name=ibis.literal("李白"), subject=ibis.literal("forged")
    )
    assert engine.arrow(pseudonymised(rows, KEY)).to_pylist() == [
        {"subject": by_hand("C1", KEY), "aum": 1.0, "out_amount_30": 2.0}
    ]


def test_a_score_finds_its_way_back_by_the_look_up(engine):
    rows = engine.from_arrow(people("C1", "C2"))
    scored = pseudonymised(rows, KEY).mutate(probability=0.5)
    back = with_subject(rows, KEY).select("customer_id", "subject").join(scored, "subject")
    assert sorted(r["customer_id"] for r in engine.arrow(back).to_pylist()) == ["C1", "C2"]


def test_rows_without_a_customer_are_refused(engine):
    for table in (TRANSACTION, *(t for t in CONTRACTS.values() if "customer_id" not in t.names)):
        with pytest.raises(OurBug, match="without customer_id"):
            pseudonymised(engine.from_arrow(table.arrow.empty_table()), KEY)


@pytest.mark.parametrize("key", ["", "short", "x" * 15])
def test_a_key_that_can_be_guessed_is_refused_and_not_repeated(engine, key):
    with pytest.raises(YourMistake, match=f"has {len(key)} characters") as error:
        with_subject(engine.from_arrow(people("C1")), key)
    assert not key or key not in error.value.render()


def test_every_column_that_hides_a_person_is_an_identifier():
    hidden = {"name", "phone", "id_card", "card", "account", "email", "address", "birth_date", "text"}
    assert {c.name for t in TABLES.values() for c in t.all_columns if c.mask in hidden} <= identifiers()
    assert not identifiers() & {"branch_id", "staff_id", "product_id", "as_of", "amount", "balance"}


@pytest.mark.spark
def test_spark_computes_the_same_subjects(engine):
    ids = ["C1", "客户2", "", "x" * 200, None, "a\\'b", 'q"uote', "\U0001f600"]
    key = "key with ' and \\ and 钥匙 in it"
    spark = small_spark()
    try:
        assert subjects(spark, ids, key) == subjects(engine, ids, key)
        assert subjects(spark, ids[:4], key) == {i: by_hand(i, key) for i in ids[:4]}
    finally:
        spark.close()
