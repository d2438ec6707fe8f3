"""What the standards of a capability carry: its own kind of quantity, or what its budget cites."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.capability.capability import Capability, Standing, Term
from suyuan.capability.holding.support import supports
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import CapabilityColumns
from suyuan.capability.matching.gate import Proof, Support
from suyuan.capability.matching.gates import chain_gate, examine
from suyuan.capability.matching.match import match
from suyuan.capability.matching.screen import screen
from suyuan.capability.matching.screen_rests import resting
from suyuan.capability.need import Need, Target
from suyuan.capability.uncertainty import Uncertainty, Value
from suyuan.certificate.certificate import Certificate
from suyuan.certificate.typed import read_typed
from suyuan.quantity.finding import LANGUAGES, sentences
from suyuan.quantity.unit import parse_unit
from suyuan.traceability.evidence import Anchor, Evidence
from suyuan.traceability.graph import build
from suyuan.traceability.survey import survey

DAY = date(2026, 3, 1)
LAB, OTHER_KIND, CUSTOMER = {"zh": "自报室"}, "capability.support.standard.kind", "capability.support.standard.customer"


def paper(number: str, item: str, name: str, value: Any, unit: str, span: Any = None, **more: Any) -> Certificate:
    row = {"name": {"en": name}, "value": value, "unit": unit, "U": more.pop("U", "0.00004"), "k": "2"}
    if span is not None:
        row["range"] = dict(zip(("lower", "upper", "unit"), span, strict=True))
    document = {
        "suyuan": "typed-certificate", "issuer": "NIM", "number": number, "act": "calibration", "ended": "2026-01-10",
        "issued": "2026-01-12", "valid_until": "2029-01-11", "item": {"name": {"en": item}}, "results": [row], **more,
    }  # fmt: skip
    made, found = read_typed(json.dumps(document).encode())
    assert made is not None, found
    return made


SHELF = {
    "thermometer": paper("T", "standard platinum thermometer", "correction", "0.001", "K", ("0", "100", "degC")),
    "comparator": paper("C", "gauge block comparator", "systematic error", "0", "um", ("-1", "1", "um")),
    "block": paper("B", "gauge block", "length", "50.0001", "mm"),
    "set": paper("S", "gauge block", "length", ["0.5", "100.0001"], "mm", U=["0.00004", "0.00004"]),
    "no range": paper("D", "gauge block", "deviation of length", "0.0001", "mm"),
    "transducer": paper("M", "torque transducer", "ratio", "1.0001", "1", ("1", "1000", "N.m")),
    "force": paper("F", "force transducer", "force", "500", "N", ("1", "1000", "N")),
    "laser": paper("L", "laser", "wavelength", "632.99", "nm", U="0.0001"),
    "heat": paper("J", "calorimeter", "energy", "1000", "J", U="1"),
    "energy": paper("E", "standard", "relative error of DC energy", "0.0001", "1", ("1", "600", "A")),
    "gas": paper("G", "reference gas", "amount fraction", "800", "umol/mol", U="4"),
}
EVIDENCE = Evidence(
    certificates=tuple(SHELF.values()),
    anchors=(
        *(Anchor("cmc", "NIM", c.number, {"en": "anchor"}, "demo") for c in SHELF.values()),
        Anchor("cmc", "NIM", "metre", {"zh": "长度国家基准"}, "demo"),
        Anchor("cmc", "NIM", "secret", {"en": "primary standard"}, "demo"),
    ),
)
SURVEY = survey(build(EVIDENCE), EVIDENCE)


def claimed(quantity: str, low: float, high: float, unit: str, U: str, *standards: str, **more: Any) -> Capability:
    amount, u_unit = U.split()
    keys = tuple(("NIM", SHELF[name].number if name in SHELF else name) for name in standards)
    return Capability("S", LAB, quantity, Interval(low, high, parse_unit(unit)),
                      Uncertainty(Value(float(amount)), unit=parse_unit(u_unit)), standards=keys, **more)  # fmt: skip


def support(c: Capability, evidence: Evidence = EVIDENCE) -> Support:
    return supports([c], SURVEY, evidence, DAY)[c.key]


def torque(*standards: str, **more: Any) -> Capability:
    return claimed("torque", 0.001, 1e6, "N.m", "1e-9 N.m", *standards, **more)


def length(*standards: str, **more: Any) -> Capability:
    return claimed("length", 0.5, 100.0, "mm", "0.2 um", *standards, **more)


def verdicts(c: Capability, low: float, high: float, U: float, proof: Proof = "evidence") -> set[str]:
    """By reasons and by columns."""
    need = Need("N", {"en": "f"}, c.quantity, Interval(low, high, c.interval.unit), Target(U, c.uncertainty.unit))  # type: ignore[union-attr]
    known = {c.key: support(c)}
    found = screen(CapabilityColumns.of([c]), [need], resting([c], known, proof), DAY)
    return {match(need, [c], known, DAY, proof).verdict, *found.verdict}


def test_the_certificate_of_a_thermometer_proves_no_torque_and_no_length() -> None:
    held = support(torque("thermometer"))
    assert held.chain == "unknown" and [f.code for f in held.findings if f.severity != "note"] == [OTHER_KIND]
    gate = chain_gate(held, "evidence")
    assert gate.state == "unknown" and gate.findings[0].code == "capability.chain.other_kind"
    for item in (*gate.findings, *held.findings):
        for language in LANGUAGES:
            assert "?" not in sentences(item, language)["what"]
    assert verdicts(torque("thermometer"), 100.0, 800.0, 1.0) == {"not_accurate"}
    assert verdicts(torque("thermometer"), 100.0, 800.0, 1.0, "stated") == {"can"}
    assert verdicts(claimed("length", 0.001, 1e6, "mm", "1e-6 nm", "thermometer"), 1.0, 50.0, 0.1) == {"not_accurate"}


@pytest.mark.parametrize(("c", "chain"), [
    (torque("transducer"), "complete"), (torque("thermometer", "transducer"), "complete"), (torque("force"), "unknown"),
    (length("comparator"), "unknown"), (length("comparator", "block"), "complete"), (length("set"), "complete"),
    (length("no range"), "unknown"), (length("metre"), "complete"), (length("secret"), "unknown"),
    (claimed("diameter", 1.0, 50.0, "mm", "1 um", "set"), "complete"),
    (claimed("roundness", 0.001, 1.0, "mm", "1 um", "set"), "unknown"),
    (claimed("energy_dc", 1.0, 500.0, "A", "0.1 J", "energy", interval_of="electric_current"), "complete"),
    (claimed("energy_dc", 1.0, 500.0, "A", "0.1 J", "gas", interval_of="electric_current"), "unknown"),
    (claimed("amount_fraction", 50.0, 900.0, "umol/mol", "9 umol/mol", "gas"), "complete"),
    (claimed("amount_fraction", 50.0, 900.0, "umol/mol", "9 umol/mol", "energy"), "unknown"),
    (claimed("relative_humidity", 10.0, 90.0, "%", "1 %", "gas"), "unknown"),
])  # fmt: skip
def test_a_standard_carries_its_own_kind_of_quantity(c: Capability, chain: str) -> None:
    assert support(c).chain == chain


def test_one_block_carries_its_own_length_only() -> None:
    one, several = length("block", "comparator"), length("set")
    reach = support(one).reach
    assert reach is not None and reach.low == reach.high == pytest.approx(0.0500001)
    assert "capability.support.interval.beyond_standards" in {f.code for f in support(one).findings}
    assert verdicts(one, 1.0, 100.0, 0.3) == {"not_accurate"} and verdicts(several, 1.0, 100.0, 0.3) == {"can"}
    assert verdicts(one, 50.0, 50.0, 0.3) == {"can"}
    assert verdicts(one, 25.0, 25.0, 0.3) == {"not_accurate"}


def cites(c: Capability, *standards: str, u: float = 1e-12) -> Capability:
    terms = tuple(Term(name, {}, u, certificate=("NIM", SHELF[name].number)) for name in standards)
    return replace(c, budget=terms)


def test_a_budget_that_cites_every_certificate_carries_what_is_made_of_others() -> None:
    lever = torque("force", "set")
    assert support(lever).chain == "unknown"
    assert support(cites(lever, "force", "set")).chain == "complete"
    assert support(cites(lever, "force")).chain == "unknown"  # the length of the lever is not in it
    assert support(cites(lever, "force", "set", u=0.0)).chain == "unknown"  # named, but it contributes nothing
    assert support(replace(cites(lever, "force", "set"), uncertainty=None)).chain == "unknown"
    assert support(cites(torque("thermometer"), "thermometer")).chain == "unknown"  # no base dimension in common


@pytest.mark.parametrize(("c", "standard", "chain"), [
    (torque("heat"), "heat", "unknown"), (length("comparator"), "comparator", "unknown"),
    (length("laser"), "laser", "complete"), (claimed("roundness", 0.001, 1.0, "mm", "1 um", "set"), "set", "complete"),
    (torque("force"), "force", "complete"),
])  # fmt: skip
def test_a_budget_is_made_of_no_other_quantity_of_its_dimension(c: Capability, standard: str, chain: str) -> None:
    """Energy has the dimension of torque and is none; a wavelength is a length, and a force a part of a torque."""
    assert support(c).chain == "unknown" and support(cites(c, standard)).chain == chain


def test_a_standard_that_is_not_at_hand_may_be_of_its_kind() -> None:
    held = support(torque("thermometer", "W-404"))
    assert held.chain == "unknown" and not held.other_kind


def test_a_certificate_made_out_to_somebody_else_is_told() -> None:
    def told(customer: str) -> list[str]:
        mine = replace(SHELF["set"], customer=customer)
        return [f.code for f in support(length("set"), replace(EVIDENCE, certificates=(mine,))).findings]

    assert CUSTOMER in told("别家公司")
    assert CUSTOMER not in told("") and CUSTOMER not in told("自报室（上海）")


@pytest.mark.parametrize(("body", "number", "state"), [
    ("", "", "unknown"), ("CNAS", "", "unknown"), ("", "L1", "unknown"), ("CNAS", "L1", "passed"),
])  # fmt: skip
def test_a_standing_that_nobody_can_look_up_is_unknown(body: str, number: str, state: str) -> None:
    c = length("set", standings=(Standing("accredited", body, number),))
    need = Need("N", {"en": "f"}, "length", Interval(1.0, 50.0, parse_unit("mm")), Target(0.5, parse_unit("um")),
                standing="accredited")  # fmt: skip
    gate = examine(need, c, support(c), DAY).gate("standing")
    assert gate.state == state
    assert (gate.findings[0].code == "capability.standing.unnamed") == (state == "unknown")
    found = screen(CapabilityColumns.of([c]), [need], resting([c], {c.key: support(c)}), DAY)
    assert found.gates(0)[0] == (() if state == "passed" else ("standing",))
    assert examine(replace(need, standing=""), c, support(c), DAY).gate("standing").state == "passed"
