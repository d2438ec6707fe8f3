"""The dossier and the annual report of a centre as files, and handing the report in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from suyuan.centre.dossier import STAGES, Dossier, Stage
from suyuan.centre.records import Centre
from suyuan.quantity.finding import Refused, finding
from suyuan.report.service.annual import annual_document, annual_fields
from suyuan.report.service.dossier import dossier_document, dossier_fields
from suyuan.report.service.files import files
from suyuan.site.acts import clock
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.called import names_of
from suyuan.site.acts.regulation import centre as centres
from suyuan.site.language import current
from suyuan.verbs.centre.annual import Year, year_on
from suyuan.verbs.centre.dossier import dossier_on
from suyuan.verbs.snapshot import Snapshot

FORMS: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
"""Form of a file → media type."""


CONFIDENTIAL = {"zh": "（保密）", "en": "(confidential)"}


def stage_of(text: str) -> Stage:
    """A stage that somebody asks for, the application otherwise."""
    return next((stage for stage in STAGES if stage == text), "apply")


def dossier(known: Snapshot, id: str, stage: Stage, user: User) -> Dossier:
    """The dossier of a centre as somebody may see it; 404 where no register names it."""
    found = dossier_on(known, id, stage)
    if found is None:
        raise Http404
    return signed(masked(found, centres.secret(user, known)))


def signed(of: Dossier) -> Dossier:
    """A dossier whose documents are signed by people, not by accounts."""
    names = names_of({paper.signed for paper in of.papers if paper.signed})
    said = {account: name.get(current()) or next(iter(name.values())) for account, name in names.items()}
    return replace(of, papers=tuple(replace(p, signed=said.get(p.signed, p.signed)) for p in of.papers))


def masked(of: Dossier, secret: frozenset[str]) -> Dossier:
    """A dossier in which of confidential needs nothing but kind and verdict stands; what is counted stays the same."""
    firms = {need.organisation: n for n, need in enumerate(of.needs, 1) if need.address in secret}
    needs = tuple(
        need if need.address not in secret else replace(
            need, id=f"#{n}", title=CONFIDENTIAL, organisation=f"{CONFIDENTIAL['zh']} {firms[need.organisation]}",
            interval=need.interval and CONFIDENTIAL["zh"], target=need.target and CONFIDENTIAL["zh"], address="",
        )
        for n, need in enumerate(of.needs, 1)
    )  # fmt: skip
    return replace(of, needs=needs)


def year(id: str, number: int, user: User) -> Year:
    """A year of a centre, until today where it is not over; 404 for an unknown centre, Refused for a year ahead."""
    today = clock.today()
    if number > today.year:
        raise Refused(finding("centre.page.year_ahead", "year", "warning", year=number, today=today))
    if number < 1950:
        raise Http404
    last, first = date(number, 12, 31), date(number - 1, 12, 31)
    now = centres.on(None if last >= today else last)
    (before,) = centres.earlier(now, (first,))
    found = year_on(before, now, id, number)
    if found is None:
        raise Http404
    secret = centres.secret(user, now)
    then = None if found.before is None else masked(found.before, secret)
    orders = tuple(
        replace(one, number=f"#{n}", address="") if one.address in secret else one
        for n, one in enumerate(found.orders, 1)
    )
    return replace(found, now=signed(masked(found.now, secret)), before=then, orders=orders)


def dossier_file(of: Dossier, form: str) -> tuple[str, bytes]:
    """The dossier in a form: file name and bytes. 404 for a form that there is not."""
    return _file(dossier_document(of, _language()), dossier_fields(of), form)


def annual_file(of: Year, form: str) -> tuple[str, bytes]:
    """The annual report in a form."""
    return _file(annual_document(of, _language()), annual_fields(of), form)


def _file(document: Any, fields: Mapping[str, Any], form: str) -> tuple[str, bytes]:
    if form not in FORMS:
        raise Http404
    made = files(document, fields, _language(), (form,))  # type: ignore[arg-type]
    return next(iter(made.items()))


def _language() -> Any:
    """Of a file, with the words inside its figures: English alone for an English reader."""
    return "en" if current() == "en" else "both"


def hand_in(user: User, row: Centre, number: int) -> matter.Seen:
    """Hand the annual report in: an annual assessment is opened, with the report as its document.

    Raises PermissionDenied for whoever does not direct the centre, Refused where the year is reported already.
    """
    if not centres.directs(user, row):
        raise PermissionDenied
    name, content = annual_file(year(row.id, number, user), "docx")
    digest = matter.attach(user, name, FORMS["docx"], content)
    me = (matter.name_of(user),)
    new = matter.unopened(
        "annual_assessment", f"AA-{row.id}-{number}", row.name, row.host or row.name,
        fields={"centre": row.id, "year": str(number)}, roles={"host": me}, demo=row.demo,
    )  # fmt: skip
    return matter.open_matter(user, new, "reported", "host", {"documents": {"yearly_report": digest}})
