"""Handing over what a grant gives: read from the lake, corrected, shown as permitted, written to the log, then given.

The line of the log stands on the disk before anybody gets a byte. A process that dies in between has logged a use that
did not happen; a use that is not in the log cannot happen.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from suyuan.lake.datasets import flags_told, shelf_of, standing, views
from suyuan.lake.shelf import Shelf, newest
from suyuan.lake.table import Lake
from suyuan.lake.written import data_package, netcdf, rows_csv
from suyuan.lake.written.files import packed
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.block import NO_TIME
from suyuan.series.dataset.attributes import dcat
from suyuan.series.dataset.certificate_document import as_known
from suyuan.series.dataset.given import Rows, certificate_shown, rows_of, statistics
from suyuan.series.dataset.grant import Asked, Grant, Permission, allowed
from suyuan.series.dataset.ledger import Use
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.standing import Withdrawn, told
from suyuan.series.dataset.summarised import summary_document
from suyuan.series.dataset.version import Part, cited
from suyuan.series.view import View

FORMATS = ("parquet", "csv", "json", "zip", "nc")
TELLS = "suyuan.sharing"
"""Key of a Parquet file's metadata under which the terms stand."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed over. data: bytes; rows: how many; line: digest of its line in the log; beside: what describes
    the data and stands in a file of its own, for a file of a given name, None where the data say it themselves."""

    data: bytes
    rows: int
    permission: Permission
    line: str
    findings: tuple[Finding, ...] = ()
    beside: Callable[[str], bytes] | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    data: bytes
    rows: int = 0
    findings: tuple[Finding, ...] = ()
    beside: Callable[[str], bytes] | None = None


# ---------------------------------------------------------------- handing over


def hand_over(
    lake: Lake, name: str, grant: str, asked: Asked, form: str = "parquet", now: int = 0
) -> Handed:  # fmt: skip
    """What a grant gives of a dataset, in the log before it is returned.

    name: of the dataset version; form: of `FORMATS` for rows; statistics and metadata are JSON. now: µs.
    Raises Refused with every reason against it; what was refused to a known grant is in the log too.
    """
    shelf = shelf_of(lake)
    version, held = shelf.dataset(name), shelf.grant(grant)
    if form not in FORMATS:
        raise Refused(finding("sharing.format", form, known=", ".join(FORMATS)))
    try:
        permission = allowed(held, shelf.revocations(), version, asked, now)
        made = _made(lake, shelf, permission, form, now)
    except Refused as refused:
        codes = ", ".join(dict.fromkeys(f.code for f in refused.findings))
        shelf.ledger.append(
            Use(now, asked.grantee, grant, version.citation, "refused", purpose=asked.purpose, note=codes)
        )
        raise
    act = {"metadata": "metadata", "statistics": "summary"}.get(permission.ladder, "read")
    use = Use(
        now, asked.grantee, grant, version.citation, act, made.rows, _columns(permission), asked.purpose,
        hashlib.sha256(made.data).hexdigest(),
    )  # fmt: skip
    written = shelf.ledger.append(use)
    found = (*made.findings, *written.findings)
    return Handed(made.data, made.rows, permission, written.digest, found, made.beside)


def _columns(permission: Permission) -> tuple[str, ...]:
    if permission.ladder == "metadata":
        return ()
    return ("value", "u") if permission.ladder == "statistics" else permission.columns


def _made(lake: Lake, shelf: Shelf, permission: Permission, form: str, now: int) -> _Made:
    if permission.ladder == "metadata":
        return _Made(_json(dcat(permission.dataset, "instrument" not in permission.grant.masks)))
    corrections, damaged = shelf.documents()
    if damaged:
        raise Refused(*damaged)
    version, live = permission.dataset, now if permission.ladder == "live" else None
    taken = cited(version, corrections) if live is None else as_known(newest(corrections), live)
    parts = [p for p in permission.dataset.parts if p.stream.id in permission.streams]
    span = permission.first, permission.last
    corrected = {p.stream.id: views(lake, version, p, taken, live, now) for p in parts}
    said = tuple(f for id, seen in corrected.items() for f in flags_told(id, seen, version.head.usable, *span))
    gone = _gone(lake, permission, corrected, now)
    every = tuple(dict.fromkeys(w for some in gone.values() for w in some))
    said = (*said, *told(version.name, every))
    if permission.ladder == "statistics":
        zone = zone_of(permission.grant)
        made = [statistics(seen, permission, id, zone) for id, seen in corrected.items()]
        documents = [json.loads(summary_document(one, permission, gone[one.stream])) for one in made]
        rows = sum(len(one.begin) for one in made)
        body = {"suyuan": "summaries", "terms": _terms(permission, every), "summaries": documents}
        return _Made(_json(body), rows, said)
    several = [(p, rows_of(corrected[p.stream.id], permission)) for p in parts]
    found = (*said, *(f for _, rows in several for f in rows.findings))
    rows = sum(len(rows) for _, rows in several)
    terms = _terms_of(several, _terms(permission, every))
    if form == "csv":
        return _Made(rows_csv.write(several), rows, found, lambda name: rows_csv.metadata(name, several, terms))
    if form == "zip":
        return _Made(packed(data_package.write_rows(several, terms)), rows, found)
    if form == "nc":
        return _Made(netcdf.write_rows(several, terms), rows, found)
    return _Made(_table(several, terms, form), rows, found)


def zone_of(grant: Grant) -> tzinfo:
    """The time zone of the days of a grant. Raises Refused for a name that this machine does not know."""
    if not grant.zone:
        return UTC
    try:
        return ZoneInfo(grant.zone)
    except (OSError, ValueError, LookupError):
        raise Refused(finding("sharing.grant.zone", grant.id, given=grant.zone[:60])) from None


def _gone(
    lake: Lake, permission: Permission, corrected: dict[str, tuple[View, ...]], now: int
) -> dict[str, list[Withdrawn]]:
    """Stream → the withdrawn certificates that its values rest on; masked where the grant hides instruments."""
    if permission.ladder == "live":  # these are corrected as known now
        return {id: [] for id in corrected}
    every = [w for w in standing(lake, permission.dataset, now) if w.later]
    shown = {w: replace(w, certificate=certificate_shown(permission, w.certificate)) for w in every}
    return {id: [shown[w] for w in every if w.reaches(seen)] for id, seen in corrected.items()}


def _terms(permission: Permission, gone: Iterable[Withdrawn]) -> dict[str, Any]:
    """What whoever holds the file must know: whence, for what, until when; on what certificates it no longer rests."""
    grant = permission.grant
    lost = [one.fields() for one in gone]
    return {
        **({"withdrawn": lost} if lost else {}),
        "dataset": permission.dataset.citation, "grant": grant.id, "grantee": grant.grantee,
        "purpose": permission.purpose, "licence": grant.licence or permission.dataset.head.licence,
        "end": text_of(grant.end), "ladder": permission.ladder, "conditions": grant.conditions,
    }  # fmt: skip


def _terms_of(several: list[tuple[Part, Rows]], terms: dict[str, Any]) -> dict[str, Any]:
    """The terms of rows, with what is special to each stream."""
    streams = {p.stream.id: {"quantity": p.stream.quantity, "unit": p.stream.unit, **rows.meta} for p, rows in several}
    return {**terms, "streams": streams}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1).encode("utf-8")


def _table(several: list[tuple[Part, Rows]], terms: dict[str, Any], form: str) -> bytes:
    """Rows of several streams in one file."""
    names = list(dict.fromkeys(name for _, rows in several for name in rows.columns))
    columns: dict[str, Any] = {
        name: np.concatenate([rows.columns[name] for _, rows in several if name in rows.columns]) for name in names
    }
    stream = np.repeat([p.stream.id for p, _ in several], [len(rows) for _, rows in several])
    if form == "parquet":
        return _parquet(stream, columns, terms)
    time = [None if t == NO_TIME else text_of(int(t)) for t in columns.get("time", ())]
    lists = {"stream": stream.tolist(), **{k: _plain(v) for k, v in columns.items()}, "time": time}
    return _json({"suyuan": "rows", "terms": terms, "columns": lists})


def _plain(column: Any) -> list[Any]:
    """A column as JSON values; what is no number is nothing."""
    if column.dtype.kind == "f":
        return [None if x != x else x for x in column.tolist()]
    return list(column.tolist())


def _parquet(stream: Any, columns: dict[str, Any], terms: dict[str, Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made: dict[str, Any] = {"stream": pa.array(stream.tolist(), pa.string()).dictionary_encode()}
    for name, column in columns.items():
        if name == "time":
            made[name] = pa.array(column, pa.timestamp("us", "UTC"), mask=column == NO_TIME)
        elif column.dtype.kind == "f":
            made[name] = pa.array(column, mask=np.isnan(column))
        else:
            made[name] = pa.array(column.tolist(), pa.string()).dictionary_encode()
    table = pa.table(made).replace_schema_metadata({TELLS: json.dumps(terms, ensure_ascii=False)})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
