"""Notation: digits of value and uncertainty, powers of ten, gaps; what is not known stays unknown."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.quantity.notation import behind, decimal, grouped, groups, notate, number, rounded, rounded_uncertainty
from suyuan.quantity.unit import parse_unit

# value, U, unit, pair, concise
WRITTEN = [
    (1.000025, 0.000012, "mg", "(1.000 025 ± 0.000 012) mg", "1.000 025(12) mg"),
    (100.02147, 0.00079, "g", "(100.021 47 ± 0.000 79) g", "100.021 47(79) g"),  # GUM 7.2.2, 7.2.4
    (50.000838, 0.000093, "mm", "(50.000 838 ± 0.000 093) mm", "50.000 838(93) mm"),  # GUM H.1.7
    (10.05762, 0.027, "Ω", "(10.058 ± 0.027) Ω", "10.058(27) Ω"),  # GUM 7.2.6
    (20.5, 1.5, "°C", "(20.5 ± 1.5) °C", "20.5(1.5) °C"),
    (1234.0, 9.96, "m", "(1234 ± 10) m", "1234(10) m"),
    (12345.6, 120, "m", "(12 350 ± 120) m", "12 350(120) m"),
    (1234567, 12000, "m", "(1.235 ± 0.012) × 10⁶ m", "1.235(12) × 10⁶ m"),
    (12345678.9, 0.12, "Hz", "(12 345 678.90 ± 0.12) Hz", "12 345 678.90(12) Hz"),
    (-3.4e-7, 1.2e-8, "m", "(−3.40 ± 0.12) × 10⁻⁷ m", "−3.40(12) × 10⁻⁷ m"),
    (1.2e-6, 3e-6, "1", "(1.2 ± 3.0) × 10⁻⁶", "1.2(3.0) × 10⁻⁶"),
    (0, 0.01, "1", "0.000 ± 0.010", "0.000(10)"),
    (-0.0001, 0.1, "%", "(0.00 ± 0.10) %", "0.00(10) %"),
    (0.001, 1000, "K", "(0 ± 1000) K", "0(1000) K"),
    (9.99999e-5, 1e-7, "m", "(0.000 100 00 ± 0.000 000 10) m", "0.000 100 00(10) m"),
    (5.0, 0, "V", "(5 ± 0) V", "(5 ± 0) V"),
    (6.62607015e-34, 0.0, "J s", "(6.626 070 15 ± 0) × 10⁻³⁴ J s", "(6.626 070 15 ± 0) × 10⁻³⁴ J s"),
    (5.1, math.inf, "V", "(5.1 ± ∞) V", "(5.1 ± ∞) V"),
    (5.1, None, "V", "5.1 V", "5.1 V"),
    (5.1, math.nan, "V", "5.1 V", "5.1 V"),
    (1.0, 1e-300, "m", "1 m ± 1.0 × 10⁻³⁰⁰ m", "1 m ± 1.0 × 10⁻³⁰⁰ m"),
    (1e300, 1e290, "1", "(1.000 000 000 00 ± 0.000 000 000 10) × 10³⁰⁰", "1.000 000 000 00(10) × 10³⁰⁰"),
    (5e-324, 5e-324, "m", "(5.0 ± 5.0) × 10⁻³²⁴ m", "5.0(5.0) × 10⁻³²⁴ m"),
    ("1.200", None, "mm", "1.200 mm", "1.200 mm"),
    (0.1 + 0.2, None, "1", "0.3", "0.3"),
    (1000000.0, None, "Pa", "1 000 000 Pa", "1 000 000 Pa"),
    (45.5, 0.5, "°", "(45.50 ± 0.50)°", "45.50(50)°"),
]


@pytest.mark.parametrize(("value", "U", "unit", "pair", "concise"), WRITTEN)
def test_written(value: float | str, U: float | None, unit: str, pair: str, concise: str) -> None:
    text = notate(value, U, unit)
    assert grouped(text.pair, " ") == pair
    assert grouped(text.concise, " ") == concise


def test_texts_that_stand_alone() -> None:
    text = notate(1234567, 12000, "m")
    assert (text.value_text, text.uncertainty_text, text.unit) == ("1.235 × 10⁶", "12000", "m")
    text = notate(1e-6, 1e-8, "m")
    assert (text.value_text, text.uncertainty_text) == ("1.000 × 10⁻⁶", "1.0 × 10⁻⁸")
    assert notate(1e-9, 0).uncertainty_text == "0"
    assert notate(1.000025, 0.000012).uncertainty_text == "0.000012"  # ends where the value ends


def test_unknown_is_none() -> None:
    for value in (None, math.nan):
        text = notate(value, 0.1, "m")
        assert (text.value_text, text.uncertainty_text, text.pair, text.concise) == (None, None, None, None)
    assert notate(1.0, None).uncertainty_text is None
    assert number(None) is None and number(math.nan) is None
    assert grouped(None) == ""


def test_sign_on_deviations() -> None:
    assert notate(0.25, 0.1, "µm", sign=True).value_text == "+0.25"
    assert notate(-0.25, 0.1, "µm", sign=True).value_text == "−0.25"
    assert notate(0.001, 0.1, "µm", sign=True).value_text == "0.00"
    assert notate(-0.001, 0.1, "µm").value_text == "0.00"
    assert number(3.5, sign=True) == "+3.5"
    assert number(-math.inf) == "−∞"


def test_units_and_kinds_of_numbers() -> None:
    assert notate(np.float64(1.5), np.float32(0.25), parse_unit("um")).pair == "(1.50 ± 0.25) µm"
    assert notate(Decimal("1.50"), Decimal("0.1"), parse_unit("1")).pair == "1.50 ± 0.10"
    assert notate(np.array(2.0), 1, "m").pair == "(2.0 ± 1.0) m"
    assert notate(1.234, 0.14, "m", digits=1).pair == "(1.2 ± 0.2) m"
    with pytest.raises(ValueError):
        notate(1.0, -0.1)
    with pytest.raises(ValueError):
        notate("one", 0.1)


@pytest.mark.parametrize(
    ("text", "place", "result"),
    # GB/T 8170, 3.2: half to even, decided on the decimal digits
    [("1.050", -1, "1.0"), ("0.35", -1, "0.4"), ("2.5", 0, "2"), ("3.5", 0, "4"), ("0.0325", -3, "0.032"),
     ("12.1498", -1, "12.1"), ("10.502", 0, "11"), ("-31.5", 0, "-32"), (2.675, -2, "2.68"), (1.005, -2, "1.00")],
)  # fmt: skip
def test_rounding(text: str | float, place: int, result: str) -> None:
    assert str(rounded(text, place)) == result


def test_number_to_some_digits() -> None:
    assert number(1234567.0, 3) == "1.23 × 10⁶"
    assert number(0.000123456, 3) == "0.000123"
    assert number(1.5e-7) == "1.5 × 10⁻⁷"
    assert number(0.0) == "0" and number(-0.0) == "0" and number(5) == "5"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("1234", ["1234"]),
        ("12345", ["12", "345"]),
        ("123456", ["123", "456"]),
        ("1234567.1234", ["1", "234", "567.1234"]),
        ("−0.12345", ["−0.123", "45"]),
        ("(1.000025 ± 0.000012) × 10⁻¹² mg", ["(1.000", "025 ± 0.000", "012) × 10⁻¹² mg"]),
        ("", [""]),
        ("∞", ["∞"]),
    ],
)
def test_groups(text: str, pieces: list[str]) -> None:
    assert groups(text) == pieces


POSITIVE = st.floats(min_value=1e-300, max_value=1e300)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(POSITIVE, st.sampled_from([1, 2]))
def test_rounding_never_lowers_an_uncertainty_by_more_than_five_percent(U: float, digits: int) -> None:
    short, exact = Fraction(rounded_uncertainty(U, digits)), Fraction(repr(U))
    assert short >= exact * Fraction(95, 100)
    step = Fraction(10) ** (decimal(U).adjusted() - digits + 1)  # type: ignore[union-attr]
    assert abs(short - exact) < step
    if digits == 2:  # 5 % is half a step of the smallest two-digit number: the nearest always serves
        assert abs(short - exact) <= step / 2
    shown = str(rounded_uncertainty(U, digits).normalize()).replace(".", "").partition("E")[0].strip("0")
    assert len(shown) <= digits


def read_back(digits: str, exponent: int) -> Fraction:
    return Fraction(digits.replace("−", "-")) * Fraction(10) ** exponent


@given(FINITE, POSITIVE)
def test_value_lies_within_half_of_the_last_place(value: float, U: float) -> None:
    text = notate(value, U, "m")
    assert text.value_digits and text.uncertainty_digits and text.pair and text.concise
    shown, spread = (
        read_back(text.value_digits, text.exponent),
        read_back(text.uncertainty_digits, text.uncertainty_exponent),
    )
    assert spread >= Fraction(repr(U)) * Fraction(95, 100)
    if text.exponent == text.uncertainty_exponent and len(text.value_digits) < 30:
        place = Fraction(10) ** (Decimal(text.uncertainty_digits).adjusted() + text.exponent - 1)
        assert abs(shown - Fraction(repr(value))) <= place / 2
    assert abs(shown - Fraction(repr(value))) <= max(Fraction(repr(U)), abs(Fraction(repr(value))) / 10**11)
    assert len(text.pair) < 120
    assert "".join(groups(text.pair)) == text.pair
    assert "-" not in text.pair and "E" not in text.pair


@pytest.mark.parametrize(
    ("unit", "said"), [("1", "0.5"), ("", "0.5"), ("N·m", "0.5 N·m"), ("%", "0.5 %"), ("°", "0.5°")]
)
def test_a_unit_stands_behind_its_number_in_one_way(unit: str, said: str) -> None:
    """A hardness is U = 0.5, never «0.5 1»; torque keeps the dot of its unit; per cent takes a space."""
    assert f"0.5{behind(unit)}" == said
