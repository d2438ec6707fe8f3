"""A correction proposed from a certificate whose form leaves no doubt: for a person to look at and keep, or not.

A list of indications beside a list of corrections, errors or reference values of equal length is a table of points; one
correction or error alone is a constant. Anything else is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.quantity.finding import Finding, Refused, finding

WORDS: Mapping[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "correction": (re.compile(r"修正|\bcorrections?\b", re.IGNORECASE), ("basic_correction",)),
    "error": (
        re.compile(r"示值误差|\berrors?\b|\berror of indication\b", re.IGNORECASE), ("basic_measurementError",)
    ),
    "reference": (
        re.compile(r"标准值|参考值|实际值|\breference( value)?s?\b|\btrue value\b", re.IGNORECASE),
        ("basic_referenceValue",),
    ),
    "indication": (
        re.compile(r"示值|读数|\bindicat(ion|ed value)s?\b|\breadings?\b", re.IGNORECASE),
        ("basic_measuredValue", "basic_indicatedValue"),
    ),
}  # fmt: skip
"""What a quantity is → its words in names, and the reference types of digital certificates. The first that fits."""


def proposed(certificate: Certificate, instrument: str = "") -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The fields of a document «correction» that a certificate's own form suggests, and why.

    instrument: as the streams name it; the item's serial number where empty. Raises Refused where the form leaves open
    which number is what.
    """
    named = instrument or _serial(certificate)
    where = certificate.number
    if not named:
        raise Refused(finding("series_join.proposal.instrument", where))
    fields: dict[str, Any] = {
        "suyuan": "correction", "instrument": named, "form": "table",
        "certificate": {"issuer": certificate.issuer, "number": certificate.number, "sha256": certificate.digest},
    }  # fmt: skip
    groups = [_kinds(result.quantities) for result in certificate.results]
    if certificate.form == "typed" or not any("indication" in g for g in groups):
        groups = [_kinds(certificate.quantities())]
    for group in groups:
        made = _table(group) or _constant(group)
        if made is not None:
            told = finding("series_join.proposal", where, "note", "", states=made["states"], instrument=named)
            return {**fields, **made}, (told,)
    listed = ", ".join(f"{q.place} {_name(q)}" for q in certificate.quantities())
    raise Refused(finding("series_join.proposal.none", where, places=listed[:300] or "—"))


def _table(group: Mapping[str, list[StatedQuantity]]) -> dict[str, Any] | None:
    """Indications beside corrections, errors or references, one of each."""
    indications = group.get("indication", [])
    for states in ("correction", "error", "reference"):
        points = [q for q in group.get(states, []) if q.uncertainty is not None]
        if len(indications) == len(points) == 1 and indications[0].value.size == points[0].value.size:
            at = indications[0]
            return {"states": states, "points": {"place": points[0].place}, "at_place": at.place, "raw_unit": at.unit}
    return None


def _constant(group: Mapping[str, list[StatedQuantity]]) -> dict[str, Any] | None:
    """One correction or error alone, with the range in which it may be used: a table of one point."""
    for states in ("correction", "error"):
        points = [q for q in group.get(states, []) if q.uncertainty is not None]
        if len(points) == 1 and points[0].value.size == 1 and sum(map(len, group.values())) == 1:
            q = points[0]
            made: dict[str, Any] = {"states": states, "points": [{"place": q.place}], "at": ["0"]}
            made["raw_unit"] = q.range_unit or q.unit
            if q.lower is not None and q.upper is not None:
                made["range"] = [repr(q.lower), repr(q.upper)]
            return made
    return None


def _kinds(quantities: tuple[StatedQuantity, ...]) -> dict[str, list[StatedQuantity]]:
    found: dict[str, list[StatedQuantity]] = {}
    for q in quantities:
        kind = next((k for k, (_, types) in WORDS.items() if set(types) & set(q.ref_types)), "")
        kind = kind or next((k for k, (word, _) in WORDS.items() if word.search(_name(q))), "other")
        found.setdefault(kind, []).append(q)
    return found


def _name(q: StatedQuantity) -> str:
    return " ".join((*q.name.values(), q.label)).strip()


def _serial(certificate: Certificate) -> str:
    numbers = [i.value.strip() for item in certificate.items for i in item.identifications if i.value.strip()]
    return numbers[0] if len(set(numbers)) == 1 else ""
