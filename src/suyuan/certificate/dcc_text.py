"""The small parts of a DCC as values: texts, dates, identifications, contacts, references to certificates, files.

Each function takes one element (or None) and gives the value, empty where there is nothing; what is there and cannot
be taken is reported. Sources: DCC XML schema 3.0.0 to 3.3.0 (textType, hashType, byteDataType, contactType).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date

from suyuan.certificate.certificate import Attachment, CertificateReference, Identification, Text
from suyuan.certificate.xml import Element, children, place
from suyuan.quantity.finding import Finding, finding

DCC = "{https://ptb.de/dcc}"
RULE = "DCC 3"

Report = Callable[[Finding], None]

_CONTENT, _NAME, _ISSUER, _VALUE = DCC + "content", DCC + "name", DCC + "issuer", DCC + "value"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
NOT_STATED = frozenset({"未说明", "not stated"})
"""What our own writer puts where the schema demands a text and the certificate has none."""

_LENGTHS = {
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha3-224": 28,
    "sha3-256": 32,
    "sha3-384": 48,
    "sha3-512": 64,
    "sm3": 32,
    "sha1": 20,
    "md5": 16,
}
_WEAK = ("sha1", "md5")
_ALGORITHMS = {name.replace("-", ""): name for name in _LENGTHS} | {
    "sha2224": "sha224",
    "sha2256": "sha256",
    "sha2384": "sha384",
    "sha2512": "sha512",
}
_HEX = re.compile(r"[0-9a-fA-F]+")
_ADDRESS = re.compile(r"(?i)\A\s*(\w+://|www\.)\S+\s*\Z")
# SHA-256 of nothing: what a tool prints when it was given no file.
_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def text(element: Element | None) -> dict[str, str]:
    """The contents of a text by language; several of one language are joined line by line.

    A rich text that has only a name gives that.
    """
    if element is None:
        return {}
    texts: dict[str, str] = {}
    for child in children(element):
        words = (child.text or "").strip()
        if words and child.tag == _CONTENT:
            language = child.get("lang", "")
            texts[language] = f"{texts[language]}\n{words}" if language in texts else words
    if not texts and len(element) and element[0].tag == _NAME:
        return text(element[0])
    return texts


def first(texts: Text) -> str:
    """The text that stands first, on one line: what a name is where only one can be kept."""
    for words in texts.values():
        return " ".join(words.split())
    return ""


def parts(element: Element | None) -> dict[str, Element]:
    """The children of an element by tag, the first of each: one walk instead of a search for each."""
    return {child.tag: child for child in reversed(children(element))} if element is not None else {}


def first_child(element: Element | None, tag: str) -> Element | None:
    """The first child of a tag."""
    return next(element.iterchildren(tag), None) if element is not None else None


def words(element: Element | None) -> str:
    """The text of an element, without outer blanks; «» where there is none."""
    return (element.text or "").strip() if element is not None else ""


def ref_types(element: Element) -> tuple[str, ...]:
    """The refTypes of an element, split at white space, case kept."""
    given = element.get("refType")
    return tuple(given.split()) if given else ()


def truth(element: Element | None) -> bool | None:
    """A boolean, None where it is absent or neither true nor false."""
    return _TRUTH.get(words(element))


def day(element: Element | None, report: Report) -> date | None:
    """A date. An impossible day is reported and None; a time zone is left out, the printed day counts."""
    if element is None:
        return None
    written = (element.text or "").strip()
    match = _DATE.fullmatch(written)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else _no_day(element, written, report)
    except ValueError:
        return _no_day(element, written, report)


def _no_day(element: Element, written: str, report: Report) -> date | None:
    report(finding("certificate.dcc.date", place(element), rule=RULE, text=written[:40] or "—"))
    return None


def identifications(listed: Element | None) -> tuple[Identification, ...]:
    """A list of identifications of a thing."""
    if listed is None:
        return ()
    found = []
    for element in listed:
        has = parts(element)
        value = words(has.get(_VALUE))
        if value:
            found.append(Identification(words(has.get(_ISSUER)), value, text(has.get(_NAME))))
    return tuple(found)


def address(contact: Element | None) -> str:
    """The location of a contact on one line: street, place, country, further."""
    location = parts(first_child(contact, DCC + "location"))
    line = {tag: words(element) for tag, element in location.items()}
    ordered = (
        f"{line.get(DCC + 'street', '')} {line.get(DCC + 'streetNo', '')}",
        line.get(DCC + "postOfficeBox", ""),
        f"{line.get(DCC + 'postCode', '')} {line.get(DCC + 'city', '')}",
        line.get(DCC + "state", ""),
        first(text(location.get(DCC + "further"))),
    )
    return ", ".join(part.strip() for part in ordered if part.strip() and part.strip() not in NOT_STATED)


def reference(element: Element | None, report: Report) -> CertificateReference | None:
    """A hashType: which certificate is meant, with its linked reports (the recursion follows the file's, at most 256).

    An address in the place of the issuer is not an issuer; a digest that is no digest leaves the field empty and is
    reported.
    """
    if element is None:
        return None
    has = parts(element)
    issuer = first(text(has.get(DCC + "referral")))
    if issuer in NOT_STATED or _ADDRESS.match(issuer):
        issuer = ""
    number = words(has.get(DCC + "referralID"))
    linked = reference(has.get(DCC + "linkedReport"), report)
    procedure, value = words(has.get(DCC + "procedure")), "".join(words(has.get(_VALUE)).split())
    algorithm, digest = _digest(element, procedure, value, report)
    return CertificateReference(
        issuer,
        "" if number in NOT_STATED else number,
        algorithm,
        digest,
        truth(has.get(DCC + "inValidityRange")),
        truth(has.get(DCC + "traceable")),
        (linked,) if linked is not None else (),
        f"line {element.sourceline}",
    )


def _digest(element: Element, procedure: str, value: str, report: Report) -> tuple[str, str]:
    """Algorithm and lower-case hexadecimal digest; («», «») or (algorithm, «») where they cannot be used."""
    algorithm = algorithm_of(procedure)
    if not algorithm:
        code = "certificate.dcc.hash_procedure"
        report(finding(code, place(element), "warning", RULE, procedure=procedure[:60] or "—"))
        return "", ""
    digest = _hexadecimal(value, _LENGTHS[algorithm])
    if not digest or len(set(digest)) == 1 or digest == _OF_NOTHING:
        code = "certificate.dcc.hash_value"
        report(finding(code, place(element), "warning", RULE, value=value[:80] or "—", algorithm=algorithm))
        return algorithm, ""
    if algorithm in _WEAK:
        report(finding("certificate.dcc.hash_weak", place(element), "warning", RULE, algorithm=algorithm))
    return algorithm, digest


def algorithm_of(procedure: str) -> str:
    """The hash algorithm that a procedure's name means, «» if none.

    >>> algorithm_of("SHA-256"), algorithm_of("sha3_512"), algorithm_of("analogue")
    ('sha256', 'sha3-512', '')
    >>> algorithm_of("http://www.w3.org/2001/04/xmlenc#sha256")
    'sha256'
    """
    name = procedure.rpartition("#")[2]
    return _ALGORITHMS.get(re.sub(r"[\s_/-]", "", name).casefold(), "")


def _hexadecimal(value: str, length: int) -> str:
    if len(value) == 2 * length and _HEX.fullmatch(value):
        return value.lower()
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.hex() if len(decoded) == length else ""


def attachment(element: Element, report: Report) -> Attachment | None:
    """A file carried in the certificate; None (and a finding) where its content is not base64."""
    has = parts(element)
    name = words(has.get(DCC + "fileName"))
    encoded = words(has.get(DCC + "dataBase64"))
    try:
        content = base64.b64decode("".join(encoded.split()).encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        report(finding("certificate.dcc.file", place(element), rule=RULE, name=name or "—"))
        return None
    where = "document" if element.tag == DCC + "document" else f"line {element.sourceline}"
    return Attachment(name, words(has.get(DCC + "mimeType")), content, ref_types(element), where)
