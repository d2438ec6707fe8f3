"""One dataset version: how to cite it, what it holds, the certificates it rests on; asking for it and reading it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from suyuan.lake.datasets import compared, shelf_of, standing
from suyuan.lake.table import now
from suyuan.lake.written.rows_csv import TELLS
from suyuan.quantity.finding import Finding, Refused
from suyuan.series.changed import Change
from suyuan.series.dataset.attributes import described, grade_named
from suyuan.series.dataset.grant import COLUMNS
from suyuan.series.dataset.standing import Withdrawn, told
from suyuan.series.dataset.version import DatasetVersion, Named, check, dataset_document
from suyuan.site.acts import store
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.acts.series import catalogue, held, sharing
from suyuan.site.acts.series.asked import asked
from suyuan.site.acts.series.held import may_see
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import quantity_word
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.series import ticks
from suyuan.site.web.series.granting import choices, grant_of, typed_of
from suyuan.site.web.series.grants import shown_request
from suyuan.site.web.series.ways import rules_of_use, split, stream_way
from suyuan.site.web.ways import certificate_way
from suyuan.store.zone import house_zone

MEDIA = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8", "json": "application/json",
         "zip": "application/zip", "nc": "application/x-netcdf"}  # fmt: skip


def version_of(request: HttpRequest, name: str) -> DatasetVersion:
    """The version of an address; 404 for one that is not there, or that this person may not know of."""
    found = sharing.version_named(request.user, name)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """The page; POST `do`: ask for the use, read under a grant, or grant."""
    version = version_of(request, name)
    act = request.POST.get("do", "ask")
    typed: dict[str, Any] = {
        k: "" if act == "grant" else request.POST.get(k, "").replace("\x00", "").strip()[:600]
        for k in ("organisation", "purpose", "ladder", "from", "to")
    }
    typed |= {k: request.POST.getlist(k) if act == "ask" else [] for k in ("columns", "streams")}
    if request.method != "POST":
        return _page(request, version, {**typed, "columns": COLUMNS[:2], "ladder": "statistics"}, ())
    try:
        return {"read": _read, "grant": _grant}.get(act, lambda r, v: _ask(r, v, typed))(request, version)
    except Refused as refused:
        return _page(request, version, typed, refused.findings, act)


def _grant(request: HttpRequest, version: DatasetVersion) -> HttpResponse:
    fresh = sharing.grant(request.user, grant_of(version, typed_of(request)))
    messages.success(request, term("data.grant.made", grant=fresh.id, grantee=fresh.grantee))
    return redirect("data_grants")


def _ask(request: HttpRequest, version: DatasetVersion, typed: Mapping[str, Any]) -> HttpResponse:
    given = asked(typed)
    if given.findings:
        raise Refused(*given.findings)
    columns = typed["columns"] if typed["ladder"] != "metadata" else ()
    use = sharing.use_asked(typed["purpose"], typed["ladder"], given.first, given.last, columns, typed["streams"])
    view = sharing.ask(request.user, version, typed["organisation"], use)
    messages.success(request, term("data.request.sent", number=view.matter.number))
    return redirect("data_grants")


def _read(request: HttpRequest, version: DatasetVersion) -> HttpResponse:
    form = request.POST.get("form", "csv")
    made = sharing.read(
        request.user,
        version.name,
        request.POST.get("grant", ""),
        request.POST.get("purpose", ""),
        form if form in MEDIA else "csv",
    )
    if made.permission.ladder in ("metadata", "statistics"):
        form = "json"
    name, data = slugify(version.name) or "dataset", made.data
    if made.beside is not None:
        form, data = "zip", _packed({f"{name}.csv": made.data, f"{name}.csv{TELLS}": made.beside(f"{name}.csv")})
    answer = HttpResponse(data, content_type=MEDIA[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Files in one archive: a page hands over one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """The document of a version, whose SHA-256 is its digest."""
    version = version_of(request, name)
    answer = HttpResponse(dataset_document(version), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(version.name) or "dataset"}.json"'
    return answer


# ---------------------------------------------------------------- the page


def _page(
    request: HttpRequest, version: DatasetVersion, typed: dict[str, Any], found: tuple[Finding, ...], at: str = ""
) -> HttpResponse:
    known, _ = catalogue.versions()
    inside = may_see(request.user)
    others = [v for v in known if v.head.id == version.head.id and catalogue.listed(v, request.user)]
    gone = _gone(version)
    held_grants = [h for h in sharing.grants(request.user)[0] if h.grant.dataset == version.head.id]
    row = grade_named(version.head.grade)
    withdrawn = {w.id: w for w in _withdrawn(version)}
    context = {
        "version": version,
        "lead": both(*(_lead(version, gone, lang) for lang in LANGUAGES)),
        "gone": gone,
        "publisher": pick(split(version.head.publisher))[0],
        "theme": pick(split(version.head.classification))[0],
        "grade": row and row[f"title_{current()}"],
        "rule": next((name for _, name, here in rules_of_use(version.head.usable) if here), version.head.usable),
        "parts": [_part(p, inside) for p in version.parts],
        "certificates": [_certificate(n, version, withdrawn.get(n.id)) for n in version.certificates],
        "warned": told(version.name, withdrawn.values()),
        "inside": inside,
        "known": ticks.local(version.known, house_zone()),
        "attributes": [_attribute(d, version) for d in described(version)],
        "versions": [
            {"v": v, "known": ticks.local(v.known, house_zone()), "here": v.name == version.name}
            for v in sorted(others, key=lambda v: -v.known)
        ],
        "against": _against(request, version, others) if inside else None,
        "grants": held_grants,
        "readable": [h for h in held_grants if h.state == "valid" and sharing.holds(request.user, h.grant)],
        "typed": typed,
        "found": found,
        "at": at,
        "may_publish": sharing.may_publish(request.user),
        "ask": choices(version, typed),
        "give": choices(version, typed_of(request)),
        "requests": [shown_request(v, request.user) for v in sharing.requests(request.user) if _about(v, version)],
    }
    return render(request, "dataset.html", context, status=422 if found else 200)


def _about(view: Seen, version: DatasetVersion) -> bool:
    """Whether a request is for a version, or for each of its dataset."""
    return str(view.matter.fields.get("dataset", "")) in (version.head.id, version.name)


def _gone(version: DatasetVersion) -> tuple[Finding, ...]:
    """What of a version is not there any more: a block, or a certificate as it was cited."""
    place = held.lake()
    assert place is not None
    corrections, damaged = shelf_of(place).certificates()
    return (*damaged, *check(version, (row["digest"] for row in held.block_rows()), corrections))


def _lead(version: DatasetVersion, gone: tuple[Finding, ...], language: Language) -> Any:
    key = "data.set.lead.gone" if gone else "data.set.lead"
    n = sum(p.readings for p in version.parts)
    return sentence(
        key,
        language,
        version=version.head.version,
        streams=len(version.parts),
        readings=digits(str(n)),
        certificates=len({n.certificate for n in version.certificates}),
        gone=len(gone),
    )


def _part(part: Any, inside: bool) -> dict[str, Any]:
    zone = house_zone()
    return {
        "id": part.stream.id,
        "title": pick(split(part.stream.title))[0],
        "quantity": quantity_word(part.stream.quantity),
        "unit": part.stream.unit,
        "instrument": part.stream.instrument,
        "readings": part.readings,
        "blocks": len(part.blocks),
        "first": None if part.first is None else ticks.local(part.first, zone),
        "last": None if part.last is None else ticks.local(part.last, zone),
        "way": stream_way(part.stream.id, first=part.first, last=part.last) if inside else "",
    }


def _withdrawn(version: DatasetVersion) -> tuple[Withdrawn, ...]:
    """The certificates of a version that are withdrawn, as this site knows today."""
    place = held.lake()
    assert place is not None
    return standing(place, version, now(), held.join().corrections)


def _certificate(named: Named, version: DatasetVersion, gone: Withdrawn | None) -> dict[str, Any]:
    """A certificate as cited, its page where it is kept here, what is known of it now, and for which readings it
    counts: one that was superseded counts in two parts, before the day and after."""
    made = held.join()
    one = next((c for c in made.corrections if c.id == named.id), None)
    digest = made.used.get(named.id, "")
    moment = now()
    state = "unknown"
    if one is not None:
        replaced = one.superseded_known is not None and one.superseded_known <= moment
        replaced = replaced or any(named.id in c.supersedes for c in made.corrections if c.known_from <= moment)
        state = "superseded" if replaced else "valid"
    state = state if gone is None else "withdrawn"
    mine = {n.id for n in version.certificates if n.certificate == named.certificate}
    later = [] if one is None else [
        c.valid_from for c in made.corrections
        if c.id in mine and c.instrument == one.instrument and c.place == one.place and c.valid_from > one.valid_from
    ]  # fmt: skip
    ends = [t for t in (None if one is None else one.valid_until, *later) if t is not None]
    return {
        "name": named.certificate,
        "way": certificate_way(digest) if digest else "",
        "state": state,
        "gone": gone and {k: ticks.local(t, house_zone()) for k, t in (("from", gone.start), ("known", gone.known))},
        "instrument": one and one.instrument,
        "first": one and ticks.local(one.valid_from, house_zone()),
        "last": ticks.local(min(ends), house_zone()) if ends else None,
        "trace": digest if digest and digest in store.evidence().by_digest else "",
    }


def _attribute(one: Any, version: DatasetVersion) -> dict[str, Any]:
    """An attribute in the language of the page; what the head states of its own stands as it was typed."""
    known = one.rule["status"] in ("confirmed", "recomputed")
    head, source, value = version.head, one.rule.get("from", ""), one.value
    if not any(a.value and (a.scheme, a.name) == (one.rule["scheme"], one.rule["name"]) for a in head.attributes):
        if source in ("title", "description"):
            value = pick(getattr(head, source))[0]
        elif source in ("publisher", "classification"):
            value = pick(split(value))[0]
        elif source in ("owner", "places"):
            value = "; ".join(pick(split(name))[0] for name in value.split("; "))
    return {
        "scheme": one.rule["scheme"],
        "name": one.rule["name"],
        "title": one.rule[f"title_{current()}"],
        "value": value,
        "status": "" if known else str(one.rule["status"]),
    }


def _against(request: HttpRequest, version: DatasetVersion, others: list[DatasetVersion]) -> dict[str, Any] | None:
    """What differs from another version, where somebody asks."""
    name = request.GET.get("against", "")
    before = next((v for v in others if v.name == name and v.name != version.name), None)
    place = held.lake()
    if before is None or place is None:
        return None
    try:
        made = compared(place, before, version)
    except Refused as refused:
        return {"before": before, "why": refused.findings}
    rows = [
        {
            "stream": b.stream,
            "came": len(b.came),
            "went": len(b.went),
            "stayed": b.stayed,
            "more": made.values.get(b.stream, {}).get(Change.MORE, 0),
            "gone": made.values.get(b.stream, {}).get(Change.GONE, 0),
            "flagged": made.flagged[b.stream],
            "lost": made.lost[b.stream],
        }
        for b in made.blocks
    ]
    fields = term("strip.join").join(term(f"data.field.{word}") for word in made.told)
    told = {"certificates": made.certificates, "beyond": made.beyond, "fields": fields}
    return {"before": before, "rows": rows, **told}


def title_of(version: DatasetVersion) -> str:
    """The title in the language of the page."""
    return pick(version.head.title)[0] or version.name
