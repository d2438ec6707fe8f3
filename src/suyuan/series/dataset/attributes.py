"""Attributes of a dataset for catalogues: DCAT-AP, and DB52/T 1597 as far as its text is known; grades.

Which attribute a catalogue wants, and how sure we are of it, are rows of `rules/attributes.json` with their source and
status. What this house adds is said to be ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load
from suyuan.series.dataset.moment import text_of

if TYPE_CHECKING:
    from suyuan.series.dataset.version import DatasetVersion

PACKAGE = "suyuan.series.dataset"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. scheme: of `rules/attributes.json`, or any other; name: in the scheme; value: as text."""

    scheme: str
    name: str
    value: str

    def fields(self) -> dict[str, str]:
        """As the fields of a document."""
        return {"scheme": self.scheme, "name": self.name, "value": self.value}


def attribute_of(row: Fields) -> Attribute:
    """The attribute that fields describe."""
    made = Attribute(
        row.text("scheme", required=True), row.text("name", required=True), row.text("value", required=True)
    )
    row.close()
    return made


@dataclass(frozen=True, slots=True)
class Described:
    """One attribute of a scheme and what this version gives for it. rule: the row with title, source and status."""

    rule: Row
    value: str


def grade_named(name: str) -> Row | None:
    """The grade of a name, None where there is none.

    >>> grade_named("important")["title_zh"], grade_named("important")["status"]
    ('重要数据', 'from memory')
    """
    return next((row for row in load(PACKAGE, "grades.grades") if row["name"] == name), None)


def described(version: DatasetVersion) -> tuple[Described, ...]:
    """The attributes of all schemes for a version: computed from it where they follow, else as its head states them."""
    given = {(a.scheme, a.name): a.value for a in version.head.attributes}
    computed = _computed(version)
    return tuple(
        Described(row, given.get((row["scheme"], row["name"])) or computed.get(row.get("from", ""), ""))
        for row in load(PACKAGE, "attributes.attributes")
    )


def _computed(version: DatasetVersion) -> Mapping[str, str]:
    head, parts = version.head, version.parts
    starts = [p.first for p in parts if p.first is not None]
    ends = [p.last for p in parts if p.last is not None]
    sampling = [p.stream.sampling for p in parts if p.stream.sampling is not None]
    return {
        "id": version.citation, "version": head.version, "title": _both(head.title),
        "description": _both(head.description), "licence": head.licence, "publisher": head.publisher,
        "classification": head.classification, "grade": head.grade, "known": text_of(version.known),
        "first": text_of(min(starts)) if len(starts) == len(parts) and starts else "",
        "last": text_of(max(ends)) if len(ends) == len(parts) and ends else "",
        "sampling": f"PT{min(sampling):g}S" if sampling else "",
        "owner": "; ".join(dict.fromkeys(p.stream.owner for p in parts if p.stream.owner)),
        "places": "; ".join(dict.fromkeys(p.stream.place for p in parts if p.stream.place)),
        "quantities": "; ".join(dict.fromkeys(p.stream.quantity for p in parts if p.stream.quantity)),
        "units": "; ".join(dict.fromkeys(p.stream.unit for p in parts)),
        "instruments": "; ".join(dict.fromkeys(p.stream.instrument for p in parts)),
        "certificates": "; ".join(dict.fromkeys(n.certificate for n in version.certificates)),
    }  # fmt: skip


def _both(names: Mapping[str, str]) -> str:
    order = sorted(names, key=lambda language: (language != "zh", language))
    return " / ".join(names[language] for language in order if names[language])


def missing(version: DatasetVersion) -> tuple[Finding, ...]:
    """Attributes that a scheme demands and this version has not, as warnings."""
    return tuple(
        finding("sharing.attribute.missing", version.name, "warning", rule=str(one.rule["source"]),
                name=one.rule["name"], scheme=one.rule["scheme"], status=one.rule["status"],
                title_zh=one.rule["title_zh"], title_en=one.rule["title_en"])
        for one in described(version) if one.rule["required"] and not one.value
    )  # fmt: skip


def dcat(version: DatasetVersion, certificates: bool = True) -> dict[str, Any]:
    """The catalogue entry as JSON-LD in the terms of DCAT, what is not known left out; certificates: may be named."""
    values = {one.rule["name"]: one.value for one in described(version) if one.rule["scheme"] == "DCAT-AP"}
    entry: dict[str, Any] = {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@type": "dcat:Dataset",
    }
    entry |= {name: text for name, text in values.items() if text and (certificates or name != "dct:provenance")}
    for name, texts in (("dct:title", version.head.title), ("dct:description", version.head.description)):
        if texts:
            entry[name] = [{"@value": t, **({"@language": k} if k else {})} for k, t in texts.items()]
    first, last = entry.pop("dcat:startDate", ""), entry.pop("dcat:endDate", "")
    if first or last:
        span = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
        entry["dct:temporal"] = {key: text for key, text in span.items() if text}
    return entry
