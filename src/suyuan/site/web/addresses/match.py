"""Addresses of needs, capabilities, registers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.matching import capabilities, capability, match, need, need_new
from suyuan.site.web.sharing import registers

urlpatterns: list[URLPattern | URLResolver] = [
    path("match", match.match, name="match"),
    path("match/new", need_new.need_new, name="need_new"),
    path("match/new/preview", need_new.preview, name="need_new_preview"),
    re_path(r"^match/(?P<organisation>.+)/(?P<id>[^/]+)$", need.need, name="need"),
    path("capabilities", capabilities.capabilities, name="capabilities"),
    path("capabilities.xlsx", capabilities.excel, name="capabilities_excel"),
    re_path(r"^capabilities/(?P<laboratory>.+)/(?P<id>[^/]+)$", capability.capability, name="capability"),
    path("registers", registers.registers, name="registers"),
    path("registers/refused.xlsx", registers.refused, name="registers_refused"),
    path("registers/defects", registers.defects, name="registers_defects"),
    path("registers/template/<slug:kind>.xlsx", registers.template, name="register_template"),
    path("registers/export/<slug:kind>.xlsx", registers.export, name="register_export"),
]
