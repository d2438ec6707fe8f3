"""The demo's shelf: documents made by the same verbs that everybody uses, added to a store.

All laboratories, persons, instruments and numbers of certificates are demo data and say so. Measured figures come from
published examples and carry their source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from suyuan.certificate.certificate import Certificate, CertificateReference, Identification, Item, Text
from suyuan.certificate.dcc_read import read
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.archive.archive import dump
from suyuan.quantity.finding import Refused, errors
from suyuan.quantity.influence import identity
from suyuan.store.folder import Store
from suyuan.traceability.anchor import anchor_document, read_anchor, statement_document
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.saved import result_document
from suyuan.verbs.evaluate import Evaluation, evaluate
from suyuan.verbs.issue import Particulars, issue

NMI = "演示国家计量院"
CITY = "演示市计量院"
ENGINE = "演示船用柴油机厂计量室"
BATTERY = "演示动力电池厂实验室"
STAFF = (("演示校准员", "calibrated"), ("演示核验员", "approved"))

Row = dict[str, Any]


class Shelf:
    """Adds documents to a store and keeps the evidence at hand, so that later certificates find earlier ones."""

    def __init__(self, store: Store, today: date) -> None:
        self.store, self.today = store, today
        self.evidence = Evidence()

    def ago(self, days: int) -> date:
        """The day so many days before today (negative: ahead)."""
        return self.today - timedelta(days=days)

    def keep(self, data: bytes, name: str) -> None:
        added = self.store.add(data, name)
        if not added.stored:
            raise Refused(*added.findings)

    def typed(self, fields: Mapping[str, Any], keep: bool = True) -> Certificate:
        """Type a certificate in."""
        document = to_document(fields)
        certificate, findings = read_typed(document)
        if certificate is None:
            raise Refused(*errors(findings))
        return self._known(document, certificate, f"{certificate.number}.json", keep)

    def paper(
        self, number: str, issuer: str, thing: tuple[str, str, str], days: tuple[int, int], results: Sequence[Row],
        **more: Any,
    ) -> Certificate:  # fmt: skip
        """Type a certificate in: thing is (中文, English, serial number), days (ended so many ago, valid until so many
        ago; negative: ahead)."""
        zh, en, serial = thing
        fields: Row = {
            "issuer": issuer, "number": number, "act": "calibration", "ended": self.ago(days[0]).isoformat(),
            "issued": self.ago(days[0] - 2).isoformat(), "valid_until": self.ago(days[1]).isoformat(),
            "item": {"name": both(f"{zh}（演示）", f"{en} (demo)"), "serial": serial}, "results": list(results),
        }  # fmt: skip
        return self.typed({**fields, **more})

    def issued(
        self, case: Mapping[str, Any], particulars: Particulars, keep: bool = True, evidence: Evidence | None = None
    ) -> Certificate:
        """Evaluate a case and issue the certificate of its result."""
        known = evidence or self.evidence
        evaluation = self.evaluated(case, particulars.number, known)
        document = issue(evaluation, particulars, known)
        certificate, findings = read(document)
        if certificate is None:
            raise Refused(*errors(findings))
        return self._known(document, certificate, f"{particulars.number}.xml", keep)

    def evaluated(self, case: Mapping[str, Any], number: str, evidence: Evidence) -> Evaluation:
        """The identity of a demo evaluation follows from its number, so that every demo is the same."""
        return evaluate(case, evidence, evaluation=identity("suyuan-demo", number))

    def saved(self, case: Mapping[str, Any], number: str, laboratory: str, day: date, title: Text) -> None:
        """Keep a result without issuing it."""
        evaluation = self.evaluated(case, number, self.evidence)
        archive = dump(
            {name: o.quantity for name, o in evaluation.outputs.items()},
            {name: i.quantity for name, i in evaluation.inputs.items()},
        )
        document = result_document(number, laboratory, day, evaluation.document, archive, title)
        self.keep(document, f"{number}.json")

    def anchor(self, certificate: Certificate, kind: str, name: Text, source: str, scheme: str = "") -> None:
        """Declare where chains end."""
        fields: Row = {
            "kind": kind, "issuer": certificate.issuer, "number": certificate.number, "name": dict(name),
            "source": source, "declared_by": CITY,
        }  # fmt: skip
        if scheme:
            fields |= {"scheme": scheme, "level": 0}
        if certificate.valid_until is not None:
            fields["valid_until"] = certificate.valid_until.isoformat()
        document = anchor_document(fields)
        self.keep(document, f"anchor-{certificate.number}.json")
        declared, findings = read_anchor(document)
        if declared is None:
            raise Refused(*errors(findings))
        self.evidence = replace(self.evidence, anchors=(*self.evidence.anchors, declared))

    def statement(
        self, kind: str, old: Certificate, new: Certificate | None, day: date, reason: Text, known: date | None = None
    ) -> None:
        """State that a certificate is withdrawn or superseded; known: the day it was learned, the same where None."""
        fields: Row = {
            "kind": kind, "issuer": old.issuer, "number": old.number, "day": day.isoformat(),
            "known": (known or day).isoformat(), "reason": dict(reason), "source": f"{old.issuer}：通知（演示）",
        }  # fmt: skip
        if new is not None:
            fields["replaced_by"] = {"issuer": new.issuer, "number": new.number}
        self.keep(statement_document(fields), f"{kind}-{old.number}.json")

    def _known(self, document: bytes, certificate: Certificate, name: str, keep: bool) -> Certificate:
        if keep:
            self.keep(document, name)
            self.evidence = replace(self.evidence, certificates=(*self.evidence.certificates, certificate))
        return certificate


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def item(zh: str, en: str, serial: str, maker: str = "") -> Item:
    return Item(both(zh, en), maker, "", (Identification("manufacturer", serial, both("出厂编号", "serial number")),))


def value(
    zh: str, en: str, number: str, unit: str, spread: Mapping[str, str], span: tuple[str, str, str] | None = None
) -> Row:
    """One stated value of a typed certificate; spread: its U and k, or u, …; span: calibrated range and its unit."""
    row: Row = {"name": both(zh, en), "value": number, "unit": unit, **spread}
    if span is not None:
        row["range"] = dict(zip(("lower", "upper", "unit"), span, strict=True))
    return row


def used(certificate: Certificate) -> Row:
    """An equipment entry of a typed certificate."""
    name = certificate.items[0].name if certificate.items else both(certificate.number, certificate.number)
    reference = {"issuer": certificate.issuer, "number": certificate.number, "sha256": certificate.digest}
    return {"name": dict(name), "certificate": reference}


def from_certificate(
    name: str, certificate: Certificate, place: str, unit: str, label: Text, at: float | None = None
) -> Row:
    """An input of a case that a certificate gives."""
    parameters: Row = {"issuer": certificate.issuer, "number": certificate.number, "place": place}
    parameters["sha256"] = certificate.digest
    if at is not None:
        parameters["at"] = at
    return {
        "name": name, "distribution": "certificate", "parameters": parameters, "unit": unit, "label": dict(label)
    }  # fmt: skip


def stated(
    name: str, distribution: str, parameters: Mapping[str, float], unit: str, label: Text, source: str = "",
    dof: float | None = None,
) -> Row:  # fmt: skip
    """An input of a case that is stated with a distribution."""
    row: Row = {
        "name": name, "distribution": distribution, "parameters": dict(parameters), "unit": unit,
        "label": dict(label), "source": source,
    }  # fmt: skip
    if dof is not None:
        row["dof"] = dof
    return row


def case(
    title: Text, model: str, unit: str, inputs: Sequence[Row], day: date, limits: Mapping[str, float] | None = None,
    probability: float = 0.95,
) -> Row:  # fmt: skip
    """A model case with one result."""
    body: Row = {
        "title": dict(title), "model": model, "unit": unit, "inputs": list(inputs), "day": day.isoformat(),
        "want": ["first_order"], "coverage_probability": probability,
    }  # fmt: skip
    if limits is not None:
        body["limits"] = dict(limits)
    return {"kind": "model", "input": body}


def particulars(number: str, issuer: str, thing: Item, ended: date, method: Text, valid: date | None) -> Particulars:
    """The particulars of a demo certificate."""
    return Particulars(
        issuer=issuer, number=number, item=thing, ended=ended, issued=ended + timedelta(days=1), valid_until=valid,
        issuer_address="演示路 1 号", customer="演示客户", place_of_performance="laboratory", persons=STAFF,
        method=method,
        remarks=(both("演示数据：机构、人名、编号均为虚构。", "Demo data: bodies, people and numbers are invented."),),
    )  # fmt: skip


def parent_of(certificate: Certificate) -> CertificateReference:
    return CertificateReference(certificate.issuer, certificate.number, "sha256", certificate.digest)
