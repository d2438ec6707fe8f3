"""Units: symbol, D-SI spelling, exact factor to the SI, dimension, and whether a point on a temperature scale is meant.

Conversion happens at the door (`parse_unit`, `ratio`, `convert`); no unit is looked at in a hot loop. The temperature
rules: point − point is a difference, point + difference is a point, a point in any product is refused, an uncertainty
is always a difference. «°C», «degC», \\degreecelsius alone name a point; in a compound (1/°C) they are a difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from suyuan.quantity.atom import (
    BASES,
    LARGEST_EXPONENT,
    SUPERSCRIPT,
    Atom,
    Terms,
    exponent_of_ten,
    nearest_exponent,
    power_of_ten,
)
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.spelling import read

Kind = Literal["difference", "point"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement (VIM 1.9); units are equal when symbol, factor and kind are.

    symbol: as shown to people («µm», «W/(m·K)»); dsi: as written in D-SI, '' where D-SI has no word;
    factor: value in coherent SI units = value · factor + offset; offset: in kelvin, 0 unless a point;
    dimension: exponents of m, kg, s, A, K, mol, cd; kind: «difference» for every ordinary unit, «point» for a scale
    with its own zero; si: made of SI units only; terms: the atoms with their exponents.

    >>> parse_unit("\\\\micro\\\\metre").symbol, parse_unit("um").dsi
    ('µm', '\\\\micro\\\\metre')
    """

    symbol: str
    dsi: str
    factor: float
    offset: float
    dimension: tuple[Fraction, ...]
    kind: Kind
    si: bool
    terms: Terms = field(repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.symbol)

    def __str__(self) -> str:
        return self.symbol

    def converts_to(self, other: Unit) -> bool:
        """Whether values in this unit can be given in the other: same dimension; a known difference is no point."""
        return self.dimension == other.dimension and not _difference_as_point(self, other)

    def as_difference(self) -> Unit:
        """The unit of differences on this scale: °C as a point gives °C as a size (1 K); others give themselves."""
        return self if self.kind == "difference" else _made(self.terms, "difference")

    def coherent(self) -> Unit:
        """The coherent SI unit of the same dimension, written in base units (N gives kg·m/s²)."""
        return _coherent(self.dimension)

    def in_dsi(self) -> Unit:
        """This unit, or the coherent SI unit where D-SI has no word for it: values must then be converted."""
        return self if self.dsi else self.coherent()

    def __mul__(self, other: Unit) -> Unit:
        return _product(self, other, Fraction(1)) if isinstance(other, Unit) else NotImplemented

    def __truediv__(self, other: Unit) -> Unit:
        return _product(self, other, Fraction(-1)) if isinstance(other, Unit) else NotImplemented

    def __pow__(self, exponent: int | float | Fraction) -> Unit:
        return _power(self, exponent)


# ---------------------------------------------------------------- making


@lru_cache(maxsize=8192)
def parse_unit(text: str) -> Unit:
    """The unit that a text names, in D-SI, UCUM-like, printed or Chinese spelling.

    text: at most 200 characters; '' and '1' are the unit one.
    Raises Refused with quantity.unit.unknown, .ambiguous («cal», «J/kg K»), .logarithm (dB), .reference_state (Nm3) or
    .procedure (HRC).

    >>> parse_unit("kg m s^-2"), parse_unit("W/(m degC)").kind
    (Unit(symbol='kg·m/s²', ...), 'difference')
    """
    terms, point = read(text)
    return _made(_merged(terms), "point" if point else "difference")


def _merged(terms: Terms) -> Terms:
    """Equal atoms together, cancelled ones left out, numerator first; °C beside K counts as K, so that they cancel."""
    kelvin = next((atom for atom, _ in terms if atom.symbol == "K"), None)
    powers: dict[Atom, Fraction] = {}
    ten = 0  # all powers of ten in one: 10⁻⁶ squared is 10⁻¹²
    for atom, power in terms:
        if atom.symbol.startswith("10") and power.denominator == 1:
            ten += exponent_of_ten(atom) * int(power)
            continue
        if kelvin is not None and atom.symbol == "°C":
            atom = kelvin
        powers[atom] = powers.get(atom, Fraction(0)) + power
    kept = [(atom, power) for atom, power in powers.items() if power and atom.symbol != "1"]
    if ten:
        kept.insert(0, (power_of_ten(ten), Fraction(1)))
    return tuple(sorted(kept, key=lambda term: term[1] < 0))  # stable: numerator first, else as written


@lru_cache(maxsize=8192)
def _made(terms: Terms, kind: Kind) -> Unit:
    if (large := max((abs(power) for _, power in terms), default=0)) > LARGEST_EXPONENT:
        raise Refused(finding("quantity.unit.exponent", unit=_symbol(terms), exponent=large))
    factor = _factor(terms)
    if not 1e-300 < factor < 1e300:
        raise Refused(finding("quantity.unit.exponent", unit=_symbol(terms), exponent=large))
    dimension = tuple(sum((atom.dimension[i] * power for atom, power in terms), Fraction(0)) for i in range(len(BASES)))
    return Unit(
        symbol=_symbol(terms),
        dsi=_dsi(terms, kind),
        factor=factor,
        offset=float(terms[0][0].offset) if kind == "point" else 0.0,
        dimension=dimension,
        kind=kind,
        si=all(atom.si for atom, _ in terms),
        terms=terms,
    )


def _factor(terms: Terms) -> float:
    """Factor to the SI as a float; infinite where it has no float."""
    try:
        return _as_float(_scale(terms))
    except OverflowError:
        return math.inf


def _scale(terms: Terms) -> tuple[Fraction, Fraction]:
    """Factor to the SI as fraction and exponent of π; exact for whole exponents."""
    fraction, pi = Fraction(1), Fraction(0)
    for atom, power in terms:
        if power.denominator == 1:
            fraction *= Fraction(atom.fraction ** int(power))
        else:
            fraction *= Fraction(float(atom.fraction) ** float(power))
        pi += atom.pi * power
    return fraction, pi


def _symbol(terms: Terms) -> str:
    above = "·".join(_raised(atom.symbol, power) for atom, power in terms if power > 0)
    under = [_raised(atom.symbol, -power) for atom, power in terms if power < 0]
    if not under:
        return above or "1"
    return f"{above or '1'}/{under[0]}" if len(under) == 1 else f"{above or '1'}/({'·'.join(under)})"


def _raised(symbol: str, power: Fraction) -> str:
    if power == 1:
        return symbol
    if power.denominator == 1:
        return symbol + str(power).translate(SUPERSCRIPT)
    return f"({symbol})^({power})" if symbol.startswith("10") else f"{symbol}^({power})"


def _dsi(terms: Terms, kind: Kind) -> str:
    """D-SI spelling; a lone °C difference is written as kelvin, since \\degreecelsius is read as a point."""
    if kind == "difference" and len(terms) == 1 and terms[0][0].symbol == "°C" and terms[0][1] == 1:
        return "\\kelvin"
    words: list[str] = []
    for atom, power in terms:
        decimal = _decimal(power)
        if atom.dsi is None or decimal is None:
            return ""
        words += [word if power == 1 else f"{word}\\tothe{{{decimal}}}" for word in atom.dsi]
    return "".join(words) or "\\one"


def _decimal(power: Fraction) -> str | None:
    """An exponent as a finite decimal; None for thirds and the like, which D-SI cannot say."""
    if power.denominator == 1:
        return str(power)
    return str(float(power)) if 1000 % power.denominator == 0 else None


@lru_cache(maxsize=1024)
def _coherent(dimension: tuple[Fraction, ...]) -> Unit:
    order = (1, 0, 2, 3, 4, 5, 6)  # kg first: kg·m/s²
    atoms = [parse_unit(base).terms[0][0] for base in BASES]
    return _made(tuple((atoms[i], dimension[i]) for i in order if dimension[i]), "difference")


# ---------------------------------------------------------------- algebra


def _no_point(operation: str, *units: Unit) -> None:
    for unit in units:
        if unit.kind == "point":
            raise Refused(finding("quantity.unit.point", unit=unit.symbol, operation=operation))


@lru_cache(maxsize=8192)
def _product(a: Unit, b: Unit, sign: Fraction) -> Unit:
    _no_point("×" if sign > 0 else "÷", a, b)
    return _made(_merged(a.terms + tuple((atom, power * sign) for atom, power in b.terms)), "difference")


@lru_cache(maxsize=8192)
def _power(unit: Unit, exponent: int | float | Fraction) -> Unit:
    if exponent == 1:
        return unit
    _no_point("^", unit)
    if not math.isfinite(exponent):
        raise Refused(finding("quantity.unit.exponent", unit=unit.symbol, exponent=exponent))
    if not unit.terms:
        return unit
    nice = nearest_exponent(Fraction(exponent))
    if nice is None:
        raise Refused(finding("quantity.unit.exponent", unit=unit.symbol, exponent=exponent))
    return _made(_merged(tuple((atom, power * nice) for atom, power in unit.terms)), "difference")


def added(a: Unit, b: Unit) -> Unit:
    """Unit of a sum: that of the point if one operand is a point, else that of a.

    Before adding, points are converted with `convert`, differences with `ratio`, both to the result.
    Raises Refused quantity.unit.dimension, or quantity.unit.point for point + point.
    """
    _same_dimension(a, b, "+")
    if a.kind == "point" and b.kind == "point":
        raise Refused(finding("quantity.unit.point", unit=a.symbol, operation="+"))
    return b if b.kind == "point" else a


def subtracted(a: Unit, b: Unit) -> Unit:
    """Unit of a difference, of the size of a: point − point is a difference, point − difference a point.

    Before subtracting, b is converted to the unit a: with `convert` if it is a point, else with `ratio`.
    Raises Refused quantity.unit.dimension, or quantity.unit.point for difference − point.

    >>> subtracted(parse_unit("degC"), parse_unit("degC")).kind
    'difference'
    """
    _same_dimension(a, b, "−")
    if b.kind == "point":
        if a.kind != "point":
            raise Refused(finding("quantity.unit.point", unit=b.symbol, operation="−"))
        return a.as_difference()
    return a


def _same_dimension(a: Unit, b: Unit, operation: str) -> None:
    if a.dimension != b.dimension:
        raise Refused(
            finding(
                "quantity.unit.dimension",
                a=a.symbol,
                b=b.symbol,
                operation=operation,
                dimension_a=a.coherent().symbol,
                dimension_b=b.coherent().symbol,
            )
        )


# ---------------------------------------------------------------- conversion


@lru_cache(maxsize=8192)
@lru_cache(maxsize=8192)
def ratio(a: Unit, b: Unit) -> float:
    """Factor from a to b for differences and uncertainties (a point counts by the size of its degree).

    Correctly rounded where factors are rational. Raises Refused quantity.unit.dimension.

    >>> ratio(parse_unit("um"), parse_unit("m")), ratio(parse_unit("degC"), parse_unit("mK"))
    (1e-06, 1000.0)
    """
    _same_dimension(a, b, "→")
    return _as_float(_quotient(a, b))


def _quotient(a: Unit, b: Unit) -> tuple[Fraction, Fraction]:
    (above, pi_above), (under, pi_under) = _scale(a.terms), _scale(b.terms)
    return above / under, pi_above - pi_under


def _as_float(scale: tuple[Fraction, Fraction]) -> float:
    fraction, pi = scale
    return float(fraction) * math.pi ** float(pi) if pi else float(fraction)


def _difference_as_point(a: Unit, b: Unit) -> bool:
    """Whether one is a point and the other is known to be a difference of degrees; kelvin itself may be either."""
    points = a.kind == "point", b.kind == "point"
    other = b if points[0] else a
    return points[0] != points[1] and any(atom.offset for atom, _ in other.terms)


@lru_cache(maxsize=4096)
@lru_cache(maxsize=8192)
def linear(a: Unit, b: Unit) -> tuple[float, float]:
    """Slope and intercept of the conversion: value in b = slope · value in a + intercept.

    Between a point and kelvin, the kelvin is a thermodynamic temperature: t/°C = T/K − 273.15.
    Raises Refused quantity.unit.dimension, or quantity.unit.point between a point and a known difference (°C, °F).
    """
    _same_dimension(a, b, "→")
    if _difference_as_point(a, b):
        raise Refused(finding("quantity.unit.point", unit=(a if a.kind == "point" else b).symbol, operation="→"))
    slope = _quotient(a, b)
    if a.kind == b.kind == "difference":
        return _as_float(slope), 0.0
    zero_a = a.terms[0][0].offset if a.kind == "point" else Fraction(0)
    zero_b = b.terms[0][0].offset if b.kind == "point" else Fraction(0)
    return _as_float(slope), float((zero_a - zero_b) / _scale(b.terms)[0])


def convert(value: Any, a: Unit, b: Unit) -> Any:
    """Values given in a, in b: factor, and zero where a or b is a point of a temperature scale.

    value: number or array; returned unchanged when a and b are equal.

    >>> convert(20.0, parse_unit("degC"), parse_unit("K")), convert(100.0, parse_unit("degC"), parse_unit("degF"))
    (293.15, 212.0)
    """
    if a == b:
        return value
    slope, intercept = linear(a, b)
    return value * slope + intercept if intercept else value * slope


ONE = _made((), "difference")
__all__ = ["ONE", "Unit", "added", "convert", "linear", "parse_unit", "ratio", "subtracted"]
