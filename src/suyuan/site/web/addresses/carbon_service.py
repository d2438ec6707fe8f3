"""Addresses of what a claim lacks and who can give it, and of a measure before and after."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.addresses.carbon import DIGEST
from suyuan.site.web.carbon import improved, services

urlpatterns: list[URLPattern | URLResolver] = [
    path("carbon/improved", improved.improved_page, name="carbon_improved"),
    re_path(rf"^carbon/services/{DIGEST}$", services.services, name="carbon_services"),
]
