"""U of a capability over an interval against a target: by roots, against a slow search written apart from it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy import adequate, compare, worst
from suyuan.capability.matching.cover import joined, without
from suyuan.capability.need import Target
from suyuan.capability.uncertainty import Formula, Line, Matrix, RootSum, Table, Uncertainty, Value, at, pieces
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit

MM, M, UM, NM, DEGC, K, KHZ, HZ = (parse_unit(u) for u in ("mm", "m", "um", "nm", "degC", "K", "kHz", "Hz"))
sizes = st.floats(1e-3, 1e2).map(lambda x: float(f"{x:.4g}"))


def slow_U(form: Any, y: float) -> float | None:
    """U as stated at one value, from the words of each form."""
    if isinstance(form, Value):
        return form.U
    if isinstance(form, RootSum):
        return math.sqrt(form.a**2 + (form.b * y) ** 2)
    if isinstance(form, Line):
        return form.a + form.b * abs(y)
    if isinstance(form, Table):
        if form.points[0] - 1e-9 <= y <= form.points[-1] + 1e-9:  # mm there and back
            y = min(max(y, form.points[0]), form.points[-1])
        for i in range(len(form.points) - 1):
            x0, x1 = form.points[i], form.points[i + 1]
            if x0 <= y <= x1:
                return form.U[i] + (form.U[i + 1] - form.U[i]) * (y - x0) / (x1 - x0)
        return None
    raise AssertionError(form)


@st.composite
def forms(draw: Any, low: float, high: float) -> Any:
    kind = draw(st.sampled_from(("value", "root_sum", "line", "table")))
    if kind == "value":
        return Value(draw(sizes))
    if kind == "table":
        inner = draw(st.lists(st.floats(0.05, 0.95), max_size=3, unique=True))
        points = [low, *(low + (high - low) * x for x in sorted(inner)), high]
        return Table(tuple(points), tuple(draw(sizes) for _ in points))
    return (RootSum if kind == "root_sum" else Line)(draw(sizes), draw(sizes))


@st.composite
def questions(draw: Any) -> Any:
    low = draw(st.floats(-100, 100).map(lambda x: float(f"{x:.4g}")))
    high = low + draw(st.floats(0.5, 200).map(lambda x: float(f"{x:.4g}")))
    form = draw(forms(low, high))
    relative, wants_relative = draw(st.booleans()), draw(st.booleans())
    u = Uncertainty(
        form, draw(st.sampled_from((2.0, 2.58, 3.0))), None if relative else draw(st.sampled_from((UM, MM)))
    )
    target = Target(draw(sizes), None if wants_relative else draw(st.sampled_from((UM, NM, M))), 2.0)
    return u, Interval(low, high, MM), target


def test_a_target_far_below_U_is_met_next_to_nil_and_only_there() -> None:
    """U = 0.25·|y| against 1 nm, over 128 mm: met up to ±4 nm, ten million times less than the interval."""
    u, interval = Uncertainty(RootSum(0.25, 1.0)), Interval(-0.3203, 127.6797, MM)
    (met,) = compare(u, interval, interval, Target(1.0, parse_unit("nm"))).adequate
    assert (met.low, met.high) == pytest.approx((-4e-6, 4e-6), rel=1e-9)


@settings(max_examples=200, deadline=None)
@given(questions())
def test_the_largest_ratio_and_the_sufficient_parts_are_those_of_a_slow_search(question: Any) -> None:
    u, interval, target = question
    over = interval.to(M)
    found = compare(u, interval, over, target)
    assert found.worst is not None and not found.unstated

    def slow(Y: float) -> float:
        y = Y * 1000.0  # mm
        stated = slow_U(u.form, y)
        assert stated is not None
        if u.unit is None and target.unit is None:  # two fractions of one value
            return float(stated * target.k / u.k / target.U)
        U_mm = stated * abs(y) if u.unit is None else stated * (1.0 if u.unit == MM else 1e-3)
        U_mm *= target.k / u.k
        T_mm = (
            target.U * abs(y)
            if target.unit is None
            else target.U * {"µm": 1e-3, "nm": 1e-6, "m": 1e3}[target.unit.symbol]
        )
        return U_mm / T_mm if T_mm else (math.inf if U_mm else 0.0)

    grid = np.linspace(over.low, over.high, 801)[1:-1]
    ratios = [slow(Y) for Y in grid]
    assert max(ratios) <= found.worst.ratio * (1 + 1e-7)
    if math.isfinite(found.worst.ratio):
        assert found.worst.place == pytest.approx(min(max(found.worst.place, over.low), over.high))
        assert slow(found.worst.place) == pytest.approx(found.worst.ratio, rel=1e-6, abs=1e-9)
    margin = 1e-6 * (over.high - over.low)
    for Y, r in zip(grid, ratios, strict=True):
        in_part = any(p.low <= Y <= p.high for p in found.adequate)
        near = any(abs(Y - end) < margin for p in found.adequate for end in (p.low, p.high))
        if not near and abs(r - 1.0) > 1e-6:
            assert in_part == (r <= 1.0), (Y, r, found.adequate)
    assert found.worst.suffices == (not without((over.low, over.high), [(p.low, p.high) for p in found.adequate]))


@settings(max_examples=100, deadline=None)
@given(questions())
def test_pieces_are_U_squared(question: Any) -> None:
    u, interval, _ = question
    for piece in pieces(u, interval) or ():
        for y in np.linspace(piece.low, piece.high, 7):
            square = piece.c[0] + piece.c[1] * y + piece.c[2] * y * y
            slow = slow_U(u.form, float(y))
            assert piece.U(float(y)) == pytest.approx(slow, rel=1e-9)
            assert square == pytest.approx(
                slow**2, rel=1e-6, abs=1e-7 * max(piece.U(piece.low), piece.U(piece.high)) ** 2
            )


def test_quadrature_and_not_a_sum() -> None:
    """Q[0.03, 0.3 L] µm at 100 mm is 0.0424 µm and meets 0.05 µm; the sum would be 0.06 µm."""
    whole = Interval(1.0, 100.0, MM)
    root = worst(Uncertainty(RootSum(0.03, 0.0003), unit=UM), whole, whole, Target(0.05, UM))
    line = worst(Uncertainty(Line(0.03, 0.0003), unit=UM), whole, whole, Target(0.05, UM))
    assert root is not None and line is not None
    assert round(root.U, 4) == 0.0424 and root.suffices and root.place == 100.0 and root.exact
    assert round(line.U, 4) == 0.06 and not line.suffices


def test_sufficient_up_to_a_length() -> None:
    parts = adequate(Uncertainty(RootSum(0.03, 0.0005), unit=UM), Interval(0.5, 100, MM), Interval(0.5, 100, MM),
                     Target(50.0, NM))  # fmt: skip
    assert [(p.low, p.high) for p in parts] == [(0.5, 80.0)]


def test_equality_passes_after_conversion() -> None:
    whole = Interval(0.0, 10.0, MM)
    for U, target in ((Value(0.1), Target(1e-4, M)), (Value(100.0), Target(0.1, MM))):
        unit = MM if U.U < 1 else UM
        found = compare(Uncertainty(U, unit=unit), whole, whole.to(M), target)
        assert found.worst is not None and found.worst.suffices and len(found.adequate) == 1
    over = compare(Uncertainty(Value(0.1000001), unit=MM), whole, whole, Target(0.1, MM))
    assert over.worst is not None and not over.worst.suffices and not over.adequate


def test_temperatures_are_points_and_their_U_differences() -> None:
    """−20 °C to 300 °C in kelvin; 0.15 K is 0.15 °C."""
    own = Interval(253.15, 573.15, K)
    found = compare(Uncertainty(Value(0.15), unit=K), own, Interval(-20.0, 300.0, DEGC), Target(0.15, DEGC))
    assert found.worst is not None and found.worst.ratio == pytest.approx(1.0) and found.worst.suffices
    assert [(p.low, p.high) for p in found.adequate] == [(-20.0, 300.0)]
    kelvin = compare(Uncertainty(Value(0.15), unit=DEGC), Interval(-20.0, 300.0, DEGC), own, Target(0.001))
    assert kelvin.worst is not None and kelvin.worst.place == 253.15
    assert pytest.approx(0.15 / 253.15) == kelvin.worst.U


def test_a_relative_table_is_largest_inside() -> None:
    """U = (0.3 − 0.02 y) y has its largest value 1.125 at y = 7.5."""
    whole = Interval(0.0, 10.0, MM)
    found = compare(Uncertainty(Table((0.0, 10.0), (0.3, 0.1))), whole, whole, Target(1.0, MM))
    assert found.worst is not None and (found.worst.place, found.worst.U) == pytest.approx((7.5, 1.125))
    assert [(round(p.low, 9), round(p.high, 9)) for p in found.adequate] == [(0.0, 5.0)]


def test_a_relative_target_at_nil_cannot_be_met_by_an_absolute_U() -> None:
    whole = Interval(-10.0, 10.0, MM)
    found = compare(Uncertainty(Value(0.1), unit=MM), whole, whole, Target(0.02))
    assert found.worst is not None and math.isinf(found.worst.ratio) and found.worst.place == 0.0
    assert [(p.low, p.high) for p in found.adequate] == [(-10.0, -5.0), (5.0, 10.0)]
    both = compare(Uncertainty(Value(0.01)), whole, whole, Target(0.02))
    assert both.worst is not None and both.worst.ratio == pytest.approx(0.5) and both.worst.suffices


def test_another_coverage_factor_is_scaled_and_told() -> None:
    whole = Interval(0.0, 1.0, MM)
    found = compare(Uncertainty(Value(0.03), 3.0, MM), whole, whole, Target(0.02, MM, 2.0))
    assert found.worst is not None and pytest.approx(0.02) == found.worst.U and found.worst.suffices
    assert [f.code for f in found.findings] == ["capability.uncertainty.factor"]


def test_outside_a_table_nothing_is_stated() -> None:
    found = compare(Uncertainty(Table((2.0, 8.0), (0.1, 0.1)), unit=MM), Interval(0.0, 10.0, MM),
                    Interval(0.0, 10.0, MM), Target(0.2, MM))  # fmt: skip
    assert [(p.low, p.high) for p in found.unstated] == [(0.0, 2.0), (8.0, 10.0)]
    assert [(p.low, p.high) for p in found.adequate] == [(2.0, 8.0)]


GRID = Matrix((0.0, 10.0), "frequency", (1.0, 3.0), KHZ, ((0.1, 0.3), (0.2, 0.2)))


def test_a_matrix_is_bilinear_and_needs_its_condition() -> None:
    whole, target = Interval(0.0, 10.0, MM), Target(0.25, MM)
    u = Uncertainty(GRID, unit=MM)
    missing = compare(u, whole, whole, target)
    assert missing.worst is None and [f.code for f in missing.findings] == ["capability.uncertainty.condition"]
    outside = compare(u, whole, whole, target, {"frequency": Interval(5.0, 5.0, KHZ)})
    assert [f.code for f in outside.findings] == ["capability.uncertainty.outside"]
    one = compare(u, whole, whole, target, {"frequency": Interval(2000.0, 2000.0, HZ)})
    assert one.worst is not None and pytest.approx(0.2) == one.worst.U
    most = compare(u, whole, whole, target, {"frequency": Interval(1.0, 3.0, KHZ)})
    assert most.worst is not None and (most.worst.U, most.worst.place) == pytest.approx((0.3, 0.0))
    assert [(p.low, round(p.high, 9)) for p in most.adequate] == [(5.0, 10.0)]
    assert float(at(u, 5.0, MM, {"frequency": Interval(2.0, 2.0, KHZ)})) == pytest.approx(0.2)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.floats(0.2, 3.0))
def test_a_formula_is_searched_to_the_same_answer(a: float, b: float, share: float) -> None:
    whole = Interval(1.0, 50.0, MM)
    target = Target(share * math.hypot(a, b * 50.0), MM)
    exact = compare(Uncertainty(RootSum(a, b), unit=MM), whole, whole, target)
    found = compare(Uncertainty(Formula(f"sqrt({a!r}**2 + ({b!r}*x)**2)"), unit=MM), whole, whole, target)
    assert exact.worst is not None and found.worst is not None and not found.worst.exact
    assert found.worst.ratio == pytest.approx(exact.worst.ratio, rel=1e-9)
    assert [(p.low, p.high) for p in found.adequate] == [
        pytest.approx((p.low, p.high), rel=1e-6) for p in exact.adequate
    ]
    assert "capability.uncertainty.searched" in {f.code for f in found.findings}


def test_a_formula_has_conditions_with_units() -> None:
    u = Uncertainty(Formula("0.01 + 0.001*f*x"), unit=MM, units=(("f", KHZ),))
    whole = Interval(0.0, 10.0, MM)
    found = compare(u, whole, whole, Target(0.05, MM), {"f": Interval(1000.0, 5000.0, HZ)})
    assert found.worst is not None and pytest.approx(0.06) == found.worst.U
    with pytest.raises(Refused):
        at(u, 1.0, MM)
    assert not compare(u, whole, whole, Target(0.05, MM)).worst


def test_what_cannot_be_compared_is_a_finding() -> None:
    whole = Interval(1.0, 10.0, MM)
    other = compare(Uncertainty(Value(0.01)), whole, whole, Target(0.1, MM), other=True)
    assert [f.code for f in other.findings] == ["capability.uncertainty.incomparable"]
    wrong = compare(Uncertainty(Value(0.01), unit=K), whole, whole, Target(0.1, MM))
    assert wrong.worst is None and wrong.findings[0].code == "quantity.unit.dimension"
    apart = compare(Uncertainty(Value(0.01), unit=MM), whole, Interval(20.0, 30.0, MM), Target(0.1, MM))
    assert apart.worst is None and not apart.findings


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda p: (float(p[0]), float(p[0] + p[1]))))


@given(spans)
def test_uncovered_and_covered_are_the_whole(parts: list[tuple[float, float]]) -> None:
    left = without((5.0, 25.0), parts)
    covered = [0.25 + 0.5 * i for i in range(10, 50)]
    for x in covered:
        inside = any(low <= x <= high for low, high in parts)
        assert inside != any(low <= x <= high for low, high in left)
    assert all(a[1] < b[0] for a, b in zip(joined(parts), joined(parts)[1:], strict=False))


def test_a_formula_against_nothing_asked_for_is_beyond_all_bounds() -> None:
    form, target = Formula("0.001*sqrt(1 + x**2)"), Target(1e-3)
    for low in (-3.7, 0.0):
        found = compare(Uncertainty(form, unit=MM), Interval(-5.0, 12.0, MM), Interval(low, 8.0, MM), target)
        assert found.worst is not None and (found.worst.ratio, found.worst.place) == (math.inf, 0.0)
    by_share = compare(Uncertainty(form), Interval(-5.0, 12.0, MM), Interval(-3.0, 8.0, MM), target)
    assert by_share.worst is not None and by_share.worst.ratio == pytest.approx(math.sqrt(65.0))  # both go with |x|
