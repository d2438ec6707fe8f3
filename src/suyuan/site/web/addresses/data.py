"""Addresses of the measurement data base."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from suyuan.site.web.series import (
    catalogue,
    dataset,
    dataset_new,
    detach,
    grants,
    impact,
    intake,
    periods,
    quality,
    stream,
)
from suyuan.site.web.series.refused import guarded

ID = r"(?P<id>.+)"
urlpatterns: list[URLPattern | URLResolver] = [
    path("data", guarded(catalogue.catalogue), name="data"),
    path("lake", RedirectView.as_view(pattern_name="data"), name="lake"),  # the command line's word for it
    path("data/sets", RedirectView.as_view(url="/data?kind=dataset"), name="datasets"),
    path("data/import", guarded(intake.intake), name="data_import"),
    path("data.xlsx", guarded(catalogue.excel), name="data_excel"),
    path("data/grants", guarded(grants.grants), name="data_grants"),
    re_path(r"^data/impact/(?P<digest>[0-9a-f]{64})$", guarded(impact.impact), name="data_impact"),
    path("data/sets/new", guarded(dataset_new.dataset_new), name="dataset_new"),
    re_path(r"^data/sets/(?P<name>[^/]+)/document\.json$", guarded(dataset.document), name="dataset_document"),
    re_path(r"^data/sets/(?P<name>[^/]+)$", guarded(dataset.dataset), name="dataset"),
    re_path(rf"^series/{ID}/readings\.json$", guarded(stream.readings), name="series_readings"),
    re_path(rf"^series/{ID}/periods\.xlsx$", guarded(periods.excel), name="series_excel"),
    re_path(rf"^series/{ID}/periods\.(?P<form>nc|json|zip)$", guarded(periods.taken), name="series_taken_file"),
    re_path(rf"^series/{ID}/quality$", guarded(quality.quality), name="series_quality"),
    re_path(rf"^series/{ID}/detach$", guarded(detach.detach), name="series_detach"),
    re_path(rf"^series/{ID}$", guarded(stream.stream), name="series"),
]
