"""Capabilities as columns: what a screen over hundred thousands of them reads, each value in base SI units.

Rows are sorted by what they measure (kind of quantity, quantity of the interval, dimension), so that a need looks at
one block. Interval ends are points (0 °C is 273.15 K). U is a table of pieces, each a quadratic in z = Y − zero, with Y
the value in SI units and zero that of the capability's own scale:

    (U/k)² = c₀ + c₁z + c₂z² in SI units,  or  (U/(k|z|))² = c₀ + c₁z + c₂z² where U is relative.

A matrix and a free formula are left to the exact comparison (`EXACT`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.capability import NODES, STAGES, Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import GUARD
from suyuan.capability.taxonomy import condition_word, item_key, plain, quantity_key
from suyuan.capability.uncertainty import Formula, Matrix, RootSum, Value, pieces
from suyuan.quantity.unit import Unit

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Dimension = str
"""Exponents of a dimension as text, which compares faster than seven fractions; see `dimension_of_unit`."""
Kind = tuple[str, str, Dimension]
"""What is measured: key of the quantity, key of the interval's quantity («» for the same), dimension of interval."""
STANDINGS = ("accredited", "authorised", "cmc", "examined")
FIRST, LAST = date.min.toordinal(), date.max.toordinal()
NONE, ABSOLUTE, RELATIVE, EXACT = 0, 1, 2, 3
"""Forms of U: not stated, in SI units, as a fraction of the value, left to the exact comparison."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Intervals that a condition states in one dimension, SI units. rows: ascending; low, high: of each."""

    rows: Codes
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class CapabilityColumns:
    """n capabilities as columns, sorted by kind.

    origin: of each row its place in the order given; kinds: kind → first row, last row + 1; item, analyte: codes into
    `items`, `analytes` (0: nothing said); low, high: interval; zero: of its scale; form: one of NONE … EXACT; U_unit:
    code into `dimensions` of an absolute U, else −1; regular: each of these is that of its interval; piece_at: n + 1
    offsets into the pieces; piece_low, piece_high: in z; piece_c: (3, pieces); simple: one piece holds over the whole
    interval; standing, since, until: (s, n), codes into `STANDINGS` (−1: none), first and last day; valid_from,
    valid_until: days of the capability itself; persons: authorised persons that it needs; days, price: not-a-number
    where not stated; stages, nodes: bits; words: condition and word → rows that accept it; ranges: condition and
    dimension → intervals; given: the capabilities in their order.
    """

    origin: Codes
    kinds: Mapping[Kind, tuple[int, int]]
    items: tuple[str, ...]
    item: Codes
    analytes: tuple[str, ...]
    analyte: Codes
    low: Floats
    high: Floats
    zero: Floats
    form: Bytes
    dimensions: tuple[Dimension, ...]
    U_unit: Codes
    regular: bool
    piece_at: NDArray[np.intp]
    piece_low: Floats
    piece_high: Floats
    piece_c: Floats
    simple: Bools
    standing: NDArray[np.int8]
    since: Codes
    until: Codes
    valid_from: Codes
    valid_until: Codes
    persons: Codes
    days: Floats
    price: Floats
    stages: Bytes
    nodes: Bytes
    words: Mapping[tuple[str, str], Codes]
    ranges: Mapping[tuple[str, Dimension], Ranges]
    given: Sequence[Capability] = field(repr=False)

    def __len__(self) -> int:
        return len(self.origin)

    @staticmethod
    def of(capabilities: Iterable[Capability]) -> CapabilityColumns:
        """The columns of capabilities.

        >>> from suyuan.capability.uncertainty import Uncertainty, Value
        >>> from suyuan.quantity.unit import parse_unit
        >>> torque, one_percent = Interval(0.5, 200.0, parse_unit("N.m")), Uncertainty(Value(0.01))
        >>> columns = CapabilityColumns.of([Capability("1", {"zh": "演示"}, "torque", torque, one_percent)])
        >>> columns.low.tolist(), columns.piece_c[:, 0].tolist()
        ([0.5], [2.5e-05, 0.0, 0.0])
        """
        given = tuple(capabilities)
        return _arranged(_listed(given), given)


# ---------------------------------------------------------------- from objects

Raw = dict[str, Any]


def _listed(given: Sequence[Capability]) -> Raw:
    """Capabilities as raw columns, in the order given."""
    intervals = [c.interval for c in given]
    units = {id(interval.unit): interval.unit for interval in intervals}
    place = {name: at for at, name in enumerate(units)}
    unit = [place[id(interval.unit)] for interval in intervals]
    known = list(units.values())
    factor, zero = (np.array([getattr(u, name) for u in known], np.float64)[unit] for name in ("factor", "offset"))
    ends = _table([(interval.low, interval.high) for interval in intervals], 2)
    kinds = list(zip([c.quantity for c in given], [c.interval_of for c in given], unit, strict=True))
    words, ranges = _conditions(given)
    standing, since, until = _standings(given)
    days = [_days(c.valid_from, c.valid_until) for c in given]
    return {
        "kind": _Coded().named(kinds, lambda of: kind_of(of[0], of[1], known[of[2]])),
        "item": _Coded(("",)).named([c.item for c in given], item_key),
        "analyte": _Coded(("",)).named([c.analyte for c in given], plain),
        "low": ends[0] * factor + zero, "high": ends[1] * factor + zero, "zero": zero,
        **_promised(given, factor), "standing": standing, "since": since, "until": until,
        "valid_from": np.array([first for first, _ in days]), "valid_until": np.array([last for _, last in days]),
        "persons": np.array([c.persons for c in given]), "days": np.array([_number(c.days) for c in given], np.float64),
        "price": np.array([_number(c.price) for c in given], np.float64),
        "stages": np.array([_bits(c.stages, STAGES) for c in given]),
        "nodes": np.array([_bits(c.nodes, NODES) for c in given]), "words": words, "ranges": ranges,
    }  # fmt: skip


def _promised(given: Sequence[Capability], factor: Floats) -> Raw:
    """Forms, units and pieces of U; a value and a root sum are one piece each, whose figures are made at once."""
    n = len(given)
    form, counts = np.full(n, NONE, np.uint8), np.zeros(n, np.int64)
    U_unit: list[Unit | None] = [None] * n
    plain_rows: list[int] = []
    figures: list[tuple[float, ...]] = []
    others: dict[int, list[tuple[float, ...]]] = {}
    for row, c in enumerate(given):
        u = c.uncertainty
        if u is None or isinstance(u.form, Formula | Matrix):
            form[row] = NONE if u is None else EXACT
            continue
        form[row], U_unit[row] = (RELATIVE if u.unit is None else ABSOLUTE), u.unit
        scale = ((1.0 if u.unit is None else u.unit.factor) / u.k) ** 2
        if isinstance(u.form, RootSum | Value):
            a, b = (u.form.a, u.form.b) if isinstance(u.form, RootSum) else (u.form.U, 0.0)
            plain_rows.append(row)
            figures.append((c.interval.low, c.interval.high, a, b, scale))
        else:
            others[row] = [(p.low, p.high, *(part * scale for part in p.c)) for p in pieces(u, c.interval) or ()]
    counts[plain_rows] = 1
    counts[list(others)] = [len(found) for found in others.values()]
    low, high, a, b, scale = _table(figures, 5)
    table, at = np.empty((5, int(counts.sum()))), np.cumsum(counts) - counts
    table[:, at[plain_rows]] = low, high, a * a * scale, np.zeros(len(a)), b * b * scale
    for row, found in others.items():
        table[:, at[row] : at[row] + len(found)] = _table(found, 5)
    f = np.repeat(factor, counts)
    table[:2] *= f
    table[3] /= f
    table[4] /= f**2
    coded = _Coded().named(U_unit, lambda unit: None if unit is None else dimension_of_unit(unit))
    return {"form": form, "counts": counts, "pieces": table, "U_unit": coded}


def _conditions(
    given: Sequence[Capability],
) -> tuple[dict[tuple[str, str], Codes], dict[tuple[str, Dimension], Floats]]:
    words: dict[tuple[str, str], list[int]] = {}
    ranges: dict[tuple[str, Dimension], list[tuple[float, float, float]]] = {}
    for row, c in enumerate(given):
        for name, accepted in c.conditions.items():
            if isinstance(accepted, Interval):
                ranges.setdefault((name, dimension_of_unit(accepted.unit)), []).append((row, *in_si(accepted)))
            else:
                for word in {condition_word(word) for word in accepted}:
                    words.setdefault((name, word), []).append(row)
    told = {key: np.array(rows, np.int32) for key, rows in words.items()}
    return told, {key: _table(rows, 3) for key, rows in ranges.items()}


class _Coded:
    """Values as codes, numbered as they come; None is −1."""

    def __init__(self, known: Iterable[Any] = ()) -> None:
        self.known: dict[Any, int] = {value: code for code, value in enumerate(known)}
        self.codes: list[int] = []

    def add(self, value: Any) -> None:
        self.codes.append(-1 if value is None else self.known.setdefault(value, len(self.known)))

    def named(self, values: Sequence[Any], name: Callable[[Any], Any]) -> _Coded:
        """The same of the names of values, each of which is worked out once."""
        names = {value: name(value) for value in dict.fromkeys(values)}
        return self.all([names[value] for value in values])

    def all(self, values: Iterable[Any]) -> _Coded:
        for value in values:
            self.add(value)
        return self


def kind_of(quantity: str, interval_of: str, unit: Unit) -> Kind:
    """What a capability or a need measures, as it is looked up."""
    key = quantity_key(quantity)
    return (key, quantity_key(interval_of) if interval_of else "", dimension_of_unit(unit))


@lru_cache(maxsize=65536)
def dimension_of_unit(unit: Unit) -> Dimension:
    """Dimension of a unit as text.

    >>> from suyuan.quantity.unit import parse_unit
    >>> dimension_of_unit(parse_unit("kN")) == dimension_of_unit(parse_unit("kg.m/s2"))
    True
    """
    return " ".join(map(str, unit.dimension))


def in_si(interval: Interval) -> tuple[float, float]:
    """The ends of an interval as points in base SI units."""
    unit = interval.unit
    return interval.low * unit.factor + unit.offset, interval.high * unit.factor + unit.offset


def _days(first: date | None, last: date | None) -> tuple[int, int]:
    return (first.toordinal() if first else FIRST, last.toordinal() if last else LAST)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _bits(words: Iterable[str], known: Sequence[str]) -> int:
    return sum(1 << known.index(word) for word in set(words) if word in known) if words else 0


def _table(rows: Sequence[Sequence[float]], columns: int) -> Floats:
    return np.array(rows, np.float64).reshape(-1, columns).T.copy()


def _standings(given: Sequence[Capability]) -> tuple[NDArray[np.int8], Codes, Codes]:
    """Standings as a rectangle: the first one of every row, the second one …; one that nobody can look up counts for
    none."""
    good = [[s for s in c.standings if s.checkable] for c in given]
    rows = [(row, place, STANDINGS.index(s.kind), *_days(s.valid_from, s.valid_until))
            for row, own in enumerate(good) for place, s in enumerate(own)]  # fmt: skip
    row, place, *flat = np.array(rows, np.int64).reshape(-1, 5).T
    shape = (int(place.max(initial=-1)) + 1, len(given))
    standing = np.full(shape, -1, np.int8)
    since, until = np.full(shape, FIRST, np.int32), np.full(shape, LAST, np.int32)
    standing[place, row], since[place, row], until[place, row] = flat
    return standing, since, until


# ---------------------------------------------------------------- sorted


def _arranged(raw: Raw, given: Sequence[Capability]) -> CapabilityColumns:
    """Raw columns sorted by kind, the rows named in words, ranges and pieces renumbered."""
    kind = np.array(raw["kind"].codes, np.int32)
    order = np.argsort(kind, kind="stable")
    back = np.empty(len(order), np.int32)
    back[order] = np.arange(len(order), dtype=np.int32)
    edges = np.searchsorted(kind[order], np.arange(len(raw["kind"].known) + 1))
    counts, at = raw["counts"], np.concatenate([[0], np.cumsum(raw["counts"])])
    piece_at = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.intp)
    taken = np.repeat(at[:-1][order] - piece_at[:-1], counts[order]) + np.arange(piece_at[-1])
    table = raw["pieces"][:, taken.astype(np.int64)]
    single = counts[order] == 1
    simple = np.zeros(len(order), bool)
    ends = np.asarray(raw["low"] - raw["zero"])[order], np.asarray(raw["high"] - raw["zero"])[order]
    first = piece_at[:-1][single]
    simple[single] = (table[0][first] <= _near(ends[0][single], 1)) & (table[1][first] >= _near(ends[1][single], -1))

    U_unit = np.array(raw["U_unit"].codes, np.int32)
    dimension = [raw["U_unit"].known.get(key[2], -2) for key in raw["kind"].known]
    regular = bool(((U_unit == -1) | (U_unit == np.array(dimension, np.int32)[kind])).all()) if len(kind) else True

    def of(name: str, dtype: type = np.float64) -> Any:
        return np.ascontiguousarray(np.asarray(raw[name])[..., order], dtype)

    return CapabilityColumns(
        origin=order.astype(np.int32),
        kinds={key: (int(edges[code]), int(edges[code + 1])) for key, code in raw["kind"].known.items()},
        items=tuple(raw["item"].known), item=np.array(raw["item"].codes, np.int32)[order],
        analytes=tuple(raw["analyte"].known), analyte=np.array(raw["analyte"].codes, np.int32)[order],
        low=of("low"), high=of("high"), zero=of("zero"), form=of("form", np.uint8),
        dimensions=tuple(raw["U_unit"].known), U_unit=U_unit[order], regular=regular,
        piece_at=piece_at, piece_low=table[0], piece_high=table[1], piece_c=np.ascontiguousarray(table[2:]),
        simple=simple,
        standing=of("standing", np.int8), since=of("since", np.int32), until=of("until", np.int32),
        valid_from=of("valid_from", np.int32), valid_until=of("valid_until", np.int32), persons=of("persons", np.int32),
        days=of("days"), price=of("price"), stages=of("stages", np.uint8), nodes=of("nodes", np.uint8),
        words={key: np.sort(back[rows]) for key, rows in raw["words"].items()},
        ranges={key: _moved(table, back) for key, table in raw["ranges"].items()},
        given=given,
    )  # fmt: skip


def _near(ends: Floats, sign: int) -> Floats:
    """Ends moved by the rounding of a conversion."""
    return np.asarray(ends + sign * GUARD * np.abs(ends))


def _moved(table: Floats, back: Codes) -> Ranges:
    rows = back[table[0].astype(np.int64)]
    order = np.argsort(rows)
    return Ranges(rows[order], table[1][order], table[2][order])
