"""Matters played through the pages, for the tests of the service system's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from suyuan.procedure.matter import Matter, last_digest

Clients = Callable[..., Any]


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def words(answer: Any) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page(answer))))


def paper(name: str = "paper.pdf", body: bytes = b"%PDF-1.4 demo") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, "application/pdf")


@contextmanager
def no_matters() -> Iterator[None]:
    """No matters in the records, whatever other tests of this process left; all is undone at the end."""
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS records_matterevent_no_delete")  # it stands again in the end
            cursor.execute("DELETE FROM records_matterevent")
            cursor.execute("DELETE FROM records_matterrecord")
        yield
        transaction.set_rollback(True)


@contextmanager
def matters() -> Iterator[None]:
    """The matters of the demo's documents in the records, as they were delivered; all is undone at the end."""
    from suyuan.site.acts.store import store

    with no_matters():
        _adopted(store().service().matters)
        yield


_rows: dict[object, tuple[list[Any], list[tuple[Any, bytes]], list[Any]]] = {}
"""What the taking in of matters on a day leaves: records, events with their open documents, lines of the log."""


def _adopted(given: Sequence[Matter]) -> None:
    """Take matters in; what was taken in before by this process is written again as it was, which is much quicker."""
    from suyuan.site.acts import clock
    from suyuan.site.acts.matters.matter import adopt
    from suyuan.site.acts.talent import contest_seal
    from suyuan.site.records.log import Log
    from suyuan.site.records.matter import MatterEvent, MatterRecord

    def bound(event: MatterEvent) -> dict[str, object]:
        return {"number": event.matter.number, "place": event.place}

    key = (clock.today(), *(last_digest(matter) for matter in given))
    if key not in _rows:
        newest = Log.objects.order_by("-id").values_list("id", flat=True).first() or 0
        adopt(given, "regulator")
        events = [(e, contest_seal.opened(bytes(e.document), bound(e)) or b"") for e in
                  MatterEvent.objects.select_related("matter")]  # fmt: skip
        _rows[key] = list(MatterRecord.objects.all()), events, list(Log.objects.filter(id__gt=newest))
        return
    records, events, lines = _rows[key]
    for event, document in events:  # sealed by the key of the folder that is now in use
        if contest_seal.is_secret(event.matter.procedure, event.act):
            event.document = contest_seal.sealed(document, bound(event))
    for line in lines:
        line.pk = None
    MatterRecord.objects.bulk_create(records)
    MatterEvent.objects.bulk_create([event for event, _ in events])
    Log.objects.bulk_create(lines)


def act(client: Any, procedure: str, number: str, do: str, **content: Any) -> Any:
    """One step through the page; documents by `doc_NAME=file`."""
    data = {key.replace("doc_", "doc-"): value for key, value in content.items()}
    return client.post(f"/matters/{procedure}/{number}", {"do": do, **data})


def state(procedure: str, number: str) -> str:
    from suyuan.site.records.matter import MatterRecord

    return MatterRecord.objects.get(procedure=procedure, number=number).state


def newest(procedure: str) -> str:
    from suyuan.site.records.matter import MatterRecord

    row = MatterRecord.objects.filter(procedure=procedure).order_by("-id").first()
    assert row is not None
    return row.number
