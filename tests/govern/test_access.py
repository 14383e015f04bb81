"""Scopes and permissions."""

from itertools import product

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.govern.access import PERMISSIONS, ROLES, NotAllowed, Scope, may, require, scope_of, scoped

ROWS = [
    {"customer_id": f"C{n}", "branch_id": b, "staff_id": s}
    for n, (b, s) in enumerate(product(("NJ", "NJ1", "HZ", None), ("S1", "S2", None)))
]
SCOPES = [
    scope_of("x", role, subtree=tree, staff_id=staff, team=team)
    for role, tree, staff, team in product(
        (*ROLES, "nonsense"), (None, (), ("NJ",), ("NJ", "NJ1")), (None, "S1", "S9"), ((), ("C4", "C11"))
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


def test_a_team_counts_for_rms_only() -> None:
    scope = scope_of("x", "branch_head", subtree=["NJ"], team=["C9"])
    assert not scope.sees(branch_id="HZ", staff_id="S2", customer_id="C9")


def test_every_role_has_its_permissions_and_an_unknown_one_none() -> None:
    assert set(PERMISSIONS) == set(ROLES)
    assert may("branch_head", "hand_over")
    assert not may("root", "see_data")


def test_nobody_who_manages_log_ins_sees_customers() -> None:
    managers = [role for role in ROLES if may(role, "manage_users")]
    assert managers
    assert not any(may(role, "see_customers") or may(role, "see_orders") for role in managers)


def test_a_missing_permission_is_named() -> None:
    with pytest.raises(NotAllowed, match="'analyst' does not include 'unmask'"):
        require(Scope("x", "analyst", None), "unmask")
