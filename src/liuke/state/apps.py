"""The Django app `state`."""

from __future__ import annotations

from django.apps import AppConfig


class StateConfig(AppConfig):
    """Label `state`; the models live in `liuke.state.models`."""

    name = "liuke.state"
    label = "state"
    verbose_name = "Liuke state"

    def ready(self) -> None:
        """Begins to write failed log-ins into the audit log."""
        from liuke.state.login_watch import watch

        watch()
