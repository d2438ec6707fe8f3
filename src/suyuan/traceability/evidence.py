"""Evidence: everything that the graph is built from, as one immutable value.

Certificates, statements about them (withdrawn, replaced), declared anchors, saved results, outcomes of comparisons.
Nodes of the graph are calibration events and results, never instruments: so it has no circle and time is built in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal, TypeVar

from suyuan.certificate.certificate import Certificate, CertificateReference, Text
from suyuan.quantity.quantity import Quantity

Key = tuple[str, str]
"""Issuer and number."""

Shift = float | tuple[float, ...]
"""One difference, or one for each element of a list."""

Verdict = Literal["satisfactory", "questionable", "unsatisfactory", "undetermined"]

AnchorKind = Literal[
    "si_realisation",
    "national_primary_standard",
    "public_measurement_standard",
    "certified_reference_material",
    "cmc",
]


@dataclass(frozen=True, slots=True)
class Statement:
    """A dated statement about a certificate by its issuer or the laboratory: withdrawn or superseded.

    known: the day we learned it; replaced_by: (issuer, number) of the new certificate, if any.
    """

    kind: Literal["withdrawn", "superseded"]
    issuer: str
    number: str
    day: date
    known: date
    reason: Text = field(default_factory=dict)
    replaced_by: Key | None = None
    source: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a chain ends, declared by the laboratory with its source: the named certificate needs no parent."""

    kind: AnchorKind
    issuer: str
    number: str
    name: Text
    source: str
    scheme: str = ""
    level: int | None = None
    declared_by: str = ""
    valid_until: date | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class SavedResult:
    """An evaluated case that was saved but not issued. case: the document as JSON value; archive: its bytes."""

    number: str
    day: date
    case: Mapping[str, Any]
    archive: bytes
    title: Text = field(default_factory=dict)
    laboratory: str = ""
    digest: str = ""

    @property
    def key(self) -> Key:
        return (self.laboratory, self.number)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a released comparison found about one laboratory and one measurand.

    comparison: number of the report; digest: what names it in the graph; laboratory: its name in the languages of the
    report; measured: the day of its measurement; value, U: as reported, d, U_d: degree of equivalence, all in `unit`;
    score_name, score; verdict; standards: its own measurement standards that stood the test; measured_by: the person;
    remedied: day on which a re-measurement closed the help plan, None while none did; released: day of the report, from
    which on it is known.
    """

    comparison: str
    digest: str
    member: str
    laboratory: Text
    measurand: str
    name: Text
    unit: str
    measured: date
    verdict: Verdict
    score_name: str
    score: float | None
    value: float
    U: float | None
    d: float | None
    U_d: float | None
    quantity: str = ""
    nominal: str = ""
    standards: tuple[Key, ...] = ()
    measured_by: str = ""
    remedied: date | None = None
    released: date | None = None

    @property
    def id(self) -> str:
        return f"{self.digest}:{self.member}:{self.measurand}"


@dataclass(frozen=True)
class Evidence:
    """All documents known, looked up by issuer and number or by digest.

    Several certificates may share issuer and number (a reissue, or a conflict): `by_key` lists them all. The last three
    fields but one are a what-if laid over the documents, which stay untouched:
    substitutes: digest of a certificate → the certificate read in its place, however it is referred to;
    overrides: digest of a certificate → place → the quantity read there instead of the stated one;
    shifts: digest of a certificate → place → d, in the certificate's unit, added to what is read there.
    summaries: what a case asks of a stream of readings, as its text → the quantity, from whoever can open the readings.
    """

    certificates: tuple[Certificate, ...] = ()
    statements: tuple[Statement, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    results: tuple[SavedResult, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    substitutes: Mapping[str, Certificate] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Quantity]] = field(default_factory=dict)
    shifts: Mapping[str, Mapping[str, Shift]] = field(default_factory=dict)
    summaries: Mapping[str, Quantity] = field(default_factory=dict)

    @cached_property
    def by_digest(self) -> Mapping[str, Certificate]:
        table = {c.digest: c for c in (*self.certificates, *self.substitutes.values())}
        return {**table, **self.substitutes}

    @cached_property
    def by_key(self) -> Mapping[Key, tuple[Certificate, ...]]:
        return _table((c.key, self.substitutes.get(c.digest, c)) for c in self.certificates)

    @cached_property
    def by_number(self) -> Mapping[str, tuple[Certificate, ...]]:
        return _table((c.number, self.substitutes.get(c.digest, c)) for c in self.certificates)

    def find(self, reference: CertificateReference) -> Certificate | None:
        """The one certificate that a reference means: by SHA-256 of its bytes, else by issuer and number, else by a
        number that only one certificate bears. None if there is none, or more than one."""
        if reference.algorithm == "sha256" and reference.digest:
            return self.by_digest.get(reference.digest)
        found = self.by_key.get((reference.issuer, reference.number), ())
        if not found and not reference.issuer:
            found = self.by_number.get(reference.number, ())
        return found[0] if len(found) == 1 else None


Name = TypeVar("Name", Key, str)


def _table(pairs: Iterable[tuple[Name, Certificate]]) -> dict[Name, tuple[Certificate, ...]]:
    """Name → the different certificates (by digest) that bear it."""
    table: dict[Name, dict[str, Certificate]] = {}
    for name, certificate in pairs:
        table.setdefault(name, {}).setdefault(certificate.digest, certificate)
    return {name: tuple(found.values()) for name, found in table.items()}
