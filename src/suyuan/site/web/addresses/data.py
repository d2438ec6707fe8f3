"""Addresses of the measurement data base."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.series import catalogue, dataset, dataset_new, grants, impact, intake, periods, quality, stream

ID = r"(?P<id>.+)"
urlpatterns: list[URLPattern | URLResolver] = [
    path("data", catalogue.catalogue, name="data"),
    path("data/import", intake.intake, name="data_import"),
    path("data.xlsx", catalogue.excel, name="data_excel"),
    path("data/grants", grants.grants, name="data_grants"),
    re_path(r"^data/impact/(?P<digest>[0-9a-f]{64})$", impact.impact, name="data_impact"),
    path("data/sets/new", dataset_new.dataset_new, name="dataset_new"),
    re_path(r"^data/sets/(?P<name>[^/]+)/document\.json$", dataset.document, name="dataset_document"),
    re_path(r"^data/sets/(?P<name>[^/]+)$", dataset.dataset, name="dataset"),
    re_path(rf"^series/{ID}/readings\.json$", stream.readings, name="series_readings"),
    re_path(rf"^series/{ID}/periods\.xlsx$", periods.excel, name="series_excel"),
    re_path(rf"^series/{ID}/quality$", quality.quality, name="series_quality"),
    re_path(rf"^series/{ID}$", stream.stream, name="series"),
]
