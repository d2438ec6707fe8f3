"""The budget of a result: by input through its case, by source and by certificate through its archive."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from suyuan.certificate.certificate import Text
from suyuan.quantity.budget import BudgetRow, by_certificate, by_source
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.notation import MINUS, notate, rounded_uncertainty
from suyuan.quantity.notation import number as shown_number
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit, ratio
from suyuan.site.terms import term
from suyuan.site.web.parts.text import pick
from suyuan.site.web.ways import certificate_way
from suyuan.traceability.attached import body
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.evaluate import Evaluation, Output, evaluate

VIEWS = ("input", "source", "certificate")
SMALLER: Mapping[str, tuple[str, ...]] = {
    "1,0,0,0,0,0,0": ("m", "mm", "um", "nm", "pm"),
    "0,0,0,0,1,0,0": ("K", "mK", "uK"),
    "0,1,0,0,0,0,0": ("kg", "g", "mg", "ug", "ng"),
    "0,0,1,0,0,0,0": ("s", "ms", "us", "ns"),
    "0,0,0,1,0,0,0": ("A", "mA", "uA", "nA"),
    "2,1,-3,-1,0,0,0": ("V", "mV", "uV", "nV"),
    "2,1,-3,-2,0,0,0": ("ohm", "mohm", "uohm", "nohm"),
    "-1,1,-2,0,0,0,0": ("MPa", "kPa", "Pa", "mPa"),
    "2,0,0,0,0,0,0": ("m^2", "mm^2", "um^2"),
}
"""Units in which contributions of a dimension are read easily, the largest first."""


@dataclass(frozen=True)
class Written:
    """A number as text, with its unit."""

    text: str
    unit: str


@dataclass(frozen=True)
class Row:
    """One line. common: what inputs have in common, which belongs to none of them; u: standard uncertainty of the input
    as text with its own unit; size: |c|·u in the budget's unit; estimate, sensitivity: xᵢ and
    cᵢ where the row is one input or influence."""

    name: Text
    symbol: str
    u: str | None
    u_unit: str
    distribution: str
    dof: str
    size: float
    size_text: str
    share: float
    source: str
    address: str = ""
    common: bool = False
    estimate: Written | None = None
    sensitivity: Written | None = None

    @property
    def share_text(self) -> str:
        """The share in percent, with a real minus for what correlation takes away."""
        if 0.0 < abs(self.share) < 0.01:
            return "< 1 %" if self.share > 0.0 else "> −1 %"
        return f"{self.share * 100:.0f} %".replace("-", MINUS)


@dataclass(frozen=True)
class Budget:
    """A budget in one view. unit: of all contributions; largest: of the scale of the bars; why: findings where a view
    cannot be had; views: those that can."""

    view: str
    rows: tuple[Row, ...]
    unit: str
    combined: str
    combined_size: float
    largest: float
    dof: str
    k: str
    expanded: str
    expanded_unit: str
    without: str = ""
    findings: tuple[Finding, ...] = ()
    views: tuple[str, ...] = VIEWS


def evaluated(case: Mapping[str, Any] | None, evidence: Evidence) -> tuple[Evaluation | None, tuple[Finding, ...]]:
    """The case evaluated again from the certificates that it names, or why that cannot be done."""
    if case is None:
        return None, ()
    try:
        return evaluate(case, evidence), ()
    except Refused as refused:
        return None, refused.findings


def budget(
    y: Quantity, k: float | None, view: str, output: Output | None, case: Mapping[str, Any] | None,
    evidence: Evidence, why: tuple[Finding, ...] = (),
) -> Budget:  # fmt: skip
    """The budget of one scalar result. y: from the archive; k: as stated; output: of the case evaluated again."""
    views = VIEWS if output is not None else VIEWS[1:]
    chosen = view if view in views else views[0]
    if chosen == "input" and output is not None:
        rows = output.budget
    else:
        rows = by_certificate(y) if chosen == "certificate" else by_source(y)
    unit = handy(y.unit.as_difference(), float(y.u))
    factor = _ratio(y.unit.as_difference(), unit)
    labels = _labels(case)
    combined = float(y.u) * factor
    lines = tuple(
        replace(_row(r, factor, chosen, labels, evidence), size_text=signed(r, abs(r.contribution) * factor, combined),
                sensitivity=sensitivity(r, y.unit))
        for r in rows if r.share or r.u
    )  # fmt: skip
    expanded = None if k is None else combined * k
    first = max(rows, key=lambda r: r.share, default=None)
    without = ""
    # What two inputs have in common belongs to neither, so none of them can be taken away alone.
    apart = all(r.share >= 0.0 for r in rows) and not any(r.name == "correlation" for r in rows)
    if first is not None and expanded is not None and 0.0 < first.share < 1.0 and chosen == "input" and apart:
        without = str(rounded_uncertainty(expanded * math.sqrt(1.0 - first.share)))
    largest = max([combined, *(r.size for r in lines)]) * 1.02
    return Budget(
        chosen, lines, unit.symbol, beside(combined, combined), combined, largest, _dof(float(y.dof)),
        "" if k is None else f"{k:.4g}", "" if expanded is None else _two(expanded), unit.symbol, without,
        why if chosen != "input" else (), views,
    )  # fmt: skip


def signed(row: BudgetRow, size: float, combined: float) -> str:
    """The size of a contribution as its column shows it; a minus where correlation takes away."""
    return ("−" if row.share < 0.0 else "") + beside(size, combined)


def beside(size: float, combined: float) -> str:
    """A contribution to the place of the third digit of the combined uncertainty, so that the column adds up; smaller
    ones to two digits of their own.

    >>> beside(1.0, 1.0418), beside(0.0859, 1.0418), beside(0.0002, 1.0418), beside(0.0, 1.0418)
    ('1.00', '0.09', '0.00020', '0')
    """
    if not size > 0.0 or not 0.0 < combined < math.inf:
        return "0"
    decimals = 2 - math.floor(math.log10(combined))
    if size < 0.05 * combined or not 0 <= decimals <= 6:
        return f"{rounded_uncertainty(size):f}" if 1e-6 < size < 1e6 else (shown_number(size, 3) or "0")
    return f"{size:.{decimals}f}"


def estimate(row: BudgetRow) -> Written | None:
    """The input's estimate to the place of its own standard uncertainty."""
    if row.value is None:
        return None
    text = (notate(row.value, row.u).value_text if row.u else None) or shown_number(row.value, 9) or ""
    return Written(text, _symbol(row.unit))


def sensitivity(row: BudgetRow, unit: Unit) -> Written | None:
    """∂y/∂x with its unit: that of the result over that of the input."""
    if row.sensitivity is None:
        return None
    over, under = unit.as_difference().symbol, _symbol(row.unit, difference=True)
    if over == under:
        over, under = "1", "1"
    under = f"({under})" if re.search(r"[ ·/]", under) else under
    shown = over if under == "1" else f"{over}/{under}"
    if shown.startswith("1/(1/") and re.fullmatch(r"1/\(1/[^ ·/()]+\)", shown):
        shown = shown[5:-1]  # over 1/°C is °C
    return Written(shown_number(row.sensitivity, 4) or "", shown)


def _symbol(unit: str, difference: bool = False) -> str:
    try:
        found = parse_unit(unit) if unit else ONE
    except Refused:
        return unit
    return (found.as_difference() if difference else found).symbol


def handy(unit: Unit, size: float) -> Unit:
    """The unit of the same dimension in which a size is 1 to 1000, as far as people use one."""
    names = SMALLER.get(",".join(str(e) for e in unit.dimension), ())
    for name in names:
        other = parse_unit(name).as_difference()
        if size * _ratio(unit, other) >= 1.0:
            return other
    return parse_unit(names[-1]).as_difference() if names and size > 0.0 else unit


def _ratio(unit: Unit, other: Unit) -> float:
    return 1.0 if unit == other else ratio(unit, other)


def _two(number: float) -> str:
    return str(format(rounded_uncertainty(number), "f")) if number > 0.0 and math.isfinite(number) else "0"


def _dof(dof: float) -> str:
    return "∞" if math.isinf(dof) else (shown_number(dof, 3) or "")


def _labels(case: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    rows: Sequence[Any] = body(case).get("inputs", ()) if case is not None else ()
    return {str(row.get("name")): row for row in rows if isinstance(row, dict)}


def _row(
    row: BudgetRow, factor: float, view: str, labels: Mapping[str, Mapping[str, Any]], evidence: Evidence
) -> Row:  # fmt: skip
    label = labels.get(row.name, {}) if view == "input" else {}
    name: Any = label.get("label") or row.name
    common = view == "input" and row.name == "correlation"
    if common:
        name = term("cert.budget.common")
    elif view == "certificate":
        name = f"{row.source.issuer} {row.source.number}".strip() or term("cert.budget.own")
    elif view == "source" and row.source.number:
        name = _stated_by(row, evidence)
    size = abs(row.contribution) * abs(factor)
    source, address = _source(row, label, evidence)
    return Row(
        name, row.name if view == "input" and label else "",
        *own(row), row.distribution, _dof(row.dof), size,
        ("−" if row.share < 0.0 else "") + (shown_number(size, 3) or "0"), row.share, source, address, common,
        estimate(row),
    )  # fmt: skip


def _stated_by(row: BudgetRow, evidence: Evidence) -> str:
    """Issuer, number and quantity of a source; its place is for programs and says nothing to people."""
    source = row.source
    found = evidence.by_key.get((source.issuer, source.number), ())
    stated = found[0].at(source.place) if found and source.place else None
    what = pick(stated.name)[0] if stated is not None else ""
    return " ".join(part for part in (source.issuer, source.number, what, source.text) if part)


def own(row: BudgetRow) -> tuple[str | None, str]:
    """The input's own standard uncertainty in a unit in which it is read easily."""
    if row.u is None:
        return None, ""
    try:
        unit = parse_unit(row.unit).as_difference() if row.unit else ONE
    except Refused:
        return _two(row.u), row.unit
    shown = handy(unit, row.u)
    text = _two(row.u * _ratio(unit, shown))
    return text if not 0.0 < float(text) < 1e-3 else (shown_number(float(text), 2) or text), shown.symbol


def _source(row: BudgetRow, label: Mapping[str, Any], evidence: Evidence) -> tuple[str, str]:
    """Where an uncertainty comes from, and its certificate's page where that is at hand."""
    parameters = label.get("parameters")
    if label.get("distribution") == "certificate" and isinstance(parameters, dict):
        number, digest = str(parameters.get("number") or ""), str(parameters.get("sha256") or "")
        return number, certificate_way(digest) if digest in evidence.by_digest else ""
    if row.source.number:
        found = evidence.by_key.get((row.source.issuer, row.source.number), ())
        return row.source.number, certificate_way(found[0].digest) if found else ""
    return str(label.get("source") or row.source.text or ""), ""
