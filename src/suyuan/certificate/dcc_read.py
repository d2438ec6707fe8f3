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
    first_child,
    identifications,
    parts,
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
_NAME, _DESCRIPTION, _DATA, _NORM = DCC + "name", DCC + "description", DCC + "data", DCC + "norm"
_MANUFACTURER, _IDENTIFICATIONS = DCC + "manufacturer", DCC + "identifications"
_CERTIFICATE, _CHANGE = DCC + "certificate", DCC + "reportAmendedSubstituted"
_FILES = (DCC + "file", DCC + "byteData", DCC + "descriptionData", DCC + "document")
_PARTICULARS = (
    ("i", DCC + "itemQuantity"),
    ("e", DCC + "measuringEquipmentQuantity"),
    ("u", DCC + "usedMethodQuantity"),
)
_USED, _MANDATORY = DCC + "usedLangCodeISO639_1", DCC + "mandatoryLangCodeISO639_1"
_EQUIPMENT, _METHOD, _CONDITION = DCC + "measuringEquipment", DCC + "usedMethod", DCC + "influenceCondition"
_RESULT, _MEASUREMENT = DCC + "result", DCC + "measurementResult"
_SCATTERED = (
    *(tag for _, tag in _PARTICULARS),
    *_FILES,
    *(_USED, _MANDATORY, _EQUIPMENT, _METHOD, _CONDITION, _RESULT, _MEASUREMENT),
)
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
    administrative = parts(first_child(root, DCC + "administrativeData"))
    core = parts(administrative.get(DCC + "coreData"))
    laboratory = parts(administrative.get(DCC + "calibrationLaboratory"))
    contact = laboratory.get(DCC + "contact")
    issuer_names = text(first_child(contact, _NAME))
    statements, ranges = _statements(administrative.get(DCC + "statements"), report)
    scattered = _scattered(root)
    made, about = results(scattered[_RESULT], scattered[_MEASUREMENT], ranges, report)
    conditions, of_conditions = _conditions(scattered[_CONDITION], report)
    issuer = first(issuer_names)
    return Certificate(
        form="dcc",
        issuer=issuer,
        number=words(core.get(DCC + "uniqueIdentifier")),
        digest=digest,
        version=version(root),
        act=_act(statements),
        issuer_address=address(contact),
        issuer_identifications=_laboratory(words(laboratory.get(DCC + "calibrationLaboratoryCode"))),
        country=words(core.get(DCC + "countryCodeISO3166_1")),
        languages=_languages(scattered[_USED]),
        received=day(core.get(DCC + "receiptDate"), report),
        began=day(core.get(DCC + "beginPerformanceDate"), report),
        ended=day(core.get(DCC + "endPerformanceDate"), report),
        issued=day(core.get(DCC + "issueDate"), report),
        valid_until=next((s.day for s in statements if s.day is not None and _VALID_UNTIL & set(s.ref_types)), None),
        place_of_performance=words(core.get(DCC + "performanceLocation")),
        customer=first(text(first_child(administrative.get(DCC + "customer"), _NAME))),
        persons=_persons(administrative.get(DCC + "respPersons")),
        software=_software(administrative.get(DCC + "dccSoftware")),
        items=_items(administrative.get(DCC + "items"), "", ()),
        equipment=_equipment(scattered[_EQUIPMENT], report),
        methods=_methods(scattered[_METHOD]),
        conditions=conditions,
        statements=(*statements, *about, *of_conditions),
        results=made,
        attachments=_attachments([e for tag in _FILES for e in scattered[tag]], report),
        previous=_previous(core.get(DCC + "previousReport"), report),
        substitutes=_substitutes(core.get(_CHANGE), issuer),
        signed=first_child(root, _SIGNATURE) is not None,
        extra=_extra(scattered, core, issuer_names, report),
    )


def _scattered(root: Element) -> dict[str, list[Element]]:
    """The elements that may stand anywhere, by tag, in document order: one walk for all of them."""
    found: dict[str, list[Element]] = {tag: [] for tag in _SCATTERED}
    for element in root.iter(*_SCATTERED):
        found[element.tag].append(element)
    return found


def _languages(elements: list[Element]) -> tuple[str, ...]:
    return tuple(words(element) for element in elements)


def _statements(listed: Element | None, report: Report) -> tuple[tuple[Statement, ...], Ranges]:
    """The statements about the whole certificate, and the calibrated range if one of them is that."""
    ranges = Ranges()
    if listed is None:
        return (), ranges
    elements = listed.iterchildren(DCC + "statement")
    made = tuple(statement(element, f"s{i}", "", report) for i, element in enumerate(elements))
    for said in made:
        if "basic_validityRange" in said.ref_types and ranges.lower is None and ranges.upper is None:
            ranges.lower, ranges.upper, ranges.unit = calibrated_range(said)
    return made, ranges


def _act(statements: tuple[Statement, ...]) -> Literal["calibration", "legal_verification"]:
    legal = any("suyuan_legalVerification" in said.ref_types for said in statements)
    return "legal_verification" if legal else "calibration"


def _laboratory(code: str) -> tuple[Identification, ...]:
    return (Identification("calibrationLaboratory", code),) if code else ()


def _persons(listed: Element | None) -> tuple[tuple[str, str], ...]:
    found = []
    for element in listed if listed is not None else ():
        has = parts(element)
        name = first(text(first_child(has.get(DCC + "person"), _NAME)))
        if name:
            found.append((name, words(has.get(DCC + "role"))))
    return tuple(found)


def _software(listed: Element | None) -> tuple[tuple[str, str], ...]:
    each = (parts(element) for element in (listed if listed is not None else ()))
    return tuple((first(text(has.get(_NAME))), words(has.get(DCC + "release"))) for has in each)


def _items(listed: Element | None, manufacturer: str, shared: tuple[Identification, ...]) -> tuple[Item, ...]:
    """The items, each followed by its sub-items; manufacturer and identifications of the list stand in where an item
    has none of its own."""
    if listed is None:
        return ()
    around = parts(listed)
    manufacturer = first(text(first_child(around.get(_MANUFACTURER), _NAME))) or manufacturer
    shared = identifications(around.get(_IDENTIFICATIONS)) or shared
    found: list[Item] = []
    for element in listed.iterchildren(DCC + "item"):
        has = parts(element)
        maker = first(text(first_child(has.get(_MANUFACTURER), _NAME))) or manufacturer
        numbers = identifications(has.get(_IDENTIFICATIONS)) or shared
        found.append(Item(text(has.get(_NAME)), maker, words(has.get(DCC + "model")), numbers))
        found += _items(has.get(DCC + "subItems"), maker, shared)
    return tuple(found)


def _equipment(elements: list[Element], report: Report) -> tuple[Equipment, ...]:
    """All measuring equipment of the file, wherever it stands (whole measurement, result, list, quantity)."""
    found = []
    for element in elements:
        has = parts(element)
        numbers = identifications(has.get(_IDENTIFICATIONS))
        parent = reference(has.get(_CERTIFICATE), report)
        found.append(Equipment(text(has.get(_NAME)), numbers, parent, f"line {element.sourceline}"))
    return tuple(found)


def _methods(elements: list[Element]) -> tuple[Method, ...]:
    found = []
    for element in elements:
        has = parts(element)
        norms = tuple(words(norm) for norm in element.iterchildren(_NORM)) if _NORM in has else ()
        found.append(Method(text(has.get(_NAME)), norms, text(has.get(_DESCRIPTION)), ref_types(element)))
    return tuple(found)


def _conditions(elements: list[Element], report: Report) -> tuple[tuple[Condition, ...], list[Statement]]:
    """The influence conditions, and what the metadata of their quantities state (e.g. limits of as-found values)."""
    found: list[Condition] = []
    statements: list[Statement] = []
    for i, element in enumerate(elements):
        has, data = parts(element), Data(report)
        if _DATA in has:
            data.read(has[_DATA], f"c{i}", {})
        statements += data.statements
        found.append(
            Condition(
                text(has.get(_NAME)),
                tuple(data.quantities),
                words(has.get(DCC + "status")),
                text(has.get(_DESCRIPTION)),
                ref_types(element),
                reference(has.get(_CERTIFICATE), report),
            )
        )
    return tuple(found), statements


def _attachments(elements: list[Element], report: Report) -> tuple[Attachment, ...]:
    """All files of the certificate: in descriptions of methods, statements and items, in results, and the document."""
    files = (attachment(element, report) for element in elements)
    return tuple(file for file in files if file is not None)


def _previous(element: Element | None, report: Report) -> tuple[CertificateReference, ...]:
    earlier = reference(element, report)
    return (earlier,) if earlier is not None else ()


def _substitutes(change: Element | None, issuer: str) -> tuple[CertificateReference, ...]:
    """The certificate that this one amends or substitutes: of the same issuer, with the number it names."""
    number = words(first_child(change, DCC + "replacedUniqueIdentifier"))
    if change is None or not number:
        return ()
    return (CertificateReference(issuer, number, where=f"line {change.sourceline}"),)


def _extra(
    scattered: dict[str, list[Element]], core: dict[str, Element], issuer_names: dict[str, str], report: Report
) -> dict[str, Any]:
    """What has no field of its own: names of the issuer, identifications of the certificate, particulars.

    `particulars`: quantities that belong to an item, an equipment or a method, not to a result.
    """
    data = Data(report)
    for letter, tag in _PARTICULARS:
        for i, element in enumerate(scattered[tag]):
            data.quantity(element, f"{letter}{i}")
    kept: dict[str, Any] = {
        "issuer_names": issuer_names,
        "mandatory_languages": _languages(scattered[_MANDATORY]),
        "identifications": identifications(core.get(_IDENTIFICATIONS)),
        "type_of_change": words(first_child(core.get(_CHANGE), DCC + "typeOfChange")),
        "particulars": tuple(data.quantities),
    }
    return {name: value for name, value in kept.items() if value}
