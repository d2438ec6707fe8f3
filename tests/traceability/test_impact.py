"""What-if: the same as evaluating everything again from the bytes, correlations kept, sorted by what it costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.certificate.certificate import CertificateReference
from suyuan.quantity.covariance import correlation
from suyuan.quantity.finding import Refused
from suyuan.traceability.attached import CASE
from suyuan.traceability.graph import build
from suyuan.traceability.impact import Impact, impact
from suyuan.traceability.lookup import lookup
from suyuan.traceability.scenario import Replaced, Shifted, Withdrawn
from suyuan.verbs.evaluate import evaluate

NOMINAL = {"name": "nominal", "distribution": "constant", "parameters": {"value": 50}, "unit": "mm"}
LIMITS = {"lower": 99.9, "upper": 100.0045}


def chain(world: Any, reference: str = "50.000623", U: str = "0.000050", number: str = "N-1") -> list[Any]:
    """One standard; the city's nonlinear certificate on it; two factories' results on the city's and on each other."""
    nim = world.typed(number, reference, U)
    city = world.issued(
        "City", "C-1", world.case("ref**2/nominal + d", [world.taken("ref", nim), NOMINAL, world.own("d", 2e-4, 9e-6)])
    )
    left = world.issued("Left", "L-1", world.case("a + e", [world.taken("a", city), world.own("e", 0.0, 2e-5)]))
    right = world.issued("Right", "R-1", world.case("a - e", [world.taken("a", city), world.own("e", 0.0, 2e-5)]))
    inputs = [world.taken("l", left), world.taken("r", right)]
    difference = world.saved("D-1", world.case("l - r", inputs), "2024-07-01")
    total = world.saved("S-1", world.case("l + r", inputs, limits=LIMITS), "2024-07-01")
    return [nim, city, left, right, difference, total]


def by_number(found: Impact) -> dict[str, Any]:
    return {row.node.number: row for row in found.rows}


def test_a_large_shift_equals_evaluating_again_from_the_bytes(world: Any) -> None:
    nim, *_ = chain(world)
    found = by_number(impact(world.evidence, Shifted(nim.key, "0/0", 0.4), evaluate))
    again = type(world)()
    chain(again, "50.400623")
    assert set(found) == {"C-1", "L-1", "R-1", "S-1"}
    for certificate in again.evidence.certificates[1:]:
        q, _ = lookup(again.evidence, CertificateReference(*certificate.key), "0/0")
        row = found[certificate.number]
        assert row.state == "evaluated" and row.unit == "mm"
        assert row.new.value == pytest.approx(float(q.value), rel=1e-14)
        assert row.new.u == pytest.approx(float(q.u), rel=1e-12)
    expected = evaluate(again.evidence.results[1].case, again.evidence).outputs["result"]
    row = found["S-1"]
    assert (row.new.value, row.new.u) == (
        pytest.approx(float(expected.quantity.value), rel=1e-14), pytest.approx(float(expected.quantity.u), rel=1e-12)
    )  # fmt: skip
    # Not only shifted: ∂y/∂x changed too, so a linear shift would miss the value by 0.4²/50.
    linear = row.old.value + 2 * 2 * 50.000623 / 50 * 0.4
    assert row.new.value - linear == pytest.approx(2 * 0.4**2 / 50, rel=1e-6)


def test_a_replacement_equals_evaluating_again_and_keeps_correlation(world: Any) -> None:
    nim, *_ = chain(world)
    other = world.typed("N-2", "50.001123", "0.000300")
    found = by_number(impact(world.evidence, Replaced(nim.key, other), evaluate))
    again = type(world)()
    chain(again, "50.001123", "0.000300", "N-2")
    expected = {r.number: evaluate(r.case, again.evidence).outputs["result"].quantity for r in again.evidence.results}
    row = found["S-1"]
    assert row.new.value == pytest.approx(float(expected["S-1"].value), rel=1e-14)
    assert row.new.u == pytest.approx(float(expected["S-1"].u), rel=1e-12)
    assert (row.old.verdict, row.new.verdict) == ("pass", "undecided")
    # Two independent siblings would give u = √2·u(L-1); sharing the standard they give almost 2·u(L-1).
    assert row.new.u > 1.95 * found["L-1"].new.u
    assert row.growth == pytest.approx(row.new.u / row.old.u) and row.growth > 3
    assert "D-1" not in found, "in the difference the standard cancels, whichever it is"
    assert float(expected["D-1"].u) == pytest.approx(np.hypot(2e-5, 2e-5), rel=1e-9)


def test_the_difference_does_not_feel_a_shift_of_the_common_standard(world: Any) -> None:
    nim, *_ = chain(world)
    found = impact(world.evidence, Shifted(nim.key, "0/0", 0.01), evaluate)
    assert "D-1" not in by_number(found) and found.untouched == 1


def test_rows_are_sorted_by_what_they_cost(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")

    def result(number: str, upper: float | None, std: float) -> None:
        limits = {} if upper is None else {"limits": {"lower": 49.0, "upper": upper}}
        world.saved(
            number, world.case("a + e", [world.taken("a", nim), world.own("e", 0.0, std)], **limits), "2024-07-01"
        )

    result("free-small", None, 1e-3)
    result("free-large", None, 1e-5)
    result("passes", 51.0, 1e-5)
    result("undecided", 50.011, 1e-3)
    result("fails", 50.005, 1e-4)
    found = impact(world.evidence, Shifted(nim.key, "0/0", 0.01), evaluate)
    assert [r.node.number for r in found.rows][:2] == ["fails", "undecided"]
    assert [(r.old.verdict, r.new.verdict) for r in found.rows][:2] == [("pass", "fail"), ("pass", "undecided")]
    assert [r.node.number for r in found.rows][-1] == "free-small"
    assert [r.relative for r in found.rows[2:]] == sorted((r.relative for r in found.rows[2:]), reverse=True)


def test_only_uses_inside_the_window_are_hit(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001", valid_until="2025-12-31")
    for number, on in (
        ("before", "2024-02-01"),
        ("first", "2024-03-01"),
        ("last", "2024-04-30"),
        ("after", "2024-05-01"),
    ):
        world.saved(number, world.case("a", [world.taken("a", nim)]), on)
    window = (date(2024, 3, 1), date(2024, 4, 30))
    city = world.issued("City", "C-1", world.case("a", [world.taken("a", nim)]), on="2024-03-15")
    both = world.case("a - b", [world.taken("a", nim), world.taken("b", city)])
    world.saved("late", both, "2024-09-01")
    found = by_number(impact(world.evidence, Shifted(nim.key, "0/0", 0.01, window), evaluate))
    assert set(found) == {"first", "last", "C-1", "late"}
    assert found["late"].delta == pytest.approx(-0.01), "what rests on a hit is hit; its own late use is not shifted"


def test_withdrawn_leaves_no_traceable_value_all_the_way_down(world: Any) -> None:
    nim, *_ = chain(world)
    found = impact(world.evidence, Withdrawn(nim.key), evaluate)
    assert {r.state for r in found.rows} == {"no_traceable_value"} and len(found.rows) == 5
    assert all(r.new is None and r.old is not None for r in found.rows)
    assert found.rows[0].node.number == "S-1", "a verdict is lost: that costs most"


def test_without_a_model_the_archived_sensitivities_are_used(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")
    city = world.issued("City", "C-1", world.case("3*ref + d", [world.taken("ref", nim), world.own("d", 0.0, 2e-5)]))
    plain = replace(city, attachments=tuple(a for a in city.attachments if CASE not in a.ref_types))
    world.evidence = replace(world.evidence, certificates=(nim, plain))
    world.saved("F-1", world.case("a - 3*n", [world.taken("a", plain), world.taken("n", nim)]), "2024-07-01")
    other = world.typed("N-2", "50.01", "0.0005")
    found = by_number(impact(world.evidence, Replaced(nim.key, other), evaluate))
    row = found["C-1"]
    assert row.state == "linear" and row.delta == pytest.approx(0.03, rel=1e-9)
    assert row.new.u == pytest.approx(np.hypot(3 * 0.00025, 2e-5), rel=1e-9)
    assert "traceability.impact.linear" in [f.code for f in row.findings]
    # What moved linearly carries the new standard's influence, so a − 3·n one step further down is as before.
    assert "F-1" not in found


def test_with_neither_model_nor_sensitivities_it_is_not_computable(world: Any) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")
    used = [{"name": {"en": "block"}, "certificate": {"issuer": "NIM", "number": "N-1"}}]
    typed = world.typed("W-1", "50.1", "0.001", issuer="Works", equipment=used)
    world.saved("F-1", world.case("a", [world.taken("a", typed)]), "2024-07-01")
    found = by_number(impact(world.evidence, Shifted(nim.key, "0/0", 0.01), evaluate))
    assert {r.state for r in found.values()} == {"not_computable"} and set(found) == {"W-1", "F-1"}
    assert found["W-1"].old.value == 50.1 and found["W-1"].new is None


def test_a_place_that_nobody_used_changes_nothing(world: Any) -> None:
    two = [{"name": {"en": "a"}, "value": v, "unit": "mm", "U": "0.0001", "k": "2"} for v in ("50.0", "60.0")]
    nim = world.typed("N-1", "50.0", "0.0001", results=two)
    world.saved("F-1", world.case("a", [world.taken("a", nim, "1/0")]), "2024-07-01")
    found = impact(world.evidence, Shifted(nim.key, "0/0", 0.01), evaluate)
    assert found.rows == () and found.untouched == 1


def test_an_element_of_a_list(world: Any) -> None:
    listed = {"value": ["10.0", "20.0"], "U": ["0.0001", "0.0001"]}
    nim = world.typed("N-1", "", "", result=listed)
    for i in (0, 1):
        world.saved(f"F-{i}", world.case("a", [world.taken("a", nim, index=i)]), "2024-07-01")
    found = by_number(impact(world.evidence, Shifted(nim.key, "0/0", (0.0, 0.5)), evaluate))
    assert set(found) == {"F-1"} and found["F-1"].delta == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Shifted(("NIM", "N-1"), "9/9", 0.1), "traceability.impact.place"),
        (Shifted(("NIM", "N-1"), "0/0", float("nan")), "traceability.impact.shift"),
        (Shifted(("NIM", "N-1"), "0/0", (0.1, 0.2)), "traceability.impact.shift"),
        (Shifted(("NIM", "N-1"), "0/0", 1.0, (date(2024, 2, 1), date(2024, 1, 1))), "traceability.impact.window"),
        (Shifted(("factory", "F-1"), "0/0", 1.0), "traceability.impact.no_certificate"),
        (Withdrawn(("NIM", "N-7")), "traceability.node.unknown"),
    ],
)
def test_a_scenario_that_does_not_fit_is_refused(world: Any, scenario: Any, code: str) -> None:
    nim = world.typed("N-1", "50.0", "0.0001")
    world.saved("F-1", world.case("a", [world.taken("a", nim)]), "2024-07-01")
    with pytest.raises(Refused) as refused:
        impact(world.evidence, scenario, evaluate)
    assert refused.value.findings[0].code == code


def test_a_what_if_changes_nothing(world: Any) -> None:
    nim, *_ = chain(world)
    before = json.dumps([r.to_json() for r in impact(world.evidence, Shifted(nim.key, "0/0", 0.1), evaluate).rows])
    q, _ = lookup(world.evidence, CertificateReference("City", "C-1"), "0/0")
    assert float(q.value) == pytest.approx(50.000623**2 / 50 + 2e-4)
    after = json.dumps([r.to_json() for r in impact(world.evidence, Shifted(nim.key, "0/0", 0.1), evaluate).rows])
    assert before == after and world.evidence.overrides == {}


def test_a_withdrawn_anchor(world: Any) -> None:
    chain(world)
    world.anchor("SI", "metre")
    assert build(world.evidence).named(("SI", "metre")).kind == "anchor"
    assert impact(world.evidence, Withdrawn(("SI", "metre")), evaluate).rows == ()


def test_siblings_issued_apart_stay_correlated(world: Any) -> None:
    chain(world)
    left, _ = lookup(world.evidence, CertificateReference("Left", "L-1"), "0/0")
    right, _ = lookup(world.evidence, CertificateReference("Right", "R-1"), "0/0")
    assert float(correlation(left, right)) > 0.7


@pytest.mark.parametrize(
    ("reference", "place", "index", "code"),
    [
        (CertificateReference("NIM", "N-7"), "0/0", None, "traceability.link.missing"),
        (CertificateReference("NIM", "N-1", "sha256", "f" * 64), "0/0", None, "traceability.link.wrong_digest"),
        (CertificateReference("SI", "metre"), "0/0", None, "traceability.lookup.anchor_only"),
        (CertificateReference("NIM", "N-1"), "4/4", None, "traceability.lookup.place"),
        (CertificateReference("NIM", "N-1"), "0/0", 3, "traceability.lookup.index"),
        (CertificateReference("NIM", "bare"), "0/0", None, "traceability.lookup.no_value"),
        (CertificateReference(), "0/0", None, "traceability.link.empty"),
    ],
)
def test_a_lookup_that_cannot_give_a_value(
    world: Any, reference: CertificateReference, place: str, index: int | None, code: str
) -> None:
    world.typed("N-1", "50.0", "0.0001")
    world.typed("bare", "50.0", "0.0001", results=[{"name": {"en": "length"}, "value": "50.0", "unit": "mm"}])
    world.anchor("SI", "metre")
    with pytest.raises(Refused) as refused:
        lookup(world.evidence, reference, place, index)
    assert refused.value.findings[0].code == code
