"""Addresses of the measurement studies."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from suyuan.site.web.evaluating import studies

urlpatterns: list[URLPattern | URLResolver] = [
    path("studies", studies.studies, name="studies"),
    path("studies/<slug:kind>", studies.study, name="study"),
]
