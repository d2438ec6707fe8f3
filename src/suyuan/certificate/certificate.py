"""A certificate as a value: what a laboratory stated about an item, whatever paper or file it came on.

A digital certificate (DCC), a typed paper certificate and a row of a workbook all become this one value; what
follows (quantities, chain, impact) cannot tell them apart. Printed digits are kept beside the floats. Unknown is
None, never zero.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Text = Mapping[str, str]
"""One text in several languages: language code («zh», «en», «» where none is given) → text."""

Form = Literal["dcc", "typed"]
Act = Literal["calibration", "legal_verification"]


def one_line(text: str) -> str:
    """A name or number as it counts: NFC, every run of blanks (also no-break and ideographic ones) one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """Which other certificate is meant: by issuer and number, and by the digest of its bytes where one is given.

    algorithm: «sha256», «sha512», «sha3-256», … or «» ; digest: lower-case hexadecimal, «» where the reference
    carries no usable digest (a placeholder is a finding and leaves it empty); linked: the reference's own parent.
    """

    issuer: str = ""
    number: str = ""
    algorithm: str = ""
    digest: str = ""
    in_validity_range: bool | None = None
    traceable: bool | None = None
    linked: tuple[CertificateReference, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Identification:
    """A number on a thing: who gave it (manufacturer, laboratory, customer, …), what it is, the value."""

    issuer: str
    value: str
    name: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """The calibrated thing."""

    name: Text
    manufacturer: str = ""
    model: str = ""
    identifications: tuple[Identification, ...] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """A measurement standard or instrument used, with the reference to its own certificate."""

    name: Text
    identifications: tuple[Identification, ...] = ()
    certificate: CertificateReference | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The uncertainty as stated. value: (1,) or (n,), in the quantity's unit; printed: the same as digits.

    kind: expanded (value = U), standard (value = u), half_width (a class's limit); None k or p was not stated;
    dof is None unless stated (never inferred from k); lower/upper hold an asymmetric interval.
    """

    kind: Literal["expanded", "standard", "half_width", "interval"]
    value: NDArray[np.float64]
    printed: tuple[str, ...] = ()
    k: float | None = None
    p: float | None = None
    dof: float | None = None
    distribution: str = "normal"
    lower: NDArray[np.float64] | None = None
    upper: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SharedPart:
    """What a reference contributes to a stated uncertainty. reference, place: the value of it that was used; u (1,) or
    (n,): the component, in the quantity's unit, below zero where the value falls as the reference's rises."""

    reference: CertificateReference
    place: str
    u: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StatedQuantity:
    """One quantity of a result: n values that share unit and kind.

    place: its stable path in the certificate, e.g. «0/2» or «0/1/3» (result, then data elements counted from 0); it
    enters the identity of the influence, so it must not depend on names or languages;
    unit: as written (D-SI for a DCC); ref_types: the meaning («basic_measuredValue» …);
    correlation: (n, n) within this list, or None (not stated);
    lower/upper: the calibrated range in which the value may be used, in `range_unit`;
    alternatives: the same quantity in other units (hybrid): one uncertain number, not two;
    class_row: id of the accuracy-class row that gave the uncertainty, if any;
    shared: what of the uncertainty comes from references that other certificates share.
    """

    place: str
    value: NDArray[np.float64]
    unit: str
    name: Text = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    ref_types: tuple[str, ...] = ()
    uncertainty: Uncertainty | None = None
    correlation: NDArray[np.float64] | None = None
    lower: float | None = None
    upper: float | None = None
    range_unit: str = ""
    quantity_kind: str = ""
    label: str = ""
    alternatives: tuple[StatedQuantity, ...] = ()
    class_row: str = ""
    where: str = ""
    shared: tuple[SharedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A named group of quantities. joint: correlations between scalar quantities of the certificate, as
    (place, place, r), e.g. slope and intercept of one line."""

    name: Text
    quantities: tuple[StatedQuantity, ...]
    ref_types: tuple[str, ...] = ()
    joint: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """An influence condition (temperature, pressure, as found or as left …)."""

    name: Text
    quantities: tuple[StatedQuantity, ...] = ()
    state: str = ""
    description: Text = field(default_factory=dict)
    ref_types: tuple[str, ...] = ()
    certificate: CertificateReference | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the certificate: conformity, note, decision rule.

    quantities: the numbers it carries (acceptance limits, calibrated range …); about: the place of the quantity or list
    that it speaks of, «» for the whole certificate; day: the date it names (e.g. when to calibrate again).
    """

    text: Text
    ref_types: tuple[str, ...] = ()
    norm: str = ""
    decision_rule: str = ""
    conformity: str = ""
    quantities: tuple[StatedQuantity, ...] = ()
    about: str = ""
    day: date | None = None
    traceable: bool | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A used method: name, norms, description."""

    name: Text
    norms: tuple[str, ...] = ()
    description: Text = field(default_factory=dict)
    ref_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside the certificate."""

    name: str
    media_type: str
    content: bytes
    ref_types: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The whole certificate. digest: SHA-256 of its bytes, lower-case hexadecimal."""

    form: Form
    issuer: str
    number: str
    digest: str
    version: str
    act: Act = "calibration"
    issuer_address: str = ""
    issuer_identifications: tuple[Identification, ...] = ()
    country: str = ""
    languages: tuple[str, ...] = ()
    received: date | None = None
    began: date | None = None
    ended: date | None = None
    issued: date | None = None
    valid_until: date | None = None
    place_of_performance: str = ""
    customer: str = ""
    persons: tuple[tuple[str, str], ...] = ()
    software: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    methods: tuple[Method, ...] = ()
    conditions: tuple[Condition, ...] = ()
    statements: tuple[Statement, ...] = ()
    results: tuple[Result, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    previous: tuple[CertificateReference, ...] = ()
    substitutes: tuple[CertificateReference, ...] = ()
    basis: str = ""
    signed: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Issuer and number: the certificate's identity among people."""
        return (self.issuer, self.number)

    def quantities(self) -> tuple[StatedQuantity, ...]:
        """All stated quantities of all results, in document order."""
        return tuple(q for result in self.results for q in result.quantities)

    def at(self, place: str) -> StatedQuantity | None:
        """The stated quantity at a place, or None."""
        return next((q for q in self.quantities() if q.place == place), None)
