"""Spellings of units: from text in D-SI, UCUM-like, printed or Chinese form to atoms with exponents.

`read` gives the atoms of a text and their exponents in the order of the text, and whether a point on a temperature
scale is named. Names are looked up in `atom`; the two grammars stand here.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from suyuan.quantity.atom import (
    DIFFERENCES,
    LARGEST_EXPONENT,
    LONGEST,
    PREFIX_WORDS,
    Atom,
    Terms,
    dsi_named,
    named,
    nearest_exponent,
    power_of_ten,
    unknown,
)
from suyuan.quantity.finding import Refused, finding

_REFERENCE_STATE = re.compile(r"sccm|slm|slpm|scfm|标方|标准立方米|标立方米")


def read(text: str) -> tuple[Terms, bool]:
    """The atoms of a text with their exponents, and whether it names a point on a temperature scale.

    text: at most 200 characters; '' and '1' are the unit one.
    Raises Refused with `quantity.unit.unknown`, `.ambiguous`, `.logarithm`, `.reference_state` or `.procedure`.
    """
    if len(text) > LONGEST:
        raise unknown(text[:60] + "…", f"{len(text)}")
    stripped = text.strip()
    if stripped.startswith("\\"):
        terms, differences = _read_dsi(stripped), False
    else:
        terms, differences = _Reader(stripped).read()
    point = len(terms) == 1 and terms[0][1] == 1 and terms[0][0].offset != 0 and not differences
    return terms, point


def exponent(text: str, unit: str) -> Fraction:
    """An exponent within the limits; else Refused `quantity.unit.unknown`."""
    try:
        value = nearest_exponent(Fraction(text))
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None:
        raise unknown(unit, text)
    return value


# ---------------------------------------------------------------- D-SI

_DSI_TOKEN = re.compile(r"\s*(?:\\tothe\s*\{\s*([+-]?\d+(?:\.\d+)?)\s*\}|\\([A-Za-z]+))\s*", re.ASCII)


def _read_dsi(text: str) -> Terms:
    """D-SI: \\prefix\\unit\\tothe{n}…, with \\per for the next unit."""
    terms: list[tuple[Atom, Fraction]] = []
    prefix: tuple[str, str, int] | None = None
    per, may_raise, place = False, False, 0
    while place < len(text):
        token = _DSI_TOKEN.match(text, place)
        if token is None:
            raise unknown(text, text[place:])
        place, (power, word) = token.end(), token.groups()
        if power is not None:
            if not may_raise:
                raise unknown(text, token.group().strip())
            atom, sign = terms[-1]
            terms[-1] = (atom, sign * exponent(power, text))
            may_raise = False
        elif word == "per" and not per and prefix is None:
            per, may_raise = True, False
        elif word in PREFIX_WORDS and prefix is None:
            prefix, may_raise = PREFIX_WORDS[word], False
        else:
            atom = dsi_named(word, prefix, text)
            terms.append((atom, Fraction(-1 if per else 1)))
            prefix, per, may_raise = None, False, True
    if prefix is not None or per:
        raise unknown(text, prefix[1] if prefix else "per")
    return tuple(terms)


# ---------------------------------------------------------------- other spellings

_SUPERSCRIPT = re.compile(r"[⁺⁻]?[⁰¹²³⁴-⁹]+")
_PLAIN = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_SAME = str.maketrans({"º": "°", "˚": "°", "″": '"', "−": "-", "–": "-", "×": "*", "⋅": "*", "·": "*", "∙": "*",
                       "•": "*", "・": "*", "‧": "*", "∕": "/", "⁄": "/", "µ": "µ"})  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>10\s?(?:\^|\*\*|\*)\s?(?:[+-]?\d{1,2}|\([+-]?\d{1,2}\)|\{[+-]?\d{1,2}\})
          | 1[eE][+-]?\d{1,2} | 10{0,6}(?![\d.,]))
      | (?P<name>delta_deg[CF] | Δ?°[CFK] | \[[a-z_]{2,6}\] | %RH | (?:mm|cm|in)H2O | a_0 | [cem]_[0e]
          | ''|[%‰°′'"] | [^\W\d_]+(?:_[A-Za-z]+)* )
      | (?P<sign>\*|\.|/|\(|\)|√|-(?=[A-Za-z]))""",
    re.VERBOSE,
)
_POWER = re.compile(
    r"(?:\^|\*\*)\s?(?:([+-]?\d+(?:\.\d+)?)|\(([+-]?\d+(?:[./]\d+)?)\)|\{([+-]?\d+(?:\.\d+)?)\})|([+-]?\d+)", re.ASCII
)


class _Reader:
    """Reader of products and quotients: «kg/m3», «mPa s», «W/(m degC)», «m s^-2», «V/√Hz», «10⁻⁶/K»."""

    def __init__(self, text: str) -> None:
        self.text = text
        plain = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_PLAIN), text.translate(_SAME))
        plain = unicodedata.normalize("NFKC", plain).translate(_SAME).replace("n mile", "nmi")
        self.plain = re.sub(r"^[*xX]\s?(?=10)", "", plain)
        self.place = 0
        self.differences = False

    def read(self) -> tuple[Terms, bool]:
        if _REFERENCE_STATE.search(self.plain):
            raise Refused(finding("quantity.unit.reference_state", unit=self.text))
        if not self.plain:
            return (), False
        terms = self.product(depth=0)
        if self.place < len(self.plain):
            raise unknown(self.text, self.plain[self.place :])
        return tuple(terms), self.differences

    def product(self, depth: int) -> list[tuple[Atom, Fraction]]:
        """Factors joined by *, ·, ., space or /; a factor after a quotient without brackets is refused."""
        terms = self.factor(depth)
        divided = False
        while (token := self.peek()) is not None and token.group() != ")":
            sign = token.group() if token.lastgroup == "sign" else ""
            if sign == "/":
                self.place = token.end()
                terms += [(atom, -power) for atom, power in self.factor(depth)]
                divided = True
                continue
            if divided:  # «J/kg K»: people mean J/(kg·K), computers read J·K/kg
                raise Refused(finding("quantity.unit.ambiguous", unit=self.text, candidates="a/(b c), (a c)/b"))
            if sign in ("*", ".", "-"):
                self.place = token.end()
            terms += self.factor(depth)
        return terms

    def factor(self, depth: int) -> list[tuple[Atom, Fraction]]:
        """A name, a power of ten, a root or a bracket, with its exponent."""
        token = self.peek()
        if token is None or depth > 5:
            raise unknown(self.text, self.plain[self.place :])
        self.place = token.end()
        word = token.group()
        if token.lastgroup == "number":
            return self.number(word)
        if token.lastgroup == "name":
            if word in DIFFERENCES:
                self.differences, word = True, DIFFERENCES[word]
            power = self.power()
            if power == 3 and word in ("Nm", "Sm", "kNm", "NM"):
                raise Refused(finding("quantity.unit.reference_state", unit=self.text))
            return [(atom, power) for atom in self.spread(word, power)]
        if word == "√":
            return [(atom, power / 2) for atom, power in self.factor(depth + 1)]
        if word == "(":
            inside = self.product(depth + 1)
            closing = self.peek()
            if closing is None:
                raise unknown(self.text, "(")
            self.place = closing.end()
            power = self.power()
            if any(abs(inner * power) > LARGEST_EXPONENT for _, inner in inside):
                raise unknown(self.text, f"^{power}")
            return [(atom, inner * power) for atom, inner in inside]
        raise unknown(self.text, self.plain[token.start() :])

    def spread(self, word: str, power: Fraction) -> tuple[Atom, ...]:
        """The atoms of a name; a name of two factors («Nm») takes no exponent, which would be read in two ways."""
        atoms = named(word, self.text)
        if len(atoms) > 1 and power != 1:
            product = f"{atoms[0].symbol}·{atoms[1].symbol}"
            raise Refused(finding("quantity.unit.ambiguous", unit=self.text, candidates=product))
        return atoms

    def number(self, word: str) -> list[tuple[Atom, Fraction]]:
        if "e" in word.lower():
            power = int(word[2:])
        elif match := re.search(r"(?:\^|\*)\s?\(?\{?([+-]?\d+)", word):
            power = int(match.group(1))
        else:
            power = len(word) - 1
        if abs(power) > 30:
            raise unknown(self.text, word)
        return [(power_of_ten(power), Fraction(1))] if power else []

    def power(self) -> Fraction:
        match = _POWER.match(self.plain, self.place)
        if match is None:
            return Fraction(1)
        self.place = match.end()
        return exponent(next(group for group in match.groups() if group is not None), self.text)

    def peek(self) -> re.Match[str] | None:
        """The next token that is not a space; None at the end."""
        while self.place < len(self.plain):
            token = _TOKEN.match(self.plain, self.place)
            if token is None:
                raise unknown(self.text, self.plain[self.place :])
            if token.lastgroup != "space":
                return token
            self.place = token.end()
        return None
