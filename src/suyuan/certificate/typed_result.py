"""One row of a typed certificate: value, unit, uncertainty or class, range, correlation within a list.

Degrees of freedom are never inferred from k; without k a stated p gives k, with a note. By class (按级) the row's limit
is the half-width of a rectangle; by order (按等) the certificate's own U counts and the row only bounds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from suyuan.certificate import accuracy_class
from suyuan.certificate.accuracy_class import Amount, Limit, Use
from suyuan.certificate.certificate import CertificateReference, SharedPart, StatedQuantity, Uncertainty, one_line
from suyuan.certificate.quantities import standard_uncertainty
from suyuan.certificate.shared import rest
from suyuan.quantity.fields import Fields, Number
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit

MAX_VALUES = 100_000


def read_result(fields: Fields, index: int, day: date | None) -> StatedQuantity | None:
    """One row of the results; None if what makes it a quantity (value, unit) is missing or wrong."""
    unit = _unit(fields, "unit")
    name = fields.names("name")
    stated = _stated(fields)
    row, limit = _class(fields, unit, day)
    numbers = _value(fields, row, limit)
    uncertainty = _uncertainty(fields, stated, row, limit, len(numbers)) if numbers else None
    lower, upper, range_unit = _range(fields, unit)
    correlation = _list_correlation(fields, len(numbers))
    shared = _shared(fields, len(numbers))
    kind, label = fields.text("kind"), fields.text("label")
    fields.close()
    if not unit or not numbers:
        return None
    made = StatedQuantity(
        place=f"{index}/0",
        value=np.array([n.value for n in numbers]),
        unit=unit,
        name=name,
        printed=tuple(n.printed for n in numbers),
        uncertainty=uncertainty,
        correlation=correlation,
        lower=lower,
        upper=upper,
        range_unit=range_unit,
        quantity_kind=kind,
        label=label,
        class_row="" if limit is None else limit.row,
        where=fields.where(),
        shared=shared,
    )
    if shared:
        _check_shared(fields, made)
    return made


def _shared(fields: Fields, size: int) -> tuple[SharedPart, ...]:
    """What references contribute: each by issuer, number and place, with its component of u."""
    found = []
    for row in fields.several("shared"):
        issuer, number = (one_line(row.text(key, required=True)) for key in ("issuer", "number"))
        place, u = row.text("place"), row.numbers("u", required=True)
        if len(u) not in (0, 1, size):
            row.report("typed.list.length", "u", given=len(u), values=size)
        elif u:
            reference = CertificateReference(issuer, number, where=row.where())
            found.append(SharedPart(reference, place, np.array([n.value for n in u])))
        row.close()
    return tuple(found)


def _check_shared(fields: Fields, made: StatedQuantity) -> None:
    """References may not contribute more than u, and there must be a u of which they are part."""
    if made.uncertainty is None:
        fields.report("typed.shared.no_u", "shared")
        return
    try:
        rest(standard_uncertainty(made)[0], made.shared, fields.where("shared"))
    except Refused as refused:
        fields.found.extend(refused.findings)


def _unit(fields: Fields, key: str, default: str = "") -> str:
    unit = fields.text(key, required=not default) or default
    if unit:
        try:
            parse_unit(unit)
        except Refused as refused:
            for problem in refused.findings:
                fields.found.append(replace(problem, where=fields.where(key)))
            return ""
    return unit


def _value(fields: Fields, row: _Class | None, limit: Limit | None) -> tuple[Number, ...]:
    """The values; with a class and no value of its own the nominal value stands."""
    if fields.has("value") or row is None:
        numbers = fields.numbers("value", required=True)
        if len(numbers) > MAX_VALUES:
            fields.report("typed.list.long", "value", size=len(numbers), limit=MAX_VALUES)
            return ()
        by_class = row is not None and limit is not None and limit.mode == "class"
        nominal = row.nominal if row and by_class and row.nominal_unit == fields.content.get("unit") else None
        if nominal is not None and any(n.value not in (0.0, nominal.value) for n in numbers):
            fields.report("typed.class.value_differs", "value", severity="warning", nominal=nominal.printed)
        return numbers
    if row.nominal is None:
        return ()
    if row.nominal_unit != fields.content.get("unit"):
        fields.report("typed.class.value_needed", "value", unit=row.nominal_unit)
        return ()
    return (row.nominal,)


@dataclass(frozen=True, slots=True)
class _Stated:
    """The uncertainty fields as typed."""

    U: tuple[Number, ...]
    u: tuple[Number, ...]
    k: Number | None
    p: float | None
    dof: float | None
    wrong: bool


def _stated(fields: Fields) -> _Stated:
    before = len(fields.found)
    U, u = fields.numbers("U"), fields.numbers("u")
    k, p, dof = fields.number("k"), fields.number("p"), fields.number("dof")
    for key, numbers in (("U", U), ("u", u)):
        for i, number in enumerate(numbers):
            if number.value <= 0:
                fields.report("typed.uncertainty.not_positive", key, i, given=number.printed)
    if U and u:
        fields.report("typed.uncertainty.both", "u", one="U", other="u")
    if k is not None and k.value < 1:
        fields.report("typed.uncertainty.k_small", "k", given=k.printed)
    if p is not None and not 0 < p.value < 1:
        fields.report("typed.uncertainty.p_range", "p", given=p.printed)
    if dof is not None and dof.value <= 0:
        fields.report("typed.uncertainty.dof", "dof", given=dof.printed)
    return _Stated(
        U, u, k, None if p is None else p.value, None if dof is None else dof.value, len(fields.found) > before
    )


def _uncertainty(
    fields: Fields, stated: _Stated, row: _Class | None, limit: Limit | None, size: int
) -> Uncertainty | None:
    """What was stated, checked against the number of values; None where nothing (or something wrong) was."""
    if stated.wrong:
        return None
    numbers = stated.U or stated.u
    if len(numbers) not in (0, 1, size):
        fields.report("typed.list.length", "U" if stated.U else "u", given=len(numbers), values=size)
        return None
    if limit is not None and limit.mode == "class":
        if numbers:
            fields.report("typed.uncertainty.both", "class", one="U", other="class")
            return None
        return _half_width(fields, limit)
    if limit is not None:
        _check_order(fields, stated, limit)
        if not numbers:
            return _order_bound(fields, limit)
    if not numbers:
        if row is None:
            fields.report("typed.uncertainty.missing", severity="warning")
        return None
    value, printed = np.array([n.value for n in numbers]), tuple(n.printed for n in numbers)
    if stated.u:
        return Uncertainty("standard", value, printed, None, stated.p, stated.dof)
    k = stated.k.value if stated.k is not None else None
    if k is None and stated.p is not None:
        k = coverage_factor(stated.p, stated.dof)
        fields.report("typed.uncertainty.k_from_p", "k", severity="note", p=stated.p, k=f"{k:.4g}")
    if k is None:
        fields.report("typed.uncertainty.k_missing", "k")
        return None
    return Uncertainty("expanded", value, printed, k, stated.p, stated.dof)


def coverage_factor(p: float, dof: float | None) -> float:
    """k of a symmetric interval: normal, or t where the certificate itself states degrees of freedom.

    >>> round(coverage_factor(0.95, None), 3), round(coverage_factor(0.95, 10), 3)
    (1.96, 2.228)
    """
    if dof is None:
        return NormalDist().inv_cdf((1 + p) / 2)
    return float(stdtrit(dof, (1 + p) / 2))


@dataclass(frozen=True, slots=True)
class _Class:
    """The class fields as typed."""

    nominal: Number | None
    nominal_unit: str


def _class(fields: Fields, unit: str, day: date | None) -> tuple[_Class | None, Limit | None]:
    typed = fields.inner("class")
    if typed is None:
        return None, None
    row = typed.text("row", required=True)
    nominal, nominal_unit = typed.number("nominal", required=True), _unit(typed, "unit", unit)
    amounts = {}
    reading = typed.number("reading")
    if reading is not None:
        amounts["reading"] = Amount(reading.value, nominal_unit)
    named = typed.inner("amounts")
    for key in named.content if named is not None else ():
        amount = named.inner(key) if named is not None else None
        if amount is not None:
            number, its_unit = amount.number("value", required=True), _unit(amount, "unit")
            amount.close()
            if number is not None and its_unit:
                amounts[key] = Amount(number.value, its_unit)
    column, of_row = typed.text("column"), typed.text("of_row")
    typed.close()
    answer = _Class(nominal, nominal_unit)
    if not row or nominal is None or not nominal_unit or not unit:
        return answer, None
    use = Use(Amount(nominal.value, nominal_unit), amounts, column, of_row)
    limit, found = accuracy_class.limit(row, use, unit, day, typed.where())
    fields.found.extend(found)
    return answer, limit


def _half_width(fields: Fields, limit: Limit) -> Uncertainty | None:
    """A class's limit as a rectangle about the nominal value: u = limit/√3."""
    if limit.measures != "limit":
        fields.report("typed.class.width", "class", row=limit.row, measures=limit.measures)
        return None
    half = limit.half_width
    if half is None:
        fields.report("typed.class.one_sided", "class", row=limit.row)
        return None
    if limit.plus != limit.minus:
        fields.report(
            "typed.class.asymmetric", "class", severity="warning", row=limit.row, plus=limit.plus, minus=limit.minus
        )
    return Uncertainty("half_width", np.array([half]), (f"{half:.12g}",), distribution=limit.distribution)


def _check_order(fields: Fields, stated: _Stated, limit: Limit) -> None:
    """By order the certificate's own U counts; it should not be above the bound, at the same level of confidence."""
    bound_k = limit.k or (coverage_factor(limit.p, None) if limit.p else None)
    own_k = stated.k.value if stated.k is not None else coverage_factor(stated.p, stated.dof) if stated.p else None
    if limit.plus is None or bound_k is None or own_k is None:
        return
    for i, number in enumerate(stated.U):
        if number.value / own_k > limit.plus / bound_k * (1 + 1e-9):
            fields.report(
                "typed.class.order_exceeded",
                "U",
                i,
                severity="warning",
                row=limit.row,
                U=number.printed,
                bound=limit.plus,
            )


def _order_bound(fields: Fields, limit: Limit) -> Uncertainty | None:
    """Only the order is stated: its bound stands for the U that the certificate should carry."""
    if limit.plus is None:
        return None
    k = limit.k or coverage_factor(limit.p or 0.95, None)
    fields.report("typed.class.bound_used", "class", severity="warning", row=limit.row, U=limit.plus, k=f"{k:.4g}")
    return Uncertainty("expanded", np.array([limit.plus]), (f"{limit.plus:.12g}",), k, limit.p)


def _range(fields: Fields, unit: str) -> tuple[float | None, float | None, str]:
    inner = fields.inner("range")
    if inner is None:
        return None, None, ""
    lower, upper = inner.number("lower"), inner.number("upper")
    range_unit = _unit(inner, "unit", unit) if unit or inner.has("unit") else ""
    if lower is not None and upper is not None and lower.value > upper.value:
        inner.report("typed.range.reversed", "lower", lower=lower.printed, upper=upper.printed)
    inner.close()
    return None if lower is None else lower.value, None if upper is None else upper.value, range_unit


def _list_correlation(fields: Fields, size: int) -> NDArray[np.float64] | None:
    """The correlation matrix within one list: n rows of n numbers."""
    if not fields.has("correlation"):
        return None
    rows = fields.content["correlation"]
    if not isinstance(rows, list) or len(rows) != size or any(not isinstance(r, list) or len(r) != size for r in rows):
        fields.report("typed.correlation.shape", "correlation", values=size)
        return None
    numbers = [[fields.one_number(v, "correlation", i, j) for j, v in enumerate(r)] for i, r in enumerate(rows)]
    if any(n is None for r in numbers for n in r):
        return None
    matrix = np.array([[n.value for n in r if n is not None] for r in numbers])
    if not np.allclose(matrix, matrix.T, atol=1e-12) or not np.allclose(np.diag(matrix), 1.0):
        fields.report("typed.correlation.shape", "correlation", values=size)
        return None
    return matrix if possible(fields, matrix, "correlation") else None


def possible(fields: Fields, matrix: NDArray[np.float64], key: str) -> bool:
    """Positive semidefinite, up to what printed digits of r can leave."""
    if matrix.size and float(np.linalg.eigvalsh(matrix)[0]) < -1e-6:
        fields.report("typed.correlation.matrix", key)
        return False
    return True
