"""Addresses of all faces that one server serves: the API below /api/v1/, the console everywhere else."""

from __future__ import annotations

from django.urls import include, path

# By name: faces stand above what wires them.
urlpatterns = [path("api/v1/", include("liuke.api.urls")), path("", include("liuke.console.urls"))]

handler403 = "liuke.console.views.errors.forbidden"
handler404 = "liuke.console.views.errors.not_found"
handler500 = "liuke.console.views.errors.broken"
