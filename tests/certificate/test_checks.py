"""The checks of content, each by a certificate that breaks it and one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.certificate.certificate import (
    Certificate,
    Identification,
    Item,
    Result,
    StatedQuantity,
    Statement,
    Uncertainty,
)
from suyuan.certificate.checks import MEANING, RULES, UNITS, run
from suyuan.certificate.xml import parse

U = Uncertainty("expanded", np.array([0.1]), ("0.1",), 2.0, 0.95)
Q = StatedQuantity("0/0", np.array([10.0]), "\\metre", {"zh": "长度"}, ("10.0",), ("basic_measuredValue",), U)
GOOD = Certificate(
    form="dcc",
    issuer="Laboratory A",
    number="A-1",
    digest="0" * 64,
    version="3.3.0",
    received=date(2026, 1, 1),
    began=date(2026, 1, 2),
    ended=date(2026, 1, 2),
    issued=date(2026, 1, 5),
    items=(Item({"zh": "量块"}, "M", "GB-1", (Identification("manufacturer", "8801"),)),),
    results=(Result({"zh": "结果"}, (Q,)),),
    extra={"mandatory_languages": ("zh",)},
)


def with_quantity(*quantities: StatedQuantity) -> Certificate:
    return replace(GOOD, results=(Result({}, quantities),))


def changed(**fields: Any) -> Certificate:
    return with_quantity(replace(Q, **fields))


def found(certificate: Certificate) -> list[tuple[str, str]]:
    findings = run((*RULES, *UNITS, *MEANING), certificate)
    return [(f.code.removeprefix("certificate."), f.severity) for f in findings]


def test_a_good_certificate_has_nothing_to_say() -> None:
    assert found(GOOD) == []


LONG = np.array([1.0, 2.0, 3.0])
TWENTY = replace(Q, unit="\\degreecelsius", value=np.array([20.0]), printed=("20.0",))


@pytest.mark.parametrize(
    ("certificate", "code", "severity"),
    [
        (replace(GOOD, began=date(2026, 2, 1)), "rules.dates", "error"),
        (replace(GOOD, valid_until=date(2025, 1, 1)), "rules.dates", "error"),
        (replace(GOOD, issued=None), "rules.no_issue_date", "note"),
        (replace(GOOD, extra={"mandatory_languages": ("en",)}), "rules.language", "note"),
        (changed(unit="\\furlong\\per\\fortnight"), "quantity.unit.unknown", "error"),
        (changed(unit="in"), "units.not_si", "note"),
        (changed(unit="\\kelvin", value=np.array([293.15]), printed=("293.15",), alternatives=(
            replace(TWENTY, value=np.array([21.0])),)), "units.hybrid", "error"),
        (changed(alternatives=(replace(Q, unit="\\second"),)), "units.hybrid", "error"),
        (replace(GOOD, issuer=""), "meaning.no_identity", "error"),
        (replace(GOOD, number=" "), "meaning.no_identity", "error"),
        (replace(GOOD, number="string"), "meaning.placeholder", "warning"),
        (with_quantity(), "meaning.no_quantity", "warning"),
        (changed(ref_types=()), "meaning.no_ref_type", "note"),
        (changed(uncertainty=None), "meaning.no_uncertainty", "warning"),
        (changed(uncertainty=replace(U, value=np.array([0.0]))), "meaning.uncertainty_zero", "warning"),
        (changed(uncertainty=replace(U, k=None)), "meaning.no_k", "warning"),
        (changed(uncertainty=replace(U, p=None)), "meaning.no_p", "note"),
        (changed(uncertainty=replace(U, k=1.0)), "meaning.k_below_p", "warning"),
        (with_quantity(replace(Q, place="0/0/0", value=LONG), replace(Q, place="0/0/1", value=LONG[:2])),
         "meaning.columns", "warning"),
        (changed(uncertainty=Uncertainty("interval", np.array([0.1]), lower=np.array([11.0]), upper=np.array([12.0]))),
         "meaning.interval", "warning"),
        (replace(GOOD, statements=(Statement({}, conformity="pass"),)), "meaning.no_decision_rule", "note"),
    ],
)  # fmt: skip
def test_one_fault_one_finding(certificate: Certificate, code: str, severity: str) -> None:
    if code == "quantity.unit.unknown":
        assert [(f.code, f.severity) for f in run(UNITS, certificate)] == [(code, severity)]
    else:
        assert found(certificate) == [(code, severity)]


@pytest.mark.parametrize(
    "certificate",
    [
        changed(unit="\\kelvin", value=np.array([293.15]), printed=("293.15",), alternatives=(TWENTY,)),
        changed(uncertainty=replace(U, k=1.96)),
        changed(uncertainty=replace(U, k=2.87)),
        changed(uncertainty=replace(U, k=1.65, distribution="rectangular")),
        with_quantity(replace(Q, place="0/0", value=LONG), replace(Q, place="0/1", value=LONG[:1])),
    ],
)
def test_what_is_right_is_left_alone(certificate: Certificate) -> None:
    assert found(certificate) == []


def test_ids_and_references_to_them() -> None:
    tree, _ = parse(b'<a xmlns="https://ptb.de/dcc"><b id="x"/><b id="x"/><b id="x"/><c refId="x y"/></a>')
    assert tree is not None
    codes = [f.code for f in run(RULES, GOOD, tree.getroot())]
    assert codes == ["certificate.rules.id_twice", "certificate.rules.id_unknown"]
