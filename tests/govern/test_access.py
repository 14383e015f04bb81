"""Scopes and permissions."""

from itertools import product

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.govern.access import (
    ALL_PERMISSIONS,
    APART,
    DATA_CLASSES,
    PERMISSIONS,
    READS,
    ROLES,
    NotAllowed,
    Permission,
    Role,
    Scope,
    may,
    reads_of,
    require,
    scope_of,
    scoped,
)

ROWS = [
    {"customer_id": f"C{n}", "branch_id": b, "staff_id": s}
    for n, (b, s) in enumerate(product(("NJ", "NJ1", "HZ", None), ("S1", "S2", None)))
]
SCOPES = [
    scope_of("x", role, subtree=tree, staff_id=staff, team=team, desks=desks)
    for role, tree, staff, team, desks in product(
        (*ROLES, "nonsense"), (None, (), ("NJ",), ("NJ", "NJ1")), (None, "S1", "S9"), ((), ("C4", "C11")), ((), ("S2",))
    )
]


def test_the_expression_keeps_exactly_the_rows_the_plain_rule_lets_through(engine: Engine) -> None:
    schema = pa.schema([("customer_id", pa.string()), ("branch_id", pa.string()), ("staff_id", pa.string())])
    table = engine.from_arrow(pa.Table.from_pylist(ROWS, schema))
    for scope in SCOPES:
        got = {row["customer_id"] for row in engine.arrow(scoped(table, scope)).to_pylist()}
        assert got == {row["customer_id"] for row in ROWS if scope.sees(**row)}, scope


def test_an_rm_sees_the_own_book_and_team_customers_whatever_the_branch() -> None:
    scope = scope_of("x", "rm", subtree=None, staff_id="S1", team=["C9"])
    assert scope.sees(branch_id="HZ", staff_id="S1", customer_id="C1")
    assert scope.sees(branch_id="HZ", staff_id="S2", customer_id="C9")
    assert not scope.sees(branch_id="HZ", staff_id="S2", customer_id="C1")
    assert not scope.sees(branch_id="HZ", staff_id=None, customer_id=None)


def test_a_team_lead_sees_the_books_of_the_team_and_not_the_rest_of_the_branch() -> None:
    scope = scope_of("x", "team_lead", subtree=["NJ"], staff_id="S9", desks=["S1", "S2"], team=["C7"])
    assert scope.sees(branch_id="HZ", staff_id="S1", customer_id="C1")
    assert scope.sees(branch_id=None, staff_id="S9", customer_id="C2")
    assert scope.sees(branch_id="HZ", staff_id="S4", customer_id="C7")
    assert not scope.sees(branch_id="NJ", staff_id=None, customer_id="C3")
    assert not scope.sees(branch_id="NJ", staff_id="S4", customer_id="C4")


def test_a_team_counts_for_roles_that_see_books_only() -> None:
    scope = scope_of("x", "branch_head", subtree=["NJ"], team=["C9"])
    assert not scope.sees(branch_id="HZ", staff_id="S2", customer_id="C9")


def test_every_role_has_its_permissions_and_an_unknown_one_none() -> None:
    assert set(PERMISSIONS) == set(ROLES)
    assert may("branch_head", "hand_over")
    assert not may("root", "see_data")


@pytest.mark.parametrize("pair", APART, ids="-".join)
def test_duties_are_apart(pair: tuple[Permission, Permission]) -> None:
    one, other = pair
    assert any(may(role, one) for role in ROLES)
    assert any(may(role, other) for role in ROLES)
    assert [role for role in ROLES if may(role, one) and may(role, other)] == []


@pytest.mark.parametrize("permission", ALL_PERMISSIONS)
def test_no_permission_is_without_a_role(permission: Permission) -> None:
    assert any(may(role, permission) for role in ROLES)


def test_every_role_says_of_every_class_of_data_how_it_is_shown() -> None:
    assert set(READS) == set(ROLES)
    assert all(set(reads) == set(DATA_CLASSES) for reads in READS.values())


@pytest.mark.parametrize("role", ROLES)
def test_exact_amounts_are_for_roles_with_that_permission_and_people_for_those_who_see_customers(role: Role) -> None:
    assert (READS[role]["amounts"] == "clear") == may(role, "amounts_detail")
    assert (set(READS[role].values()) == {"hidden"}) != may(role, "see_customers")
    assert READS[role]["identity"] != "clear"
    assert READS[role]["contact"] != "clear"
    assert READS[role]["free_text"] != "clear"


def test_the_strict_preset_makes_what_is_masked_stricter_and_opens_nothing() -> None:
    assert reads_of("analyst", "strict")["contact"] == "strict"
    assert reads_of("rm", "strict")["name"] == "clear"
    assert reads_of("admin", "strict")["name"] == "hidden"
    assert set(reads_of("nobody").values()) == {"hidden"}


def test_a_missing_permission_is_named() -> None:
    with pytest.raises(NotAllowed, match="'analyst' does not include 'unmask'"):
        require(Scope("x", "analyst", None), "unmask")
