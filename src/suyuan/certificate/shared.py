"""The part of a stated uncertainty that comes from a reference which other certificates share.

A paper that states which standard it used, and how much of its u that standard contributes, makes two certificates of
one standard correlated: u² = u_rest² + Σ c², where each c is the component of one named reference. The influence of a
reference is known by issuer, number and place of the value that was used, whoever states it, and never by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import SharedPart, one_line
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

Array = NDArray[np.float64]
BY_NAME = "by name"
"""Marks the source of an influence that stands for a reference whose own certificate has not been looked up."""


def reference_of(part: SharedPart) -> Quantity:
    """The reference's influence, standardised (0 ± 1): one identity for all who name the same value of it.

    >>> from suyuan.certificate.certificate import CertificateReference
    >>> part = SharedPart(CertificateReference("NMI", "R-1"), "0/0", np.array([0.02]))
    >>> reference_of(part).same_as(reference_of(part), 0.0)
    True
    """
    issuer, number = one_line(part.reference.issuer), one_line(part.reference.number)
    return quantity(
        0.0, 1.0, label=f"{issuer} {number}", source=Source(issuer, number, part.place, BY_NAME),
        id=identity(issuer, number, part.place, "standardised"),
    )  # fmt: skip


def rest(u: Array, parts: Iterable[SharedPart], where: str) -> Array:
    """√(u² − Σ c²) (n,). Raises Refused where the references contribute more than there is."""
    left = u**2 - sum(np.broadcast_to(part.u, u.shape) ** 2 for part in parts)
    if (left < -1e-9 * u**2).any():
        raise Refused(finding("certificate.shared.too_large", where))
    return np.asarray(np.sqrt(np.maximum(left, 0.0)))


def with_parts(value: Quantity, parts: Iterable[SharedPart]) -> Quantity:
    """A value with what references contribute to it: value + Σ c·(0 ± 1)."""
    for part in parts:
        c = part.u if value.ndim and part.u.size > 1 else float(part.u[0])
        moved: Quantity = (reference_of(part) * (np.broadcast_to(c, value.shape) if value.ndim else c)).relabelled(
            value.unit.as_difference()
        )
        value = value + moved
    return value


def unshared(matrix: Array, u: Array, shared: Mapping[int, tuple[SharedPart, ...]], where: str) -> tuple[Array, Array]:
    """Correlations (n, n) and u (n,) of what is left of jointly stated values once references are taken out.

    V = D R D − Σ c cᵀ over the references; shared: position → its parts. Raises Refused where that is no covariance.
    """
    covariance = matrix * np.outer(u, u)
    columns: dict[tuple[str, str, str], Array] = {}
    for at, parts in shared.items():
        for part in parts:
            key = (one_line(part.reference.issuer), one_line(part.reference.number), part.place)
            columns.setdefault(key, np.zeros(len(u)))[at] += float(part.u[0])
    for column in columns.values():
        covariance = covariance - np.outer(column, column)
    spread = np.diag(covariance).copy()
    if (spread < -1e-9 * u**2).any():
        raise Refused(finding("certificate.shared.too_large", where))
    left = np.sqrt(np.maximum(spread, 0.0))
    by = np.where(left > 0.0, left, 1.0)
    found = covariance / np.outer(by, by)
    found[left == 0.0, :] = found[:, left == 0.0] = 0.0
    np.fill_diagonal(found, 1.0)
    if np.linalg.eigvalsh(found)[0] < -1e-9:
        raise Refused(finding("certificate.shared.too_large", where))
    return found, left
