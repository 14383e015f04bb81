"""The pages of experiments: what is listed, who may see it, what a reading says and what was frozen."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from experimenting import DAY, started, write

from liuke.state.models import AuditEntry, ExperimentState
from liuke.tables import CONTACT, DECISION
from liuke.wiring import open_house
from tests.sending.homes import append
from tests.state_rows import Rows, added, put, taken


@pytest.fixture(scope="module")
def begun(
    bank_home: tuple[Path, Path], bank_rows: Rows, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> tuple[Path, Rows]:
    """The home after the experiment was begun and read on three days, and what that adds to the state."""
    home = Path(shutil.copytree(bank_home[0], tmp_path_factory.mktemp("care") / "home"))
    with django_db_blocker.unblock(), transaction.atomic():
        put(bank_rows)
        started(home)
        rows = added(bank_rows, taken())
        transaction.set_rollback(True)
    return home, rows


@pytest.fixture
def care(own_bank: Path, begun: tuple[Path, Rows]) -> Path:
    shutil.rmtree(own_bank)
    shutil.copytree(begun[0], own_bank)
    put(begun[1])
    return own_bank


def read(client: Any, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(answer.content.decode().split())


def test_who_works_with_customers_sees_no_experiments(care, seen_by):
    for path in ("", "of/care/", "of/care/result/", "of/care/leaks/", "of/care/report/", "of/care/frozen/"):
        assert seen_by("rm1").get(f"/experiments/{path}").status_code == 403
    assert "/experiments/" not in read(seen_by("rm1"), "/workbench/")
    assert "/experiments/" in read(seen_by("analyst"), "/experiments/")


def test_an_experiment_is_listed_with_what_was_last_said_of_it_and_its_draw_stands_nowhere_else(care, seen_by):
    text = read(seen_by("analyst"), "/experiments/")
    assert "关怀电话试验" in text
    assert "进行中" in text
    assert "47 / " in text  # days since the start
    assert "draw_rm_care" not in text
    assert "interval-bar" in text
    assert "关怀电话试验" not in read(seen_by("analyst"), "/experiments/?stage=draft")
    assert "关怀电话试验" in read(seen_by("analyst"), "/experiments/?source=loop&stage=running")


def test_a_draw_without_a_file_is_listed_as_not_pre_registered_and_can_be_read(own_bank, seen_by):
    analyst = seen_by("analyst")
    assert "未预登记" in read(analyst, "/experiments/")
    assert "没有预先登记" in read(analyst, "/experiments/of/draw_rm_care/result/")
    read(analyst, "/experiments/of/draw_rm_care/frozen/", status=404)


def test_the_result_tells_the_verdict_what_is_not_known_yet_and_links_every_figure(care, seen_by):
    analyst = seen_by("analyst")
    assert "先写明要看什么" in read(analyst, "/experiments/of/care/")
    text = read(analyst, "/experiments/of/care/result/")
    assert "30 天留存率" in text
    assert "还不知道" in text  # a small bank shows nothing for sure
    assert "90 天无投诉率" in text
    assert "的观察期未满" in text or "0 / " in text
    assert 'class="over-time"' in text
    for name in ("difference", "over_time", "arm_sizes", "saved", "aum", "leaks", "segments"):
        assert f"/experiments/of/care/figures/{name}/" in text
        beside = read(analyst, f"/experiments/of/care/figures/{name}/")
        assert "SELECT" in beside
        assert "decision" in beside or name == "over_time"
    read(analyst, "/experiments/of/care/figures/luck/", status=404)


def test_a_branch_reads_its_own_customers_and_no_kept_reading_of_the_bank(care, seen_by):
    head, analyst = seen_by("head"), seen_by("analyst")
    mine, all_of = (read(who, "/experiments/of/care/result/") for who in (head, analyst))
    assert "仅您管辖范围内的客户" in mine
    assert 'class="over-time"' not in mine
    assert "各组人数" in mine
    assert mine != all_of
    assert "interval-bar" not in read(head, "/experiments/")
    assert "停止这个实验" not in read(head, "/experiments/of/care/")
    assert "停止这个实验" in read(analyst, "/experiments/of/care/")


def test_a_split_changed_midway_is_refused_with_the_reason_and_what_to_do(care, seen_by):
    row = ExperimentState.objects.get(code="care")
    row.registration["shares"] = {"treated": 0.9, "holdout": 0.1}
    row.save()
    text = read(seen_by("analyst"), "/experiments/of/care/result/")
    assert "停读，不给效果" in text
    assert "抽签比例中途改过" in text
    assert "怎么办" in text
    assert "留住客户</div>" not in text


def test_what_was_frozen_stands_beside_what_the_file_says_now(care, seen_by):
    analyst = seen_by("analyst")
    assert "和冻结时相同" in read(analyst, "/experiments/of/care/frozen/")
    before = read(analyst, "/experiments/of/care/result/")
    write(care, mde=0.2)
    text = read(analyst, "/experiments/of/care/frozen/")
    assert "mde: 0.05" in text
    assert "mde: 0.2" in text
    assert ExperimentState.objects.get().registration["version"] in text
    after = read(analyst, "/experiments/of/care/result/")
    assert "被改过" in after
    assert "被改过" not in before
    assert "文件已改" in read(analyst, "/experiments/")


def called(home: Path) -> str:
    """The number of a hold-out of S1's book, whom S1 called on the day after the first decisions."""
    house = open_house(home)
    with house.engine() as engine:
        rows = house.lake.scan(engine, DECISION)
        held = rows.filter(rows.arm == "holdout", rows.staff_id == "S1").order_by("as_of", "customer_id").limit(1)
        [who] = engine.arrow(held).to_pylist()
    day = who["as_of"] + timedelta(days=1)
    at = datetime.combine(day, time(4), UTC)
    row = {
        "contact_id": "K-LEAK", "customer_id": who["customer_id"], "staff_id": "S1", "occurred_at": at,
        "channel": "phone", "result": "reached", "business_date": day,
    }  # fmt: skip
    append(house.lake, CONTACT, [row], at + timedelta(days=1))
    return str(who["customer_id"])


def test_only_who_runs_experiments_sees_contacted_hold_outs_masked_and_the_look_is_audited(care, seen_by):
    number = called(care)
    mine, head = (read(seen_by(name), "/experiments/of/care/leaks/") for name in ("officer", "head"))
    assert "陆晓楠" in mine
    assert "陆晓楠" in head
    assert number[-4:] in mine
    assert number not in mine
    assert number[-4:] not in head
    looks = AuditEntry.objects.filter(action="view_hold_outs").values_list("actor", "object_id")
    assert list(looks) == [("officer", "care")]
    assert "对照组被联系" in read(seen_by("analyst"), "/experiments/")
    for by in ("branch", "channel", "on_day", "nonsense"):
        read(seen_by("head"), f"/experiments/of/care/leaks/?by={by}")


def test_hold_outs_are_grouped_otherwise_in_the_drawer_where_they_were_opened_in_it(care, seen_by):
    analyst, at = seen_by("analyst"), "/experiments/of/care/leaks/"
    beside = analyst.get(at, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{at}?by=branch" hx-target="#drawer-place"' in beside
    assert "hx-get" not in read(analyst, at).split('<main id="main"')[1]


def test_two_people_bring_an_experiment_to_its_start_and_one_stops_it_with_a_reason(own_bank, seen_by):
    write(own_bank)
    analyst, officer, at = seen_by("analyst"), seen_by("officer"), "/experiments/of/care/"
    assert analyst.post(f"{at}propose/", {"note": "年中要定人手"}).status_code == 302
    row = ExperimentState.objects.get()
    assert row.plan["always_valid"]["units"] > 0
    assert analyst.post(f"{at}approve/", {"version": row.version}).status_code == 422
    assert "批准后，可以当即开始" in read(officer, at)
    assert officer.post(f"{at}approve/", {"version": row.version}).status_code == 302
    assert "冻结并开始" in read(analyst, at)
    row.refresh_from_db()
    assert seen_by("head").post(f"{at}start/", {"version": row.version}).status_code == 422
    assert analyst.post(f"{at}start/", {"version": row.version}).status_code == 302
    row.refresh_from_db()
    assert (row.stage, row.started_on) == ("running", DAY + timedelta(days=1))
    assert "还不知道" in read(analyst, f"{at}result/")  # nobody has entered yet
    assert officer.post(f"{at}stop/", {"version": row.version, "reason": ""}).status_code == 422
    assert officer.post(f"{at}stop/", {"version": row.version, "reason": "渠道要下线"}).status_code == 302
    assert "渠道要下线" in read(analyst, at)
    told = list(AuditEntry.objects.filter(object_id="care").values_list("action", flat=True))
    assert told == [f"experiment_{step}" for step in ("propose", "approve", "start", "stop")]


def test_the_planner_measures_the_source_and_takes_what_is_typed(own_bank, seen_by):
    analyst, asked = seen_by("analyst"), {"source": "loop:", "metric": "retained_30", "mde": "0.03"}
    measured = analyst.post("/experiments/planner/", asked).content.decode()
    assert "按过去的客户测算" in measured
    assert "data-fills" in measured
    typed = analyst.post("/experiments/planner/", asked | {"mean": "0.8", "entrants": "60", "share": "0.5"})
    assert "基准为估计" in typed.content.decode()
    never = analyst.post("/experiments/planner/", asked | {"mean": "0.8", "entrants": "0", "share": "0.5"})
    assert "永远等不到" in never.content.decode()
    wrong = analyst.post("/experiments/planner/", asked | {"power": "a lot", "mean": "0.8", "entrants": "60"})
    assert "这些格子里的内容不能用" in wrong.content.decode()
    assert "算不出来" in analyst.post("/experiments/planner/", asked | {"mean": "0.99", "mde": "0.3"}).content.decode()
    assert seen_by("head").post("/experiments/planner/", asked).status_code == 404


def test_the_planner_measures_anew_when_the_outcome_is_defined_otherwise(own_bank, seen_by):
    analyst, asked = seen_by("analyst"), {"source": "loop:", "metric": "kept", "mde": "0.03"}

    def mean(activity: int) -> str:
        told = {"kept": {"kind": "retained", "activity_minimum": activity}}
        file = own_bank / "policies" / "experiment_outcomes.yaml"
        file.write_text(yaml.safe_dump({"outcomes": told}), encoding="utf-8")
        text = analyst.post("/experiments/planner/", asked).content.decode()
        return re.search(r'name="mean"[^>]* value="([^"]*)"', text)[1]

    assert float(mean(0)) > float(mean(1000)) == 0


def test_the_report_says_what_was_registered_and_what_came_of_it_in_both_languages(care, seen_by):
    analyst = seen_by("analyst")
    text = read(analyst, "/experiments/of/care/report/")
    assert "登记了什么" in text
    assert "30 天留存率" in text
    analyst.post("/language/", {"language": "en", "next": "/experiments/"})
    english = read(analyst, "/experiments/of/care/report/")
    assert "What was registered" in english
    assert "retention at 30 days" in english


def test_a_file_that_cannot_be_read_is_told_and_stops_no_other(care, seen_by):
    write(care, code="broken", mde=-1)
    text = read(seen_by("analyst"), "/experiments/")
    assert "文件有误" in text
    assert "关怀电话试验" in text
    assert "mde" in read(seen_by("analyst"), "/experiments/of/broken/")
