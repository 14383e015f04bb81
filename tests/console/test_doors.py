"""The authorisation matrix: every address of the console × every role × every method, enumerated from the URL map.

A new address fails here until somebody has said in DOORS who may open it. Views behind the guard are not carried out:
what is judged is the door. What lies behind it is scoped (test_scope_of_pages.py) and, where rows change, checked once
more by the action.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from liuke.console.urls import urlpatterns
from liuke.govern.access import ROLES, Role, may

EVERYBODY: Final = "everybody"
"""Without a log-in."""
ANYBODY: Final = "anybody"
"""With a log-in of whatever role."""
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
KINDS: Final = ("funnel", "retention", "paths", "distribution", "journey")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

DOORS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "health_live": (GET, EVERYBODY), "health_ready": (GET, EVERYBODY),
    "login": (BOTH, EVERYBODY), "language": (POST, EVERYBODY), "progress": (BOTH, EVERYBODY),
    "login_code": (BOTH, EVERYBODY), "login_enrol": (BOTH, EVERYBODY), "sso": (GET, EVERYBODY),
    "sso_back": (GET, EVERYBODY), "account": (GET, ANYBODY), "account_password": (POST, ANYBODY),
    "account_end": (POST, ANYBODY), "account_end_others": (POST, ANYBODY), "factor_begin": (POST, ANYBODY),
    "factor_confirm": (POST, ANYBODY), "factor_renew": (POST, ANYBODY), "factor_off": (POST, ANYBODY),
    "home": (GET, ANYBODY), "nothing": (GET, ANYBODY), "logout": (POST, ANYBODY),
    "live_orders": (GET, "see_orders"), "workbench": (GET, "see_orders"), "promises": (GET, "see_orders"),
    "order": (GET, "see_orders"), "order_contact": (POST, "work_orders"), "orders_bulk": (POST, "work_orders"),
    "order_hand_over": (POST, "hand_over"), "team": (GET, "hand_over"), "transfers": (GET, "hand_over"),
    "transfer_plan": (POST, "hand_over"), "transfer_withdraw": (POST, "hand_over"), "team_people": (GET, "hand_over"),
    "team_add": (POST, "hand_over"), "team_file": (POST, "hand_over"), "team_remove": (POST, "hand_over"),
    "customers": (GET, "see_customers"), "customer": (GET, "see_customers"), "decision": (GET, "see_customers"),
    "customer_timeline": (GET, "see_customers"), "unmask": (POST, "unmask"),
    "customer_applications": (GET, "work_applications"), "application_issue": (POST, "work_applications"),
    "applications": (GET, "work_applications"), "application_look_up": (POST, "work_applications"),
    "application": (GET, "work_applications"), "application_step": (POST, "work_applications"),
    "warnings": (GET, "see_customers"), "lost_contact": (GET, "see_customers"), "why_not": (GET, "see_customers"),
    "policy_trial": (BOTH, "see_effect"), "policy_trial_state": (GET, "see_effect"),
    "policy_trial_stop": (POST, "edit_rules"),
    "segments": (GET, "see_segments"), "segment_draft": (BOTH, "see_segments"), "clusters": (GET, "see_segments"),
    "cluster": (GET, "see_segments"), "cluster_live": (GET, "see_segments"), "tags": (GET, "see_segments"),
    "segment": (GET, "see_segments"), "segment_live": (GET, "see_segments"), "segment_changes": (GET, "see_segments"),
    "segment_export": (POST, "export"),
    "analysis": (GET, "see_behaviour"), "view_open": (GET, "see_behaviour"), "view_copy": (POST, "see_behaviour"),
    "view_drop": (POST, "see_behaviour"), "view_save": (POST, "see_behaviour"),
    "analysis_leave": (POST, "see_behaviour"),
    "analysis_dropped": (GET, "see_behaviour"), "analysis_stage": (GET, "see_behaviour"),
    "analysis_cell": (GET, "see_behaviour"),
    **{f"analysis_{kind}": (GET, "see_behaviour") for kind in KINDS},
    **{f"analysis_{kind}_export": (POST, "export") for kind in KINDS},
    "triggers": (GET, "see_effect"), "trigger": (GET, "see_effect"), "trigger_compare": (GET, "see_effect"),
    "trigger_edit": (POST, "edit_rules"), "trigger_mode": (POST, "edit_rules"),
    "rule_new": (BOTH, "edit_rules"), "rule_change": (GET, "see_effect"), "rule_check": (POST, "edit_rules"),
    "rule_replay": (BOTH, "see_effect"), "rule_replay_stop": (POST, "edit_rules"), "rule_step": (POST, "see_effect"),
    "campaigns": (GET, "see_effect"), "campaign": (GET, "see_effect"), "campaign_preview": (GET, "see_effect"),
    "campaign_propose": (POST, "edit_rules"), "campaign_step": (POST, "see_effect"),
    "experiments": (GET, "see_effect"), "experiment_planner": (POST, "see_effect"), "experiment": (GET, "see_effect"),
    "experiment_result": (GET, "see_effect"), "experiment_frozen": (GET, "see_effect"),
    "experiment_leaks": (GET, "see_effect"), "experiment_report": (GET, "see_effect"),
    "experiment_figure": (GET, "see_effect"), "experiment_step": (POST, "see_effect"),
    "channels": (GET, "see_sending"), "channel_resend": (POST, "resend"),
    "offers": (GET, "see_effect"), "offer": (GET, "see_effect"), "offer_propose": (POST, "edit_rules"),
    "offer_step": (POST, "see_effect"),
    "text_new": (BOTH, "edit_rules"), "text_edit": (POST, "edit_rules"), "text_change": (GET, "see_effect"),
    "text_check": (POST, "edit_rules"), "text_tried": (POST, "see_effect"), "text_step": (POST, "see_effect"),
    "models": (GET, "see_models"), "model_card": (GET, "see_models"),
    "dashboard": (GET, "see_effect"), "effect": (GET, "see_effect"), "effect_report": (GET, "see_effect"),
    "effect_export": (POST, "export"), "effect_figure": (GET, "see_effect"),
    "data": (GET, "see_data"), "quarantine": (GET, "see_data"),
    "compliance": (GET, "see_audit"), "verify": (POST, "see_audit"), "audit_export": (POST, "see_audit"),
    "exports": (GET, "approve_exports"), "export_step": (POST, "approve_exports"),
    "roles": (GET, "see_roles"),
}  # fmt: skip
"""By url name: its methods, and the permission it needs. Steps of proposals ask for more, in the action."""


class LetIn(Exception):
    """The guard let the person in; nothing was carried out."""


def address_of(pattern: URLPattern) -> str:
    """The address with something for every part of it that exists nowhere."""
    fillers = {name: 7 if kind.__class__.__name__ == "IntConverter" else "none-such"
               for name, kind in pattern.pattern.converters.items()}  # fmt: skip
    return reverse(str(pattern.name), kwargs=fillers)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, settings: Any, db: None, built: None) -> None:
    """The guard says whether it would let somebody in, and nothing behind it happens."""

    def judge(role: str, permission: Any) -> bool:
        if may(role, permission):
            raise LetIn
        return False

    monkeypatch.setattr("liuke.console.acting.may", judge)
    monkeypatch.setattr("liuke.console.views.live.may", judge)
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


def entered(role: Role) -> Client:
    from liuke.state.models import User

    user = User.objects.create(username=f"a-{role}", role=role, branch_id="HQ")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def answer(client: Client, method: str, address: str) -> int | str:
    """The status, or 'in' for somebody let in, or 'log-in' for somebody sent there."""
    try:
        told = client.generic(method, address)
    except LetIn:
        return "in"
    return "log-in" if told.headers.get("Location", "").startswith("/login/") else told.status_code


def test_every_address_has_its_door_and_every_door_its_address() -> None:
    there = {str(p.name) for p in urlpatterns}
    assert there - set(DOORS) == set(), "say in DOORS which methods and permission the new address has"
    assert set(DOORS) - there == set(), "no such address any more: take it out of DOORS"
    assert len(there) == len(urlpatterns), "two addresses have one name"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_opens_its_own_doors_and_no_other(judged: None, role: Role) -> None:
    client, wrong = entered(role), []
    for pattern in urlpatterns:
        methods, needs = DOORS[str(pattern.name)]
        if needs in (EVERYBODY, ANYBODY):
            continue
        wanted = "in" if may(role, needs) else 403  # type: ignore[arg-type]
        address = address_of(pattern)
        wrong += [(m, address, got, wanted) for m in methods if (got := answer(client, m, address)) != wanted]
    assert wrong == []


def test_nobody_enters_without_a_log_in(judged: None) -> None:
    client, wrong = Client(), []
    for pattern in urlpatterns:
        if DOORS[str(pattern.name)][1] == EVERYBODY:
            continue
        address = address_of(pattern)
        wrong += [(m, address, got) for m in BOTH if (got := answer(client, m, address)) != "log-in"]
    assert wrong == []


def test_no_address_takes_a_method_that_is_not_its_own(judged: None) -> None:
    client, wrong = entered("compliance"), []
    for pattern in urlpatterns:
        methods, address = DOORS[str(pattern.name)][0], address_of(pattern)
        others = [m for m in METHODS if m not in methods]
        wrong += [(m, address, got) for m in others if (got := answer(client, m, address)) != 405]
    assert wrong == []


def test_every_form_needs_its_token(judged: None) -> None:
    from liuke.state.models import User

    user = User.objects.create(username="a-form", role="branch_head", branch_id="HQ")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    posts = [p for p in urlpatterns if "POST" in DOORS[str(p.name)][0]]
    wrong = [(p.name, got) for p in posts if (got := answer(client, "POST", address_of(p))) != 403]
    assert wrong == []


def test_pages_are_kept_by_nobody_and_bring_no_script_but_ours(judged: None) -> None:
    told = entered("admin").get("/customers/")
    assert told["Cache-Control"] == "no-store"
    assert "script-src" not in told["Content-Security-Policy"]
    assert "default-src 'self'" in told["Content-Security-Policy"]
    assert json.dumps(told.content.decode()).count("<script") == 1
