"""Influences: what a value depends on, each with an identity that survives storage.

An influence is a random variable of *standardised* elements (mean 0, standard deviation 1). A quantity's block for
it holds the components c·u(x) in the quantity's unit, so a covariance is a plain sum of products and no unit
stands in a loop. The physical standard uncertainty of each element is kept beside, for budgets and what-if.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.nearest_correlation import TOLERANCE, complaint, well_formed
from suyuan.quantity.unit import parse_unit

Parameters = tuple[tuple[str, float | tuple[float, ...]], ...]
"""What a distribution needs besides u and dof (`distribution.LAWS`), as pairs: a number, or the values of a sample."""

SHAPES = frozenset(
    (
        "normal", "unknown", "student_t", "rectangular", "triangular", "trapezoid", "arcsine", "curvilinear_trapezoid",
        "gamma", "exponential", "sample", "histogram", "constant",
    )
)  # fmt: skip
"""Distributions of an influence: those with a law (`distribution.LAWS`), and that of what does not vary."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an influence comes from: a certificate (issuer, number, place) or a named judgement."""

    issuer: str = ""
    number: str = ""
    place: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.issuer, self.number, self.place, self.text) if part)


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """One influence, or an array of `size` independent ones, or one joint group of `size` correlated inputs.

    id: 32 hexadecimal digits; u: standard uncertainty of each element in `unit` (for a joint group: of each of its
    inputs); dof: degrees of freedom, infinite unless stated; distribution: a name of `distribution.LAWS`;
    joint: the elements are the factors of one jointly
    distributed group, so they share one dof.
    """

    id: str
    size: int = 1
    u: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    dof: float = math.inf
    distribution: str = "normal"
    unit: str = "\\one"
    label: str = ""
    source: Source = Source()
    joint: bool = False
    parameters: Parameters = ()

    def content(self) -> tuple[object, ...]:
        """What two influences of one id must agree in; a difference is a conflict."""
        u = np.asarray(self.u, float).ravel()
        same = u.size > 0 and bool(np.all(u == u[0]))
        return (
            self.size,
            float(u[0]) if same else u.tobytes(),
            self.dof,
            self.distribution,
            self.unit,
            self.joint,
            tuple(sorted(self.parameters)),
        )


def conflict(first: Influence, second: Influence) -> Finding:
    """That two influences of one identity differ: what each comes from, and its u."""
    name = first.label or str(first.source) or first.id[:12]
    return finding("quantity.identity.conflict", name, first=_said(first), second=_said(second))


def _said(one: Influence) -> str:
    u = sorted({float(x) for x in np.ravel(one.u)})
    size = f"u = {u[0]:.6g}" + (f" … {u[-1]:.6g}" if u[1:] else "") if u else ""
    unit = one.unit
    with suppress(Refused):
        unit = parse_unit(one.unit).symbol
    unit = "" if unit == "1" else unit
    return ", ".join(filter(None, (str(one.source) or one.label, f"{size} {unit}".strip())))


def fresh_id() -> str:
    """A random 128-bit identity."""
    return secrets.token_hex(16)


def identity(*parts: str) -> str:
    """The first 128 bits of SHA-256 over the length-prefixed NFC strings «suyuan-1» and the parts.

    >>> identity("Laboratory A", "A-123", "results/0")
    '4e74e7a38388adbef951a60e0522cff5'
    """
    digest = hashlib.sha256()
    for part in ("suyuan-1", *parts):
        text = unicodedata.normalize("NFC", part).encode("utf-8")
        digest.update(len(text).to_bytes(8, "big"))
        digest.update(text)
    return digest.hexdigest()[:32]


def correlation_factor(matrix: NDArray[np.float64], where: str = "") -> NDArray[np.float64]:
    """L with L Lᵀ = R for a correlation matrix, also a singular one.

    where: place, best the names of the inputs joined by «, »: then the finding names the pair to blame, and the values
    of the nearest valid matrix. Raises Refused if R is none.
    """
    if well_formed(matrix):
        try:
            return np.asarray(np.linalg.cholesky(matrix))
        except np.linalg.LinAlgError:
            eigenvalues, vectors = np.linalg.eigh(matrix)
            if eigenvalues[0] >= -TOLERANCE:
                return np.asarray(vectors * np.sqrt(np.maximum(eigenvalues, 0.0)))
    blame, nearest = complaint(matrix, where.split(", "))
    raise Refused(
        finding("quantity.correlation.invalid", where=where),
        finding("quantity.correlation.pair", where=where, blame=blame, nearest=nearest),
    )
