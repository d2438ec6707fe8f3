"""A new claim: drop or paste the document of a unit's year, see every fault and what would follow, make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts import store
from suyuan.site.acts.carbon import held, making, tables
from suyuan.site.acts.carbon.making import Draft
from suyuan.site.language import LANGUAGES, Language
from suyuan.site.terms import term
from suyuan.site.web.carbon.parts import part_row
from suyuan.site.web.carbon.rules import rule_rows
from suyuan.site.web.carbon.shown import XLSX, claim_way, of, relative, said, tonnes
from suyuan.site.web.evidence.certificate import download
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.text import both
from suyuan.store.case_files import LARGEST
from suyuan.verbs.carbon.book import Book, from_tables
from suyuan.verbs.carbon.book_examples import EXAMPLES, example
from suyuan.verbs.carbon.book_trees import FILE, example_trees
from suyuan.verbs.carbon.book_written import sheets_of

LONGEST, OFFERED, LEAST_CELLS = 600, 5, 3
"""Characters of a reason; documents that one may go on from; cells of a first line that make a table."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The page; `?from=` a document that is kept, `&supersedes=` a claim. POST `do`: look, or make."""
    if not held.may_make(request.user):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    typed = {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in ("supersedes", "reason")}
    if request.method != "POST":
        return _page(request, _kept(request), typed, ())
    rows, large = _tables(request)
    try:
        text, book = _text(request)
    except Refused as refused:
        return _refused(request, typed, (*large, *refused.findings), rows)
    if book is not None and errors(book.findings):
        beside = tables.take_beside(request.user, book.data, rows)
        return _refused(request, typed, (*large, *book.findings, *beside), {})
    made = making.draft(request.user, text.encode("utf-8"), (typed["supersedes"], typed["reason"]), rows)
    placed = made.findings if book is None else (*book.findings, *book.placed(made.findings))
    made = replace(made, findings=(*large, *placed))
    if request.POST.get("do") == "make" and not large:
        try:
            digest = making.keep(request.user, made)
        except Refused as refused:
            told = refused.findings if book is None else book.placed(refused.findings)
            return _page(request, (text, made), typed, told, 422)
        messages.success(request, term("carbon.new.made"))
        return redirect(claim_way(digest))
    return _page(request, (text, made), typed, (), 422 if made.made is None or large else 200)


def _refused(
    request: HttpRequest, typed: dict[str, str], told: tuple[Finding, ...], given: Mapping[str, bytes]
) -> HttpResponse:
    """The page where what was handed in is no document, with the text that was there. given: tables, not yet taken."""
    text = request.POST.get("text", "")[: making.LARGEST]
    if not text.strip():
        return _page(request, (text, None), typed, (*told, *tables.take_beside(request.user, b"", given)), 422)
    made = making.draft(request.user, text.encode("utf-8"), (typed["supersedes"], typed["reason"]), given)
    return _page(request, (text, made), typed, told, 422)


def _kept(request: HttpRequest) -> tuple[str, Draft | None]:
    """The text of a document that is kept, to go on from."""
    digest = request.GET.get("from", "")[:64]
    if not digest:
        return "", None
    held.plant_of(request.user, digest)
    return store.store().read(digest).decode("utf-8", "replace"), None


def _text(request: HttpRequest) -> tuple[str, Book | None]:
    """What was dropped, else what was pasted; of a workbook the document that it says. Raises Refused for nothing, for
    a file that is neither text nor workbook, and for cells that cannot be read."""
    file = request.FILES.get("file")
    if file is None:
        text = request.POST.get("text", "")
        if not text.strip():
            raise Refused(finding("site.carbon.empty", "file"))
        return text, None
    if (file.size or 0) > making.LARGEST:
        raise Refused(finding("site.carbon.large", "file", limit=making.LARGEST // 1_000_000))
    data, name = file.read(), str(file.name or "file")[:120]
    if data.startswith(b"PK"):
        return _workbook(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(finding("site.carbon.csv" if _is_table(name, "") else "site.carbon.text", name,
                              name=name)) from None  # fmt: skip
    if _is_table(name, text):
        raise Refused(finding("site.carbon.csv", name, name=name))
    return text, None


def _is_table(name: str, text: str) -> bool:
    """Whether a file is rows and no document: by its name, or by a first line of several cells."""
    first = text.strip().partition("\n")[0]
    return name.lower().endswith((".csv", ".tsv", ".csv.gz", ".parquet")) or (
        not first.startswith(("{", "[")) and any(first.count(sign) >= LEAST_CELLS - 1 for sign in ",;\t"))  # fmt: skip


def _workbook(data: bytes, name: str) -> tuple[str, Book | None]:
    sheets, told = read_sheets(data, name)
    if not sheets:
        raise Refused(*told)
    book = from_tables(sheets, told)
    return book.data.decode("utf-8"), book


@require_safe
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """A workbook to begin with, filled with constructed numbers."""
    if not held.may_make(request.user):
        raise PermissionDenied
    return download(_written(example(kind)), f"carbon-{kind}.xlsx", XLSX)


@require_safe
def trees(request: HttpRequest) -> HttpResponse:
    """The table of trees that the forest's workbook names, to begin with."""
    if not held.may_make(request.user):
        raise PermissionDenied
    return download(example_trees(), FILE, "text/csv; charset=utf-8")


@require_safe
def as_workbook(request: HttpRequest, digest: str) -> HttpResponse:
    """A document that is kept, as the workbook that gives it."""
    one = held.plant_of(request.user, digest)
    return download(_written(one.content), f"carbon-{one.unit}-{one.year}.xlsx", XLSX)


def _written(content: Mapping[str, Any]) -> bytes:
    return workbook([Page(*one) for one in sheets_of(content)])


def _tables(request: HttpRequest) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The tables that came beside the document, and an error for each that is too large to be read at all."""
    found, large = {}, []
    for file in request.FILES.getlist("tables"):
        if (file.size or 0) > LARGEST:
            large.append(finding("site.carbon.table_large", "tables", name=str(file.name)[:120],
                                 limit=LARGEST // 1_000_000))  # fmt: skip
        else:
            found[str(file.name)] = file.read()
    return found, tuple(large)


def _page(
    request: HttpRequest, shown: tuple[str, Draft | None], typed: dict[str, str], found: tuple[Finding, ...],
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    text, made = shown
    claims = [one for one in held.standing(held.claims(request.user)) if held.may_make(request.user, one.enterprise)]
    told = tuple(dict.fromkeys((*found, *(made.findings if made is not None else ()))))
    faults = errors(told)
    claim = made.made.claim if made is not None and made.made is not None else None
    return render(request, "carbon_new.html", {
        "templates": [*((f"carbon.new.template.{kind}", reverse("carbon_template", args=[kind])) for kind in EXAMPLES),
                      ("carbon.new.template.trees", reverse("carbon_trees"))],
        "examples": _examples(request) if not text else [],
        "lead": both(*(_lead(made, len(faults), language) for language in LANGUAGES)), "text": text, "typed": typed,
        "told": told, "asked": made is not None or bool(found), "faults": len(faults), "claim": claim,
        "ready": claim is not None and not faults,
        "plant": made.plant if made is not None else None, "limit": making.LARGEST // 1_000_000,
        "enterprise": houses(made.plant.enterprise) if made is not None and made.plant is not None else "",
        "parts": [part_row(part) for part in claim.parts] if claim is not None else [],
        "legal": tonnes(claim.legal) if claim is not None else "",
        "best": of(claim.best, least=claim.least) if claim is not None else "",
        "rules": rule_rows(claim.rows, {o.row: o for o in claim.overrides}) if claim is not None else [],
        "overrides": claim.overrides if claim is not None else (),
        "choices": [{"digest": one.digest, "said": f"{one.unit} {one.year} · {one.made}",
                     "here": one.digest == typed["supersedes"]} for one in claims],
    }, status=status)  # fmt: skip


def _examples(request: HttpRequest) -> list[dict[str, str]]:
    """The documents that somebody may go on from, the latest first."""
    mine = [one for one in reversed(held.plants(request.user)) if held.may_make(request.user, one.plant.enterprise)]
    return [{"said": f"{one.plant.unit} {one.plant.year}", "from": f"{reverse('carbon_new')}?from={one.digest}",
             "json": reverse("certificate_original", args=[one.digest]),
             "xlsx": reverse("carbon_workbook", args=[one.digest])} for one in mine[:OFFERED]]  # fmt: skip


def _lead(made: Draft | None, faults: int, language: Language) -> Any:
    if made is None:
        return said("carbon.new.lead", language)
    if made.made is None or faults:
        return said("carbon.new.lead.faults", language, n=faults)
    best = made.made.claim.best
    return said("carbon.new.lead.ready", language, unit=made.made.claim.unit, year=made.made.claim.year,
                legal=tonnes(made.made.claim.legal), best=of(best, least=made.made.claim.least),
                U=relative(best, made.made.claim.least))  # fmt: skip
