"""Which result of a certificate a place of a document means, in the unit in which the document states it.

A place is said as the certificate counts its results («0/0»), or it follows from the unit and from what the result is
called. How laboratories name the properties of coal and their bases are rows (`rules/certificates.json`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from suyuan.carbon.citations import rounding
from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.certificate.quantities import standard_uncertainty
from suyuan.quantity.fields import Number
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import load
from suyuan.quantity.unit import ONE, convert, parse_unit

POORLY = 0.5
"""A relative standard uncertainty above this is that of an error about nil, not of a level."""
OF_COAL: Mapping[str, str] = {"carbon": "carbon", "heat_value": "heat"}
"""Factor of a stream → property of a report."""
Scale = Callable[[float], float]
"""A value in the unit of a certificate → in that of a document."""


@dataclass(frozen=True, slots=True)
class Result:
    """One number of a certificate in the unit of the document. half: what rounding to its printed digits hides; u:
    standard uncertainty, None where the certificate states none; u_half: the same of it; printed: as the certificate
    writes value and uncertainty."""

    stated: StatedQuantity
    value: float
    half: float
    u: float | None
    u_half: float
    printed: tuple[str, str]


def listed(certificate: Certificate, place: str, factor: str = "") -> tuple[StatedQuantity, ...]:
    """The result at a place; where none is said or the certificate has none there, those of the property that a factor
    is, and all where no name says which these are."""
    one = certificate.at(place) if place else None
    if one is not None:
        return (one,)
    every = certificate.quantities()
    return tuple(q for q in every if factor in OF_COAL and property_of(q) == OF_COAL[factor]) or every


def in_unit(stated: Iterable[StatedQuantity], unit: str) -> list[Result]:
    """The results that can be told in a unit."""
    wanted = parse_unit(unit)
    found: list[Result] = []
    for one in stated:
        try:
            own = parse_unit(one.unit)
            if own.converts_to(wanted):
                found += scaled(one, lambda x, own=own: float(convert(x, own, wanted)))  # type: ignore[misc]
        except Refused:
            continue
    return found


def scaled(one: StatedQuantity, scale: Scale) -> Iterator[Result]:
    """The numbers of a result, each as a document would have it."""
    zero = scale(0.0)
    try:
        spread: np.ndarray | None = standard_uncertainty(one)[0]
    except Refused:
        spread = None
    for at, value in enumerate(np.atleast_1d(one.value).tolist()):
        u = None if spread is None else float(np.atleast_1d(spread)[at])
        half = rounding(Number(value, one.printed[at])) if at < len(one.printed) else 0.0
        yield Result(one, scale(value), abs(scale(half) - zero), None if u is None else abs(scale(u) - zero),
                     abs(scale(_u_half(one, at, u)) - zero), (_value(one, at), _spread(one, at)))  # fmt: skip


def relative(certificate: Certificate, place: str, factor: str) -> list[Result]:
    """The results as relative uncertainties: of an error that is itself a fraction as they are, of a level over it.

    value: of the error, 0 for a level, which is none.
    """
    found = []
    for one in listed(certificate, place, factor):
        try:
            own = parse_unit(one.unit)
            fraction = own.converts_to(ONE)
            times = float(convert(1.0, own, ONE)) if fraction else 1.0
        except Refused:
            continue
        for held in scaled(one, lambda x: x):
            level = abs(held.value)
            if held.u is None:
                found.append(held)
            elif property_of(one) == "error" or level == 0.0 or (fraction and held.u > POORLY * level):
                if fraction:
                    found.append(_times(held, times, held.value * times))
            else:
                found.append(_times(held, 1.0 / level, 0.0))
    return found


def _times(one: Result, times: float, value: float) -> Result:
    assert one.u is not None
    return Result(one.stated, value, one.half * times, one.u * times, one.u_half * times, one.printed)


def _u_half(one: StatedQuantity, at: int, u: float | None) -> float:
    """What rounding of the printed uncertainty hides of u."""
    stated = one.uncertainty
    if stated is None or u is None or not stated.printed:
        return 0.0
    printed = stated.printed[min(at, len(stated.printed) - 1)]
    value = float(np.atleast_1d(stated.value)[min(at, np.size(stated.value) - 1)])
    return rounding(Number(value, printed)) * u / value if value else 0.0


def _value(one: StatedQuantity, at: int) -> str:
    text = one.printed[at] if at < len(one.printed) else f"{np.atleast_1d(one.value)[at]:.6g}"
    return f"{text} {one.unit}" if one.unit not in ("1", "\\one") else text


def _spread(one: StatedQuantity, at: int) -> str:
    stated = one.uncertainty
    if stated is None:
        return ""
    values = np.atleast_1d(stated.value)
    place = min(at, len(values) - 1)
    text = stated.printed[place] if place < len(stated.printed) else f"{values[place]:.4g}"
    k = f" (k = {stated.k:g})" if stated.k is not None else ""
    return f"{'U' if stated.kind == 'expanded' else 'u' if stated.kind == 'standard' else '±'} = {text}{k}"


# ---------------------------------------------------------------- by name


def property_of(one: StatedQuantity) -> str:
    """What a result is of: «carbon», «moisture», «ash», «heat», «hydrogen», «sulphur», «error», «other», «» where no
    word says it."""
    return _longest(one, "properties", "property")


def basis_of(one: StatedQuantity) -> str:
    """The basis that a result names («ar», «ad», «d», «daf»); «» where it names none."""
    return _longest(one, "bases", "basis")


def _longest(one: StatedQuantity, table: str, key: str) -> str:
    """What the longest word that stands in the names of a result stands for."""
    return _of_texts(table, key, tuple(text for text in (*one.name.values(), one.label, one.quantity_kind) if text))


@lru_cache(maxsize=4096)
def _of_texts(table: str, key: str, texts: tuple[str, ...]) -> str:
    found = {said: length for text in texts for said, length in _spoken(table, key, text)}
    return max(found, key=lambda said: found[said], default="")


@cache
def _words(table: str, key: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(word), str(row[key])) for row in load("suyuan.carbon", f"certificates.{table}")
                 for word in row["words"])  # fmt: skip


def _spoken(table: str, key: str, text: str) -> Iterator[tuple[str, float]]:
    """What a text says, the more the longer its word; a Chinese character says as much as three letters."""
    lengths: dict[str, float] = {}
    for word, said in _words(table, key):
        if word.isascii():
            there = re.search(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", text, 0 if len(word) < 5 else re.I)
            length = float(len(word))
        else:
            there, length = re.search(re.escape(word), text), 3.0 * len(word)
        if there:
            lengths[said] = max(lengths.get(said, 0.0), length)
    yield from lengths.items()


def of_property(certificate: Certificate, what: str, basis: str, loose: bool) -> tuple[Sequence[StatedQuantity], str]:
    """The results of a property of coal on a basis, and where there are none the other basis that is stated.

    loose: whether results that name no basis, or no property where the certificate names it nowhere, count too.
    """
    results = certificate.quantities()
    mine = [one for one in results if property_of(one) == what]
    if not mine and loose:
        mine = [one for one in results if not property_of(one)]
    exact = [one for one in mine if basis_of(one) == basis]
    if exact:
        return exact, ""
    silent = [one for one in mine if not basis_of(one)]
    if silent and loose:
        return silent, ""
    return (), next((other for one in mine if (other := basis_of(one))), "")
