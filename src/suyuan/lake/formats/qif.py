"""QIF 2 and 3 (ISO 23952): measured characteristics with nominal, tolerance and status; plans, resources, studies.

A characteristic item is one stream: its readings are the measurements of it in the order of the file, of all parts.
The file states no time a reading. What the file declares of statistics stands in the facts as declared: it need not
follow from the file's own values, and nothing here makes it so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lxml import etree

from suyuan.assurance import qif
from suyuan.assurance.qif import local, named, number
from suyuan.certificate import xml
from suyuan.lake.formats.cut_xml import parsed
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import last_place
from suyuan.lake.formats.qif_study import resources, studies
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import load
from suyuan.quantity.unit import parse_unit

Element = qif.Element
NAMESPACES = {"http://qifstandards.org/xsd/qif2": "2", "http://qifstandards.org/xsd/qif3": "3"}
_NAMED = 12
_TOLD = 100
_LISTS = frozenset((
    qif.ROOT, qif.RESULTS, *qif.LISTS, "Results", "MeasurementsResults", "MeasurementResultsSet",
    "MeasuredCharacteristics", "MeasuredFeatures", "Characteristics", "CharacteristicDefinitions",
    "CharacteristicNominals", "CharacteristicItems",
))  # fmt: skip
"""Elements whose whole members are read from a file that was cut inside them."""
_TRACE = ("PreInspectionTraceability", "InspectionTraceability")


@dataclass
class Document(qif.Document):
    """A document being read. found: findings; counted: what was not read; told: how often each kind was."""

    found: list[Finding] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)

    def twice(self, element: Element, identifier: str) -> None:
        self.report("formats.qif.identifier", element, "warning", identifier=identifier)

    def absent(self, element: Element, identifier: str) -> None:
        self.report("formats.qif.reference", element, "warning", identifier=identifier)

    def report(self, code: str, element: Element, severity: Any = "error", **parameters: object) -> None:
        """Add a finding at the place of an element; beyond `_TOLD` of one kind they are only counted."""
        self.told[code] += 1
        if self.told[code] > _TOLD:
            self.counted[f"further {code}"] += 1
            return
        self.found.append(finding(code, xml.place(element), severity, "ISO 23952", **parameters))


def read(content: bytes, *, name: str = "", zone: str = "") -> Imported:
    """A QIF document: one stream a characteristic item.

    Streams carry the labels «part» (serial number), «status» and «measurement» (identifier), and in their facts type,
    nominal, tolerance, device and designator as the file states them; `u` is the combined uncertainty of each value
    where stated. Facts of the file: «characteristics», «devices», «parts», «studies», «plan», «traceability».
    zone: not used, as QIF states no time a reading.
    Raises Refused certificate.xml.…, formats.file.other.
    """
    tree, cut = parsed(content, _LISTS)
    root = tree.getroot()
    family = NAMESPACES.get(etree.QName(root).namespace or "")
    if local(root) != qif.ROOT or family is None:
        raise Refused(finding("formats.file.other", xml.place(root), format="QIF", given=str(root.tag)[:80]))
    document = Document(root)
    units = _units(document)
    streams = _streams(document, units)
    facts = _facts(document)
    _count_unread(document)
    document.found += cut
    if not streams and not cut:
        document.found.append(_without_results(root, facts))
    return Imported(
        "QIF", root.get("versionQIF", family), streams, dict(document.counted), tuple(document.found), facts
    )


def _without_results(root: Element, facts: Mapping[str, Any]) -> Finding:
    """What a document holds that has no measured characteristic: a plan, resources, a product."""
    names = ", ".join(
        str(c.get("name") or c.get("characteristic", "")) for c in facts.get("characteristics", ())[:_NAMED]
    )
    counts = {word: len(facts.get(word, ())) for word in ("characteristics", "devices", "parts", "studies")}
    return finding("formats.qif.no_results", xml.place(root), "note", "ISO 23952", names=names or "–", **counts)


def _units(document: Document) -> dict[str, str]:
    """Kind of unit («linear», «angular») → its name; a factor that is not the one of the name is told."""
    made: dict[str, str] = {}
    primary = document.child(document.child(document.root, "FileUnits"), "PrimaryUnits")
    for unit in xml.children(primary) if primary is not None else ():
        name, factor = document.text(unit, "UnitName"), document.text(unit, "UnitConversion", "Factor")
        document.text(unit, "SIUnitName")
        made[local(unit).removesuffix("Unit").lower()] = name
        _check_unit(document, unit, name, factor)
    return made


def _check_unit(document: Document, element: Element, name: str, factor: str) -> None:
    try:
        known = parse_unit(name)
    except Refused:
        document.report("formats.unit.unknown", element, "warning", column=local(element), unit=name)
        return
    stated = number(factor)
    if stated is not None and abs(stated - known.factor) > 1e-6 * abs(known.factor):
        document.report("formats.qif.factor", element, unit=name, factor=factor, known=repr(known.factor))


def _streams(document: Document, units: Mapping[str, str]) -> tuple[RawStream, ...]:
    grouped: dict[tuple[str, str], list[tuple[Element, str]]] = {}
    seen: dict[str, tuple[str, str]] = {}
    for element, part in _measurements(document):
        item = document.text(element, "CharacteristicItemId")
        value = document.child(element, "Value")
        identifier = element.get("id", "")
        content = (item, document.text(element, "Value"))
        if identifier and identifier in seen:
            if seen[identifier] == content:
                document.counted["repeated measurement"] += 1
                continue
            document.report("formats.qif.identifier", element, "warning", identifier=identifier)
        seen[identifier] = content
        own = "" if value is None else value.get("linearUnit") or value.get("angularUnit") or ""
        grouped.setdefault((item or f"measurement {identifier}", own), []).append((element, part))
    made = tuple(_stream(document, units, item, own, rows) for (item, own), rows in grouped.items())
    nameless = sum(not s.unit for s in made)
    if nameless:
        document.found.append(finding("formats.unit.missing", "FileUnits", "warning", "ISO 23952", count=nameless))
    return made


def _measurements(document: Document) -> Iterator[tuple[Element, str]]:
    """Every measured characteristic once, with the serial number of its part: only direct members of a result count."""
    for result, measured in document.lists():
        part = _part(document, result)
        document.text(result, "InspectionStatus", "InspectionStatusEnum")
        found = qif.members(measured)
        stated = measured.get("n", "")
        if stated.isdigit() and int(stated) != len(found):
            document.report("formats.qif.count", measured, "warning", stated=stated, count=len(found))
        for member in found:
            document.used.add(member)
            yield member, part


def _part(document: Document, result: Element) -> str:
    """The serial number of the component that a result belongs to; its identifier where it has none; «» without one."""
    listed = document.child(result, "ActualComponentIds")
    names = []
    for each in xml.children(listed) if listed is not None else ():
        document.used.add(each)
        component = document.ids.get((each.text or "").strip())
        names.append(document.text(component, "SerialNumber") or (each.text or "").strip())
    return ", ".join(names)


def _stream(
    document: Document, units: Mapping[str, str], item_id: str, own: str, rows: list[tuple[Element, str]]
) -> RawStream:
    import pyarrow as pa

    first = rows[0][0]
    kind = _kind(first)
    item = document.ids.get(item_id)
    if item is None:
        document.report("formats.qif.reference", first, "warning", identifier=item_id)
    facts, device, feature = _described(document, item)
    value = np.full(len(rows), np.nan)
    u = np.full(len(rows), np.nan)
    shown: list[str] = []
    for i, (element, _) in enumerate(rows):
        cell = document.child(element, "Value")
        printed = "" if cell is None else (cell.text or "").strip()
        read_as = number(printed)
        if read_as is None and printed:
            document.report("formats.number.unreadable", element, "warning", column=kind, count=1, given=printed[:40])
        value[i] = np.nan if read_as is None else read_as
        shown.append(printed if read_as is not None else "")
        stated = number("" if cell is None else cell.get("combinedUncertainty", ""))
        u[i] = np.nan if stated is None else stated
    labels = {
        "part": np.array([part for _, part in rows], dtype=object),
        "status": np.array([document.text(e, "Status", "CharacteristicStatusEnum") for e, _ in rows], dtype=object),
        "measurement": np.array([e.get("id", "") for e, _ in rows], dtype=object),
    }
    mark = np.array([document.text(e, "NonConformanceDesignator") for e, _ in rows], dtype=object)
    if any(mark):
        labels["nonconformance"] = mark
    wanted = _unit_of(kind)
    return RawStream(
        name=document.text(item, "Name") or f"{kind} {item_id}",
        time=np.full(len(rows), NO_TIME, dtype=np.int64),
        value=value,
        quantity={"linear": "length", "angular": "plane angle"}.get(wanted, ""),
        unit=own or units.get(wanted, ""),
        instrument=device,
        place=feature,
        resolution=last_place(pa.array([text or None for text in shown], pa.string())),
        u=u if np.isfinite(u).any() else None,
        labels=labels,
        facts={"characteristic": kind, **facts},
    )


def _kind(element: Element) -> str:
    name = local(element)
    for suffix in (*qif.SUFFIXES, "CharacteristicItem", "CharacteristicDefinition", "CharacteristicNominal"):
        name = name.removesuffix(suffix)
    return name


def _unit_of(kind: str) -> str:
    """Whether values of a characteristic are linear or angular; «» where the table does not know it."""
    return next((row["unit"] for row in load("suyuan.lake", "qif") if row["characteristic"] == kind), "")


def _described(document: Document, item: Element | None) -> tuple[dict[str, str], str, str]:
    """What the file says of a characteristic item: facts as text, its devices and its features."""
    if item is None:
        return {}, "", ""
    nominal, definition = document.definition(item)
    tolerance = document.child(definition, "Tolerance")
    stated = {
        "item": item.get("id", ""),
        "designator": document.text(item, "CharacteristicDesignator", "Designator"),
        "nominal": document.text(nominal, "TargetValue"),
        "tolerance": document.text(definition, "ToleranceValue"),
        "maximum": document.text(tolerance, "MaxValue"),
        "minimum": document.text(tolerance, "MinValue"),
        "defined as limit": document.text(tolerance, "DefinedAsLimit"),
        "not toleranced": "true" if document.child(definition, "NonTolerance") is not None else "",
        "material condition": document.text(definition, "MaterialCondition"),
        "datum reference frame": document.text(definition, "DatumReferenceFrameId"),
    }
    devices = _named(document, item, "MeasurementDeviceIds", ("SerialNumber", "Name"))
    features = _named(document, item, "FeatureItemIds", ("FeatureName", "Name"))
    return {k: v for k, v in stated.items() if v}, devices, features


def _named(document: Document, item: Element, name: str, words: tuple[str, ...]) -> str:
    listed = document.child(item, name)
    names = []
    for each in xml.children(listed) if listed is not None else ():
        document.used.add(each)
        target = document.ids.get((each.text or "").strip())
        if target is None:
            document.report("formats.qif.reference", each, "warning", identifier=(each.text or "").strip())
            continue
        names.append(next((t for w in words if (t := document.text(target, w))), target.get("id", "")))
    return ", ".join(names)


def _facts(document: Document) -> dict[str, Any]:
    """What the file says of itself: identity, traceability, characteristics of the plan, devices, parts, studies."""
    root = document.root
    facts: dict[str, Any] = {
        "QPId": document.text(root, "QPId"),
        "created": document.text(root, "Version", "TimeCreated"),
        "traceability": {k: v for name in _TRACE for e in named(root, name) for k, v in flat(document, e).items()},
        "application": {k: v for e in named(root, "Application") for k, v in flat(document, e).items()},
        "characteristics": [_item(document, e) for e in _members(root, "CharacteristicItems")],
        "plan": [flat(document, e) for name in ("Plan", "MeasurementPlan") for e in named(root, name)],
        "parts": [flat(document, e) for e in named(root, "ActualComponent")],
        "devices": resources(document),
        "studies": studies(document),
    }
    return {k: v for k, v in facts.items() if v}


def _item(document: Document, item: Element) -> dict[str, str]:
    document.used.add(item)
    facts, device, feature = _described(document, item)
    named = {"name": document.text(item, "Name"), "characteristic": _kind(item), "device": device, "feature": feature}
    return {k: v for k, v in named.items() if v} | facts


def _members(root: Element, name: str) -> list[Element]:
    return [e for outer in named(root, name) for e in xml.children(outer)]


def flat(document: Document, element: Element, path: str = "") -> dict[str, str]:
    """The texts inside an element by their paths; members of a list by their numbers."""
    made: dict[str, str] = {}
    inner = xml.children(element)
    names = Counter(local(e) for e in inner)
    numbered: Counter[str] = Counter()
    for each in inner:
        document.used.add(each)
        name = local(each)
        numbered[name] += 1
        step = f"{path}{name}[{numbered[name]}]" if names[name] > 1 else f"{path}{name}"
        if len(each):
            made |= flat(document, each, f"{step}/")
        elif each.text and each.text.strip():
            made[step] = " ".join(each.text.split())
    return made


def _count_unread(document: Document) -> None:
    """Elements with a content of their own that nobody asked for, by the part of the document and their name."""
    for section in xml.children(document.root):
        for element in section.iter(etree.Element):
            if len(element) == 0 and element not in document.used:
                document.counted[f"{local(section)}/{local(element)}"] += 1
