"""Notation: a value and its expanded uncertainty as people read them.

The uncertainty has two significant digits, rounded to nearest, but up where the nearest would lower it by more than
5 %; the value ends at the same place (GUM 7.2.6, JJF 1059.1 5.3.8; rounding half to even as GB/T 8170). Rounding works
on the decimal digits of a number, never on its binary value. The minus sign is U+2212. Texts carry no gaps; `groups`
cuts them where a gap belongs. The kernel does not import this module: a calculation never formats itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, InvalidOperation
from typing import Any

from suyuan.quantity.atom import SUPERSCRIPT

MINUS, THIN_SPACE, INFINITE = "\u2212", "\u2009", "∞"
LARGEST_LOSS = Decimal("0.05")
PLAIN_FROM, PLAIN_BELOW = -4, 6  # decimal exponents between which a number is written without a power of ten
MOST_DIGITS = 30  # a value is not padded with more digits than this to reach the place of a tiny uncertainty
NOISE = 12  # significant digits that are shown where no uncertainty says how many count
_CONTEXT = Context(prec=800, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999)
_CLOSE = ("°", "′", "″")  # symbols that stand without a space (SI Brochure 5.4.3); per cent takes one (5.4.7)

Number = float | int | Decimal | str


@dataclass(frozen=True, slots=True)
class Notation:
    """A written result. None stands for what is not known; the word for it belongs to the caller.

    value_digits, uncertainty_digits: decimal digits of value and uncertainty, without the power of ten;
    unit: symbol, '1' for none; exponent: power of ten of the value; uncertainty_exponent: of the uncertainty, another
    one only where the value does not reach the place of a tiny uncertainty.
    """

    value_digits: str | None
    uncertainty_digits: str | None
    unit: str = "1"
    exponent: int = 0
    uncertainty_exponent: int = 0

    @property
    def value_text(self) -> str | None:
        """The value alone, with its power of ten, without unit."""
        return None if self.value_digits is None else self.value_digits + _power(self.value_digits, self.exponent)

    @property
    def uncertainty_text(self) -> str | None:
        """The uncertainty alone, as it stands in a column of its own, without unit."""
        digits = self.uncertainty_digits
        if digits is None or digits in ("0", INFINITE) or not self.uncertainty_exponent:
            return digits
        alone = _shifted(Decimal(digits), -self.uncertainty_exponent)
        exponent = _exponent(alone, alone)
        digits = _text(_shifted(alone, exponent), False)
        return digits + _power(digits, exponent)

    @property
    def pair(self) -> str | None:
        """«(50.000 08 ± 0.000 12) mm»; only the value where the uncertainty is not known."""
        if self.value_digits is None:
            return None
        if self.uncertainty_digits is None:
            return f"{self.value_text}{self._unit()}"
        if self.exponent != self.uncertainty_exponent:
            return f"{self.value_text}{self._unit()} ± {self.uncertainty_text}{self._unit()}"
        both = f"{self.value_digits} ± {self.uncertainty_digits}"
        tail = _power("", self.exponent) + self._unit()
        return f"({both}){tail}" if tail else both

    @property
    def concise(self) -> str | None:
        """«1.000 025(12) mg»: the uncertainty in units of the last place of the value."""
        if self.value_digits is None:
            return None
        last = self.uncertainty_digits
        if last is None or last in ("0", INFINITE) or self.exponent != self.uncertainty_exponent:
            return self.pair
        if _decimals(last) == _decimals(self.value_digits) and Decimal(last) < 1:
            last = last.replace(".", "").lstrip("0")
        return f"{self.value_digits}({last}){_power('', self.exponent)}{self._unit()}"

    def _unit(self) -> str:
        return behind(self.unit)


def behind(unit: object) -> str:
    """A unit, or its symbol, as it stands behind a number: after a space, close for degrees, silent for one.

    >>> behind("N·m"), behind("%"), behind("°"), behind("1")
    (' N·m', ' %', '°', '')
    """
    symbol = str(getattr(unit, "symbol", unit))
    if symbol in ("", "1"):
        return ""
    return symbol if symbol in _CLOSE else f" {symbol}"


SMALLEST_PERCENT = 1e-4
"""Fractions below it are told in ppm: 0.00007 % is not read at a glance."""


def fraction_unit(size: float) -> tuple[float, str]:
    """By what a fraction is multiplied to be read, and the sign behind it: % down to 0.01 %, then ppm.

    >>> fraction_unit(0.012), fraction_unit(7e-7)
    ((100.0, '%'), (1000000.0, 'ppm'))
    """
    return (1e6, "ppm") if 0.0 < abs(size) < SMALLEST_PERCENT else (100.0, "%")


def notate(
    value: Number | None, uncertainty: Number | None = None, unit: object = "1", *, digits: int = 2, sign: bool = False
) -> Notation:
    """A value with its expanded (or standard) uncertainty, written by GUM 7.2.6.

    value: number, or decimal text whose digits then count; None or nan where there is none;
    uncertainty: same unit, not negative; None or nan where it is not known, then the value keeps up to 12 digits;
    unit: a Unit or its symbol; digits: significant digits of the uncertainty; sign: «+» before a positive value.
    Returns the notation. Source: GUM 7.2.6; GB/T 8170.

    >>> grouped(notate(1.000025, 0.000012, "mg").concise, " ")
    '1.000 025(12) mg'
    >>> notate(100.02147, 0.00079, "g").pair                            # GUM 7.2.2
    '(100.02147 ± 0.00079) g'
    >>> notate(-3.4e-7, 1.2e-8, "m").pair
    '(−3.40 ± 0.12) × 10⁻⁷ m'
    """
    symbol = str(getattr(unit, "symbol", unit))
    estimate, spread = decimal(value), decimal(uncertainty)
    if estimate is None:
        return Notation(None, None, symbol)
    if spread is not None and spread < 0:
        raise ValueError(f"an uncertainty is not negative: {uncertainty}")
    if spread is None or not spread or spread.is_infinite() or estimate.is_infinite():
        short = estimate if isinstance(value, str | Decimal) else _without_noise(estimate)
        exponent = _exponent(short, short)
        return Notation(_text(_shifted(short, exponent), sign), _special(spread), symbol, exponent, exponent)
    spread = rounded_uncertainty(spread, digits)
    place = _place(spread, digits)
    if _adjusted(estimate) - place < MOST_DIGITS:
        estimate = rounded(estimate, place)
        exponent = other = _exponent(max(abs(estimate), spread), spread)
    else:
        estimate = estimate if isinstance(value, str | Decimal) else _without_noise(estimate)
        exponent, other = _exponent(estimate, estimate), _exponent(spread, spread)
    return Notation(
        _text(_shifted(estimate, exponent), sign), _text(_shifted(spread, other), False), symbol, exponent, other
    )


def number(value: Number | None, significant: int = NOISE, *, sign: bool = False) -> str | None:
    """A number alone to some significant digits, trailing zeros left out; None for None and nan.

    >>> number(0.1 + 0.2), number(-1234567.0, 3), number(None)
    ('0.3', '−1.23 × 10⁶', None)
    """
    exact = decimal(value)
    if exact is None:
        return None
    short = exact if exact.is_infinite() else _without_noise(exact, significant)
    exponent = _exponent(short, short)
    return Notation(_text(_shifted(short, exponent), sign), None, "1", exponent).value_text


def rounded_uncertainty(uncertainty: Number, digits: int = 2) -> Decimal:
    """An uncertainty to its first digits: nearest, but up where the nearest lowers it by more than 5 %.

    >>> [str(rounded_uncertainty(u)) for u in (0.0123, 0.0996, 1.25)], str(rounded_uncertainty(1.4, digits=1))
    (['0.012', '0.10', '1.2'], '2')
    """
    exact = decimal(uncertainty)
    if exact is None or exact <= 0 or exact.is_infinite():
        raise ValueError(f"not a positive number: {uncertainty}")
    place = exact.adjusted() - digits + 1
    nearest = rounded(exact, place)
    if nearest < exact * (1 - LARGEST_LOSS):
        nearest = exact.quantize(Decimal(1).scaleb(place), ROUND_UP, _CONTEXT)
    return rounded(nearest, _place(nearest, digits))  # 0.0996 became 0.100: one digit too many


def rounded(value: Number, place: int) -> Decimal:
    """A number rounded at a decimal place (10^place), half to even (GB/T 8170, 3.2).

    >>> [str(rounded(x, -1)) for x in (0.25, 0.35, "1.0500", 1.15)]
    ['0.2', '0.4', '1.0', '1.2']
    """
    exact = decimal(value)
    if exact is None or exact.is_infinite():
        raise ValueError(f"cannot be rounded: {value}")
    return exact.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN, _CONTEXT)


def decimal(value: Any) -> Decimal | None:
    """The number that its shortest decimal digits say; None for None and nan."""
    if value is None:
        return None
    if not isinstance(value, Decimal | int | str):
        value = repr(float(value))
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"not a number: {value}") from None
    return None if exact.is_nan() else exact


# ---------------------------------------------------------------- gaps


def groups(text: str) -> list[str]:
    """The text cut where a gap of digit grouping belongs: by threes from the decimal point, from five digits on.

    Joined without anything the pieces are the text again. Source: GB/T 15835; SI Brochure 5.4.4.

    >>> groups("12345.67891(12) mg")
    ['12', '345.678', '91(12) mg']
    >>> groups("1234.5678")
    ['1234.5678']
    """
    cuts: list[int] = []
    for match in re.finditer(r"(\d+)(?:\.(\d+))?", text):
        whole, part = match.group(1), match.group(2) or ""
        if len(whole) > 4:
            cuts += [match.end(1) - i for i in range((len(whole) - 1) // 3 * 3, 0, -3)]
        if len(part) > 4:
            cuts += [match.start(2) + i for i in range(3, len(part), 3)]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def grouped(text: str | None, gap: str = THIN_SPACE) -> str:
    """The text with its gaps; '' for None."""
    return gap.join(groups(text)) if text else ""


# ---------------------------------------------------------------- digits


def _power(digits: str, exponent: int) -> str:
    if not exponent or digits in ("0", INFINITE, MINUS + INFINITE):
        return ""
    return " × 10" + str(exponent).translate(SUPERSCRIPT)


def _place(spread: Decimal, digits: int) -> int:
    return spread.adjusted() - digits + 1


def _adjusted(value: Decimal) -> int:
    return value.adjusted() if value else 0


def _without_noise(value: Decimal, significant: int = NOISE) -> Decimal:
    """Up to so many digits, trailing zeros of the fraction left out: 0.1 + 0.2 is 0.3."""
    if not value:
        return Decimal(0)
    if value.is_infinite():
        return value
    short = rounded(value, value.adjusted() - significant + 1).normalize(_CONTEXT)
    whole = short == value and short.adjusted() < 15  # 1000000 is no rounded number: all its zeros are known
    return short.quantize(Decimal(1), context=_CONTEXT) if whole and int(short.as_tuple().exponent) > 0 else short


def _exponent(largest: Decimal, finest: Decimal) -> int:
    """The power of ten to write: 0 for ordinary sizes and where all digits down to the units count."""
    if not largest or largest.is_infinite():
        return 0
    size = largest.adjusted()
    if size < PLAIN_FROM:
        return size
    last = int(finest.as_tuple().exponent)
    return size if size >= PLAIN_BELOW and (last > 0 or size >= 15) else 0


def _shifted(value: Decimal, exponent: int) -> Decimal:
    return value if value.is_infinite() else value.scaleb(-exponent, _CONTEXT)


def _special(spread: Decimal | None) -> str | None:
    if spread is None:
        return None
    return INFINITE if spread.is_infinite() else "0"


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _text(value: Decimal, sign: bool) -> str:
    """Plain digits with a real minus; zero has no sign."""
    if value.is_infinite():
        return INFINITE if value > 0 else MINUS + INFINITE
    digits = format(abs(value), "f")
    if not value:
        return digits
    return (MINUS if value < 0 else "+" if sign else "") + digits
