"""The catalogue: streams and datasets of this site with what one looks for; search in Chinese and English.

Who belongs to the house sees all; everybody else the datasets whose grade is listed, and the streams that stand in one
of them: what they are, never a reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.capability.asking.search import Index
from suyuan.capability.taxonomy import quantities, quantity_named
from suyuan.lake.datasets import shelf_of
from suyuan.lake.table import now
from suyuan.quantity.finding import Finding
from suyuan.series.asof import Status, Subject, windows
from suyuan.series.dataset.attributes import grade_named
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.stream import Stream
from suyuan.site.acts.series import held
from suyuan.site.acts.series.held import may_see

KINDS = ("stream", "dataset")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. kind: of `KINDS`; state: of the certificate at the last reading (a word of `Status`), «» for a dataset;
    first, last: µs, None without readings."""

    kind: str
    id: str
    title: Mapping[str, str]
    quantity: tuple[str, ...]
    owner: str
    theme: tuple[str, ...]
    readings: int
    first: int | None
    last: int | None
    state: str
    words: tuple[str, ...]
    unit: str = ""
    place: str = ""
    licence: str = ""
    grade: str = ""
    stream: Stream | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for."""

    words: str = ""
    kind: str = ""
    quantity: str = ""
    theme: str = ""
    owner: str = ""
    state: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that somebody may know of; damaged: documents that cannot be read."""

    entries: tuple[Entry, ...]
    damaged: tuple[Finding, ...] = ()
    by: Mapping[str, Sequence[str]] = field(default_factory=dict)


def versions() -> tuple[tuple[DatasetVersion, ...], tuple[Finding, ...]]:
    """All dataset versions of this site, and what is damaged."""
    place = held.lake()
    return ((), ()) if place is None else shelf_of(place).datasets()


def listed(version: DatasetVersion, user: Any) -> bool:
    """Whether somebody may know of a dataset."""
    row = grade_named(version.head.grade)
    return may_see(user) or bool(row is not None and row["listed"])


def catalogue(user: Any) -> Catalogue:
    """What somebody may know of: each stream, and each dataset by its newest version."""
    known, damaged = versions()
    open_to = [v for v in known if listed(v, user)]
    newest: dict[str, DatasetVersion] = {}
    for version in sorted(open_to, key=lambda v: v.known):
        newest[version.head.id] = version
    themes: dict[str, dict[str, None]] = {}
    for version in newest.values():
        for part in version.parts:
            themes.setdefault(part.stream.id, {})[version.head.classification] = None
    all_streams = held.streams().values()
    some = all_streams if may_see(user) else [s for s in all_streams if s.id in themes]
    entries = [*_streams(some, themes), *(_dataset(v) for v in newest.values())]
    return Catalogue(tuple(entries), damaged if may_see(user) else (), _choices(entries))


def _choices(entries: Iterable[Entry]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {"quantity": set(), "theme": set(), "owner": set()}
    for one in entries:
        found["quantity"] |= {q for q in one.quantity if q}
        found["theme"] |= {t for t in one.theme if t}
        found["owner"] |= {one.owner} - {""}
    return {name: sorted(values) for name, values in found.items()}


def _streams(some: Iterable[Stream], themes: Mapping[str, Mapping[str, None]]) -> list[Entry]:
    total: dict[str, dict[str, Any]] = {}
    for row in held.block_rows():
        one = total.setdefault(row["stream"], {"n": 0, "first": None, "last": None, "row": row})
        one["n"] += row["n"]
        for name, pick in (("first", min), ("last", max)):
            if row[name] is not None:
                one[name] = row[name] if one[name] is None else pick(one[name], row[name])
    join = held.join()
    made = []
    for stream in some:
        have = total.get(stream.id)
        theme = tuple(themes.get(stream.id, ()))
        words = (
            stream.id,
            stream.title,
            *_said(stream.quantity),
            stream.instrument,
            stream.place,
            stream.owner,
            *theme,
        )
        made.append(
            Entry(
                "stream",
                stream.id,
                {"": stream.title or stream.id},
                (stream.quantity,),
                stream.owner,
                theme,
                0 if have is None else have["n"],
                None if have is None else have["first"],
                None if have is None else have["last"],
                _state(stream, have, join),
                tuple(filter(None, words)),
                stream.unit,
                stream.place,
                stream.licence,
                stream=stream,
            )
        )
    return made


def _state(stream: Stream, have: Mapping[str, Any] | None, join: Any) -> str:
    """The standing of the certificate at the last reading; no reading is opened for it."""
    if have is None or have["last"] is None:
        return ""
    row = have["row"]
    subject = Subject.of(stream, row["instrument"], row["configuration"] or "")
    known = now()
    made = windows(join.corrections, known, subject)
    return Status(int(made.status[int(made.at(have["last"]))])).word


def _said(quantity: str) -> tuple[str, ...]:
    """All names of a kind of quantity."""
    kind = quantities().get(quantity_named(quantity) or "")
    return (quantity,) if kind is None else (quantity, *kind.zh, *kind.en)


def _dataset(version: DatasetVersion) -> Entry:
    head, parts = version.head, version.parts
    kinds = tuple(dict.fromkeys(p.stream.quantity for p in parts))
    first, last = ([getattr(p, n) for p in parts] for n in ("first", "last"))
    words = (
        head.id,
        *head.title.values(),
        *head.description.values(),
        head.classification,
        head.publisher,
        *(w for k in kinds for w in _said(k)),
        *(p.stream.place for p in parts),
    )
    return Entry(
        "dataset",
        version.name,
        head.title,
        kinds,
        head.publisher,
        (head.classification,),
        sum(p.readings for p in parts),
        _known(first, min),
        _known(last, max),
        "",
        tuple(filter(None, words)),
        licence=head.licence,
        grade=head.grade,
    )


def _known(values: list[int | None], pick: Any) -> int | None:
    some = [v for v in values if v is not None]
    return int(pick(some)) if some and len(some) == len(values) else None


def found(given: Catalogue, wanted: Wanted) -> list[Entry]:
    """The entries that fit, the best first; without words by name, or as sorted."""
    rows = list(given.entries)
    if wanted.words:
        index = Index.of([(n, one.words) for n, one in enumerate(rows)])
        rows = [rows[int(str(hit.key))] for hit in index.search(wanted.words)]
    rows = [one for one in rows if _fits(one, wanted)]
    key = SORTS.get(wanted.sort.removeprefix("-"))
    if key is not None:
        rows.sort(key=key, reverse=wanted.sort.startswith("-"))
    elif not wanted.words:
        rows.sort(key=lambda one: (one.kind != "dataset", one.id))
    return rows


def _fits(one: Entry, wanted: Wanted) -> bool:
    return (
        wanted.kind in ("", one.kind)
        and (not wanted.quantity or wanted.quantity in one.quantity)
        and (not wanted.theme or wanted.theme in one.theme)
        and wanted.owner in ("", one.owner)
        and wanted.state in ("", one.state)
    )


SORTS: Mapping[str, Any] = {
    "name": lambda one: one.id,
    "quantity": lambda one: (one.quantity[:1], one.id),
    "readings": lambda one: (one.readings, one.id),
    "last": lambda one: (one.last or 0, one.id),
    "state": lambda one: (one.state, one.id),
}
