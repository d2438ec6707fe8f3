"""A small world of calibrations, made by the same code as the product: typed and issued certificates, saved results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from suyuan.certificate.certificate import Certificate, Identification, Item
from suyuan.certificate.dcc_read import read
from suyuan.certificate.typed import read_typed
from suyuan.quantity.archive.archive import dump
from suyuan.quantity.finding import errors
from suyuan.quantity.influence import identity
from suyuan.traceability.evidence import Anchor, Evidence, Outcome, SavedResult, Statement
from suyuan.verbs.evaluate import evaluate
from suyuan.verbs.issue import Particulars, issue


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass
class World:
    """Evidence that grows; every method adds and returns the document's value."""

    evidence: Evidence = field(default_factory=Evidence)

    def add(self, *values: Any) -> None:
        kinds = {Certificate: "certificates", Statement: "statements", Anchor: "anchors", SavedResult: "results",
                 Outcome: "outcomes"}  # fmt: skip
        for value in values:
            name = kinds[type(value)]
            self.evidence = replace(self.evidence, **{name: (*getattr(self.evidence, name), value)})

    def typed(self, number: str, value: str, U: str, **more: Any) -> Certificate:
        """A typed certificate of one length in mm, k = 2, of the issuer NIM unless said otherwise."""
        result = {"name": {"en": "length"}, "value": value, "unit": "mm", "U": U, "k": "2"}
        result |= more.pop("result", {})
        document = {
            "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration",
            "ended": "2024-01-10", "issued": "2024-01-12", "valid_until": "2025-01-11",
            "item": {"name": {"zh": "量块", "en": "gauge block"}}, "results": [result],
        } | more  # fmt: skip
        certificate, found = read_typed(json.dumps(document).encode())
        assert certificate is not None, [f.to_json() for f in found]
        self.add(certificate)
        return certificate

    def anchor(self, issuer: str, number: str, **more: Any) -> Anchor:
        anchor = Anchor("national_primary_standard", issuer, number, {"en": "national standard"}, "KCDB", **more)
        self.add(anchor)
        return anchor

    def case(self, model: Any, inputs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        body = {"model": model, "inputs": inputs, "want": ["first_order"], "coverage_probability": 0.9545, "unit": "mm"}
        return {"kind": "model", "input": body | more}

    def taken(self, name: str, certificate: Certificate, place: str = "0/0", **more: Any) -> dict[str, Any]:
        """An input from a certificate, pinned by digest."""
        parameters = {"issuer": certificate.issuer, "number": certificate.number, "place": place}
        parameters |= {"sha256": certificate.digest} | more
        return {"name": name, "distribution": "certificate", "unit": "mm", "parameters": parameters}

    def own(self, name: str, mean: float, std: float) -> dict[str, Any]:
        parameters = {"mean": mean, "std": std}
        return {"name": name, "distribution": "normal", "unit": "mm", "parameters": parameters}

    def issued(self, issuer: str, number: str, case: Mapping[str, Any], **more: Any) -> Certificate:
        """A certificate issued from a case by our own writer, and read back from its bytes."""
        on = day(more.pop("on", "2024-06-01"))
        result = evaluate(case, self.evidence, evaluation=identity(issuer, number))
        item = Item({"zh": "量块", "en": "gauge block"}, identifications=(Identification("manufacturer", number),))
        particulars = Particulars(
            issuer, number, item, on, on, valid_until=day("2026-01-01"), customer="factory",
            persons=(("Li", "approver"),), **more,
        )  # fmt: skip
        certificate, found = read(issue(result, particulars, self.evidence))
        assert certificate is not None and not errors(found), [f.to_json() for f in found]
        self.add(certificate)
        return certificate

    def saved(self, number: str, case: Mapping[str, Any], on: str) -> SavedResult:
        result = evaluate(case, self.evidence, evaluation=identity("factory", number))
        archive = dump({name: o.quantity for name, o in result.outputs.items()})
        saved = SavedResult(number, day(on), result.document, archive, {"en": number}, "factory", f"{number:0>64}")
        self.add(saved)
        return saved


@pytest.fixture
def world() -> World:
    return World()
