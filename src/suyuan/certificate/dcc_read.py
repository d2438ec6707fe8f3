"""A digital calibration certificate as a value: DCC 3.0 to 3.3.

Read by element, not by version: what a version does not know is simply absent. A file that breaks its schema is read
all the same, as far as it can be understood; whether it may be used is the ladder's question. Another root, an older
or a newer version gives no certificate and a finding that names it.

Sources: DCC XML schemas 3.0.0 to 3.3.0; D-SI 2.0.0 to 2.2.1.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal

from lxml import etree

from suyuan.certificate.certificate import (
    Attachment,
    Certificate,
    CertificateReference,
    Condition,
    Equipment,
    Identification,
    Item,
    Method,
    StatedQuantity,
    Statement,
)
from suyuan.certificate.dcc_results import Data, Ranges, calibrated_range, results, statement
from suyuan.certificate.dcc_text import (
    DCC,
    RULE,
    Report,
    address,
    attachment,
    day,
    first,
    identifications,
    ref_types,
    reference,
    text,
    words,
)
from suyuan.certificate.xml import Element, parse, place
from suyuan.quantity.finding import Finding, finding

ROOT = DCC + "digitalCalibrationCertificate"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_READ = re.compile(r"3\.[0-3]\.\d+")
_LOCATED = re.compile(r"/v?(\d+\.\d+\.\d+(?:-[\w.]+)?)/")
_NAME, _DESCRIPTION = DCC + "name", DCC + "description"
_FILES = (DCC + "file", DCC + "byteData", DCC + "descriptionData", DCC + "document")
_PARTICULARS = (("i", "itemQuantity"), ("e", "measuringEquipmentQuantity"), ("u", "usedMethodQuantity"))
_VALID_UNTIL = frozenset({"basic_recalibration", "basic_validUntil"})


def read(data: bytes, *, tree: etree._ElementTree | None = None) -> tuple[Certificate | None, tuple[Finding, ...]]:
    """Read a DCC's bytes into a certificate.

    data: the file; tree: the same, already parsed by `xml.parse`. Returns the certificate with its findings, or None
    with the reason: not parsed (`certificate.xml.…`), not a DCC (`certificate.dcc.root`), a version that is not read
    (`certificate.dcc.version`). A number that is not understood is left out and named, never guessed.
    """
    if tree is None:
        tree, broken = parse(data)
        if tree is None:
            return None, broken
    root = tree.getroot()
    refusal = not_read(root)
    if refusal is not None:
        return None, (refusal,)
    found: list[Finding] = []
    certificate = _certificate(root, hashlib.sha256(data).hexdigest(), found.append)
    return certificate, tuple(found)


def version(root: Element) -> str:
    """The DCC version that a root names: its schemaVersion, else the address of its schema; «» if neither says."""
    named = root.get("schemaVersion")
    if named:
        return named.strip()
    match = _LOCATED.search(root.get(_SCHEMA_LOCATION) or "")
    return match[1] if match else ""


def not_read(root: Element) -> Finding | None:
    """Why this root gives no certificate; None where it does."""
    if root.tag != ROOT:
        name = etree.QName(root)
        older = name.localname == "digitalCalibrationCertificate"
        code = "certificate.dcc.version" if older else "certificate.dcc.root"
        return finding(
            code,
            place(root),
            rule=RULE,
            root=name.localname[:80],
            namespace=(name.namespace or "")[:120],
            version=version(root) or "?",
        )
    stated = version(root)
    if _READ.fullmatch(stated):
        return None
    return finding("certificate.dcc.version", place(root), rule=RULE, version=stated[:40] or "?")


def _certificate(root: Element, digest: str, report: Report) -> Certificate:
    administrative = root.find(DCC + "administrativeData")
    core = _below(administrative, "coreData")
    laboratory = _below(administrative, "calibrationLaboratory")
    contact = _below(laboratory, "contact")
    issuer_names = text(_below(contact, "name"))
    statements, ranges = _statements(administrative, report)
    made, about = results(root, ranges, report)
    issuer = first(issuer_names)
    return Certificate(
        form="dcc",
        issuer=issuer,
        number=words(core, "uniqueIdentifier"),
        digest=digest,
        version=version(root),
        act=_act(statements),
        issuer_address=address(contact),
        issuer_identifications=_laboratory(laboratory),
        country=words(core, "countryCodeISO3166_1"),
        languages=_languages(core, "usedLangCodeISO639_1"),
        received=day(core, "receiptDate", report),
        began=day(core, "beginPerformanceDate", report),
        ended=day(core, "endPerformanceDate", report),
        issued=day(core, "issueDate", report),
        valid_until=next((s.day for s in statements if s.day is not None and _VALID_UNTIL & set(s.ref_types)), None),
        place_of_performance=words(core, "performanceLocation"),
        customer=first(text(_below(_below(administrative, "customer"), "name"))),
        persons=_persons(administrative),
        software=_software(administrative),
        items=_items(_below(administrative, "items"), "", ()),
        equipment=_equipment(root, report),
        methods=_methods(root),
        conditions=_conditions(root, report),
        statements=(*statements, *about),
        results=made,
        attachments=_attachments(root, report),
        previous=_previous(core, report),
        substitutes=_substitutes(core, issuer),
        signed=any(child.tag == _SIGNATURE for child in root),
        extra=_extra(root, core, issuer_names, report),
    )


def _below(element: Element | None, name: str) -> Element | None:
    return element.find(DCC + name) if element is not None else None


def _languages(core: Element | None, name: str) -> tuple[str, ...]:
    return tuple((e.text or "").strip() for e in core.iterfind(DCC + name)) if core is not None else ()


def _statements(administrative: Element | None, report: Report) -> tuple[tuple[Statement, ...], Ranges]:
    """The statements about the whole certificate, and the calibrated range if one of them is that."""
    ranges = Ranges()
    listed = _below(administrative, "statements")
    if listed is None:
        return (), ranges
    elements = listed.findall(DCC + "statement")
    made = tuple(statement(element, f"s{i}", "", report) for i, element in enumerate(elements))
    for said in made:
        if "basic_validityRange" in said.ref_types and ranges.lower is None and ranges.upper is None:
            ranges.lower, ranges.upper, ranges.unit = calibrated_range(said)
    return made, ranges


def _act(statements: tuple[Statement, ...]) -> Literal["calibration", "legal_verification"]:
    legal = any("suyuan_legalVerification" in said.ref_types for said in statements)
    return "legal_verification" if legal else "calibration"


def _laboratory(laboratory: Element | None) -> tuple[Identification, ...]:
    code = words(laboratory, "calibrationLaboratoryCode")
    return (Identification("calibrationLaboratory", code),) if code else ()


def _persons(administrative: Element | None) -> tuple[tuple[str, str], ...]:
    listed = _below(administrative, "respPersons")
    found = []
    for element in listed if listed is not None else ():
        name = first(text(_below(_below(element, "person"), "name")))
        if name:
            found.append((name, words(element, "role")))
    return tuple(found)


def _software(administrative: Element | None) -> tuple[tuple[str, str], ...]:
    listed = _below(administrative, "dccSoftware")
    return tuple(
        (first(text(element.find(_NAME))), words(element, "release"))
        for element in (listed if listed is not None else ())
    )


def _items(listed: Element | None, manufacturer: str, shared: tuple[Identification, ...]) -> tuple[Item, ...]:
    """The items, each followed by its sub-items; manufacturer and identifications of the list stand in where an item
    has none of its own."""
    if listed is None:
        return ()
    manufacturer = first(text(_below(_below(listed, "manufacturer"), "name"))) or manufacturer
    shared = identifications(listed) or shared
    found: list[Item] = []
    for element in listed.iterfind(DCC + "item"):
        maker = first(text(_below(element.find(DCC + "manufacturer"), "name"))) or manufacturer
        name, model = text(element.find(_NAME)), words(element, "model")
        found.append(Item(name, maker, model, identifications(element) or shared))
        found += _items(element.find(DCC + "subItems"), maker, shared)
    return tuple(found)


def _equipment(root: Element, report: Report) -> tuple[Equipment, ...]:
    """All measuring equipment of the file, wherever it stands (whole measurement, result, list, quantity)."""
    return tuple(
        Equipment(
            text(element.find(_NAME)),
            identifications(element),
            reference(element.find(DCC + "certificate"), report),
            f"line {element.sourceline}",
        )
        for element in root.iter(DCC + "measuringEquipment")
    )


def _methods(root: Element) -> tuple[Method, ...]:
    return tuple(
        Method(
            text(element.find(_NAME)),
            tuple((norm.text or "").strip() for norm in element.iterfind(DCC + "norm")),
            text(element.find(_DESCRIPTION)),
            ref_types(element),
        )
        for element in root.iter(DCC + "usedMethod")
    )


def _conditions(root: Element, report: Report) -> tuple[Condition, ...]:
    found = []
    for i, element in enumerate(root.iter(DCC + "influenceCondition")):
        data = Data(report)
        content = element.find(DCC + "data")
        if content is not None:
            data.read(content, f"c{i}", {})
        found.append(
            Condition(
                text(element.find(_NAME)),
                tuple(data.quantities),
                words(element, "status"),
                text(element.find(_DESCRIPTION)),
                ref_types(element),
                reference(element.find(DCC + "certificate"), report),
            )
        )
    return tuple(found)


def _attachments(root: Element, report: Report) -> tuple[Attachment, ...]:
    """All files of the certificate: in descriptions of methods, statements and items, in results, and the document."""
    files = (attachment(element, report) for element in root.iter(*_FILES))
    return tuple(file for file in files if file is not None)


def _previous(core: Element | None, report: Report) -> tuple[CertificateReference, ...]:
    earlier = reference(_below(core, "previousReport"), report)
    return (earlier,) if earlier is not None else ()


def _substitutes(core: Element | None, issuer: str) -> tuple[CertificateReference, ...]:
    """The certificate that this one amends or substitutes: of the same issuer, with the number it names."""
    change = _below(core, "reportAmendedSubstituted")
    number = words(change, "replacedUniqueIdentifier")
    if change is None or not number:
        return ()
    return (CertificateReference(issuer, number, where=f"line {change.sourceline}"),)


def _extra(root: Element, core: Element | None, issuer_names: dict[str, str], report: Report) -> dict[str, Any]:
    """What has no field of its own: names of the issuer, identifications of the certificate, particulars.

    `particulars`: quantities that belong to an item, an equipment or a method, not to a result.
    """
    data = Data(report)
    for letter, name in _PARTICULARS:
        for i, element in enumerate(root.iter(DCC + name)):
            data.quantity(element, f"{letter}{i}")
    particulars: tuple[StatedQuantity, ...] = tuple(data.quantities)
    kept: dict[str, Any] = {
        "issuer_names": issuer_names,
        "mandatory_languages": _languages(core, "mandatoryLangCodeISO639_1"),
        "identifications": identifications(core),
        "type_of_change": words(_below(core, "reportAmendedSubstituted"), "typeOfChange"),
        "particulars": particulars,
    }
    return {name: value for name, value in kept.items() if value}
