"""Names of units: the table, its prefixes, what must not be guessed, and pint for a single name that is left.

An *atom* is a unit symbol with its prefix («µm», «kg», «psi»). The known names stand in `rules/units.json`. Scale
factors are exact: a fraction times a power of π.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import load

BASES = ("m", "kg", "s", "A", "K", "mol", "cd")
LONGEST = 200
LARGEST_EXPONENT = 20
LARGEST_DENOMINATOR = 12
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_DIMENSION = (Fraction(0),) * 7

_PREFIXES = (
    ("Q", "quetta", 30), ("R", "ronna", 27), ("Y", "yotta", 24), ("Z", "zetta", 21), ("E", "exa", 18),
    ("P", "peta", 15), ("T", "tera", 12), ("G", "giga", 9), ("M", "mega", 6), ("k", "kilo", 3), ("h", "hecto", 2),
    ("da", "deca", 1), ("d", "deci", -1), ("c", "centi", -2), ("m", "milli", -3), ("µ", "micro", -6),
    ("n", "nano", -9), ("p", "pico", -12), ("f", "femto", -15), ("a", "atto", -18), ("z", "zepto", -21),
    ("y", "yocto", -24), ("r", "ronto", -27), ("q", "quecto", -30),
)  # fmt: skip
_PREFIX_OF = {symbol: (symbol, word, power) for symbol, word, power in _PREFIXES}
_PREFIX_OF |= {"u": _PREFIX_OF["µ"], "μ": _PREFIX_OF["µ"]}
_PREFIX_OF |= {zh: _PREFIX_OF[symbol] for zh, symbol in zip("兆千厘毫微纳", "Mkcmµn", strict=True)}
PREFIX_WORDS = {word: (symbol, word, power) for symbol, word, power in _PREFIXES} | {"deka": _PREFIX_OF["da"]}

# Names that stand for a product; a prefix belongs to the first factor (kWh is kW·h).
_PRODUCTS = {"Nm": ("N", "m"), "Wh": ("W", "h"), "VA": ("V", "A"), "Ah": ("A", "h"),
             "牛米": ("N", "m"), "牛顿米": ("N", "m"), "瓦时": ("W", "h"), "伏安": ("V", "A"),
             "安时": ("A", "h")}  # fmt: skip
_ALIASES = {"公斤": "kg", "千克": "kg", "公里": "km", "公升": "L", "[in_i]": "in", "[ft_i]": "ft", "[lb_av]": "lb",
            "[psi]": "psi", "[ppm]": "ppm", "[ppb]": "ppb", "kcal_IT": "kcal_IT", "°K": "K"}  # fmt: skip
DIFFERENCES = {"delta_degC": "°C", "delta_degF": "°F", "Δ°C": "°C", "Δ°F": "°F"}

# What must not be guessed: the readings differ in value.
_AMBIGUOUS = {
    "cal": "cal_IT, cal_th", "kcal": "kcal_IT, kcal_th", "Mcal": "Mcal_IT, Mcal_th", "Btu": "Btu_IT", "BTU": "Btu_IT",
    "gal": "Gal, L", "gallon": "L, 3.785411784 L (US), 4.54609 L (UK)", "ton": "t, kgf, RT", "ppt": "1e-12, 1e-3",
    "pH": "1, 1e-12 H", "a": "d, ha", "yr": "d", "year": "d", "HP": "hp, PS", "cc": "mL", "G": "Gs, g_n",
    "g-force": "g_n", "lbs": "lb, lbf", "H2O": "mmH2O", "M": "mol/L, nmi", "ata": "bar, kgf/cm2", "atg": "bar, kgf/cm2",
    "turn": "r, 360°", "cycle": "r, 360°", "circle": "r, 360°",
    "bbl": "119.24 L (US dry), 158.987294928 L (oil)", "barrel": "119.24 L (US dry), 158.987294928 L (oil)",
    "cwt": "100 lb (US), 112 lb (UK)", "hundredweight": "100 lb (US), 112 lb (UK)",
    "pint": "0.473176473 L (US), 0.56826125 L (UK)", "quart": "0.946352946 L (US), 1.1365225 L (UK)",
    "fluid_ounce": "29.5735296 mL (US), 28.4130625 mL (UK)", "cup": "236.588 mL (US), 250 mL",
}  # fmt: skip
_PROCEDURE = re.compile(r"[NF]NU|[NF]TU|HR(?:A|B|C|BW)?|HB[WS]?|HV|HK|HLD|HSD")
_LOGARITHM = re.compile(r"dB.*|[mµμu]?Np|Bel|B|oct|dec|phon|mel", re.ASCII)
LOGARITHM_WORDS = frozenset({"bel", "decibel", "neper"})


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A unit symbol with its prefix: value in SI = (value · fraction · π^pi) + offset.

    symbol: as shown to people; dsi: its words in D-SI (None where D-SI has none, () where they are left out);
    dimension: exponents of m, kg, s, A, K, mol, cd; si: belongs to the SI.
    Atoms are equal when their symbols are: a symbol has one meaning here.
    """

    symbol: str
    dsi: tuple[str, ...] | None
    fraction: Fraction
    pi: int = 0
    offset: Fraction = Fraction(0)
    dimension: tuple[Fraction, ...] = NO_DIMENSION
    si: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self.symbol == other.symbol

    def __hash__(self) -> int:
        return hash(self.symbol)


Terms = tuple[tuple[Atom, Fraction], ...]


def nearest_exponent(power: Fraction) -> Fraction | None:
    """The exponent with a denominator up to 12 that the number stands for; None where it is none or too large."""
    nice = power.limit_denominator(LARGEST_DENOMINATOR)
    return nice if abs(nice - power) < Fraction(1, 10**9) and abs(nice) <= LARGEST_EXPONENT else None


def unknown(text: str, part: str = "") -> Refused:
    """The refusal of a spelling; `part` is the piece that is not understood."""
    return Refused(finding("quantity.unit.unknown", unit=text[:LONGEST], part=part[:LONGEST]))


@cache
def table() -> tuple[dict[str, tuple[Atom, Any]], dict[str, tuple[Atom, Any]]]:
    """Spelling → (atom, prefixes allowed) and D-SI word → the same."""
    names: dict[str, tuple[Atom, Any]] = {}
    words: dict[str, tuple[Atom, Any]] = {}
    for row in load(__package__, "units"):
        dsi = tuple("\\" + word for word in row["dsi"].split()) or None
        if row["dsi"] == "one":
            dsi = ()
        atom = Atom(row["symbol"], dsi, rational(row["factor"]), row["pi"], Fraction(row["offset"]),
                    _dimension(row["dimension"]), row["si"])  # fmt: skip
        for name in (row["symbol"], *row["spellings"]):
            names[unicodedata.normalize("NFKC", name)] = (atom, row["prefixes"])
        if dsi and len(dsi) == 1:
            words[row["dsi"]] = (atom, row["prefixes"])
    for word, other in (("meter", "metre"), ("liter", "litre"), ("degreeCelsius", "degreecelsius"), ("mmHg", "mmhg"),
                        ("celsius", "degreecelsius"), ("atomicmassunit", "dalton")):  # fmt: skip
        words[word] = words[other]
    return names, words


def rational(text: str) -> Fraction:
    """A product of decimals, perhaps divided by decimals («550*0.3048/0.0254»), exactly."""
    first, *divisors = text.split("/")
    value = Fraction(1)
    for factor in first.split("*"):
        value *= Fraction(factor)
    for divisor in divisors:
        value /= Fraction(divisor)
    return value


def _dimension(text: str) -> tuple[Fraction, ...]:
    exponents = dict.fromkeys(BASES, Fraction(0))
    for word in text.split():
        base, power = re.fullmatch(r"([A-Za-z]+)(-?\d+)?", word).groups()  # type: ignore[union-attr]
        exponents[base] += Fraction(power or 1)
    return tuple(exponents.values())


@cache
def prefixed(atom: Atom, prefix: tuple[str, str, int]) -> Atom:
    """The atom with a prefix; k + g is the kilogram of D-SI."""
    symbol, word, power = prefix
    dsi = atom.dsi
    if dsi:
        dsi = ("\\kilogram",) if (symbol, atom.symbol) == ("k", "g") else ("\\" + word + dsi[0], *dsi[1:])
    return Atom(symbol + atom.symbol, dsi, atom.fraction * Fraction(10) ** power, atom.pi, Fraction(0),
                atom.dimension, atom.si)  # fmt: skip


def named(name: str, text: str) -> tuple[Atom, ...]:
    """The atoms of one name, found in the table, by prefix, or by pint."""
    names, _ = table()
    name = _ALIASES.get(name, name)
    if found := names.get(name):
        return (found[0],)
    singular = name[:-1] if len(name) > 3 and name.endswith("s") else name
    for word in (name, singular):
        if word in _AMBIGUOUS:
            raise Refused(finding("quantity.unit.ambiguous", unit=text, candidates=_AMBIGUOUS[word]))
    if _PROCEDURE.fullmatch(name):
        raise Refused(finding("quantity.unit.procedure", unit=text))
    if _LOGARITHM.fullmatch(name):
        raise Refused(finding("quantity.unit.logarithm", unit=text))
    for head in (name[:2], name[:1]):
        prefix, rest = _PREFIX_OF.get(head), name[len(head) :]
        if prefix is None or not rest:
            continue
        if (found := names.get(rest)) and (found[1] is True or (found[1] and prefix[0] in found[1])):
            return (prefixed(found[0], prefix),)
        if rest in _PRODUCTS:
            first, second = _PRODUCTS[rest]
            return (prefixed(names[first][0], prefix), names[second][0])
    for long, prefix in PREFIX_WORDS.items():  # «millimetre»
        found = names.get(name.removeprefix(long)) if name.startswith(long) else None
        if found and found[1] is True:
            return (prefixed(found[0], prefix),)
    if name in _PRODUCTS:
        return tuple(names[part][0] for part in _PRODUCTS[name])
    return (_from_pint(name, text),)


@cache
def _registry() -> Any:
    import pint  # 0.3 s: only for names that the table does not know

    return pint.UnitRegistry()


_PINT_BASES = {"[length]": 0, "[mass]": 1, "[time]": 2, "[current]": 3, "[temperature]": 4, "[substance]": 5,
               "[luminosity]": 6}  # fmt: skip


def _from_pint(name: str, text: str) -> Atom:
    """A single name asked of pint; never an expression, a constant's short name, a level or a shifted scale."""
    if not re.fullmatch(r"[A-Za-z](?:_?[A-Za-z]){2,39}", name, re.ASCII):
        raise unknown(text, name)
    registry = _registry()
    try:
        ((prefix, _, _), *_) = registry.parse_unit_name(name)
        if not name.startswith(prefix):  # «cfm» is no centifermi
            raise unknown(text, name)
        units = registry.parse_units(name)
        one = registry.Quantity(1.0, units)
        if len(units._units) != 1 or not one._is_multiplicative:
            raise unknown(text, name)
        dimension = [Fraction(0)] * 7
        for base, power in one.dimensionality.items():
            dimension[_PINT_BASES[base]] = Fraction(power).limit_denominator(LARGEST_DENOMINATOR)
        factor = float(one.to_base_units().magnitude)
    except Refused:
        raise
    except Exception:  # pint raises a dozen kinds, its parser's among them; all mean: not a unit
        raise unknown(text, name) from None
    if not 1e-60 < factor < 1e60:
        raise unknown(text, name)
    return Atom(name, None, Fraction(repr(factor)), 0, Fraction(0), tuple(dimension), False)


def power_of_ten(power: int) -> Atom:
    """10ⁿ as an atom («10⁻⁶»), for the many certificates that print a scaled one."""
    return Atom("10" + str(power).translate(SUPERSCRIPT), None, Fraction(10) ** power, si=True)


def exponent_of_ten(atom: Atom) -> int:
    """The n of an atom that `power_of_ten` made."""
    return len(str(atom.fraction.numerator)) - len(str(atom.fraction.denominator))


def dsi_named(word: str, prefix: tuple[str, str, int] | None, text: str) -> Atom:
    _, words = table()
    if word in LOGARITHM_WORDS:
        raise Refused(finding("quantity.unit.logarithm", unit=text))
    if word == "one" and prefix is None:
        return Atom("1", (), Fraction(1), si=True)
    if word == "kilogram" and prefix is None:
        return prefixed(words["gram"][0], _PREFIX_OF["k"])
    if word not in words:
        raise unknown(text, "\\" + word)
    atom, prefixes = words[word]
    if prefix is None:
        return atom
    if prefixes is not True and not (prefixes and prefix[0] in prefixes):
        raise unknown(text, f"\\{prefix[1]}\\{word}")
    return prefixed(atom, prefix)
