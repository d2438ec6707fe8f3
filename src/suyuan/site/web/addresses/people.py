"""Addresses of persons, authorisations, training bases."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from suyuan.site.web.talent import (
    authorise,
    base,
    bases,
    may,
    mentoring,
    people,
    people_leaders,
    person,
    programmes,
    row,
    training,
)

DIGEST = r"(?P<digest>[0-9a-f]{64})"

urlpatterns: list[URLPattern | URLResolver] = [
    path("people", people.people, name="people"),
    path("people.xlsx", people.excel, name="people_excel"),
    path("people/may", may.may, name="people_may"),
    path("people/authorise", authorise.authorise, name="people_authorise"),
    path("people/revise", authorise.revise, name="people_revise"),
    path("people/evidence", authorise.evidence, name="people_evidence"),
    path("people/authorisations/<path:id>", authorise.authorisation, name="people_authorisation"),
    path("people/new/<slug:kind>", row.new, name="row_new"),
    re_path(rf"^people/files/{DIGEST}$", person.file, name="person_file"),
    path("people/<path:id>", person.person, name="person"),
    path("bases", bases.bases, name="bases"),
    path("bases/plan.xlsx", bases.plan_excel, name="bases_plan"),
    path("bases/<path:id>/apply", base.apply, name="base_apply"),
    path("bases/<path:id>", base.base, name="base"),
    path("training/<str:number>", training.training, name="training"),
    re_path(
        rf"^files/(?P<procedure>training|mentoring)/(?P<number>[^/]+)/{DIGEST}$", training.file, name="training_file"
    ),
    path("programmes", programmes.programmes, name="programmes"),
    path("leaders", people_leaders.leaders, name="leaders"),
    path("mentoring", mentoring.mentoring, name="mentoring"),
    path("mentoring/<str:number>", mentoring.one, name="mentoring_one"),
]
