"""A stated quantity as D-SI 2.2: si:real, si:realListXMLList or si:hybrid, with that version's uncertainty.

The printed digits are written where there are any, else the shortest text that gives the same float. What is not
stated and the schema demands (k, p) is written NaN, which the schema allows: never a number that nobody stated.
Source: D-SI XML schema 2.2.1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from lxml import etree

from suyuan.certificate.certificate import StatedQuantity, Uncertainty
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.unit import Unit, parse_unit

SI = "https://ptb.de/si"
RULE = "D-SI 2.2.1"
_DECIMAL = re.compile(r"[-+]?(\d*\.\d+|\d+\.?)([Ee][-+]?\d+)?")
_COVERAGE_FACTOR = re.compile(r"[1-9]\d*(\.\d*)?")
_PROBABILITY = re.compile(r"0(\.\d*)?|1(\.0*)?")

Element = etree._Element


def write_dsi(parent: Element, stated: StatedQuantity, where: str) -> None:
    """Append one stated quantity to a dcc:quantity, as a hybrid where it has the same quantity in other units."""
    if stated.alternatives:
        parent = etree.SubElement(parent, f"{{{SI}}}hybrid")
    for form in (stated, *stated.alternatives):
        (_real if form.value.size == 1 else _list)(parent, form, where)


def write_real(parent: Element, value: float, unit: Unit, printed: str = "") -> None:
    """Append a bare si:real."""
    real = etree.SubElement(parent, f"{{{SI}}}real")
    _add(real, "value", number(value, printed))
    _add(real, "unit", unit.dsi)


def number(value: float, printed: str = "") -> str:
    """The printed digits if the schema takes them, else the shortest text of the float; NaN stays NaN."""
    if printed and _DECIMAL.fullmatch(printed):
        return printed
    return "NaN" if math.isnan(value) else repr(float(value))


def unit_of(text: str, where: str) -> Unit:
    """The unit, or Refused with the place in the certificate; also where D-SI has no word for it."""
    try:
        unit = parse_unit(text)
        if not unit.dsi:
            raise Refused(finding("dcc_write.unit", where, rule=RULE, unit=text, coherent=unit.in_dsi().symbol))
        return unit
    except Refused as refused:
        raise Refused(
            *(finding(f.code, where, f.severity, f.rule, **dict(f.parameters)) for f in refused.findings)
        ) from None


def _add(parent: Element, name: str, text: str = "") -> Element:
    child = etree.SubElement(parent, f"{{{SI}}}{name}")
    if text:
        child.text = text
    return child


def _texts(values: Sequence[float], printed: tuple[str, ...], where: str) -> str:
    if any(math.isinf(v) for v in values):
        raise Refused(finding("dcc_write.not_finite", where, rule=RULE))
    digits = printed if len(printed) == len(values) else ("",) * len(values)
    return " ".join(number(v, p) for v, p in zip(values, digits, strict=True))


def _real(parent: Element, stated: StatedQuantity, where: str) -> None:
    real = _add(parent, "real")
    if stated.label:
        _add(real, "label", stated.label)
    if stated.quantity_kind:
        _add(real, "quantityTypeQUDT", stated.quantity_kind)
    _add(real, "value", _texts(np.ravel(stated.value).tolist(), stated.printed, where))
    _add(real, "unit", unit_of(stated.unit, where).dsi)
    if stated.uncertainty is not None:
        _uncertainty(_add(real, "measurementUncertaintyUnivariate"), stated.uncertainty, "", where)


def _list(parent: Element, stated: StatedQuantity, where: str) -> None:
    values = _add(parent, "realListXMLList")
    if stated.label and not re.search(r"\s", stated.label):  # an XML list would cut a label at its blanks
        _add(values, "labelXMLList", stated.label)
    if stated.quantity_kind:
        _add(values, "quantityTypeQUDTXMLList", stated.quantity_kind)
    _add(values, "valueXMLList", _texts(np.ravel(stated.value).tolist(), stated.printed, where))
    unit = unit_of(stated.unit, where)
    _add(values, "unitXMLList", unit.dsi)
    stated_u = stated.uncertainty
    if stated_u is not None:
        if stated_u.value.size not in (1, stated.value.size):
            raise Refused(
                finding("dcc_write.lengths", where, rule=RULE, U=stated_u.value.size, values=stated.value.size)
            )
        _uncertainty(_add(values, "measurementUncertaintyUnivariateXMLList"), stated_u, "XMLList", where)
        if stated.correlation is not None:
            _covariance(values, stated, stated_u, unit, where)


def _uncertainty(parent: Element, stated: Uncertainty, suffix: str, where: str) -> None:
    """expandedMU, standardMU or coverageIntervalMU; a half-width a is an expanded uncertainty with k = √3, p = 1."""
    own = _texts(np.ravel(stated.value).tolist(), stated.printed, where)
    if any(text.startswith("-") for text in own.split()):
        raise Refused(finding("dcc_write.negative", where, rule=RULE, given=own[:80]))
    p, k = stated.p, stated.k
    match stated.kind:
        case "standard":
            inner = _add(parent, "standardMU" + suffix)
            _add(inner, "valueStandardMU" + suffix, own)
        case "interval":
            inner = _add(parent, "coverageIntervalMU" + suffix)
            _add(inner, "valueStandardMU" + suffix, own)
            for name, ends in (("intervalMin", stated.lower), ("intervalMax", stated.upper)):
                if ends is None:
                    raise Refused(finding("dcc_write.missing", where, rule=RULE, field=name))
                _add(inner, name + suffix, _texts(np.ravel(ends).tolist(), (), where))
            _add(inner, "coverageProbability" + suffix, _probability(p, where))
        case _:
            if stated.kind == "half_width":
                p, k = 1.0, math.sqrt(3.0)
            inner = _add(parent, "expandedMU" + suffix)
            _add(inner, "valueExpandedMU" + suffix, own)
            _add(inner, "coverageFactor" + suffix, _factor(k, where))
            _add(inner, "coverageProbability" + suffix, _probability(p, where))
    if stated.distribution and stated.distribution != "unknown":
        _add(inner, "distribution" + suffix, stated.distribution)


def _factor(k: float | None, where: str) -> str:
    text = "NaN" if k is None else f"{k:.17g}" if float(f"{k:.15g}") != k else f"{k:.15g}"
    if text != "NaN" and not _COVERAGE_FACTOR.fullmatch(text):
        raise Refused(finding("dcc_write.coverage", where, rule=RULE, given=text, field="k"))
    return text


def _probability(p: float | None, where: str) -> str:
    text = "NaN" if p is None else f"{p:.15g}"
    if text != "NaN" and not _PROBABILITY.fullmatch(text):
        raise Refused(finding("dcc_write.coverage", where, rule=RULE, given=text, field="p"))
    return text


def _covariance(parent: Element, stated: StatedQuantity, spread: Uncertainty, unit: Unit, where: str) -> None:
    """cov(xᵢ, xⱼ) = r·uᵢ·uⱼ as an ellipsoidal region; its k and p are nobody's statement and stay NaN."""
    divisor = {"expanded": spread.k, "half_width": math.sqrt(3.0)}.get(spread.kind, 1.0)
    size = stated.value.size
    if stated.correlation is None or stated.correlation.shape != (size, size):
        raise Refused(finding("dcc_write.lengths", where, rule=RULE, U="correlation", values=size))
    if divisor is None:
        raise Refused(finding("dcc_write.missing", where, rule=RULE, field="k"))
    u = np.broadcast_to(np.ravel(spread.value) / divisor, (size,))
    size_of_degree = parse_unit("K") if unit.kind == "point" and unit.factor == 1.0 else unit.as_difference()
    square = (size_of_degree**2).dsi
    region = _add(_add(parent, "measurementUncertaintyMultivariateXMLList"), "ellipsoidalRegionMUXMLList")
    matrix = _add(region, "covarianceMatrixXMLList")
    for column in (stated.correlation * np.outer(u, u)).T:
        cell = _add(_add(matrix, "columnXMLList"), "covarianceXMLList")
        _add(cell, "valueXMLList", _texts(column.tolist(), (), where))
        _add(cell, "unitXMLList", square)
    _add(region, "coverageFactorXMLList", "NaN")
    _add(region, "coverageProbabilityXMLList", "NaN")
