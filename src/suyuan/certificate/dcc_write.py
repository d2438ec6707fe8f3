"""A certificate as a digital calibration certificate: DCC 3.3.0 with D-SI 2.2 uncertainty elements.

What the schema demands and the certificate lacks is refused before anything is written, all of it in one go. The bytes
depend on the certificate alone: no clock, no random id. What DCC has no element for goes where a foreign reader is not
disturbed by it: refTypes with the prefix «suyuan_», each defined in the file.

    valid until             statement «basic_recalibration» with its date
    verification (检定)       statement «suyuan_legalVerification»
    range of a value        metaData «basic_validityRange» with basic_validityRangeMin and …Max
    degrees of freedom      metaData «suyuan_degreesOfFreedom»
    accuracy class          metaData «suyuan_accuracyClass» with the row's id as reference
    r of two scalars        metaData «suyuan_correlation» whose refId names both quantities
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from itertools import pairwise

from lxml import etree

from suyuan.certificate.certificate import Certificate, Item, Statement
from suyuan.certificate.dcc_parts import DCC, RULE, Element, Scribe, add, file, line, word
from suyuan.certificate.dcc_write_results import measurement_results, notes_by_place, statement
from suyuan.certificate.dsi_write import SI
from suyuan.quantity.finding import Finding, Refused, finding

VERSION = "3.3.0"
CHANGES = ("substituted", "amended")
PLACES = ("laboratory", "customer", "laboratoryBranch", "customerBranch", "other")
VALID_UNTIL = frozenset({"basic_recalibration", "basic_validUntil"})
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_COUNTRY = re.compile(r"[A-Z]{2}")

_DEFINITIONS = {
    "suyuan_archive": {
        "zh": "不确定度传播档案：影响量及其标识",
        "en": "archive of the result: influences with identity",
    },
    "suyuan_case": {"zh": "测量模型与输入的文档", "en": "measurement model and inputs as a document"},
    "suyuan_attachments": {
        "zh": "机器可读附件所在的方法条目",
        "en": "method entry that carries machine-readable files",
    },
    "suyuan_legalVerification": {"zh": "本证书为检定证书", "en": "the act is a legal verification"},
    "suyuan_degreesOfFreedom": {"zh": "证书声明的自由度", "en": "degrees of freedom as stated"},
    "suyuan_accuracyClass": {"zh": "不确定度所依据的准确度等级条目", "en": "accuracy-class row behind the uncertainty"},
    "suyuan_correlation": {"zh": "两个量之间的相关系数", "en": "correlation coefficient of two quantities"},
}


def write(certificate: Certificate, *, languages: tuple[str, ...] = ("zh", "en")) -> bytes:
    """The certificate as the bytes of a DCC 3.3.0 file.

    certificate: places of its quantities must count results and their quantities from 0 without gaps; languages: the
    languages to offer, in order; those in which every text exists are declared mandatory.

    Returns UTF-8 XML. Raises Refused with one finding for each field that the schema demands and the certificate lacks
    or that it cannot take. Attachments go into a used method's description, one with where == "document" into
    dcc:document. Source: DCC 3.3.0, D-SI 2.2.1.
    """
    missing = tuple(_missing(certificate, languages))
    if missing:
        raise Refused(*missing)
    root = etree.Element(
        f"{{{DCC}}}digitalCalibrationCertificate", {"schemaVersion": VERSION}, nsmap={"dcc": DCC, "si": SI}
    )
    root.set(f"{{{_XSI}}}schemaLocation", f"{DCC} {DCC}/v{VERSION}/dcc.xsd")
    scribe = Scribe(languages)
    administrative = add(root, "administrativeData")
    measurement_results(root, certificate, scribe)
    documents = [a for a in certificate.attachments if a.where == "document"]
    if documents:
        file(root, "document", documents[0], "attachments")
    _administrative(administrative, certificate, scribe)
    _define(administrative, root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _missing(certificate: Certificate, languages: tuple[str, ...]) -> Iterator[Finding]:
    """Everything that the schema demands and the certificate lacks."""
    needed = {
        "number": certificate.number,
        "issuer": certificate.issuer,
        "customer": certificate.customer,
        "began": certificate.began,
        "ended": certificate.ended,
        "persons": certificate.persons,
        "items": certificate.items,
        "results": certificate.quantities(),
    }
    for name, value in needed.items():
        if not value or (isinstance(value, str) and not value.strip()):
            yield finding("dcc_write.missing", name, rule=RULE, field=name)
    for i, item in enumerate(certificate.items):
        if not item.identifications:
            yield finding(
                "dcc_write.missing", f"items/{i}/identifications", rule=RULE, field=f"items/{i}/identifications"
            )
    if not _COUNTRY.fullmatch(certificate.country):
        yield finding("dcc_write.country", "country", rule=RULE, given=certificate.country or "-")
    if certificate.place_of_performance not in PLACES:
        given, allowed = certificate.place_of_performance or "-", ", ".join(PLACES)
        yield finding("dcc_write.word", "place_of_performance", rule=RULE, given=given, allowed=allowed)
    yield from _impossible_dates(certificate)
    documents = sum(a.where == "document" for a in certificate.attachments)
    for name, count in (
        ("previous", len(certificate.previous)),
        ("substitutes", len(certificate.substitutes)),
        ("document", documents),
    ):
        if count > 1:
            yield finding("dcc_write.only_one", name, rule=RULE, field=name, count=count)
    if not languages:
        yield finding("dcc_write.language", "languages", rule=RULE, given="-")


def _impossible_dates(certificate: Certificate) -> Iterator[Finding]:
    stated = [
        (name, day)
        for name in ("received", "began", "ended", "issued", "valid_until")
        if isinstance(day := getattr(certificate, name), date)
    ]
    for (earlier, first), (later, second) in pairwise(stated):
        if second < first:
            yield finding("dcc_write.dates", later, rule=RULE, earlier=earlier, first=first, later=later, second=second)


def _administrative(parent: Element, c: Certificate, scribe: Scribe) -> None:
    software = add(parent, "dccSoftware")
    for i, (name, release) in enumerate(c.software or (("Suyuan 溯源", _release()),)):
        one = add(software, "software")
        scribe.text(one, "name", name, f"software/{i}")
        line(one, "release", release or "not stated", f"software/{i}")
    core = add(parent, "coreData")
    items = add(parent, "items")
    for i, item in enumerate(c.items):
        _item(items, item, scribe, f"items/{i}")
    laboratory = add(parent, "calibrationLaboratory")
    if c.issuer_identifications:
        line(laboratory, "calibrationLaboratoryCode", c.issuer_identifications[0].value, "issuer_identifications/0")
    scribe.contact(laboratory, "contact", c.issuer, c.issuer_address, c.country, "issuer")
    persons = add(parent, "respPersons")
    for i, (name, role) in enumerate(c.persons):
        responsible = add(persons, "respPerson")
        scribe.text(add(responsible, "person"), "name", name, f"persons/{i}")
        if role.strip():
            add(responsible, "role", role.strip(), f"persons/{i}")
        if i == 0:
            add(responsible, "mainSigner", "true")
    scribe.contact(parent, "customer", c.customer, "", "", "customer")
    _statements(parent, c, scribe)
    _core(core, c, scribe)


def _core(core: Element, c: Certificate, scribe: Scribe) -> None:
    """Written last: only now it is known in which languages every text exists."""
    add(core, "countryCodeISO3166_1", c.country)
    used = [x for x in (*scribe.languages, *scribe.used) if x in scribe.used] or list(scribe.languages[:1])
    for language in dict.fromkeys(used):
        add(core, "usedLangCodeISO639_1", language)
    for language in [x for x in scribe.languages if x in scribe.complete and x in used] or used[:1]:
        add(core, "mandatoryLangCodeISO639_1", language)
    line(core, "uniqueIdentifier", c.number, "number")
    for name, day in (("receiptDate", c.received), ("beginPerformanceDate", c.began), ("endPerformanceDate", c.ended)):
        if day is not None:
            add(core, name, day.isoformat())
    add(core, "performanceLocation", c.place_of_performance)
    if c.issued is not None:
        add(core, "issueDate", c.issued.isoformat())
    if c.substitutes:
        change = add(core, "reportAmendedSubstituted")
        word(change, "typeOfChange", c.extra.get("type_of_change", "substituted"), CHANGES, "substitutes/0")
        line(change, "replacedUniqueIdentifier", c.substitutes[0].number, "substitutes/0/number")
    if c.previous:
        scribe.reference(core, "previousReport", c.previous[0], "previous/0")


def _item(parent: Element, item: Item, scribe: Scribe, where: str) -> None:
    element = add(parent, "item")
    scribe.text(element, "name", item.name, f"{where}/name")
    if item.manufacturer.strip():
        scribe.text(add(element, "manufacturer"), "name", item.manufacturer, f"{where}/manufacturer")
    if item.model.strip():
        add(element, "model", item.model.strip(), f"{where}/model")
    scribe.identifications(element, item.identifications, f"{where}/identifications")


def _statements(parent: Element, c: Certificate, scribe: Scribe) -> None:
    """The statements about the whole certificate, with two of our own where nothing says so yet."""
    elsewhere = {id(note) for notes in notes_by_place(c).values() for note in notes}
    statements = [s for s in c.statements if id(s) not in elsewhere]
    if c.act == "legal_verification" and not any("suyuan_legalVerification" in s.ref_types for s in statements):
        words = {"zh": "本证书为检定证书。", "en": "This certificate reports a legal verification."}
        statements.append(Statement(words, ("suyuan_legalVerification",)))
    if c.valid_until is not None and not any(
        s.day == c.valid_until and VALID_UNTIL & {*s.ref_types} for s in statements
    ):
        words = {"zh": "有效期至（含当日）", "en": "valid until (this day included)"}
        statements.insert(0, Statement(words, ("basic_recalibration",), day=c.valid_until))
    if statements:
        listed = add(parent, "statements")
        for i, said in enumerate(statements):
            statement(listed, "statement", said, scribe, f"statements/{i}")


def _define(administrative: Element, root: Element) -> None:
    """Define those of our own refTypes that the file uses, after the software and before the core data."""
    used = {t for e in root.iter() for t in str(e.get("refType", "")).split()} & set(_DEFINITIONS)
    if not used:
        return
    listed = etree.Element(f"{{{DCC}}}refTypeDefinitions")
    for name in sorted(used):
        definition = add(listed, "refTypeDefinition")
        text = add(definition, "name")
        for language, words in _DEFINITIONS[name].items():
            add(text, "content", words).set("lang", language)
        add(definition, "namespace", "suyuan")
        add(definition, "link", "urn:suyuan:ref-types:1")
        add(definition, "value", name)
    administrative.insert(1, listed)


def _release() -> str:
    try:
        return metadata.version("suyuan")
    except metadata.PackageNotFoundError:
        return "not stated"
