"""Addresses of the public account, commitments, open data, and the find box."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web import find_all
from suyuan.site.web.account import open_data, public
from suyuan.site.web.regulation import commitments

urlpatterns: list[URLPattern | URLResolver] = [
    path("public", public.public, name="public"),
    path("public.xlsx", public.excel, name="public_excel"),
    path("public/commitments", commitments.commitments, name="commitments"),
    path("public/commitments.xlsx", commitments.excel, name="commitments_excel"),
    path("public/data", open_data.open_data, name="open_data"),
    re_path(r"^public/data/(?P<name>[A-Za-z0-9_]+(?:\.[a-z]+)?)$", open_data.download, name="open_data_file"),
    re_path(r"^public/(?P<id>[a-z_]+)$", public.indicator, name="public_indicator"),
    re_path(r"^public/(?P<id>[a-z_]+)\.xlsx$", public.evidence, name="public_evidence"),
    path("find", find_all.find_all, name="find"),
]
