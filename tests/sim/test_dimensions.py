import re

from liuke.sim.dimensions import wrong_check_digit


def right_check_digit(first17):
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


def test_the_oracle_knows_a_published_example():
    assert right_check_digit("11010519491231002") == "X"


def test_identity_numbers_can_belong_to_nobody(told):
    numbers = told.read("customer")["id_number"].to_pylist()
    assert len(numbers) == 1_200
    for number in numbers:
        assert re.fullmatch(r"999999\d{11}[\dX]", number)
        assert number[17] != right_check_digit(number[:17])


def test_identity_numbers_carry_birth_date_and_gender(told):
    for c in told.read("customer").to_pylist():
        assert c["id_number"][6:14] == f"{c['birth_date']:%Y%m%d}"
        assert (int(c["id_number"][16]) % 2 == 0) == (c["gender"] == "female")


def test_every_check_digit_is_wrong():
    assert all(
        wrong_check_digit(f"9999991990010{i:04d}")[17] != right_check_digit(f"9999991990010{i:04d}") for i in range(500)
    )


def test_phones_are_in_a_segment_no_carrier_has(told):
    phones = told.read("customer")["phone"].to_pylist() + told.read("staff")["phone"].to_pylist()
    assert all(re.fullmatch(r"161\d{8}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)


def test_the_branch_tree_has_one_head_and_every_branch_a_parent(told):
    rows = {b["branch_id"]: b for b in told.read("branch").to_pylist()}
    heads = [b for b in rows.values() if b["parent_id"] is None]
    assert [h["level"] for h in heads] == ["head"]
    assert len({b["name"] for b in rows.values()}) == len(rows)
    for b in rows.values():
        if b["level"] == "branch":
            assert rows[b["parent_id"]]["level"] == "city"


def test_every_branch_has_a_head_and_managers_sit_in_their_customers_branch(told):
    staff = told.read("staff").to_pylist()
    branches = set(told.read("branch")["branch_id"].to_pylist())
    assert {s["branch_id"] for s in staff if s["role"] == "branch_head"} == branches
    assert {"analyst", "compliance"} <= {s["role"] for s in staff}
    seat = {s["staff_id"]: s["branch_id"] for s in staff if s["role"] == "rm"}
    home = dict(zip(*(told.read("customer")[c].to_pylist() for c in ("customer_id", "branch_id")), strict=True))
    for row in told.read("assignment").to_pylist():
        assert seat[row["staff_id"]] == home[row["customer_id"]]


def test_large_banks_still_have_branch_names_of_their_own():
    from datetime import date

    from liuke.sim import SimConfig, found_bank

    names = found_bank(SimConfig(700_000, date(2026, 6, 30), months=1)).staff.branch_name
    assert len(names) > 450
    assert len(set(names)) == len(names)


def test_holdings_run_for_their_products_term_and_never_begin_before_the_customer_came(told):
    term = {p["product_id"]: p["term_days"] for p in told.read("product").to_pylist()}
    since = dict(zip(*(told.read("customer")[c].to_pylist() for c in ("customer_id", "opened_on")), strict=True))
    rows = told.read("holding").to_pylist()
    assert len(rows) > 800
    for h in rows:
        assert h["started_on"] >= since[h["customer_id"]]
        assert (h["matures_on"] - h["started_on"]).days == term[h["product_id"]]
        assert h["ended_on"] is None or h["started_on"] <= h["ended_on"] <= h["matures_on"]


def test_running_holdings_are_the_balances_of_term_and_wealth_accounts(told):
    running = sum(h["amount"] for h in told.read("holding").to_pylist() if h["ended_on"] is None)
    assert int(running * 100) == int(told.past.world.balance[[1, 2]].sum())
