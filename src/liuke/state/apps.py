"""The Django app `state`."""

from __future__ import annotations

from django.apps import AppConfig


class StateConfig(AppConfig):
    """Label `state`; the models live in `liuke.state.models`."""

    name = "liuke.state"
    label = "state"
    verbose_name = "Liuke state"
