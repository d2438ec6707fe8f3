"""The catalogue of a lake: streams, datasets, instruments and places as entries with attributes and words.

Which attributes an entry has, and how sure we are of them, are rows (`rules/catalogue.json` for streams,
`dataset/rules/attributes.json` for datasets). The class and grade of a stream are proposals of dated rows until its
dataset states them. How words are looked up is the caller's: an entry only says by which words it should be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load, valid_on
from suyuan.series.dataset.attributes import Described, dcat, described, grade_named, missing
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.version import DatasetVersion
from suyuan.series.quality.plausible import kind_of
from suyuan.series.stream import Stream

PACKAGE = "suyuan.series"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#", "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip
_CLASSES = {
    "dct:publisher": ("foaf:Agent", "foaf:name"), "dct:spatial": ("dct:Location", "skos:prefLabel"),
    "dct:license": ("dct:LicenseDocument", "dct:title"), "dcat:theme": ("skos:Concept", "skos:prefLabel"),
    "dct:accessRights": ("dct:RightsStatement", "dct:title"),
    "dct:provenance": ("dct:ProvenanceStatement", "dct:title"),
    "dct:accrualPeriodicity": ("dct:Frequency", "dct:title"), "dcat:contactPoint": ("vcard:Kind", "vcard:fn"),
}  # fmt: skip
"""Properties whose value DCAT wants to be a thing: its class, and the property that holds the name. From memory."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a lake holds of a stream. first, last: µs, None where no reading has a time; readings, blocks: how many."""

    first: int | None = None
    last: int | None = None
    readings: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. kind: «stream», «dataset», «instrument» or «place»; id; title: for people; words: by which it is
    found; attributes; grade: name of the grade, «» where nobody has graded it; about: ids of streams that it concerns.
    """

    kind: str
    id: str
    title: str
    words: tuple[str, ...]
    attributes: tuple[Described, ...] = ()
    grade: str = ""
    about: tuple[str, ...] = ()


def held(blocks: Iterable[Mapping[str, Any]]) -> dict[str, Holding]:
    """What rows of blocks (stream, n, first, last) say of each stream."""
    found: dict[str, Holding] = {}
    for row in blocks:
        old = found.get(row["stream"], Holding())
        firsts = [x for x in (old.first, row["first"]) if x is not None]
        lasts = [x for x in (old.last, row["last"]) if x is not None]
        found[row["stream"]] = Holding(
            min(firsts, default=None), max(lasts, default=None), old.readings + int(row["n"]), old.blocks + 1
        )
    return found


def classified(texts: Iterable[str], day: date) -> Row | None:
    """The first class whose words stand in some texts; None where none does. A proposal, until a person states it.

    >>> classified(["mass concentration of SO2"], date(2026, 11, 29))["name"]
    'environment'
    """
    text = " ".join(texts).casefold()
    rows = valid_on(load(PACKAGE, "catalogue.classes"), day)
    return next((row for row in rows if any(word.casefold() in text for word in row["words"])), None)


# ---------------------------------------------------------------- entries


def of_stream(stream: Stream, day: date, holding: Holding | None = None, certificates: Sequence[str] = ()) -> Entry:
    """The entry of a stream. certificates: issuer and number of those that correct it, as far as they are known."""
    sort = classified((stream.quantity, stream.title, stream.place), day)
    given = _of_stream(stream, holding or Holding(), sort, certificates)
    attributes = tuple(Described(row, given.get(row["from"], "")) for row in load(PACKAGE, "catalogue.stream"))
    kind = kind_of(stream.quantity)
    words = [stream.id, stream.title, stream.quantity, stream.unit, stream.instrument, stream.place, stream.owner]
    words += [*kind.zh, *kind.en] if kind is not None else []
    words += [sort["title_zh"], sort["title_en"]] if sort is not None else []
    grade = str(sort["grade"]) if sort is not None else ""
    return Entry("stream", stream.id, stream.title or stream.id, _once(words), attributes, grade, (stream.id,))


def _of_stream(s: Stream, holding: Holding, sort: Row | None, certificates: Sequence[str]) -> dict[str, str]:
    kind = kind_of(s.quantity)
    about = f"{s.quantity} [{s.unit}], {s.instrument}" if s.quantity else ""
    return {
        "id": s.id, "title": s.title, "description": about, "licence": s.licence, "place": s.place,
        "first": text_of(holding.first), "last": text_of(holding.last),
        "sampling": "" if s.sampling is None else f"PT{s.sampling:g}S",
        "quantity": " / ".join(dict.fromkeys([s.quantity, *(kind.zh[:1] if kind else ())])) if s.quantity else "",
        "unit": s.unit, "instrument": s.instrument, "owner": s.owner, "resolution": format(s.resolution, "f"),
        "class": "" if sort is None else f"{sort['title_zh']} / {sort['title_en']}",
        "certificates": "; ".join(certificates),
    }  # fmt: skip


def of_dataset(version: DatasetVersion) -> Entry:
    """The entry of a dataset version."""
    head = version.head
    words = [version.name, head.id, *head.title.values(), *head.description.values(), head.classification,
             head.publisher, *(a.value for a in head.attributes)]  # fmt: skip
    for part in version.parts:
        kind = kind_of(part.stream.quantity)
        words += [part.stream.id, part.stream.quantity, part.stream.place, part.stream.instrument]
        words += [*kind.zh, *kind.en] if kind is not None else []
    title = " / ".join(text for text in head.title.values() if text)
    about = tuple(part.stream.id for part in version.parts)
    return Entry("dataset", version.name, title, _once(words), described(version), head.grade, about)


def entries(
    streams: Iterable[Stream],
    versions: Iterable[DatasetVersion],
    day: date,
    holdings: Mapping[str, Holding] | None = None,
    certificates: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Entry, ...]:
    """All entries: streams, datasets, then the instruments and places that streams name.

    holdings: stream → what is held of it; certificates: instrument → issuer and number of its certificates.
    """
    some, known, papers = tuple(streams), holdings or {}, certificates or {}
    found = [of_stream(s, day, known.get(s.id), papers.get(s.instrument, ())) for s in some]
    found += [of_dataset(version) for version in versions]
    for kind in ("instrument", "place"):
        by_name: dict[str, list[Stream]] = {}
        for s in some:
            by_name.setdefault(str(getattr(s, kind)), []).append(s)
        by_name.pop("", None)
        for name, mine in by_name.items():
            words = [name, *(w for s in mine for w in (s.quantity, s.title, s.place))]
            words += list(papers.get(name, ())) if kind == "instrument" else []
            found.append(Entry(kind, name, name, _once(words), about=tuple(s.id for s in mine)))
    return tuple(found)


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


# ---------------------------------------------------------------- completeness, export


def incomplete(entry: Entry) -> tuple[Finding, ...]:
    """Attributes that a scheme demands and an entry has not, as warnings; and that a grade is only proposed."""
    found = [
        finding("series_quality.catalogue.missing", entry.id, "warning", str(one.rule["source"]),
                name=one.rule["name"], scheme=one.rule["scheme"], status=one.rule["status"],
                title_zh=one.rule["title_zh"], title_en=one.rule["title_en"])
        for one in entry.attributes if one.rule["required"] and not one.value
    ]  # fmt: skip
    if entry.kind == "stream" and not entry.grade:
        found.append(finding("series_quality.catalogue.class", entry.id, "note"))
    return tuple(found)


def incomplete_dataset(version: DatasetVersion) -> tuple[Finding, ...]:
    """The same of a dataset version, by the rows of datasets."""
    return missing(version)


def dcat_of(entry: Entry) -> dict[str, Any]:
    """A stream's entry in the terms of DCAT; what is not known is left out."""
    made: dict[str, Any] = {"@type": "dcat:Dataset"}
    for one in entry.attributes:
        if one.rule["scheme"] == "DCAT-AP" and one.value:
            made[str(one.rule["name"])] = one.value
    first, last = made.pop("dcat:startDate", ""), made.pop("dcat:endDate", "")
    if first or last:
        span = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
        made["dct:temporal"] = {key: text for key, text in span.items() if text}
    return in_terms(made)


def in_terms(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its texts as the things that DCAT wants: an agent, a location, typed times; words one by one.

    >>> in_terms({"dct:publisher": "A", "dcat:temporalResolution": "PT60S"})["dct:publisher"]
    {'@type': 'foaf:Agent', 'foaf:name': 'A'}
    """
    made: dict[str, Any] = {}
    for name, value in entry.items():
        if name == "@context":
            continue
        if name in _CLASSES and isinstance(value, str):
            kind, label = _CLASSES[name]
            web = value.startswith(("http://", "https://"))
            made[name] = {"@id": value} if web else {"@type": kind, label: value}
        elif name == "dcat:keyword" and isinstance(value, str):
            made[name] = [word.strip() for part in value.split(";") for word in part.split(" / ") if word.strip()]
        elif name == "dcat:temporalResolution":
            made[name] = {"@type": "xsd:duration", "@value": value}
        elif name == "dct:temporal":
            made[name] = {k: v if k == "@type" else {"@type": "xsd:dateTime", "@value": v} for k, v in value.items()}
        else:
            made[name] = value
    return made


def dcat_catalogue(
    streams: Iterable[Entry], versions: Iterable[DatasetVersion], title: str, publisher: str = ""
) -> dict[str, Any]:
    """A catalogue as JSON-LD in the terms of DCAT: its datasets, and its streams as datasets of their own.

    What a grade does not list, and an important or core grade never does, is left out, and counted under
    «suyuan:withheld»: that something is there may be said, what it is may not.
    """
    made: list[dict[str, Any]] = []
    withheld = 0
    for entry in streams:
        if entry.kind != "stream":
            continue
        if _listed(entry.grade):
            made.append(dcat_of(entry))
        else:
            withheld += 1
    for version in versions:
        if _listed(version.head.grade):
            made.append(in_terms(dcat(version)))
        else:
            withheld += 1
    found: dict[str, Any] = {
        "@context": {**CONTEXT, "suyuan": "urn:suyuan:"}, "@type": "dcat:Catalog", "dct:title": title,
        "dct:publisher": publisher, "dcat:dataset": made, "suyuan:withheld": withheld,
    }  # fmt: skip
    known = {key: value for key, value in found.items() if value not in ("", 0)}
    return {"@context": known["@context"], **in_terms(known)}


def _listed(grade: str) -> bool:
    row = grade_named(grade) if grade else None
    return row is None or bool(row["listed"])
