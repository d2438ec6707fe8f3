"""A report as XML and back: the same fields as its JSON, and each value with unit and uncertainty as D-SI has it.

An object is an element with a child a field, a list has `item` children, a list of numbers is an XML list. Where an
object bears a value, a unit and an uncertainty (U with k, or u), these stand in a si:real as in a DCC, so that a reader
of certificates reads them too. `read` gives the fields back, equal to those that were written. Source: D-SI XML 2.2.1.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from lxml import etree

from suyuan.certificate.dsi_write import SI, unit_of
from suyuan.certificate.xml import Limits, parse
from suyuan.quantity.finding import Refused, finding

REPORT = "urn:suyuan:comparison-report:1"
LIMITS = Limits(size=512 * 2**20, tags=20_000_000)
Element = etree._Element
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_RESERVED = frozenset(("item", "entry"))
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIXES: Any = {None: REPORT, "si": SI}
_MU = "measurementUncertaintyUnivariate"
_FACTOR = re.compile(r"[1-9]\d*(\.\d*)?")


def xml(fields: Mapping[str, Any], units: Mapping[str, str] | None = None, root: str = "comparisonReport") -> bytes:
    """Fields (as of the report's JSON) as an XML document in UTF-8, the same bytes for the same fields.

    units: by measurand, for values below an object that names its «measurand» and no unit of its own. Raises
    ValueError for a value that JSON has not.

    >>> made = xml({"value": 1.5, "unit": "mm", "U": 0.2, "k": 2.0, "lab": "A"})
    >>> b"<si:valueExpandedMU>0.2</si:valueExpandedMU>" in made, read(made) == {
    ...     "value": 1.5, "unit": "mm", "U": 0.2, "k": 2.0, "lab": "A"}
    (True, True)
    """
    top = etree.Element(f"{{{REPORT}}}{root}", nsmap=_PREFIXES)
    _object(top, fields, _Units(units or {}))
    etree.indent(top, " ")
    made: bytes = etree.tostring(top, encoding="UTF-8", xml_declaration=True)
    return made + b"\n"


def read(document: bytes) -> dict[str, Any]:
    """The fields that `xml` wrote. Raises Refused for a file that is none of these."""
    tree, findings = parse(document, LIMITS)
    if tree is None:
        raise Refused(*findings)
    top = tree.getroot()
    if etree.QName(top).namespace != REPORT:
        raise Refused(finding("report.xml.foreign", "line 1", given=etree.QName(top).text[:80], expected=REPORT))
    fields: dict[str, Any] = _fields(top)
    return fields


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class _Units:
    """Units by measurand, and the one that holds here."""

    by_measurand: Mapping[str, str]
    here: str = ""

    def below(self, fields: Mapping[str, Any]) -> _Units:
        unit, measurand = fields.get("unit"), fields.get("measurand")
        if isinstance(unit, str) and unit:
            return _Units(self.by_measurand, unit)
        if isinstance(measurand, str) and measurand in self.by_measurand:
            return _Units(self.by_measurand, self.by_measurand[measurand])
        return self


def _object(parent: Element, fields: Mapping[str, Any], units: _Units) -> None:
    units = units.below(fields)
    stated = _stated(fields, units.here)
    if stated:
        _real(parent, fields, stated, units.here)
    for key, value in fields.items():
        if key not in stated:
            if _NAME.fullmatch(key) and key not in _RESERVED:
                child = etree.SubElement(parent, f"{{{REPORT}}}{key}")
            else:
                child = etree.SubElement(parent, f"{{{REPORT}}}entry")
                escaped = _UNWRITABLE.search(key) is not None
                child.set("escaped" if escaped else "key", json.dumps(key) if escaped else key)
            _fill(child, value, units)


def _fill(element: Element, value: Any, units: _Units) -> None:
    match value:
        case None:
            element.set("type", "null")
        case bool():
            element.set("type", "boolean")
            element.text = "true" if value else "false"
        case int():
            element.set("type", "integer")
            element.text = str(value)
        case float():
            element.set("type", "number")
            element.text = _float(value)
        case str():
            _words(element, value)
        case date():
            element.text = value.isoformat()
        case Mapping():
            element.set("type", "object")
            _object(element, value, units)
        case Sequence() if value and all(isinstance(v, float) for v in value):
            element.set("type", "numbers")
            element.text = " ".join(map(_float, value))
        case Sequence():
            element.set("type", "list")
            for inner in value:
                _fill(etree.SubElement(element, f"{{{REPORT}}}item"), inner, units)
        case _:
            raise ValueError(f"no value of JSON: {type(value).__name__}")


def _float(value: float) -> str:
    """As xs:double writes it: INF, -INF, NaN, else the shortest digits that give the same float."""
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"


def _digits(value: Any) -> str:
    return str(value) if type(value) is int else _float(value)


def _words(element: Element, text: str) -> None:
    if _UNWRITABLE.search(text) or (text and not text.strip()):
        element.set("type", "escaped")
        element.text = json.dumps(text)
    else:
        element.text = text


def _stated(fields: Mapping[str, Any], unit: str) -> tuple[str, ...]:
    """The fields that D-SI takes: value with U and k, with u, or with U alone; none where D-SI cannot say them."""
    value = fields.get("value")
    for keys in (("U", "k"), ("u",), ("U",)):
        if all(_fits(value, fields.get(key)) for key in keys):
            break
    else:
        return ()
    if "k" in keys and not (_finite(fields["k"]) and _FACTOR.fullmatch(_digits(fields["k"]))):
        return ()
    return ("value", *keys) if _has_word(unit) else ()


def _fits(value: object, spread: object) -> bool:
    """A number with an uncertainty that is not negative, or columns of them of one length."""
    if _finite(value):
        return _finite(spread) and spread >= 0  # type: ignore[operator]
    if not isinstance(value, list) or not isinstance(spread, list) or len(value) != len(spread) or not value:
        return False
    return all(isinstance(v, float) and math.isfinite(v) for v in (*value, *spread)) and min(spread) >= 0.0


def _finite(value: object) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


@cache
def _has_word(unit: str) -> bool:
    """Whether D-SI has a word for the unit."""
    try:
        return bool(unit) and bool(unit_of(unit, ""))
    except Refused:
        return False


def _real(parent: Element, fields: Mapping[str, Any], keys: tuple[str, ...], unit: str) -> None:
    """si:real, or si:realListXMLList for columns."""
    columns = isinstance(fields["value"], list)
    tail = "XMLList" if columns else ""
    real = etree.SubElement(parent, f"{{{SI}}}{'realListXMLList' if columns else 'real'}")

    def add(where: Element, name: str, given: Any) -> None:
        if not isinstance(given, str):
            given = " ".join(map(_float, given)) if columns else _digits(given)
        etree.SubElement(where, f"{{{SI}}}{name}{tail}").text = given

    add(real, "value", fields["value"])
    add(real, "unit", unit_of(unit, "").dsi)
    spread = etree.SubElement(real, f"{{{SI}}}{_MU}{tail}")
    if "U" in keys:
        inner = etree.SubElement(spread, f"{{{SI}}}expandedMU{tail}")
        add(inner, "valueExpandedMU", fields["U"])
        add(inner, "coverageFactor", _digits(fields["k"]) if "k" in keys else "NaN")
        add(inner, "coverageProbability", "NaN")
    else:
        add(etree.SubElement(spread, f"{{{SI}}}standardMU{tail}"), "valueStandardMU", fields["u"])


# ---------------------------------------------------------------- reading

_MEANT = {"value": "value", "valueExpandedMU": "U", "coverageFactor": "k", "valueStandardMU": "u"}


def _fields(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child)
        if name.namespace == SI:
            columns = etree.QName(child).localname.endswith("XMLList")
            for part in child.iter():
                meant = _MEANT.get(etree.QName(part).localname.removesuffix("XMLList"))
                text = part.text or ""
                if meant is not None and text != "NaN":
                    found[meant] = [float(word) for word in text.split()] if columns else _number(text)
        else:
            found[_key(child) if name.localname == "entry" else name.localname] = _value(child)
    return found


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def _key(element: Element) -> str:
    escaped = element.get("escaped")
    return element.get("key", "") if escaped is None else str(json.loads(escaped))


def _value(element: Element) -> Any:
    text = element.text or ""
    match element.get("type"):
        case "null":
            return None
        case "boolean":
            return text == "true"
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "numbers":
            return [float(word) for word in text.split()]
        case "escaped":
            return json.loads(text)
        case "object":
            return _fields(element)
        case "list":
            return [_value(child) for child in element]
        case _:
            return text
