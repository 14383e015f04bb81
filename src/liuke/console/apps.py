"""The Django app `console`."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Label `console`; it has templates, static files and views, and no models."""

    name = "liuke.console"
    label = "console"
    verbose_name = "Liuke console"
