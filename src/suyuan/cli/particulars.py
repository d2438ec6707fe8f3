"""What a laboratory states beside the numbers, as a JSON document: {"suyuan": "particulars", …}.

issuer, number, address, country, customer, place_of_performance
item: {name, manufacturer, model, serial, customer_number}
received, began, ended, issued, valid_until: YYYY-MM-DD
persons: [{name, role}]   method: text   norms: [text]   remarks: [text]
conditions: [{name, value, U, k, unit}]   disclosure: full | grouped | opaque
substitutes: {issuer, number, sha256}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from suyuan.certificate.certificate import Certificate, CertificateReference, Condition, Identification, Item, Text
from suyuan.certificate.typed_result import read_result
from suyuan.cli.reading import in_file, read_bytes
from suyuan.quantity.archive.archive import Disclosure
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors
from suyuan.verbs.issue import Particulars

KIND = "particulars"
PLACES = ("laboratory", "customer", "laboratoryBranch", "customerBranch", "other")
DISCLOSURES: tuple[Disclosure, ...] = ("full", "grouped", "opaque")


def read_particulars(path: Path) -> tuple[Particulars, tuple[Finding, ...]]:
    """The particulars in a file, with warnings. Raises Refused with every fault found."""
    root, found = open_document(read_bytes(path), KIND)
    value = None if root is None else _particulars(root)
    findings = tuple(in_file(item, path) for item in found)
    if value is None or errors(findings):
        raise Refused(*findings)
    return value, findings


def _particulars(root: Fields) -> Particulars | None:
    issuer, number = root.text("issuer", required=True), root.text("number", required=True)
    item = _item(root)
    ended, issued = root.day("ended", required=True), root.day("issued", required=True)
    began, received, valid_until = root.day("began"), root.day("received"), root.day("valid_until")
    place = root.choice("place_of_performance", PLACES, "laboratory")
    wish = root.choice("disclosure", DISCLOSURES, "full")
    address, country = root.text("address"), root.text("country") or "CN"
    customer = root.text("customer", required=True)
    method, norms, remarks = root.names("method"), _texts(root, "norms"), _remarks(root)
    persons = _persons(root.several("persons", required=True))
    conditions = _conditions(root.several("conditions"), ended)
    substitutes = _reference(root.inner("substitutes"))
    root.close()
    if item is None or ended is None or issued is None:
        return None
    return Particulars(
        issuer=issuer, number=number, item=item, ended=ended, issued=issued, began=began, received=received,
        valid_until=valid_until, issuer_address=address, country=country, customer=customer,
        place_of_performance=place, persons=persons, method=method, norms=norms, conditions=conditions,
        remarks=remarks, disclosure=next((d for d in DISCLOSURES if d == wish), "full"), substitutes=substitutes,
    )  # fmt: skip


def complete(certificate: Certificate, path: Path) -> tuple[Certificate, tuple[Finding, ...]]:
    """A typed certificate with what the DCC schema demands and paper does not say: persons, customer, country, place.

    path: a particulars document; only these fields and `began` are read.
    """
    root, found = open_document(read_bytes(path), KIND)
    if root is None:
        raise Refused(*(in_file(item, path) for item in found))
    filled = replace(
        certificate,
        persons=certificate.persons or _persons(root.several("persons")),
        customer=certificate.customer or root.text("customer"),
        country=certificate.country or root.text("country") or "CN",
        issuer_address=certificate.issuer_address or root.text("address"),
        began=certificate.began or root.day("began"),
        place_of_performance=certificate.place_of_performance
        or root.choice("place_of_performance", PLACES, "laboratory"),
    )
    findings = tuple(in_file(item, path) for item in found)
    if errors(findings):
        raise Refused(*findings)
    return filled, findings


def _item(root: Fields) -> Item | None:
    fields = root.inner("item", required=True)
    if fields is None:
        return None
    name = fields.names("name", required=True)
    serial, customer = fields.text("serial", required=True), fields.text("customer_number")
    numbers = [Identification("manufacturer", serial, {"zh": "出厂编号", "en": "Serial no."})] if serial else []
    if customer:
        numbers.append(Identification("customer", customer, {"zh": "委托方编号", "en": "Customer's no."}))
    item = Item(name, fields.text("manufacturer"), fields.text("model"), tuple(numbers))
    fields.close()
    return item


def _persons(rows: Sequence[Fields]) -> tuple[tuple[str, str], ...]:
    persons = []
    for fields in rows:
        persons.append((fields.text("name", required=True), fields.text("role")))
        fields.close()
    return tuple(persons)


def _conditions(rows: Sequence[Fields], day: date | None) -> tuple[Condition, ...]:
    conditions = []
    for i, fields in enumerate(rows):
        name = fields.names("name", required=True)
        stated = read_result(fields, i, day)
        conditions.append(Condition(name, () if stated is None else (replace(stated, place=f"u{i}/0"),)))
    return tuple(conditions)


def _texts(root: Fields, key: str) -> tuple[str, ...]:
    if not root.has(key):
        return ()
    rows = root.content[key]
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        root.report("typed.field.type", key, field=key, expected_zh="文字的列表", expected_en="list of texts")
        return ()
    return tuple(str(row) for row in rows)


def _remarks(root: Fields) -> tuple[Text, ...]:
    if not root.has("remarks"):
        return ()
    rows = root.content["remarks"]
    if not isinstance(rows, list):
        root.report(
            "typed.field.type", "remarks", field="remarks", expected_zh="文字的列表", expected_en="list of texts"
        )
        return ()
    fields = Fields({str(i): row for i, row in enumerate(rows)}, root.where("remarks"), root.found)
    return tuple(fields.names(str(i)) for i in range(len(rows)))


def _reference(fields: Fields | None) -> tuple[CertificateReference, ...]:
    if fields is None:
        return ()
    digest = fields.text("sha256").lower()
    issuer, number = fields.text("issuer"), fields.text("number", required=True)
    fields.close()
    return (CertificateReference(issuer, number, "sha256" if digest else "", digest, where=fields.where()),)
