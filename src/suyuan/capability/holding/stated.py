"""What the certificate of a standard states, place by place, and of which kind of quantity.

    kind of a result: what it says itself (its kind, its name, its label) · else what is usually calibrated on the item

Two results of one dimension need not speak of one thing: ±1 µm of a comparator is a difference of lengths and no length
of a block; the wavelength of a laser is none either; a correction in K is no temperature. A result that says nothing of
its kind, on an item that no table knows, stays unstated: it is neither taken for the capability's kind nor for another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import (
    PACKAGE,
    fits,
    item_names,
    items,
    plain,
    quantities,
    quantity_chain,
    quantity_key,
    quantity_named,
    quantity_names,
)
from suyuan.certificate.certificate import Certificate, StatedQuantity
from suyuan.quantity.finding import Refused
from suyuan.quantity.table import load
from suyuan.quantity.unit import Unit, linear, parse_unit
from suyuan.traceability.lookup import certificate_quantities

Dimension = tuple[Fraction, ...]
Numbers = NDArray[np.float64]
Relation = Literal["same", "unstated", "other"]
"""How the kind of a result stands to that of a capability."""
DEVIATION = ("deviation", "error", "correction", "difference", "偏差", "误差", "修正", "示差")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LATIN = re.compile(r"[0-9a-z]")
_WORD = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Points:
    """What a certificate states at one place in one dimension, in coherent SI units.

    y, u: values and their standard uncertainties (n,), empty where only the range has this dimension; deviations: they
    are no sizes of a thing; low, high: ends of the calibrated range, or of the values where none is stated;
    not-a-number where neither says anything; signed: a range of deviations on both sides of nil; kind: that the result
    itself says, item_kind: that is usually calibrated on the item, keys, «» where not known.
    """

    y: Numbers
    u: Numbers
    deviations: bool
    low: float = math.nan
    high: float = math.nan
    signed: bool = False
    kind: str = ""
    item_kind: str = ""

    def relation(self, quantity: str, whole: bool = True) -> Relation:
        """How it stands to a kind of quantity. whole: whether the item may speak where the result does not."""
        return related(quantity, self.kind or (self.item_kind if whole else ""))


def points_of(certificate: Certificate) -> Iterator[tuple[Dimension, Points]]:
    """What a certificate states, each with its dimension; results of dimension one have a range at most."""
    table, _ = certificate_quantities(certificate)
    item = " ".join(plain(name) for thing in certificate.items for name in thing.name.values())
    for place, q in table.items():
        stated = certificate.at(place)
        if not q.size:
            continue
        deviations = stated is not None and _deviates(stated)
        span = _range(stated) if stated is not None else None
        if any(q.unit.dimension):
            try:
                slope, shift = linear(q.unit, q.unit.coherent())
                y = np.atleast_1d(np.asarray(q.value, float)).ravel() * slope + shift
                u = np.broadcast_to(np.abs(np.asarray(q.u, float) * slope), np.shape(q.value)).ravel()
            except (Refused, TypeError, ValueError):
                continue
            own = span if span is not None and span.unit.dimension == q.unit.dimension else None
            low, high = _ends(own)
            if own is None and not deviations:
                low, high = float(np.min(y)), float(np.max(y))
            kinds = (_kind_of(stated, q.unit), _item_kind(item, q.unit))
            signed = own is not None and deviations and not own.unit.offset and own.low < 0.0 < own.high
            yield q.unit.dimension, Points(y, np.atleast_1d(u), deviations, low, high, signed, *kinds)
        if span is not None and any(span.unit.dimension) and span.unit.dimension != q.unit.dimension:
            nothing = np.empty(0)
            kinds = (_kind_of(stated, span.unit), _item_kind(item, span.unit))
            yield span.unit.dimension, Points(nothing, nothing, True, *_ends(span), False, *kinds)


def _deviates(stated: StatedQuantity) -> bool:
    words = " ".join((*stated.ref_types, *stated.name.values(), stated.label)).casefold()
    return any(word in words for word in DEVIATION)


def _range(stated: StatedQuantity) -> Interval | None:
    """The calibrated range in its own unit."""
    if stated.lower is None or stated.upper is None:
        return None
    try:
        return Interval(stated.lower, stated.upper, parse_unit(stated.range_unit))
    except Refused:
        return None


def _ends(span: Interval | None) -> tuple[float, float]:
    if span is None:
        return math.nan, math.nan
    there = span.to(span.unit.coherent())
    return there.low, there.high


# ---------------------------------------------------------------- kinds


def _kind_of(stated: StatedQuantity | None, unit: Unit) -> str:
    """The kind that a result itself says; of several words the first that fits the unit."""
    if stated is None:
        return ""
    for text in (stated.quantity_kind, *stated.name.values(), stated.label):
        found = kind_in(text, unit)
        if found:
            return found
    return ""


@lru_cache(maxsize=4096)
def kind_in(text: str, unit: Unit | None) -> str:
    """The kind of quantity that words speak of: as a whole, else the longest name that stands in them; of those whose
    dimension is the unit's, None for any. «» for none.

    >>> mm = parse_unit("mm")
    >>> kind_in("20 °C 时的长度", mm), kind_in("diameter of setting ring RG-50", mm), kind_in("systematic error", mm)
    ('length', 'diameter', '')
    >>> kind_in("CelsiusTemperature", parse_unit("degC")), kind_in("length", parse_unit("K"))
    ('temperature', '')
    >>> kind_in("relative error of DC energy", None)
    'energy_dc'
    """
    key = quantity_named(text)
    if key is not None and _fits(key, unit):
        return key
    words = plain(_CAPITAL.sub(" ", text))
    found = [name for name, key in quantity_names().items() if len(name) > 1 and _in(name, words) and _fits(key, unit)]
    return quantity_names()[max(found, key=len)] if found else ""


def _fits(key: str, unit: Unit | None) -> bool:
    return unit is None or bool(fits(key, unit))


def _in(name: str, words: str) -> bool:
    """Whether a name stands in words; one of Latin letters only as whole words."""
    at = words.find(name)
    if at < 0 or not _LATIN.search(name):
        return at >= 0
    while at >= 0:
        if words[at - 1 : at] not in _WORD and words[at + len(name) : at + len(name) + 1] not in _WORD:
            return True
        at = words.find(name, at + 1)
    return False


@lru_cache(maxsize=4096)
def _item_kind(item: str, unit: Unit) -> str:
    """What is usually calibrated on an item, the first kind of the unit's dimension; «» where no table knows it."""
    return next((key for key in kinds_on(item) if fits(key, unit)), "")


@lru_cache(maxsize=4096)
def kinds_on(item: str) -> tuple[str, ...]:
    """What is usually calibrated on an item, by the longest of its names that stands in plain words; () for none.

    >>> kinds_on("torque transducer tt-1")
    ('torque',)
    """
    found = [name for name in item_names() if len(name) > 1 and _in(name, item)]
    return tuple(items()[item_names()[max(found, key=len)]].quantities) if found else ()


@lru_cache(maxsize=65536)
def related(quantity: str, kind: str) -> Relation:
    """How a kind that a certificate states stands to that of a capability: the same thing where they are one, or one is
    a case of the other; kinds of `rules/kinds-apart.json` are cases of others but have ranges of their own.

    >>> related("diameter", "length"), related("roundness", "length"), related("length", "")
    ('same', 'other', 'unstated')
    """
    own = quantity_key(quantity)
    if not kind or own not in quantities():
        return "unstated"
    if own == kind:
        return "same"
    if own in _apart() or kind in _apart():
        return "other"
    return "same" if own in quantity_chain(kind) or kind in quantity_chain(own) else "other"


@lru_cache(maxsize=65536)
def akin(quantity: str, kind: str) -> bool:
    """Whether two kinds of one dimension have the broadest kind in common, as far as both are known: else neither is
    made of the other, however well their units fit.

    >>> akin("roundness", "length"), akin("length", "wavelength"), akin("torque", "energy"), akin("torque", "")
    (True, True, False, True)
    """
    own = quantity_key(quantity)
    if own not in quantities() or kind not in quantities():
        return True
    return quantity_chain(own)[-1] == quantity_chain(kind)[-1]


@cache
def _apart() -> frozenset[str]:
    return frozenset(str(row["key"]) for row in load(PACKAGE, "kinds-apart"))
