"""Take certificates in: many files at once. Good ones are kept, the others say what, where, why and what to do.

Without JavaScript one form sends all files; with it each file goes by itself and shows its progress, to the same
address, which then answers with the one row of the file.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts.evidence import certificate as acts
from suyuan.site.acts.evidence import document
from suyuan.site.language import LANGUAGES
from suyuan.site.records.document import Document
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.ways import certificate_way
from suyuan.store.folder import Added


@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest) -> HttpResponse:
    """The page, and what became of the files."""
    if not acts.may_receive(request.user):
        raise PermissionDenied
    one_by_one = request.headers.get("X-Suyuan-File") == "1"
    context: dict[str, Any] = {"limit": acts.LARGEST_FILE // 2**20, "rows": [], "sent": request.method == "POST"}
    status = 200
    if request.method == "POST":
        files = request.FILES.getlist("files")
        try:
            done = acts.receive(request.user, files)
        except Refused as refused:
            done, status = (Added("", "", None, False, findings=refused.findings),), 507
        if not files:
            done = (Added("", "", None, False, findings=(finding("site.file.none"),)),)
        context["rows"] = _rows(done)
        context |= _counted(done)
        if status == 200 and not one_by_one and not any(a.stored for a in done):
            status = 422
    else:
        document.current()
    return render(request, "part/received.html" if one_by_one else "receive.html", context, status=status)


def _counted(done: tuple[Added, ...]) -> dict[str, Any]:
    kept = sum(a.new for a in done)
    known = sum(a.stored and not a.new for a in done)
    refused = len(done) - kept - known
    return {
        "kept": kept,
        "known": known,
        "refused": refused,
        "numbers": {
            "kept": counted("files", kept),
            "known": counted("files", known),
            "refused": counted("files", refused),
        },
    }


_NAMES = {
    "number": "word.number", "issuer": "word.issuer", "ended": "typed.ended", "issued": "word.issued_on",
    "item": "word.item", "name": "typed.name_zh", "results": "word.results", "value": "word.value", "unit": "word.unit",
    "source": "anchor.form.source", "kind": "anchor.form.kind", "reason": "cert.reason",
}  # fmt: skip
"""What people call the entries of a document."""


def _said(item: Finding) -> Finding:
    """A finding about an entry of a file, with the name by which people call it."""
    field = dict(item.parameters).get("field", "")
    if item.code != "typed.field.missing" or field not in _NAMES:
        return item
    zh, en = (term(_NAMES[field], language) for language in LANGUAGES)
    return finding("site.file.missing", item.where, item.severity, item.rule, field=field, zh=zh, en=en)


def _rows(done: tuple[Added, ...]) -> list[dict[str, Any]]:
    held = Document.objects.in_bulk([a.digest for a in done if a.digest])
    rows = []
    for added in done:
        row = held.get(added.digest)
        # Bytes that were here already are no second content of their number.
        known = added.stored and not added.new
        found = tuple(_said(f) for f in added.findings if not (known and f.code == "store.document.conflict"))
        grave = any(f.severity != "note" for f in found)
        rows.append(
            {
                "name": added.name,
                "state": "failed" if not added.stored else "warning" if grave else "passed",
                "term": "receive.refused" if not added.stored else "receive.kept" if added.new else "receive.known",
                "became": "refused" if not added.stored else "kept" if added.new else "known",
                # From the document itself: its row may be written by another request at this moment.
                "issuer": row.issuer if row is not None else added.issuer,
                "number": row.number if row is not None else added.number,
                "address": certificate_way(added.digest) if added.stored else "",
                "findings": found,
                "kind": f"kind.{added.kind}" if added.stored else "",
            }
        )
    return rows
