"""Addresses of the console."""

from __future__ import annotations

from django.urls import path

from liuke.console.views import (
    channels,
    clusters,
    compliance,
    customers,
    dashboard,
    data,
    entrance,
    errors,
    live,
    lost_contact,
    models,
    rule_changes,
    rule_replays,
    segments,
    tags,
    triggers,
    warnings,
    workbench,
)

urlpatterns = [
    path("", entrance.home, name="home"),
    path("welcome/", entrance.nothing, name="nothing"),
    path("login/", entrance.Login.as_view(), name="login"),
    path("logout/", entrance.Logout.as_view(), name="logout"),
    path("language/", entrance.language, name="language"),
    path("live/orders/", live.orders, name="live_orders"),
    path("workbench/", workbench.desk, name="workbench"),
    path("workbench/orders/<str:order_id>/", workbench.drawer, name="order"),
    path("workbench/orders/<str:order_id>/contact/", workbench.contact, name="order_contact"),
    path("workbench/orders/<str:order_id>/hand-over/", workbench.hand_on, name="order_hand_over"),
    path("customers/", customers.listing, name="customers"),
    path("customers/<str:customer_id>/", customers.whole, name="customer"),
    path("customers/<str:customer_id>/timeline/", customers.timeline, name="customer_timeline"),
    path("customers/<str:customer_id>/unmask/", customers.unmask, name="unmask"),
    path("warnings/", warnings.listing, name="warnings"),
    path("warnings/lost-contact/", lost_contact.listing, name="lost_contact"),
    path("segments/", segments.listing, name="segments"),
    path("segments/draft/", segments.draft, name="segment_draft"),
    path("segments/clusters/", clusters.listing, name="clusters"),
    path("segments/clusters/<int:number>/", clusters.detail, name="cluster"),
    path("segments/clusters/<int:number>/live/", clusters.live, name="cluster_live"),
    path("segments/tags/", tags.listing, name="tags"),
    path("segments/of/<str:code>/", segments.detail, name="segment"),
    path("segments/of/<str:code>/live/", segments.live, name="segment_live"),
    path("segments/of/<str:code>/changes/", segments.changes, name="segment_changes"),
    path("segments/of/<str:code>/export/", segments.export, name="segment_export"),
    path("triggers/", triggers.board, name="triggers"),
    path("triggers/<str:code>/", triggers.detail, name="trigger"),
    path("channels/", channels.board, name="channels"),
    path("channels/resend/<str:key>/", channels.resend, name="channel_resend"),
    path("triggers/<str:code>/edit/", rule_changes.edit, name="trigger_edit"),
    path("triggers/<str:code>/mode/", rule_changes.mode, name="trigger_mode"),
    path("triggers/<str:code>/compare/", triggers.compare, name="trigger_compare"),
    path("rule-changes/new/", rule_changes.new, name="rule_new"),
    path("rule-changes/<int:pk>/", rule_changes.change, name="rule_change"),
    path("rule-changes/<int:pk>/check/", rule_changes.check, name="rule_check"),
    path("rule-changes/<int:pk>/replay/", rule_replays.replay, name="rule_replay"),
    path("rule-changes/<int:pk>/replay/stop/", rule_replays.stop, name="rule_replay_stop"),
    path("rule-changes/<int:pk>/<str:name>/", rule_changes.step, name="rule_step"),
    path("models/", models.board, name="models"),
    path("models/<str:name>/<str:version>/card/", models.card, name="model_card"),
    path("dashboard/", dashboard.board, name="dashboard"),
    path("data/", data.board, name="data"),
    path("data/quarantine/", data.quarantine, name="quarantine"),
    path("compliance/", compliance.log, name="compliance"),
    path("compliance/verify/", compliance.check, name="verify"),
]

handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
