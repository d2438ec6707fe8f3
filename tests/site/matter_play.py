"""Matters played through the pages, for the tests of the service system's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

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
def matters() -> Iterator[None]:
    """The matters of the demo's documents in the records, as they were delivered; all is undone at the end."""
    from django.db import connection, transaction

    from suyuan.site.acts.matters.matter import adopt
    from suyuan.site.acts.store import store

    with transaction.atomic():
        with connection.cursor() as cursor:
            # What other tests of this process left; the guard of the table stands again when all is undone.
            cursor.execute("DROP TRIGGER IF EXISTS records_matterevent_no_delete")
            cursor.execute("DELETE FROM records_matterevent")
            cursor.execute("DELETE FROM records_matterrecord")
        adopt(store().service().matters, "regulator")
        yield
        transaction.set_rollback(True)


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
