"""What a recomputation of declared statistics takes from a QIF 2 or 3 file: values, limits, declared Cp and Cpk.

Namespaces differ between the versions, local names hardly; results may be nested twice in one another, so each measured
element counts once, by its id. Everything else of the format is the business of its reader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from suyuan.certificate.xml import Element, parse
from suyuan.quantity.finding import Refused, finding
from suyuan.verbs.wants import wrong

Files = Callable[[str], bytes]
MEASURED = ("CharacteristicActual", "CharacteristicMeasurement")
"""How the elements of measured characteristics end, in QIF 2 and 3."""


def extracted(body: Mapping[str, Any], files: Files | None) -> dict[str, Any]:
    """The input of a case with values, tolerance and declared statistics of the characteristic of its file.

    `characteristic`: name or id, needed where the file has several (the one with declared indices counts alone).
    Raises Refused for a file that is no QIF, or holds no such characteristic or no values.
    """
    name = body.get("file")
    if name is None or body.get("values") is not None:
        return dict(body)
    if body.get("format", "QIF") != "QIF":
        raise Refused(wrong("/input/format", "one_of", body["format"], choices="QIF"))
    root = _root(name, files)
    values = _values(root)
    stats = _stats(root, values)
    item = _chosen(root, values, stats, body.get("characteristic"))
    kept = {key: value for key, value in body.items() if key not in ("file", "characteristic")}
    found = {
        "values": [value for _, value in values[item]],
        "tolerance": _tolerance(root, item, min(value for _, value in values[item])),
        "declared": stats.get(item, {}),
        "characteristic": _name(root, item) or item,
    }
    return {**found, **kept}


def inspected(body: Mapping[str, Any], files: Files | None) -> dict[str, Any]:
    """The input of a case of an inspected part with the characteristics of its file: name, value, limits, status.

    Characteristics that are measured several times (on several parts) are numbered. Raises Refused for a file that is
    no QIF, holds no values, or states no limits of one.
    """
    name = body.get("file")
    if name is None or body.get("characteristics") is not None:
        return dict(body)
    root = _root(name, files)
    stated = {str(e.get("id", "")): _text(_child(e, "Status", "CharacteristicStatusEnum"))
              for ending in MEASURED for e in _all(root, ending)}  # fmt: skip
    rows = []
    for item, held in _values(root).items():
        limits = _tolerance(root, item, min(value for _, value in held))
        middle = 0.0 if limits["limits"] else limits["nominal"]
        if middle is None:
            raise _absent("该特性的名义值", "nominal value of the characteristic")
        for number, (key, value) in enumerate(held, 1):
            ends = {k: None if limits[k] is None else middle + limits[k] for k in ("lower", "upper")}
            label = _name(root, item) or item
            rows.append({"name": label if len(held) == 1 else f"{label} #{number}", "value": value, **ends,
                         "stated": stated.get(key, "")})  # fmt: skip
    return {**body, "characteristics": rows}


def _root(name: Any, files: Files | None) -> Element:
    """The root of the QIF document of a name."""
    if not isinstance(name, str) or not name.strip():
        raise Refused(wrong("/input/file", "text", name))
    if files is None:
        raise Refused(finding("assurance_studies.file.not_at_hand", "/input/file", name=name[:120]))
    tree, findings = parse(files(name))
    if tree is None:
        raise Refused(*findings)
    root = tree.getroot()
    if _local(root) != "QIFDocument":
        raise _absent("QIFDocument 元素", "element QIFDocument")
    return root


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _all(root: Element, ending: str) -> Iterator[Element]:
    """Elements whose local name ends so."""
    return (element for element in root.iter() if _local(element).endswith(ending))


def _child(element: Element | None, *names: str) -> Element | None:
    """The first child of a name, and its child of the next name, and so on."""
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if _local(child) == name), None)
    return element


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _number(element: Element | None) -> float | None:
    """The number of an element, or of the first below it that is one."""
    if element is None:
        return None
    for one in element.iter():
        try:
            value = float(_text(one))
        except ValueError:
            continue
        return value if math.isfinite(value) else None
    return None


def _values(root: Element) -> dict[str, list[tuple[str, float]]]:
    """Item → (id, value) of its measured elements, in the order of the file, each id once."""
    found: dict[str, list[tuple[str, float]]] = {}
    seen: set[str] = set()
    for ending in MEASURED:
        for element in _all(root, ending):
            key, item = str(element.get("id", "")), _text(_child(element, "CharacteristicItemId"))
            value = _number(_child(element, "Value"))
            if not item or value is None or (key and key in seen):
                continue
            seen.add(key)
            found.setdefault(item, []).append((key, value))
    if not found:
        raise _absent("带数值的测量结果", "results with values")
    return found


def _stats(root: Element, values: Mapping[str, list[tuple[str, float]]]) -> dict[str, dict[str, float]]:
    """Item → declared Cp and Cpk."""
    item_of = {key: item for item, rows in values.items() for key, _ in rows}
    found: dict[str, dict[str, float]] = {}
    for element in _all(root, "CharacteristicStats"):
        stated = _child(element, "ValueStats")
        declared = {name: value for name in ("Cp", "Cpk") if (value := _number(_child(stated, name))) is not None}
        item = _text(_child(element, "CharacteristicItemId"))
        if not item:
            ids = [_text(one) for one in element.iter() if _local(one) == "Id"]
            item = next((item_of[key] for key in ids if key in item_of), "")
        if not item and len(values) == 1:
            item = next(iter(values))
        if declared and item in values:
            found[item] = declared
    return found


def _chosen(root: Element, values: Mapping[str, Any], stats: Mapping[str, Any], wanted: Any) -> str:
    if wanted is not None:
        named = [item for item in values if str(wanted) in (item, _name(root, item))]
        if len(named) == 1:
            return named[0]
    for several in (list(stats), list(values)):
        if wanted is None and len(several) == 1:
            return several[0]
    names = ", ".join(filter(None, (_name(root, item) or item for item in list(values)[:20])))
    raise Refused(finding("assurance.capability.several", "/input/file", n=len(values), names=names))


def _by_id(root: Element, ending: str, key: str) -> Element | None:
    return next((e for e in _all(root, ending) if e.get("id") == key), None) if key else None


def _name(root: Element, item: str) -> str:
    return _text(_child(_by_id(root, "CharacteristicItem", item), "Name"))


def _tolerance(root: Element, item: str, least: float) -> dict[str, Any]:
    """Limits or deviations of an item through its nominal and definition: lower, upper, nominal, limits (whether the
    file says that they are the limits themselves). The width of a zone is an upper limit of what cannot be negative;
    least: the smallest value."""
    nominal = _by_id(root, "CharacteristicNominal", _text(
        _child(_by_id(root, "CharacteristicItem", item), "CharacteristicNominalId")))  # fmt: skip
    definition = _by_id(root, "CharacteristicDefinition", _text(_child(nominal, "CharacteristicDefinitionId")))
    tolerance = _child(definition, "Tolerance")
    low, high = _number(_child(tolerance, "MinValue")), _number(_child(tolerance, "MaxValue"))
    if low is None and high is None:
        high = _number(_child(definition, "ToleranceValue"))
        if high is None or least < 0.0:
            raise _absent("该特性的上下限（公差带宽度不是限值）", "limits of the characteristic (a zone is none)")
        return {"lower": None, "upper": high, "nominal": None, "limits": True}
    stated = _text(_child(tolerance, "DefinedAsLimit")).lower() in ("true", "1")
    return {"lower": low, "upper": high, "nominal": _number(_child(nominal, "TargetValue")), "limits": stated}


def _absent(zh: str, en: str) -> Refused:
    return Refused(finding("assurance.capability.absent", "/input/file", thing_zh=zh, thing_en=en))
