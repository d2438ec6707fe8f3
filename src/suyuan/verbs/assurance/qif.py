"""What a recomputation of declared statistics takes from a QIF 2 or 3 file: values, limits, declared Cp and Cpk.

Namespaces differ between the versions, local names hardly; results may be nested twice in one another, so each measured
element counts once, by its id. Everything else of the format is the business of its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from suyuan.assurance.qif import ROOT, Document, Element, local, members, named, number
from suyuan.certificate.xml import parse
from suyuan.quantity.finding import Refused, finding
from suyuan.verbs.wants import wrong

Files = Callable[[str], bytes]


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
    document = _document(name, files)
    values = _values(document)
    stats = _stats(document, values)
    item = _chosen(document, values, stats, body.get("characteristic"))
    kept = {key: value for key, value in body.items() if key not in ("file", "characteristic")}
    found = {
        "values": [value for _, value in values[item]],
        "tolerance": _tolerance(document, item, min(value for _, value in values[item])),
        "declared": stats.get(item, {}),
        "characteristic": _name(document, item) or item,
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
    document = _document(name, files)
    stated = {str(e.get("id", "")): document.text(e, "Status", "CharacteristicStatusEnum") for e in _measured(document)}
    rows = []
    for item, held in _values(document).items():
        limits = _tolerance(document, item, min(value for _, value in held))
        middle = 0.0 if limits["limits"] else limits["nominal"]
        if middle is None:
            raise _absent("该特性的名义值", "nominal value of the characteristic")
        for n, (key, value) in enumerate(held, 1):
            ends = {k: None if limits[k] is None else middle + limits[k] for k in ("lower", "upper")}
            label = _name(document, item) or item
            rows.append({"name": label if len(held) == 1 else f"{label} #{n}", "value": value, **ends,
                         "stated": stated.get(key, "")})  # fmt: skip
    return {**body, "characteristics": rows}


def _document(name: Any, files: Files | None) -> Document:
    """The QIF document of a name."""
    if not isinstance(name, str) or not name.strip():
        raise Refused(wrong("/input/file", "text", name))
    if files is None:
        raise Refused(finding("assurance_studies.file.not_at_hand", "/input/file", name=name[:120]))
    tree, findings = parse(files(name))
    if tree is None:
        raise Refused(*findings)
    root = tree.getroot()
    if local(root) != ROOT:
        raise _absent("QIFDocument 元素", "element QIFDocument")
    return Document(root)


def _measured(document: Document) -> list[Element]:
    """The measured characteristics of all results, in the order of the file."""
    return [member for _, listed in document.lists() for member in members(listed)]


def _number(element: Element | None) -> float | None:
    """The number of an element, or of the first below it that is one."""
    if element is None:
        return None
    return next((value for one in element.iter() if (value := number(one.text)) is not None), None)


def _values(document: Document) -> dict[str, list[tuple[str, float]]]:
    """Item → (id, value) of its measured elements, in the order of the file, each id once."""
    found: dict[str, list[tuple[str, float]]] = {}
    seen: set[str] = set()
    for element in _measured(document):
        key, item = str(element.get("id", "")), document.text(element, "CharacteristicItemId")
        value = _number(document.child(element, "Value"))
        if not item or value is None or (key and key in seen):
            continue
        seen.add(key)
        found.setdefault(item, []).append((key, value))
    if not found:
        raise _absent("带数值的测量结果", "results with values")
    return found


def _stats(document: Document, values: Mapping[str, list[tuple[str, float]]]) -> dict[str, dict[str, float]]:
    """Item → declared Cp and Cpk."""
    item_of = {key: item for item, rows in values.items() for key, _ in rows}
    found: dict[str, dict[str, float]] = {}
    for element in (e for e in document.root.iter("{*}*") if local(e).endswith("CharacteristicStats")):
        stated = document.child(element, "ValueStats")
        numbers = {name: _number(document.child(stated, name)) for name in ("Cp", "Cpk")}
        declared = {name: value for name, value in numbers.items() if value is not None}
        item = document.text(element, "CharacteristicItemId")
        if not item:
            ids = [(one.text or "").strip() for one in named(element, "Id")]
            item = next((item_of[key] for key in ids if key in item_of), "")
        if not item and len(values) == 1:
            item = next(iter(values))
        if declared and item in values:
            found[item] = declared
    return found


def _chosen(document: Document, values: Mapping[str, Any], stats: Mapping[str, Any], wanted: Any) -> str:
    if wanted is not None:
        bearing = [item for item in values if str(wanted) in (item, _name(document, item))]
        if len(bearing) == 1:
            return bearing[0]
    for several in (list(stats), list(values)):
        if wanted is None and len(several) == 1:
            return several[0]
    names = ", ".join(filter(None, (_name(document, item) or item for item in list(values)[:20])))
    raise Refused(finding("assurance.capability.several", "/input/file", n=len(values), names=names))


def _name(document: Document, item: str) -> str:
    return document.text(document.ids.get(item), "Name")


def _tolerance(document: Document, item: str, least: float) -> dict[str, Any]:
    """Limits or deviations of an item through its nominal and definition: lower, upper, nominal, limits (whether the
    file says that they are the limits themselves). The width of a zone is an upper limit of what cannot be negative;
    least: the smallest value."""
    nominal, definition = document.definition(document.ids.get(item))
    tolerance = document.child(definition, "Tolerance")
    low, high = (_number(document.child(tolerance, name)) for name in ("MinValue", "MaxValue"))
    if low is None and high is None:
        high = _number(document.child(definition, "ToleranceValue"))
        if high is None or least < 0.0:
            raise _absent("该特性的上下限（公差带宽度不是限值）", "limits of the characteristic (a zone is none)")
        return {"lower": None, "upper": high, "nominal": None, "limits": True}
    stated = document.text(tolerance, "DefinedAsLimit").lower() in ("true", "1")
    return {"lower": low, "upper": high, "nominal": _number(document.child(nominal, "TargetValue")), "limits": stated}


def _absent(zh: str, en: str) -> Refused:
    return Refused(finding("assurance.capability.absent", "/input/file", thing_zh=zh, thing_en=en))
