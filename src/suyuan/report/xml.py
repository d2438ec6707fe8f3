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
from typing import Any

from lxml import etree

from suyuan.certificate.dsi_write import SI, number, unit_of
from suyuan.certificate.xml import Limits, parse
from suyuan.quantity.finding import Refused, finding

REPORT = "urn:suyuan:comparison-report:1"
LIMITS = Limits(size=512 * 2**20, tags=20_000_000)
Element = etree._Element
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_RESERVED = frozenset(("item", "entry"))
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MU = "measurementUncertaintyUnivariate"
_FACTOR = re.compile(r"[1-9]\d*(\.\d*)?")


def xml(fields: Mapping[str, Any], root: str = "comparisonReport") -> bytes:
    """Fields (as of the report's JSON) as an XML document in UTF-8, the same bytes for the same fields.

    Raises ValueError for a value that JSON has not.

    >>> made = xml({"value": 1.5, "unit": "mm", "U": 0.2, "k": 2.0, "lab": "A"})
    >>> b"<si:valueExpandedMU>0.2</si:valueExpandedMU>" in made, read(made) == {
    ...     "value": 1.5, "unit": "mm", "U": 0.2, "k": 2.0, "lab": "A"}
    (True, True)
    """
    top = etree.Element(f"{{{REPORT}}}{root}", nsmap={None: REPORT, "si": SI})
    _object(top, fields)
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


def _object(parent: Element, fields: Mapping[str, Any]) -> None:
    stated = _stated(fields)
    if stated:
        _real(parent, fields, stated)
    for key, value in fields.items():
        if key not in stated:
            if _NAME.fullmatch(key) and key not in _RESERVED:
                child = etree.SubElement(parent, f"{{{REPORT}}}{key}")
            else:
                child = etree.SubElement(parent, f"{{{REPORT}}}entry")
                escaped = _UNWRITABLE.search(key) is not None
                child.set("escaped" if escaped else "key", json.dumps(key) if escaped else key)
            _fill(child, value)


def _fill(element: Element, value: Any) -> None:
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
        case Mapping():
            element.set("type", "object")
            _object(element, value)
        case Sequence() if value and all(type(v) is float for v in value):
            element.set("type", "numbers")
            element.text = " ".join(map(_float, value))
        case Sequence():
            element.set("type", "list")
            for inner in value:
                _fill(etree.SubElement(element, f"{{{REPORT}}}item"), inner)
        case _:
            raise ValueError(f"no value of JSON: {type(value).__name__}")


def _float(value: float) -> str:
    """As xs:double writes it: INF, -INF, NaN, else the shortest digits that give the same float."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"


def _words(element: Element, text: str) -> None:
    if _UNWRITABLE.search(text) or (text and not text.strip()):
        element.set("type", "escaped")
        element.text = json.dumps(text)
    else:
        element.text = text


def _stated(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a si:real takes: value with U and k, or value with u; none where D-SI cannot say them."""
    value, unit = fields.get("value"), fields.get("unit")
    if not isinstance(unit, str) or not _finite(value) or not unit:
        return ()
    keys = ("value", "U", "k") if _finite(fields.get("U")) else ("value", "u")
    if not all(_finite(fields.get(key)) for key in keys) or fields[keys[1]] < 0:
        return ()
    if "k" in keys and not _FACTOR.fullmatch(repr(fields["k"])):
        return ()
    try:
        unit_of(unit, "")
    except Refused:
        return ()
    return keys


def _finite(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def _real(parent: Element, fields: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    real = etree.SubElement(parent, f"{{{SI}}}real")

    def add(where: Element, name: str, text: str) -> None:
        etree.SubElement(where, f"{{{SI}}}{name}").text = text

    add(real, "value", number(fields["value"]))
    add(real, "unit", unit_of(fields["unit"], "").dsi)
    spread = etree.SubElement(real, f"{{{SI}}}{_MU}")
    if "k" in keys:
        inner = etree.SubElement(spread, f"{{{SI}}}expandedMU")
        add(inner, "valueExpandedMU", number(fields["U"]))
        add(inner, "coverageFactor", repr(fields["k"]))
        add(inner, "coverageProbability", "NaN")
    else:
        add(etree.SubElement(spread, f"{{{SI}}}standardMU"), "valueStandardMU", number(fields["u"]))


# ---------------------------------------------------------------- reading

_MEANT = {"value": "value", "valueExpandedMU": "U", "coverageFactor": "k", "valueStandardMU": "u"}


def _fields(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child)
        if name.namespace == SI:
            for part in child.iter():
                meant = _MEANT.get(etree.QName(part).localname)
                if meant is not None:
                    found[meant] = float(part.text or "nan")
        else:
            found[_key(child) if name.localname == "entry" else name.localname] = _value(child)
    return found


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
