"""Addresses of the pages.

Names kept for them: `start` (the first page), `today`, `certificates`, `certificate`, `trace`, `what_if`, `evaluate`,
`calculate`, `examples`, `comparisons`, `comparison`.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path

from suyuan.site.web import rooms, today
from suyuan.site.web.addresses import urlpatterns as of_services
from suyuan.site.web.evaluating import calculate, evaluate, examples, issue
from suyuan.site.web.evidence import certificate, certificates, receive, typed
from suyuan.site.web.evidence.trace import trace
from suyuan.site.web.evidence.what_if import what_if
from suyuan.site.web.rounds import listed as comparisons
from suyuan.site.web.rounds import one as comparison
from suyuan.site.web.rounds import protocol as comparison_protocol
from suyuan.site.web.rounds import report as comparison_report
from suyuan.site.web.rounds import submit as comparison_submit
from suyuan.site.web.shell import address

DIGEST = r"(?P<digest>[0-9a-f]{8,64})"


def start(request: HttpRequest) -> HttpResponse:
    """The first page: the day's work."""
    first = address("today") or address("look")
    if first is None:
        raise Http404
    return redirect(first)


urlpatterns = [
    path("", start, name="start"),
    path("today", today.today, name="today"),
    path("all", rooms.rooms, name="rooms"),
    path("certificates", certificates.certificates, name="certificates"),
    path("certificates.xlsx", certificates.excel, name="certificates_excel"),
    path("certificates/receive", receive.receive, name="receive"),
    path("certificates/type", typed.type_in, name="type_in"),
    path("certificates/type/suggest", typed.suggest, name="type_in_suggest"),
    path("certificates/type/classes", typed.class_options, name="type_in_classes"),
    path("certificates/type/class", typed.class_status, name="type_in_class"),
    re_path(rf"^certificates/{DIGEST}$", certificate.one, name="certificate"),
    re_path(rf"^certificates/{DIGEST}/original$", certificate.original, name="certificate_original"),
    re_path(rf"^certificates/{DIGEST}/anchor$", certificate.declare, name="certificate_declare"),
    re_path(rf"^certificates/{DIGEST}/json$", certificate.as_json, name="certificate_json"),
    re_path(rf"^certificates/{DIGEST}/values.xlsx$", certificate.values, name="certificate_values"),
    re_path(rf"^certificates/{DIGEST}/files/(?P<number>\d{{1,4}})$", certificate.attachment, name="certificate_file"),
    path("trace", trace, name="trace"),
    path("trace/<path:key>", trace, name="trace"),
    path("what-if", what_if, name="what_if"),
    path("what-if/<path:key>", what_if, name="what_if"),
    path("evaluate", evaluate.evaluate, name="evaluate"),
    path("evaluate/check", evaluate.check, name="evaluate_check"),
    path("evaluate/picks", evaluate.picks, name="evaluate_picks"),
    path("evaluate/issue", issue.issue, name="issue"),
    path("calculate", calculate.calculations, name="calculate"),
    path("calculate/examples", examples.examples, name="examples"),
    path("calculate/examples/<path:id>", examples.one, name="example"),
    path("calculate/<slug:kind>", calculate.calculation, name="calculation"),
    path("comparisons", comparisons.comparisons, name="comparisons"),
    path("comparisons/new", comparison_protocol.protocol, name="comparison_new"),
    path("comparisons/<str:number>", comparison.comparison, name="comparison"),
    path("comparisons/<str:number>/act", comparison.act, name="comparison_act"),
    path("comparisons/<str:number>/protocol", comparison_protocol.protocol, name="comparison_protocol"),
    path("comparisons/<str:number>/protocol.json", comparison.protocol_json, name="comparison_protocol_json"),
    path("comparisons/<str:number>/events.json", comparison.events_json, name="comparison_events"),
    path("comparisons/<str:number>/submit", comparison_submit.submit, name="comparison_submit"),
    path("comparisons/<str:number>/report", comparison_report.report, name="comparison_report"),
    path("comparisons/<str:number>/report.<str:form>", comparison_report.download, name="comparison_file"),
    path("comparisons/<str:number>/public", comparison_report.public, name="comparison_public"),
    path(
        "comparisons/<str:number>/public/report.<str:form>",
        comparison_report.public_download,
        name="comparison_public_file",
    ),
    *of_services,
]
