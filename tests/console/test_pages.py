"""What each person sees and must not see: scope, masking, audit, hold-out, roles, languages."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from small_bank import PASSWORD, PEOPLE, phone

from liuke.state.models import AuditEntry, User, WorkOrder

SeenBy = Callable[[str], Client]
CONSOLE = Path(__file__).resolve().parents[2] / "src" / "liuke" / "console"
FULL_PHONE = re.compile(r"(?<!\d)198\d{8}(?!\d)")


def _ids(staff_id: str) -> list[str]:
    return list(WorkOrder.objects.filter(staff_id=staff_id).values_list("customer_id", flat=True))


def test_without_a_log_in_every_page_leads_to_the_log_in(bank: Path) -> None:
    for address in ("/workbench/", "/customers/", "/warnings/", "/dashboard/", "/data/", "/compliance/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("username", "first", "allowed", "refused"),
    [
        ("rm1", "/workbench/", ["/customers/", "/warnings/"], ["/dashboard/", "/data/", "/compliance/"]),
        ("head", "/dashboard/", ["/workbench/", "/customers/"], ["/data/", "/compliance/"]),
        ("analyst", "/dashboard/", ["/customers/", "/warnings/", "/data/", "/data/quarantine/"], ["/compliance/"]),
        ("officer", "/compliance/", ["/data/", "/customers/"], []),
        ("root", "/data/", ["/compliance/roles/"], ["/customers/", "/workbench/", "/dashboard/", "/compliance/"]),
        ("lead", "/team/", ["/workbench/", "/customers/"], ["/dashboard/", "/data/", "/compliance/", "/triggers/"]),
        ("manager", "/campaigns/", ["/segments/", "/customers/"], ["/workbench/", "/data/", "/compliance/"]),
        ("signer", "/triggers/", ["/campaigns/", "/models/"], ["/customers/", "/workbench/", "/segments/"]),
        ("engineer", "/data/", ["/models/"], ["/customers/", "/workbench/", "/dashboard/", "/channels/"]),
    ],
)
def test_each_role_begins_on_its_page_and_meets_a_friendly_403_elsewhere(
    seen_by: SeenBy, username: str, first: str, allowed: list[str], refused: list[str]
) -> None:
    client = seen_by(username)
    assert client.get("/")["Location"] == first
    assert all(client.get(address).status_code == 200 for address in [first, *allowed])
    for address in refused:
        answer = client.get(address)
        assert answer.status_code == 403
        assert "您的岗位不能打开这个页面" in answer.content.decode()


def test_an_rm_gets_404_for_another_rms_customer_and_order_and_leaves_no_view_row(seen_by: SeenBy) -> None:
    client, order = seen_by("rm1"), WorkOrder.objects.filter(staff_id="S3").first()
    assert order
    assert client.get(f"/customers/{order.customer_id}/").status_code == 404
    assert client.get(f"/workbench/orders/{order.order_id}/").status_code == 404
    form = {"channel": "phone", "answer": "saved", "version": order.version}
    assert client.post(f"/workbench/orders/{order.order_id}/contact/", form).status_code == 404
    assert (
        client.post(f"/customers/{order.customer_id}/unmask/", {"field": "phone", "reason": "试试看看"}).status_code
        == 404
    )
    assert not AuditEntry.objects.filter(action__in=["view_customer", "unmask"]).exists()


def test_an_rms_list_holds_exactly_the_own_book(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    text = "".join(client.get(f"/customers/?page={n}").content.decode() for n in (1, 2, 3))
    found = set(re.findall(r'href="/customers/(\d+)/"', text))
    from small_bank import _number

    assert found == {_number(n) for n in range(0, PEOPLE, 2)}


def test_no_page_of_an_rm_holds_a_full_phone_or_identity_number(seen_by: SeenBy) -> None:
    client, customer = seen_by("rm1"), _ids("S1")[0]
    order = WorkOrder.objects.get(customer_id=customer)
    for address in (
        "/workbench/", "/customers/", "/warnings/", f"/customers/{customer}/", f"/customers/{customer}/timeline/",
        f"/workbench/orders/{order.order_id}/",
    ):  # fmt: skip
        text = client.get(address).content.decode()
        assert not FULL_PHONE.search(text), address
        assert not re.search(r"99999919\d{6}", text), address
    assert re.search(r"198\*{4}\d{4}", client.get(f"/customers/{customer}/").content.decode())


def test_an_analyst_sees_masked_names_and_bands_and_no_exact_amount(seen_by: SeenBy) -> None:
    customer = _ids("S1")[0]
    row = WorkOrder.objects.get(customer_id=customer)
    for address in (
        "/customers/", "/warnings/", "/workbench/", f"/customers/{customer}/", f"/customers/{customer}/timeline/",
    ):  # fmt: skip
        text = seen_by("analyst").get(address).content.decode()
        assert row.customer_name not in text
        assert f"{row.aum:,}" not in text
        assert "data-curve" not in text
    assert re.search(r"\d+万-\d+万|≥1000万|&lt;1万", text)


def test_every_look_at_a_customer_writes_one_audit_row(seen_by: SeenBy) -> None:
    client, customer = seen_by("rm1"), _ids("S1")[0]
    order = WorkOrder.objects.get(customer_id=customer)
    client.get(f"/customers/{customer}/")
    client.get(f"/workbench/orders/{order.order_id}/")
    rows = AuditEntry.objects.filter(action="view_customer", actor="rm1")
    assert list(rows.values_list("object_id", flat=True)) == [customer, customer]


def test_the_timeline_comes_after_the_page_and_belongs_to_the_same_look(
    seen_by: SeenBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, (customer, other) = seen_by("rm1"), _ids("S1")[:2]
    page = client.get(f"/customers/{customer}/").content.decode()
    [address] = re.findall(r'hx-get="([^"]+/timeline/[^"]*)" hx-trigger="load"', page)
    assert '<ol class="timeline">' not in page
    assert '<ol class="timeline">' in client.get(address).content.decode()
    looks = AuditEntry.objects.filter(action="view_customer")
    assert looks.count() == 1
    # Read again without the page, for another customer, by another person, or later, it is a look of its own.
    client.get(f"/customers/{customer}/timeline/")
    client.get(address.replace(customer, other))
    seen_by("head").get(address)
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 61)
    client.get(address)
    assert looks.count() == 5


def test_without_scripts_the_timeline_is_on_the_page_that_is_asked_for_it(seen_by: SeenBy) -> None:
    text = seen_by("rm1").get(f"/customers/{_ids('S1')[0]}/?period=400").content.decode()
    assert '<ol class="timeline">' in text
    assert 'hx-trigger="load"' not in text


def test_unmasking_needs_a_reason_and_is_audited_without_the_value(seen_by: SeenBy) -> None:
    client, customer = seen_by("rm1"), _ids("S1")[0]
    refused = client.post(f"/customers/{customer}/unmask/", {"field": "phone", "reason": "看"})
    assert refused.status_code == 422
    assert not AuditEntry.objects.filter(action="unmask").exists()
    shown = client.post(f"/customers/{customer}/unmask/", {"field": "phone", "reason": "客户来电核对号码"})
    assert FULL_PHONE.search(shown.content.decode())
    row = AuditEntry.objects.get(action="unmask")
    assert (row.object_id, row.reason, row.data["field"]) == (customer, "客户来电核对号码", "phone")
    assert not FULL_PHONE.search(json.dumps([row.reason, row.data]))


def test_whoever_may_not_unmask_is_refused(seen_by: SeenBy) -> None:
    customer = _ids("S1")[0]
    answer = seen_by("analyst").post(f"/customers/{customer}/unmask/", {"field": "phone", "reason": "想看看号码"})
    assert answer.status_code == 403


def test_the_hold_out_is_never_visible_to_an_rm(seen_by: SeenBy) -> None:
    from liuke.tables import DECISION
    from liuke.wiring import open_house

    client = seen_by("rm1")
    with (house := open_house(_home())).engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, DECISION)).to_pylist()
    held = [r["customer_id"] for r in rows if r["arm"] == "holdout" and r["staff_id"] == "S1"]
    assert held
    pages = [
        client.get(f"/customers/{held[0]}/"),
        client.get(f"/customers/{held[0]}/timeline/"),
        client.get("/warnings/"),
        client.get("/workbench/"),
    ]
    for answer in pages:
        text = answer.content.decode().lower()
        assert answer.status_code == 200
        assert not any(word in text for word in ("holdout", "hold-out", "对照", "loop_id", "treated"))
    loops = {r["loop_id"] for r in rows}
    assert not any(loop in answer.content.decode() for loop in loops for answer in pages)


def _home() -> Path:
    from django.conf import settings

    return Path(settings.HOME)


def test_an_outcome_logged_closes_the_order_and_tells_the_page_to_read_again(seen_by: SeenBy) -> None:
    client, order = seen_by("rm1"), WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert order
    form = {"channel": "phone", "answer": "saved", "next": "3", "note": f"回电{phone(1)}", "version": order.version}
    answer = client.post(f"/workbench/orders/{order.order_id}/contact/", form)
    assert answer.status_code == 204
    assert set(json.loads(answer["HX-Trigger"])) == {"liuke:toast", "liuke:order-changed"}
    order.refresh_from_db()
    assert (order.state, order.outcome) == ("done", "saved")
    assert phone(1) not in order.events.get(kind="contact").note


def test_a_customer_who_thinks_it_over_keeps_the_order_open_with_a_next_workday(seen_by: SeenBy) -> None:
    client, order = seen_by("rm1"), WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert order
    form = {"channel": "wecom", "answer": "thinking", "next": "7", "note": "", "version": order.version}
    assert client.post(f"/workbench/orders/{order.order_id}/contact/", form).status_code == 204
    order.refresh_from_db()
    assert order.state == "contacting"
    assert order.next_contact_at
    assert order.next_contact_at.weekday() < 5
    assert order.customer_name in client.get("/workbench/?tab=waiting").content.decode()


def test_a_page_that_is_out_of_date_changes_nothing(seen_by: SeenBy) -> None:
    client, order = seen_by("rm1"), WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert order
    form = {"channel": "phone", "answer": "saved", "version": order.version + 5}
    assert client.post(f"/workbench/orders/{order.order_id}/contact/", form).status_code == 409
    order.refresh_from_db()
    assert order.state == "assigned"


def test_customers_are_found_by_name_number_and_phone_tail(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    from small_bank import GIVEN, SURNAMES, _number

    wanted = _number(4)
    for query in (SURNAMES[4] + GIVEN[4], wanted, phone(4)[-4:], phone(4)):
        assert f"/customers/{wanted}/" in client.get("/customers/", {"q": query}).content.decode(), query
    assert "没有找到客户" in client.get("/customers/", {"q": "不存在的人"}).content.decode()
    assert f"/customers/{_number(1)}/" not in client.get("/customers/", {"q": _number(1)}).content.decode()


def test_warnings_can_be_narrowed_by_signal(seen_by: SeenBy) -> None:
    text = seen_by("rm1").get("/warnings/?signal=R03").content.decode()
    rows = re.findall(r"<tr>.*?</tr>", text.split("<tbody>")[1], re.DOTALL)
    assert rows
    assert all("R03" in row for row in rows)


def test_the_dashboard_shows_what_track_measured(seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/dashboard/")
    board = answer.context["board"]
    text = answer.content.decode()
    assert board.effect.treated.decided + board.effect.holdout.decided > 0
    assert "样本量不足" in text
    assert f"{board.warned.total}" in text
    curve = json.loads(text.split('id="curve-data" type="application/json">')[1].split("</script>")[0])
    assert curve["treated"][0]["n"] == board.effect.treated.decided


def test_an_empty_bank_says_what_is_missing_and_shows_no_number(
    bank_home: tuple[Path, Path], built: None, db: None
) -> None:
    from liuke.state.accounts import ensure_user
    from liuke.state.sync import sync_organisation

    sync_organisation([{"branch_id": "HQ", "name": "总行", "parent_id": None, "level": "head"}], [])
    user = ensure_user("early", role="analyst", password=None, branch_id="HQ")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get("/dashboard/").content.decode()
    assert "还没有可以看的数字" in text
    assert "data-curve" not in text


def test_quarantined_values_are_shown_only_where_they_cannot_be_a_persons(seen_by: SeenBy) -> None:
    answer = seen_by("analyst").get("/data/quarantine/")
    assert {(row["column_name"], row["value"]) for row in answer.context["rows"]} == {
        ("phone", "***"),
        ("birth_date", "1987"),
    }
    text = answer.content.decode()
    assert "198****" not in text
    assert not FULL_PHONE.search(text)
    assert "1987-13-40" not in text


def test_the_chain_is_verified_and_a_forged_row_is_found(seen_by: SeenBy) -> None:
    from django.db import connection

    client = seen_by("officer")
    client.get(f"/customers/{_ids('S1')[0]}/")
    assert "链完整" in client.post("/compliance/verify/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE state_auditentry SET actor = 'nobody' WHERE seq = 1")
    assert "链在第 1 行断开" in client.post("/compliance/verify/").content.decode()
    assert list(AuditEntry.objects.filter(action="audit_check").values_list("object_id", flat=True)) == ["", "row"]


def test_an_auditor_takes_the_filtered_rows_away_with_a_reason(seen_by: SeenBy) -> None:
    client = seen_by("officer")
    client.get(f"/customers/{_ids('S1')[0]}/")
    wish = {"form": "jsonl", "action": "view_customer", "reason": "年度审计"}
    answer = client.post("/compliance/export/", wish)
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [json.loads(line)["action"] for line in lines] == ["view_customer"]
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    assert client.post("/compliance/export/", wish | {"reason": " "}).status_code == 422
    assert seen_by("rm1").post("/compliance/export/", wish).status_code == 403


def test_the_language_follows_the_choice_and_never_the_browser(seen_by: SeenBy) -> None:
    client = seen_by("rm1")
    assert "客户经理工作台" in client.get("/workbench/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    text = client.get("/workbench/").content.decode()
    assert "RM workbench" in text
    assert 'lang="en"' in text
    assert User.objects.get(username="rm1").language == "en"


def test_the_english_pages_hold_no_chinese_of_ours(seen_by: SeenBy) -> None:
    client = seen_by("analyst")
    client.post("/language/", {"language": "en", "next": "/"})
    with (CONSOLE / "locale/en/LC_MESSAGES/django.po").open("rb") as handle:
        ours = {str(m.id) for m in read_po(handle) if m.id and re.search("[一-鿿]{2}", str(m.id))}
    for address in ("/customers/", "/warnings/", "/dashboard/", "/data/", "/workbench/"):
        shown = re.sub(r"<[^>]+>", "\n", client.get(address).content.decode())
        lines = {line.strip() for line in shown.splitlines()}
        assert lines & {text.replace("%%", "%") for text in ours} == set(), address


def test_pages_carry_a_strict_policy_and_are_not_kept_by_caches(seen_by: SeenBy) -> None:
    answer = seen_by("rm1").get("/workbench/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["Cache-Control"] == "no-store"
    assert not re.search(
        r"""\sstyle=["']|<style|\son\w+=["']|<script(?![^>]*(?:src|application/json))""", answer.content.decode()
    )


def test_a_password_never_reaches_a_log_or_a_table(
    bank: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.db import connection

    secret = "nobody-may-read-this-5521"
    with caplog.at_level("DEBUG"):
        Client().post("/login/", {"username": "rm1", "password": secret})
        Client().post("/login/", {"username": "rm1", "password": PASSWORD})
    logged = caplog.text + "".join(capsys.readouterr())
    kept = []
    with connection.cursor() as cursor:
        for table in ("axes_accessattempt", "axes_accessfailurelog", "axes_accesslog", "state_auditentry"):
            cursor.execute(f"SELECT * FROM {table}")
            kept.append(str(cursor.fetchall()))
    assert secret not in logged + "".join(kept)
    assert PASSWORD not in logged + "".join(kept)


def test_the_locked_log_in_says_how_long(bank: Path) -> None:
    client = Client()
    for _ in range(5):
        answer = client.post("/login/", {"username": "rm1", "password": "wrong"})
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.content.decode()


def test_the_list_costs_the_same_few_queries_however_long_it_is(
    seen_by: SeenBy, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = seen_by("rm1")
    for address in ("/workbench/", "/workbench/?page=2", "/workbench/?tab=closed"):
        with django_assert_max_num_queries(10):
            part = client.get(address, headers={"HX-Request": "true", "HX-Target": "orders"})
        assert part.content.decode().lstrip().startswith('<section class="card" id="orders"')


def test_a_part_asked_for_after_the_session_ended_leads_the_whole_page_to_the_log_in(bank: Path) -> None:
    answer = Client().get("/workbench/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/login/")


@pytest.mark.parametrize(
    "address",
    [
        "/compliance/?page=0",
        "/compliance/?since=0001-01-01",
        "/compliance/?until=9999-12-31",
        "/data/quarantine/?page=0",
        "/customers/?page=0",
        "/workbench/?page=0",
    ],
)
def test_addresses_at_the_ends_of_what_can_be_asked_are_answered(seen_by: SeenBy, address: str) -> None:
    assert seen_by("officer").get(address).status_code == 200


def test_for_roles_that_see_masks_a_search_tells_nothing_about_names_and_phones(seen_by: SeenBy) -> None:
    from small_bank import GIVEN, SURNAMES, _number

    wanted = _number(4)
    name = SURNAMES[4] + GIVEN[4]
    for username in ("analyst", "officer"):
        client = seen_by(username)
        for query in (name, GIVEN[4], phone(4), phone(4)[-4:]):
            for address in ("/customers/", "/warnings/"):
                assert client.get(address, {"q": query}).context["total"] == 0, (username, address, query)
        for query in (wanted, wanted[:7]):
            assert f"/customers/{wanted}/" in client.get("/customers/", {"q": query}).content.decode()
        assert "手机尾号" not in client.get("/customers/").content.decode()
    assert f"/customers/{wanted}/" in seen_by("head").get("/customers/", {"q": name}).content.decode()


def test_the_tier_counts_answer_no_more_than_the_list_itself(seen_by: SeenBy) -> None:
    order = WorkOrder.objects.filter(phase=0).first()
    assert order
    answer = seen_by("analyst").get("/warnings/", {"q": order.customer_name})
    assert [n for _key, _label, n, _amount in answer.context["tiers"]] == [0, 0, 0]
    assert seen_by("analyst").get("/workbench/", {"q": order.customer_name}).context["list"].total == 0
