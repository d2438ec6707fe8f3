"""Certificates that a plant's document cites, each with the numbers that were typed beside it.

A number that was copied from a certificate is typed by hand, in a report, a component, a factor or a constant. Two
places that cite one result of one certificate speak of one error, so they must state the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.carbon.fuel.stream import FACTORS
from suyuan.carbon.words import word
from suyuan.quantity.fields import Fields, Number
from suyuan.quantity.finding import Finding, finding, in_both

Use = Literal["report", "component", "factor", "constant", "entered"]


@dataclass(frozen=True, slots=True, eq=False)
class Citation:
    """One place of a document that cites a certificate. use: what stands there; part: stream or stack; factor: of the
    product, or the name of the constant; fields: what was typed there; whole: the stream or stack."""

    use: Use
    issuer: str
    number: str
    place: str
    part: str
    factor: str
    fields: Fields
    whole: Fields

    @property
    def pointer(self) -> str:
        """Where it stands in the document."""
        return self.fields.pointer

    @property
    def names(self) -> dict[str, str]:
        """What it is called, by language: its part, and the month, component or factor."""
        month, own = self.fields.content.get("month"), self.fields.text("name") if self.use == "component" else ""
        if self.use == "report":
            return {"zh": f"{self.part} {month} 月", "en": f"{self.part}, month {month}"}
        if own:
            return {"": f"{self.part} · {own}"}
        words = word("channel" if self.use in ("constant", "entered") else "factor", self.factor)
        return {language: f"{self.part} · {text}" for language, text in words.items()}

    @property
    def printed(self) -> bool:
        """Whether it states a value with its unit, as the certificate does, and not only a relative uncertainty."""
        return self.fields.has("value")

    @property
    def spread(self) -> tuple[float, float, str] | None:
        """Standard uncertainty as typed, what rounding of its digits makes of it, and how it is typed; in the unit of
        the value, or relative. None where none is typed or one cannot be."""
        return typed_u(self.fields)


def typed_u(fields: Fields) -> tuple[float, float, str] | None:
    """The standard uncertainty in fields `u`, `u_rel`, or `U`, `U_rel` with `k`; see `Citation.spread`.

    >>> typed_u(Fields({"U_rel": "0.0066", "k": "2"}))
    (0.0033, 2.5e-05, 'U_rel = 0.0066 (k = 2)')
    """
    k = fields.number("k")
    for key in ("u", "u_rel", "U", "U_rel"):
        number = fields.number(key)
        if number is None or number.value < 0.0:
            continue
        if key.startswith("u"):
            return number.value, rounding(number, 2), f"{key} = {number.printed}"
        if k is not None and k.value > 0.0:
            return number.value / k.value, rounding(number, 2) / k.value, f"{key} = {number.printed} (k = {k.printed})"
    return None


def rounding(number: Number, digits: int = 1) -> float:
    """Half a unit of the last digit as typed; 0 for a number of fewer significant digits than `digits`.

    >>> rounding(Number(38.47, "38.47")), rounding(Number(0.0006, "0.0006"), 2), rounding(Number(1.2e3, "1.2e3"))
    (0.005, 0.0, 50.0)
    """
    base, _, power = number.printed.lower().partition("e")
    whole, _, places = base.lstrip("+-").partition(".")
    if len((whole + places).lstrip("0")) < digits:
        return 0.0
    return float(f"0.5e{int(power or 0) - len(places)}")


def citations(content: Mapping[str, Any]) -> Iterator[Citation]:
    """The places of a document that cite a certificate by issuer and number, in its order."""
    root = Fields(content)
    for stream in root.several("streams"):
        kind, name = stream.text("kind"), stream.text("name")
        for one in stream.several("reports"):
            yield from _cited("report", one, name, "carbon", stream)
        for factor in FACTORS.get(kind, ())[1:]:
            inner = stream.inner(factor) if isinstance(stream.content.get(factor), Mapping) else None
            if inner is not None:
                yield from _cited("factor", inner, name, factor, stream)
        for one in stream.several("components"):
            yield from _cited("component", one, name, one.text("of"), stream)
    for stack in root.several("stacks"):
        name = stack.text("id")
        for one in stack.several("constants"):
            yield from _cited("constant", one, name, one.text("name"), stack)
        for one in stack.several("substitutes"):
            yield from _cited("entered", one, name, one.text("part"), stack)


def _cited(use: Use, one: Fields, part: str, factor: str, whole: Fields) -> Iterator[Citation]:
    issuer, number, place = (one.text(key) for key in ("issuer", "number", "place"))
    if issuer and number:
        yield Citation(use, issuer, number, place, part, factor, one, whole)


def contradictions(content: Mapping[str, Any]) -> tuple[Finding, ...]:
    """An error for each place that states of one result of a certificate another uncertainty than a place before.

    Both would be one error of two sizes. Most often the number of the certificate was copied from another row.
    """
    held: dict[tuple[str, str, str], tuple[Citation, tuple[float, str]]] = {}
    told = []
    for one in citations(content):
        stated = _stated(one)
        if stated is None:
            continue
        key = (one.issuer, one.number, one.place or one.fields.text("name") or one.factor)
        first, other = held.setdefault(key, (one, stated))
        if other != stated:
            told.append(finding("carbon.certificate.two_contents", one.pointer, issuer=one.issuer, number=one.number,
                                place=one.place, first_place=first.pointer, first_u=_typed(first), given=_typed(one),
                                **in_both("first_name", first.names), **in_both("name", one.names)))  # fmt: skip
    return tuple(told)


def _stated(one: Citation) -> tuple[float, str] | None:
    """What a kernel takes for the content of the influence that this place cites: u and its unit."""
    if one.use not in ("component", "constant") or (
        one.use == "component" and one.fields.content.get("shared") is False
    ):
        return None
    spread = one.spread
    return None if spread is None else (spread[0], one.fields.text("unit") if one.printed else "1")


def _typed(one: Citation) -> str:
    spread, value = one.spread, one.fields.number("value")
    text = spread[2] if spread is not None else ""
    return f"{value.printed} {one.fields.text('unit')}, {text}" if value is not None else text
