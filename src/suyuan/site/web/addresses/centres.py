"""Addresses of centres, guidelines, panels, candidates; ids and numbers are others' and may hold any sign."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.matters import panels
from suyuan.site.web.regulation import candidates, centre, centre_compare, centre_facts, centres, dossier, guidelines

ONE = r"^centres/(?P<id>.+)"
YEAR = rf"{ONE}/annual/(?P<year>\d{{4}})"
VERSION = r"^guidelines/(?P<number>.+)/(?P<version>[^/]+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("centres", centres.centres, name="centres"),
    path("centres/compare", centre_compare.compare, name="centre_compare"),
    path("centres.xlsx", centres.excel, name="centres_excel"),
    re_path(r"^centres/files/(?P<digest>[0-9a-f]{64})$", centre.file, name="centre_file"),
    re_path(rf"{ONE}/facts/(?P<indicator>[^/]+)$", centre_facts.opened, name="centre_facts"),
    re_path(rf"{ONE}/act$", centre.act, name="centre_act"),
    re_path(rf"{ONE}/record$", centre.record, name="centre_record"),
    re_path(rf"{ONE}/dossier$", dossier.dossier, name="centre_dossier"),
    re_path(rf"{ONE}/dossier\.(?P<form>[a-z]+)$", dossier.download, name="centre_dossier_file"),
    re_path(rf"{YEAR}$", dossier.annual, name="centre_annual"),
    re_path(rf"{YEAR}\.(?P<form>[a-z]+)$", dossier.annual_download, name="centre_annual_file"),
    re_path(rf"{YEAR}/hand-in$", dossier.annual_hand_in, name="centre_annual_hand_in"),
    re_path(rf"{ONE}$", centre.centre, name="centre"),
    path("panels", panels.panels, name="panels"),
    path("panels/new", panels.panel_new, name="panel_new"),
    re_path(r"^panels/(?P<number>.+)/act$", panels.act, name="panel_act"),
    re_path(r"^panels/(?P<number>.+)$", panels.panel, name="panel"),
    path("candidates", candidates.candidates, name="candidates"),
    path("candidates.xlsx", candidates.excel, name="candidates_excel"),
    path("guidelines", guidelines.guidelines, name="guidelines"),
    path("guidelines/take-in", guidelines.take_in, name="guideline_take_in"),
    re_path(rf"{VERSION}/json$", guidelines.as_json, name="guideline_json"),
    re_path(rf"{VERSION}$", guidelines.guideline, name="guideline"),
]
