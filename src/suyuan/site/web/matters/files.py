"""Files of a matter: documents that its events name, and its chain as JSON; what is for few eyes stays with them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from suyuan.procedure.matter import Event, event_fields, head_fields, last_digest
from suyuan.site.acts import clock, store
from suyuan.site.acts.matters import matter as acts
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.web.matters.happened import few, file_of, files_of, holders_shown, open_document, sees_all
from suyuan.site.web.matters.matter import masked
from suyuan.site.web.ways import certificate_way


def file(request: HttpRequest, procedure: str, number: str, digest: str) -> HttpResponse:
    """A document that a matter's events name; certificates have a page of their own."""
    user: Any = request.user
    view = acts.seen(procedure, number, user)
    names = [
        name
        for event in view.matter.events
        for name, known in files_of(event).items()
        if known == digest and not few(view, event)
    ]
    if not any(open_document(view, name) for name in names) or masked(user, view.matter):
        raise Http404
    found = file_of(digest)
    if found is None:
        if any(c.digest == digest for c in store.evidence().certificates):
            return redirect(certificate_way(digest))
        raise Http404
    return sent(found.content, found.name, "application/octet-stream")


def sent(body: bytes, name: str, media: str) -> HttpResponse:
    """Bytes as a file to keep; never shown in the page."""
    answer = HttpResponse(body, content_type=media)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:100] or "file"
    answer["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def chain(request: HttpRequest, procedure: str, number: str) -> HttpResponse:
    """The whole chain as JSON. Where something is for few eyes, a reader without the role gets its digest alone."""
    user: Any = request.user
    view = acts.seen(procedure, number, user)
    if masked(user, view.matter):
        raise Http404
    fields = {
        "suyuan": "matter", "day": clock.today().isoformat(), **head_fields(view.matter),
        "head_digest": view.matter.digest, "events": [_event_fields(view, event) for event in view.matter.events],
        "last": last_digest(view.matter),
    }  # fmt: skip
    if not sees_all(view):
        fields["roles"] = {r: list(holders_shown(view, r)) for r in view.matter.roles}
    body = json.dumps(fields, ensure_ascii=False, indent=1, default=str).encode()
    return sent(body, f"{procedure}-{number}.json", "application/json")


def _event_fields(view: Seen, event: Event) -> dict[str, Any]:
    if sees_all(view) or not few(view, event):
        return {**event_fields(event), "digest": event.digest}
    return {"act": event.act, "time": event.time.isoformat(), "before": event.before, "digest": event.digest,
            "withheld": True}  # fmt: skip
