"""Which reader a file's bytes ask for: by content, never by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from suyuan.lake.formats import (
    cycler,
    dfq,
    edl40,
    gsi,
    hj212,
    mapped,
    ocmf,
    pcdf,
    qif,
    ruled,
    sensorthings,
    survey,
    thickness,
)
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.delimited import Table, separated, workbook
from suyuan.lake.formats.imported import Imported
from suyuan.lake.formats.proposed import value_like
from suyuan.lake.formats.signed_container import is_container
from suyuan.lake.formats.sml import START
from suyuan.quantity.finding import Refused, finding

Reader = Callable[..., Imported]

READERS: dict[str, Reader] = {
    "qif": qif.read,
    "dfq": dfq.read,
    "gsi": gsi.read,
    "cycler": cycler.read,
    "survey": survey.read,
    "thickness": thickness.read,
    "ruled": ruled.read,
    "mapped": mapped.read,
    "ocmf": ocmf.read,
    "edl40": edl40.read,
    "pcdf": pcdf.read,
    "hj212": hj212.read,
    "sensorthings": sensorthings.read,
}
"""Name of a format → its reader: `read(content, *, name="", zone="")`; more readers join by their names."""

ZONED = frozenset({"qif", "gsi", "ocmf", "edl40"})
"""Formats in which a time states its zone, or in which there are none."""
_HEAD = 20_000


def recognise(content: bytes, name: str = "") -> str:
    """The key in `READERS` of the reader for a file; «mapped» for a table that is no known format.

    content: the file, or its first 20 kB; name: for findings only.
    Raises Refused formats.file.… and formats.file.unknown.

    >>> recognise(b"K0100 1\\nK2001/1 a\\nK0001/1 1.5\\n"), recognise(b"a;b\\n1;2\\n3;4\\n")
    ('dfq', 'mapped')
    """
    if content[:4] == b"PAR1":
        return "mapped"
    if content[:4] == b"PK\x03\x04":
        return _table_kind(workbook(content, name))
    head = content[:_HEAD]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        if re.search(rb"<(\w+:)?QIFDocument[\s>]", head):
            return "qif"
        if is_container(head):
            return "ocmf" if b"OCMF" in content else "edl40"
        raise Refused(finding("formats.file.unknown", name, given=head[:60].decode("latin-1")))
    if START in head:
        return "edl40"
    if hj212.is_hj212(head):
        return "hj212"
    text, _ = decoded(_cut(head), name)
    if text.lstrip()[:5] == "OCMF|":
        return "ocmf"
    if pcdf.is_pcdf(text):
        return "pcdf"
    if sensorthings.is_sensorthings(text):
        return "sensorthings"
    if re.search(r"^\s*K\d{4}(/\d+)?[ \t]", text, re.MULTILINE) and re.match(r"\s*K\d{4}", text):
        return "dfq"
    if gsi.is_gsi(text):
        return "gsi"
    if ruled.is_ruled(text):
        return "ruled"
    try:
        table = separated(_cut(head), name)
    except Refused as refused:
        raise Refused(finding("formats.file.unknown", name, given=text[:60].strip()), *refused.findings) from None
    return _table_kind(table)


def _cut(head: bytes) -> bytes:
    """The whole lines of the beginning of a file, so that no character is cut in two."""
    end = max(head.rfind(b"\n"), head.rfind(b"\r"))
    return head[: end + 1] if end > 0 and len(head) >= _HEAD else head


def _table_kind(table: Table) -> str:
    roles = {role for c in table.columns if (role := cycler.role_of(c))}
    if {"voltage", "current"} <= roles and roles & {"test time", "step time", "capacity", "charge capacity", "cycle"}:
        return "cycler"
    if survey.is_points(table):
        return "survey"
    if thickness.is_thickness(table):
        return "thickness"
    if not any(value_like(table, column) for column in table.columns):
        first = " | ".join(str(cells[0]) for cells in table.columns.values() if len(cells))[:120]
        about: dict[str, Any] = {"columns": ", ".join(table.columns)[:200], "count": len(table.columns), "first": first}
        raise Refused(finding("formats.table.no_numbers", f"line {len(table.head) + 1}", **about))
    return "mapped"


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A file by the reader that its bytes ask for. Raises Refused as `recognise` and the reader do."""
    return read_as(recognise(content, name), content, name=name, zone=zone, fold=fold)


def read_as(kind: str, content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A file by a reader. zone, fold: of times that bear no zone; formats whose times always do need no word on it."""
    clocks = {} if kind in ZONED else {"fold": fold}
    return READERS[kind](content, name=name, zone=zone, **clocks)
