"""D-SI: one element of the SI namespace becomes stated quantities.

Both uncertainty dialects are read, told apart by their elements and never by the version of the certificate
around them: `expandedUnc`, `coverageInterval` (up to D-SI 2.1, still allowed later) and
`measurementUncertaintyUnivariate` with `expandedMU`, `standardMU`, `coverageIntervalMU` (from 2.2; the schema itself
also spells it `…Univaraite`). A single value and a list of white-space separated values take the same way: a single
one is a list of one. Whatever is not understood is a finding that names it, and gives no number.

Sources: D-SI XSD 2.0.0, 2.1.0, 2.2.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from suyuan.certificate.certificate import StatedQuantity, Text, Uncertainty
from suyuan.certificate.dsi_covariance import covariance
from suyuan.certificate.dsi_uncertainty import (
    RULE,
    SI,
    UNCERTAINTY,
    Report,
    both,
    local_name,
    numbers,
    of_fields,
    stack,
    strange,
    uncertainty,
)
from suyuan.certificate.xml import Element, children, place
from suyuan.quantity.finding import finding

# Element → what it holds, for values, units and everything beside them.
_PART = {
    SI + "label": "label",
    SI + "labelXMLList": "label",
    SI + "quantityTypeQUDT": "kind",
    SI + "quantityTypeQUDTXMLList": "kind",
    SI + "listQuantityTypeQUDT": "kind",
    SI + "value": "value",
    SI + "valueXMLList": "value",
    SI + "unit": "unit",
    SI + "unitXMLList": "unit",
    SI + "listUnit": "unit",
    # of a constant, which has no element around its uncertainty
    SI + "valueStandardMU": "u",
    SI + "uncertainty": "u",
    SI + "distribution": "d",
    SI + "real": "member",
    **dict.fromkeys((*both("significantDigit", "dateTime"), SI + "listsignificantDigit"), "aside"),
    **dict.fromkeys(UNCERTAINTY, "uncertainty"),
    **dict.fromkeys(
        both("ellipsoidalRegion", "rectangularRegion", "measurementUncertaintyMultivariate"),
        "region",
    ),
}

_LIST, _REAL_LIST, _REAL, _HYBRID = SI + "list", SI + "realList", SI + "real", SI + "hybrid"
_UNIT_LIST, _LABEL_LIST = SI + "unitXMLList", SI + "labelXMLList"
_BESIDE = (SI + "label", SI + "dateTime")
_PLAIN = {_REAL, SI + "realListXMLList", SI + "constant"}


class Setting:
    """What surrounds a D-SI element: where findings and correlations go, and what all its quantities share."""

    name: Text
    ref_types: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None
    range_unit = ""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.name = {}
        self.joint: list[tuple[str, str, float]] = []


def read_dsi(element: Element, at: str, setting: Setting) -> list[StatedQuantity]:
    """The stated quantities of one D-SI element.

    element: real, realListXMLList, constant, realList, list or hybrid, or any element that holds si:value and si:unit
    directly; at: the place it gets (values of different units, and the members of a list, get «at/0», «at/1» …);
    setting: takes the findings, and (place, place, r) between the parts where one element was split.
    Returns [] where nothing could be understood.
    """
    tag = element.tag
    if tag in _PLAIN:
        return _split(element, _gather(element, setting.report), at, setting)
    if tag == _HYBRID:
        return _hybrid(element, at, setting)
    if tag == _REAL_LIST:
        return _split(element, _gather_list(element, setting.report), at, setting)
    if tag == _LIST:
        listed = [child for child in element if child.tag not in _BESIDE]
        if not listed:
            _no_value(element, setting.report)
        return [q for i, child in enumerate(listed) for q in read_dsi(child, f"{at}/{i}", setting)]
    if not tag.startswith(SI):
        return _split(element, _gather(element, setting.report), at, setting)
    strange(element, setting.report)
    return []


@dataclass(slots=True)
class _Raw:
    """What one element says, before lengths and units are judged."""

    printed: list[str]
    value: NDArray[np.float64]
    units: list[str]
    labels: Sequence[str] = ()
    kinds: Sequence[str] = ()
    uncertainty: Uncertainty | None = None
    correlation: NDArray[np.float64] | None = None


def _gather(element: Element, report: Report) -> _Raw | None:
    has = _by_part(element, report)
    if "member" in has:
        strange(has["member"], report)
    if "value" not in has:
        _no_value(element, report)
        return None
    printed, value = numbers(has["value"], report)
    if value is None:
        return None
    raw = _Raw(printed, value, _units(has.get("unit")))
    if "label" in has:
        raw.labels = _labels(has["label"])
    if "kind" in has:
        raw.kinds = _words(has["kind"])
    if "uncertainty" in has:
        raw.uncertainty = uncertainty(has["uncertainty"], len(value), report)
    elif "u" in has:
        fields = {letter: _words(has[letter]) for letter in "ud" if letter in has}
        raw.uncertainty = of_fields(fields, len(value), element, report)
    if "region" in has:
        region = has["region"]
        raw.uncertainty, raw.correlation = covariance(region, raw.units, len(value), raw.uncertainty, report)
    return raw


def _by_part(element: Element, report: Report) -> dict[str, Element]:
    """The children by what they hold, the last of each; a strange one is named and left out."""
    has: dict[str, Element] = {}
    for child in children(element):
        part = _PART.get(child.tag)
        if part is None:
            strange(child, report)
        else:
            has[part] = child
    return has


def _no_value(element: Element, report: Report) -> None:
    report(finding("certificate.dsi.number_missing", place(element), rule=RULE, element=local_name(element)))


def _units(element: Element | None) -> list[str]:
    """The units of an element; a single unit is kept whole, blanks included, so that it is refused as written."""
    if element is None:
        return []
    return _words(element) if element.tag == _UNIT_LIST else _whole(element)


def _labels(element: Element) -> list[str]:
    return _words(element) if element.tag == _LABEL_LIST else _whole(element)


def _whole(element: Element) -> list[str]:
    text = (element.text or "").strip()
    return [text] if text else []


def _words(element: Element) -> list[str]:
    return (element.text or "").split()


def _gather_list(element: Element, report: Report) -> _Raw | None:
    """A `realList`: each value an element of its own, unit and uncertainty once above or with each value."""
    parts = [_gather(child, report) for child in element.iterchildren(_REAL)]
    has = _by_part(element, report)
    each = [part for part in parts if part is not None and len(part.value) == 1]
    if not parts:
        _no_value(element, report)
    if not parts or len(each) != len(parts):
        return None
    count, units = len(each), _units(has.get("unit")) or [""]
    raw = _Raw(
        [token for part in each for token in part.printed],
        np.concatenate([part.value for part in each]),
        [(part.units or units)[0] for part in each],
        _labels(has["label"]) if "label" in has else (),
        _words(has["kind"]) if "kind" in has else (),
    )
    if any(part.labels for part in each):
        raw.labels = [" ".join(part.labels) for part in each]
    stated = [part.uncertainty for part in each]
    if any(stated):
        raw.uncertainty = stack(stated, element, report)
    elif "uncertainty" in has:
        raw.uncertainty = uncertainty(has["uncertainty"], count, report)
    if "region" in has:
        raw.uncertainty, raw.correlation = covariance(has["region"], raw.units, count, raw.uncertainty, report)
    return raw


def _split(element: Element, raw: _Raw | None, at: str, setting: Setting) -> list[StatedQuantity]:
    """One quantity where all values share a unit, else one for each value."""
    if raw is None:
        return []
    count, units = len(raw.value), raw.units
    if not units or "" in units:
        setting.report(finding("certificate.dsi.unit_missing", place(element), rule=RULE))
        return []
    if len(units) not in (1, count):
        code, where = "certificate.dsi.lengths", place(element)
        setting.report(finding(code, where, rule=RULE, values=count, other=len(units), what="unit"))
        return []
    labels, kinds = raw.labels, raw.kinds
    if len(units) == 1 or units.count(units[0]) == count:
        kind = kinds[0] if kinds and kinds.count(kinds[0]) == len(kinds) else " ".join(kinds)
        own = (tuple(raw.printed), raw.value, units[0], raw.uncertainty, raw.correlation, kind, " ".join(labels))
        return [_stated(element, at, own, setting)]
    parts = []
    for i in range(count):
        kind = kinds[i] if len(kinds) == count else " ".join(kinds)
        label = labels[i] if len(labels) == count else " ".join(labels)
        own = ((raw.printed[i],), raw.value[i : i + 1], units[i], _element(raw.uncertainty, i), None, kind, label)
        parts.append(_stated(element, f"{at}/{i}", own, setting))
    if raw.correlation is not None:
        for i in range(count):
            setting.joint.extend((f"{at}/{j}", f"{at}/{i}", float(raw.correlation[j, i])) for j in range(i))
    return parts


_Own = tuple[tuple[str, ...], NDArray[np.float64], str, Uncertainty | None, NDArray[np.float64] | None, str, str]


def _stated(element: Element, at: str, own: _Own, setting: Setting) -> StatedQuantity:
    printed, value, unit, uncertainty_, correlation, kind, label = own
    return StatedQuantity(
        at,
        value,
        unit,
        setting.name,
        printed,
        setting.ref_types,
        uncertainty_,
        correlation,
        setting.lower,
        setting.upper,
        setting.range_unit,
        kind,
        label,
        where=f"line {element.sourceline}",
    )


def _element(whole: Uncertainty | None, i: int) -> Uncertainty | None:
    """The i-th value's own uncertainty; None where it is not a number."""
    if whole is None:
        return None
    pick = slice(0, 1) if len(whole.value) == 1 else slice(i, i + 1)
    if math.isnan(whole.value[pick][0]):
        return None
    low = None if whole.lower is None else whole.lower[pick if len(whole.lower) == 1 else slice(i, i + 1)]
    high = None if whole.upper is None else whole.upper[pick if len(whole.upper) == 1 else slice(i, i + 1)]
    return replace(whole, value=whole.value[pick], printed=whole.printed[pick], lower=low, upper=high)


def _hybrid(element: Element, at: str, setting: Setting) -> list[StatedQuantity]:
    """The same quantity in several units: one quantity, the first form the main one, the others beside it."""
    joint, setting.joint = setting.joint, []
    forms: list[list[StatedQuantity]] = []
    for child in element:
        form = read_dsi(child, at, setting)
        if form and not forms:
            joint += setting.joint  # correlations between parts are the same in every unit: take the main form's
        if form:
            forms.append(form)
    setting.joint = joint
    if not len(element):
        _no_value(element, setting.report)
    if not forms:
        return []
    main, others = forms[0], forms[1:]
    for other in others:
        if len(other) != len(main) or any(len(a.value) != len(b.value) for a, b in zip(main, other, strict=False)):
            setting.report(finding("certificate.dsi.hybrid_shape", place(element), rule=RULE))
            return []
    whole = [replace(m, alternatives=tuple(other[i] for other in others)) for i, m in enumerate(main)]
    if any(m.uncertainty is None and any(a.uncertainty for a in m.alternatives) for m in whole):
        setting.report(finding("certificate.dsi.hybrid_uncertainty", place(element), "warning", RULE))
    return whole
