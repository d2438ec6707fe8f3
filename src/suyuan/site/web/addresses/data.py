"""Addresses of the measurement data base."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.series import catalogue, intake, quality, stream

ID = r"(?P<id>.+)"
urlpatterns: list[URLPattern | URLResolver] = [
    path("data", catalogue.catalogue, name="data"),
    path("data/import", intake.intake, name="data_import"),
    path("data.xlsx", catalogue.excel, name="data_excel"),
    re_path(r"^data/sets/(?P<name>[^/]+)$", catalogue.catalogue, name="dataset"),
    re_path(rf"^series/{ID}/readings\.json$", stream.readings, name="series_readings"),
    re_path(rf"^series/{ID}/periods\.xlsx$", stream.excel, name="series_excel"),
    re_path(rf"^series/{ID}/quality$", quality.quality, name="series_quality"),
    re_path(rf"^series/{ID}$", stream.stream, name="series"),
]
