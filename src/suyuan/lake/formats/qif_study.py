"""What a QIF document says beside its values: measurement devices with their calibration, and statistical studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from suyuan.assurance.qif import local, named
from suyuan.certificate import xml

if TYPE_CHECKING:
    from suyuan.lake.formats.qif import Document

_HEAVY = ("WorkingVolume", "ShellSet", "Sensor3", "Geometry")
"""Shapes of a machine, which are no facts of a measurement: counted as unread."""


def resources(document: Document) -> list[dict[str, str]]:
    """The measurement devices: identifier, kind, and every stated text by its path, calibration among them."""
    made = []
    for outer in _named(document, "MeasurementDevices"):
        for device in xml.children(outer):
            document.used.add(device)
            stated: dict[str, str] = {}
            for each in xml.children(device):
                name = local(each)
                if name.endswith(_HEAVY):
                    continue
                document.used.add(each)
                if len(each):
                    stated |= {f"{name}/{k}": v for k, v in _flat(document, each).items()}
                elif each.text and each.text.strip():
                    stated[name] = each.text.strip()
            made.append({"id": device.get("id", ""), "kind": local(device), **stated})
    return made


def studies(document: Document) -> list[dict[str, Any]]:
    """Statistical studies, planned and done: kind, status, limits and declared values as the file states them.

    Each row: id, kind, «planned» or «declared», `stated`: path → text without the subgroups, `subgroups`: the
    identifiers of the measurements in each.
    """
    made: list[dict[str, Any]] = []
    for list_name, role in (("StatisticalStudyPlans", "planned"), ("StatisticalStudiesResults", "declared")):
        for outer in _named(document, list_name):
            for study in xml.children(outer):
                document.used.add(study)
                groups = [e for e in study.iter(etree.Element) if local(e) == "Subgroup"]
                subgroups = [
                    [(i.text or "").strip() for i in g.iter(etree.Element) if local(i) == "Id" and _use(document, i)]
                    for g in groups
                ]
                stated = {k: v for k, v in _flat(document, study).items() if "Subgroup[" not in k}
                row = {"id": study.get("id", ""), "kind": local(study), "role": role, "stated": stated}
                made.append(row | ({"subgroups": subgroups} if subgroups else {}))
    return made


def _use(document: Document, element: xml.Element) -> bool:
    document.used.add(element)
    return True


def _flat(document: Document, element: xml.Element) -> dict[str, str]:
    from suyuan.lake.formats.qif import flat

    return flat(document, element)


def _named(document: Document, name: str) -> list[xml.Element]:
    found = named(document.root, name)
    document.used.update(found)
    return found
