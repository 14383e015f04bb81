"""The definitions of the tables are consistent in themselves: everything else trusts them."""

import re

import pyarrow as pa
import pytest

from liuke.tables import CONTRACTS, DERIVED, TABLES, Column, Table
from liuke.tables.schema import MONEY, PROVENANCE, TIMESTAMP

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
EVERY_CONTRACT = pytest.mark.parametrize("table", CONTRACTS.values(), ids=CONTRACTS)

UNMASKED_C2 = {
    # Staff are shown by name to the colleagues who work with them.
    "staff.name",
    # Codes without a person in them: shown to whoever may see the customer at all.
    "customer.gender",
    "customer.occupation",
    "customer_snapshot.gender",
    "customer_snapshot.occupation",
    "hold.kind",
    # Ids of rows, not of people.
    "holding.holding_id",
    "customer_transaction.transaction_id",
    "transaction.transaction_id",
}
"""Personal columns without a mask rule, each with its reason. A new one must be argued for here."""


def columns() -> list[tuple[Table, Column]]:
    return [(table, column) for table in TABLES.values() for column in table.all_columns]


@EVERY_TABLE
def test_column_names_are_unique_snake_case(table):
    assert len(set(table.names)) == len(table.names)
    assert [n for n in table.names if not re.fullmatch(r"[a-z][a-z0-9_]*", n)] == []


@EVERY_TABLE
def test_the_key_exists_is_declared_once_and_says_which_row(table):
    assert table.key
    assert len(set(table.key)) == len(table.key)
    assert [k for k in table.key if k not in table.names] == []


@EVERY_CONTRACT
def test_key_columns_of_a_contract_are_never_empty(table):
    assert [k for k in table.key if table.column(k).nullable] == []


@EVERY_TABLE
def test_the_event_time_is_a_date_or_a_timestamp_that_is_always_there(table):
    if table.event_time is not None:
        column = table.column(table.event_time)
        assert column.kind in {"date", "timestamp"}
        assert not column.nullable


@EVERY_CONTRACT
def test_a_fact_has_a_business_date_and_every_contract_its_provenance(table):
    assert ("business_date" in table.names) is (table.event_time is not None)
    assert table.system[-len(PROVENANCE) :] == PROVENANCE


@EVERY_TABLE
def test_the_subject_leads_to_a_customer(table):
    if table.subject is not None:
        assert table.subject in {"customer_id", "account_id"}
        assert table.subject in table.names


@EVERY_TABLE
def test_a_table_with_personal_data_of_customers_names_its_subject_for_erasure(table):
    personal = [c.name for c in table.columns if c.level == "C2"]
    if personal and table.name not in {"staff", "quarantine"}:  # staff are no customers; quarantine goes by batch
        assert table.subject is not None, personal


def test_every_reference_leads_to_the_whole_key_of_a_table_loaded_before():
    order = list(CONTRACTS)
    for table, column in columns():
        if column.references:
            target, _, name = column.references.partition(".")
            assert target in CONTRACTS, f"{table.name}.{column.name}"
            assert CONTRACTS[target].key == (name,), f"{table.name}.{column.name}"
            assert column.kind == CONTRACTS[target].column(name).kind
            assert order.index(target) < order.index(table.name), f"{table.name} loads before {target}"


def test_every_personal_column_has_a_mask_rule_or_a_stated_reason_for_none():
    bare = {f"{t.name}.{c.name}" for t, c in columns() if c.level == "C2" and c.mask is None}
    assert bare == UNMASKED_C2


def test_only_personal_columns_are_masked():
    assert [f"{t.name}.{c.name}" for t, c in columns() if c.mask and c.level != "C2"] == []


def test_amounts_of_customers_are_personal_money_with_a_unit():
    assert [f"{t.name}.{c.name}" for t, c in columns() if c.kind == "money" and c.mask != "money"] == []
    assert [f"{t.name}.{c.name}" for t, c in columns() if c.kind == "money" and c.unit != "currency"] == []


def test_a_contract_with_money_states_the_currency():
    with_money = [t for t in CONTRACTS.values() if any(c.kind == "money" for c in t.columns)]
    assert [t.name for t in with_money if "currency" not in t.names] == []


def test_counts_have_a_unit():
    place = {"line", "cluster"}  # which row of the file, which cluster; not an amount of anything
    bare = [f"{t.name}.{c.name}" for t, c in columns() if c.kind == "int" and c.unit is None and c.name not in place]
    assert bare == []


def test_every_table_and_column_is_described_in_both_languages():
    texts = [(t.name, t.zh, t.en) for t in TABLES.values()]
    texts += [(f"{t.name}.{c.name}", c.zh, c.en) for t, c in columns()]
    assert [name for name, zh, en in texts if not re.search(r"[\u4e00-\u9fff]", zh) or not en.strip()] == []


def test_closed_value_sets_are_texts_without_repeats():
    for table, column in columns():
        if column.values:
            assert column.kind == "string", f"{table.name}.{column.name}"
            assert len(set(column.values)) == len(column.values)


def test_the_same_column_name_has_one_kind_everywhere():
    kinds: dict[str, set[str]] = {}
    for _, column in columns():
        kinds.setdefault(column.name, set()).add(column.kind)
    assert {name: k for name, k in kinds.items() if len(k) > 1} == {}


def test_no_column_can_hold_what_authenticates_a_person():
    refused = re.compile(r"(^|_)(password|pwd|pin|cvv2?|cvc|track\d|fingerprint|face|iris|otp)(_|$)")
    assert [f"{t.name}.{c.name}" for t, c in columns() if refused.search(c.name)] == []


@EVERY_TABLE
def test_the_arrow_schema_repeats_names_order_types_and_nullability(table):
    assert table.arrow.names == list(table.names)
    for field, column in zip(table.arrow, table.all_columns, strict=True):
        assert field.type == column.arrow
        assert field.nullable is column.nullable


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("string", pa.string()), ("date", pa.date32()), ("timestamp", pa.timestamp("us", tz="UTC")),
        ("money", pa.decimal128(18, 2)), ("int", pa.int64()), ("float", pa.float64()), ("bool", pa.bool_()),
    ],
)  # fmt: skip
def test_each_kind_is_stored_as_one_arrow_type(kind, expected):
    assert Column("c", kind, "列", "A column").arrow == expected


def test_money_is_exact_and_time_is_utc():
    assert (MONEY.precision, MONEY.scale) == (18, 2)
    assert (TIMESTAMP.unit, TIMESTAMP.tz) == ("us", "UTC")


def test_an_unknown_column_is_a_key_error_that_names_the_table():
    with pytest.raises(KeyError, match="customer has no column 'nmae'"):
        CONTRACTS["customer"].column("nmae")


def test_contracts_and_derived_tables_share_no_name():
    assert set(CONTRACTS) & set(DERIVED) == set()
    assert set(TABLES) == set(CONTRACTS) | set(DERIVED)
    assert all(name == table.name for name, table in TABLES.items())
