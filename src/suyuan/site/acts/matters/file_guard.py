"""Files that belong to somebody: evidence of a person, a document of a matter; they are shown to whoever sees that.

A file that neither a person's evidence nor a matter names (a photograph of an instrument) is like any document.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404

from suyuan.procedure.matter import Matter
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.talent import people
from suyuan.site.records.document import Document
from suyuan.verbs.matter.matters import PROCEDURES


def names(matter: Matter, digest: str) -> bool:
    """Whether a step of a matter brought a document."""
    given = (event.content.get(name) for event in matter.events for name in ("documents", "closures"))
    return any(digest in documents.values() for documents in given if isinstance(documents, Mapping))


def guard(user: User, row: Document) -> None:
    """Raises Http404 for a file of a person or of a matter that somebody may not see."""
    if row.kind != "file":
        return
    seen = people.view(user)
    persons = [e.person for e in seen.records.evidence if e.document == row.digest]
    keys = {(m.procedure, m.number) for m in seen.known.matters if names(m, row.digest)}
    if not persons and not keys:
        return
    if any(map(seen.whole, persons)):
        return
    if keys and keys & {view.key for view in matters.listed(user, *PROCEDURES)}:
        return
    raise Http404
