"""The parts that a DCC is written from: elements, texts in several languages, identifications, references, files.

No element is written empty, no text is invented in a language that nobody gave. What the schema cannot take (control
characters, an unknown word of an enumeration) is refused with the name of the field.
Source: DCC XML schema 3.3.0.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from suyuan.certificate.certificate import Attachment, CertificateReference, Identification, Text
from suyuan.quantity.finding import Refused, finding

DCC = "https://ptb.de/dcc"
RULE = "DCC 3.3.0"
Element = etree._Element

ISSUERS = ("manufacturer", "calibrationLaboratory", "customer", "owner", "other")
NOT_STATED = {"zh": "未说明", "en": "not stated"}
PROCEDURES = {
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha3-256": "SHA3-256",
    "sha3-512": "SHA3-512",
    "sm3": "SM3",
}
_LANGUAGE = re.compile(r"[a-z]{2}")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Scribe:
    """What is known while one certificate is written.

    languages: the languages asked for, in order; complete: those in which every text so far exists; used: all seen.
    """

    languages: tuple[str, ...]
    complete: set[str] = field(default_factory=set)
    used: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.complete = set(self.languages)

    def text(self, parent: Element, name: str, text: Text | str, where: str) -> Element:
        """A text (textType, richContentType): one content for each language; one without language stands for all."""
        element = add(parent, name)
        self.contents(element, text, where)
        return element

    def contents(self, parent: Element, text: Text | str, where: str) -> None:
        """Append the contents of a text to an element."""
        texts = {"": text} if isinstance(text, str) else dict(text)
        texts = {language: words for language, words in texts.items() if words.strip()}
        if not texts:
            raise Refused(finding("dcc_write.missing", where, rule=RULE, field=where))
        order = [*(x for x in self.languages if x in texts), *sorted(x for x in texts if x not in self.languages)]
        for language in order:
            content = add(parent, "content", texts[language], where)
            if language:
                if _LANGUAGE.fullmatch(language) is None:
                    raise Refused(finding("dcc_write.language", where, rule=RULE, given=language))
                content.set("lang", language)
                if language not in self.used:
                    self.used.append(language)
        if "" not in texts:
            self.complete &= set(texts)

    def contact(self, parent: Element, name: str, who: str, address: str, country: str, where: str) -> Element:
        """A dcc:contactType: a name and a location, which must say something."""
        contact = add(parent, name)
        self.text(contact, "name", who, where)
        location = add(contact, "location")
        if country:
            add(location, "countryCode", country, where)
        if address or not country:
            self.text(location, "further", address or NOT_STATED, where)
        return contact

    def identifications(self, parent: Element, given: Iterable[Identification], where: str) -> None:
        """The list of identifications, if there is any."""
        given = tuple(given)
        if not given:
            return
        listed = add(parent, "identifications")
        for i, one in enumerate(given):
            place = f"{where}/{i}"
            identification = add(listed, "identification")
            word(identification, "issuer", one.issuer, ISSUERS, f"{place}/issuer")
            line(identification, "value", one.value, f"{place}/value")
            if any(v.strip() for v in one.name.values()):
                self.text(identification, "name", one.name, f"{place}/name")

    def reference(self, parent: Element, name: str, to: CertificateReference, where: str) -> Element:
        """A dcc:hashType: issuer, number, digest in hexadecimal, and the reference's own parent as linkedReport.

        The schema has room for one linkedReport; further ones stand as text in the description. Without a digest the
        mandatory procedure and value say so in words, and issuer with number still lead to the certificate.
        """
        element = add(parent, name)
        self.text(element, "referral", to.issuer or NOT_STATED, f"{where}/issuer")
        line(element, "referralID", to.number, f"{where}/number")
        procedure = PROCEDURES.get(to.algorithm, to.algorithm) if to.digest else ""
        line(element, "procedure", procedure or "not stated", f"{where}/algorithm")
        line(element, "value", to.digest or "not stated", f"{where}/digest")
        if len(to.linked) > 1:
            others = "; ".join(f"{x.issuer} {x.number} {x.algorithm} {x.digest}".strip() for x in to.linked[1:])
            more = {"zh": f"另有上级证书：{others}", "en": f"further linked reports: {others}"}
            self.text(element, "description", more, f"{where}/linked")
        for flag, truth in (("inValidityRange", to.in_validity_range), ("traceable", to.traceable)):
            if truth is not None:
                add(element, flag, "true" if truth else "false")
        if to.linked:
            self.reference(element, "linkedReport", to.linked[0], f"{where}/linked/0")
        return element


def add(parent: Element, name: str, text: str = "", where: str = "") -> Element:
    """Append a dcc element, with text if there is any."""
    child = etree.SubElement(parent, f"{{{DCC}}}{name}")
    if text:
        if _NOT_XML.search(text):
            raise Refused(finding("dcc_write.text", where or name, rule=RULE, field=where or name))
        child.text = text
    return child


def line(parent: Element, name: str, text: str, where: str) -> Element:
    """A mandatory notEmptyString, without outer blanks."""
    if not text.strip():
        raise Refused(finding("dcc_write.missing", where, rule=RULE, field=where))
    return add(parent, name, text.strip(), where)


def word(parent: Element, name: str, given: str, allowed: Iterable[str], where: str) -> Element:
    """A word of an enumeration."""
    words = tuple(allowed)
    if given not in words:
        raise Refused(finding("dcc_write.word", where, rule=RULE, given=given or "-", allowed=", ".join(words)))
    return add(parent, name, given)


def ref_types(element: Element, types: Iterable[str], where: str) -> Element:
    """Set the refType attribute, a list separated by blanks."""
    types = tuple(types)
    if any(not t or re.search(r"\s", t) for t in types):
        raise Refused(finding("dcc_write.text", where, rule=RULE, field=f"{where} refType"))
    if types:
        element.set("refType", " ".join(types))
    return element


def file(parent: Element, name: str, attachment: Attachment, where: str) -> Element:
    """A dcc:byteDataType with the attachment's bytes in base64."""
    element = ref_types(add(parent, name), attachment.ref_types, where)
    line(element, "fileName", attachment.name, f"{where}/name")
    line(element, "mimeType", attachment.media_type or "application/octet-stream", f"{where}/media_type")
    add(element, "dataBase64", base64.b64encode(attachment.content).decode("ascii"))
    return element


def first(text: Mapping[str, str], otherwise: Mapping[str, str]) -> Mapping[str, str]:
    """The text if it says anything, else the other."""
    return text if any(v.strip() for v in text.values()) else otherwise
