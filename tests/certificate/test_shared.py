"""Certificates of one reference: its part of their u is one influence, in any order, form and depth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from suyuan.certificate.certificate import Certificate, CertificateReference
from suyuan.certificate.quantities import quantities
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.quantity import Quantity
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import lookup
from suyuan.traceability.scenario import Shifted
from suyuan.verbs.trace import chain_of, impact_of

REFERENCE = {"issuer": "NMI", "number": "R-1"}


def shared(u: Any, **more: Any) -> dict[str, Any]:
    return {"shared": [{**REFERENCE, "place": "0/0", "u": u, **more}]}


def document(number: str, *rows: dict[str, Any], **more: Any) -> bytes:
    fields = {"issuer": "Lab", "number": number, "ended": "2026-01-05",
              "issued": "2026-01-06", "item": {"name": "gauge"}, "results": rows,
              "equipment": [{"name": "standard", "certificate": REFERENCE}], **more}  # fmt: skip
    return to_document(fields)


def row(value: Any = "0.1", u: Any = "0.02", **more: Any) -> dict[str, Any]:
    return {"name": "offset", "value": value, "unit": "degC", "u": u, **more}


def made(number: str, *rows: dict[str, Any], **more: Any) -> Certificate:
    one, found = read_typed(document(number, *rows, **more))
    assert one is not None, found
    return one


def at(one: Certificate, place: str = "0/0", **how: Any) -> Quantity:
    table, told = quantities(one, **how)
    assert not told
    return table[place]


def covariance(a: Quantity, b: Quantity) -> float:
    return (float((a + b).u) ** 2 - float((a - b).u) ** 2) / 4.0


def relative(one: Quantity) -> Quantity:
    return one.relabelled(one.unit.as_difference())


def test_two_certificates_of_one_reference_are_correlated_by_its_part() -> None:
    a, b = (at(made(n, row(**shared(u)))) for n, u in (("A", "0.018"), ("B", "0.012")))
    assert float(a.u) == pytest.approx(0.02, rel=1e-12) and float(b.u) == pytest.approx(0.02, rel=1e-12)
    assert covariance(relative(a), relative(b)) == pytest.approx(0.018 * 0.012, rel=1e-12)
    plain = [relative(at(made(n, row()))) for n in ("C", "D")]
    assert covariance(*plain) == pytest.approx(0.0, abs=1e-18)
    other = at(made("E", row(shared=[{**REFERENCE, "place": "1/0", "u": "0.018"}])))
    assert covariance(relative(a), relative(other)) == pytest.approx(0.0, abs=1e-18)  # another value of it


def test_lists_joint_values_and_the_larger_bound_keep_their_u() -> None:
    several = made("L", row(["0.1", "0.2"], ["0.02", "0.03"], **shared(["0.01", "-0.02"])))
    for how in ({}, {"together": True}):
        q = at(several, **how)
        np.testing.assert_allclose(q.u, [0.02, 0.03], rtol=1e-12)
    one = at(made("A", row(**shared("0.018"))))
    assert covariance(relative(one), relative(at(several)[1])) == pytest.approx(-0.018 * 0.02, rel=1e-9)
    pair = made("J", row(**shared("0.01")), row("0.3", "0.04", **shared("0.03")), correlations=[["0", "1", "0.5"]])
    first, second = (relative(at(pair, place)) for place in ("0/0", "1/0"))
    assert (float(first.u), float(second.u)) == pytest.approx((0.02, 0.04), rel=1e-12)
    assert covariance(first, second) == pytest.approx(0.5 * 0.02 * 0.04, rel=1e-9)  # as stated, the reference in it
    assert covariance(relative(one), second) == pytest.approx(0.018 * 0.03, rel=1e-9)


def test_a_reference_that_is_at_hand_is_itself_the_influence() -> None:
    """Then what it rests on is shared too, also with who used it directly."""
    top = made("T-1", row("20.0", "0.005"), issuer="BIPM", equipment=[])
    used = {"issuer": "BIPM", "number": "T-1"}
    part = {"shared": [{**used, "u": "0.004"}]}
    reference = made("R-1", row("10.0", "0.01", **part), issuer="NMI",
                     equipment=[{"name": "top", "certificate": used}])  # fmt: skip
    a, b = made("A", row(**shared("0.018"))), made("B", row(**shared("0.012")))
    evidence = Evidence((top, reference, a, b))
    found = {c.number: relative(lookup(evidence, CertificateReference(c.issuer, c.number), "0/0")[0])
             for c in (top, reference, a, b)}  # fmt: skip
    assert float(found["A"].u) == pytest.approx(0.02, rel=1e-12)
    assert covariance(found["A"], found["B"]) == pytest.approx(0.018 * 0.012, rel=1e-9)
    assert covariance(found["A"], found["R-1"]) == pytest.approx(0.018 * 0.01, rel=1e-9)
    assert covariance(found["A"], found["T-1"]) == pytest.approx(0.018 * 0.4 * 0.005, rel=1e-9)


def test_two_that_name_each_other_do_not_run_in_a_ring() -> None:
    used = {"issuer": "Lab", "number": "A"}
    a = made("A", row(**shared("0.01")))
    b = made("R-1", row(shared=[{**used, "u": "0.01"}]), issuer="NMI", equipment=[{"name": "x", "certificate": used}])
    assert float(lookup(Evidence((a, b)), CertificateReference("Lab", "A"), "0/0")[0].u) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((row(**shared("0.021")),), "certificate.shared.too_large"),
        ((row(shared=[{"issuer": "NMI", "number": "R-9", "u": "0.01"}]),), "typed.shared.not_used"),
        ((row(shared=[{"number": "R-1", "u": "0.01"}]),), "typed.field.missing"),
        ((row(**shared(["0.01", "0.01"])),), "typed.list.length"),
        (({"name": "x", "value": "1", "unit": "degC", **shared("0.01")},), "typed.shared.no_u"),
    ],
)
def test_what_cannot_be_is_refused(rows: tuple[Any, ...], code: str) -> None:
    one, found = read_typed(document("A", *rows))
    assert one is None and code in [f.code for f in found]


def test_a_shift_of_the_reference_moves_what_says_its_part() -> None:
    """c = 0.018 K for u = 0.01 K of the reference: 1.8 K a kelvin, along a straight line; who says nothing, nothing."""
    reference = made("R-1", row("10.0", "0.01"), issuer="NMI", equipment=[])
    a, b = made("A", row(**shared("0.018"))), made("B", row())
    found = impact_of(Evidence((reference, a, b)), Shifted(reference.digest, "0/0", 0.05))
    rows = {one.node.document.number: one for one in found.rows if isinstance(one.node.document, Certificate)}
    assert rows["A"].state == "linear" and rows["B"].state == "not_computable"
    assert rows["A"].new is not None and rows["A"].new.value == pytest.approx(0.1 + 0.09, rel=1e-9)
    chain = chain_of(Evidence((reference, a, b)), a.digest, None)
    assert "traceability.use.not_disclosed" not in [f.code for f in chain.findings]
