"""Addresses of carbon: the day, claims, changes, verification, meters, factors."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.carbon import change, claim, day, factors, meters, new, short, statement, verify

DIGEST = r"(?P<digest>[0-9a-f]{64})"
PAPER = r"(?P<kind>[a-z1-4-]+)\.(?P<form>[a-z]+)"
urlpatterns: list[URLPattern | URLResolver] = [
    path("carbon", day.day, name="carbon"),
    path("carbon/new", new.new, name="carbon_new"),
    re_path(r"^carbon/new/(?P<kind>power|steel|forest)\.xlsx$", new.template, name="carbon_template"),
    path("carbon/new/trees.csv", new.trees, name="carbon_trees"),
    re_path(rf"^carbon/new/{DIGEST}\.xlsx$", new.as_workbook, name="carbon_workbook"),
    path("carbon/change", change.change, name="carbon_change"),
    path("carbon/factors", factors.factors, name="carbon_factors"),
    re_path(rf"^carbon/factors/{DIGEST}$", factors.factor, name="carbon_factor"),
    path("carbon/factors.xlsx", factors.excel, name="carbon_factors_excel"),
    re_path(rf"^carbon/claim/{DIGEST}$", claim.claim, name="carbon_claim"),
    re_path(rf"^carbon/claim/{DIGEST}/claim\.json$", claim.as_json, name="carbon_claim_json"),
    re_path(rf"^carbon/claim/{DIGEST}/{PAPER}$", claim.document, name="carbon_claim_file"),
    re_path(rf"^carbon/verify/{DIGEST}$", verify.verify, name="carbon_verify"),
    re_path(rf"^carbon/statement/{DIGEST}$", statement.statement, name="carbon_statement"),
    re_path(rf"^carbon/statement/{DIGEST}/statement\.json$", statement.as_json, name="carbon_statement_json"),
    re_path(rf"^carbon/statement/{DIGEST}/paper\.(?P<form>[a-z]+)$", statement.document, name="carbon_statement_file"),
    re_path(rf"^carbon/meters/{DIGEST}$", meters.meters, name="carbon_meters"),
    re_path(
        r"^carbon/(?P<page>claim|verify|statement|meters)/(?P<short>[0-9a-f]{4,63})$", short.opened, name="carbon_short"
    ),
]
