"""Addresses of centres, guidelines, panels, candidates."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web import candidates, centre, centre_facts, centres, dossier, guidelines, panels

urlpatterns: list[URLPattern | URLResolver] = [
    path("centres", centres.centres, name="centres"),
    path("centres.xlsx", centres.excel, name="centres_excel"),
    re_path(r"^centres/files/(?P<digest>[0-9a-f]{64})$", centre.file, name="centre_file"),
    path("centres/<str:id>", centre.centre, name="centre"),
    path("centres/<str:id>/facts/<str:indicator>", centre_facts.opened, name="centre_facts"),
    path("centres/<str:id>/act", centre.act, name="centre_act"),
    path("centres/<str:id>/record", centre.record, name="centre_record"),
    path("centres/<str:id>/dossier", dossier.dossier, name="centre_dossier"),
    path("centres/<str:id>/dossier.<str:form>", dossier.download, name="centre_dossier_file"),
    path("centres/<str:id>/annual/<int:year>", dossier.annual, name="centre_annual"),
    path("centres/<str:id>/annual/<int:year>.<str:form>", dossier.annual_download, name="centre_annual_file"),
    path("centres/<str:id>/annual/<int:year>/hand-in", dossier.annual_hand_in, name="centre_annual_hand_in"),
    path("panels", panels.panels, name="panels"),
    path("panels/new", panels.panel_new, name="panel_new"),
    path("panels/<str:number>", panels.panel, name="panel"),
    path("panels/<str:number>/act", panels.act, name="panel_act"),
    path("candidates", candidates.candidates, name="candidates"),
    path("candidates.xlsx", candidates.excel, name="candidates_excel"),
    path("guidelines", guidelines.guidelines, name="guidelines"),
    path("guidelines/take-in", guidelines.take_in, name="guideline_take_in"),
    path("guidelines/<str:number>/<str:version>", guidelines.guideline, name="guideline"),
    path("guidelines/<str:number>/<str:version>/json", guidelines.as_json, name="guideline_json"),
]
