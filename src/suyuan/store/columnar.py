"""Values as columns in JSON: many frozen dataclasses of few classes, written field by field and made again at once.

    [Interval(0, 1, mm), Interval(0, 5, mm)]  ─▶  class Interval: low [0, 0], high [0, 5], unit: one for all

Texts that repeat and values that are shared are written once and are shared again when they are made. Only plain
values, days, units, tuples, mappings and frozen dataclasses of this program are written, so reading runs nobody's code;
what is none of these is refused (`NotPlain`), never bent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from importlib import import_module
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any

from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, parse_unit

Node = dict[str, Any]
PROGRAM = "suyuan."
PLAIN: frozenset[type] = frozenset((str, int, float, bool, type(None)))
SAYING: frozenset[type] = frozenset((str, date, type(None)))


class NotPlain(Exception):
    """A value that cannot be written as columns, or columns that say no value."""


# ---------------------------------------------------------------- writing


def encode(values: Sequence[Any]) -> Node:
    """Values as columns that JSON can hold. Raises NotPlain.

    >>> encode(("a", "a", "a")), encode((1.5, 2.5))
    ({'one': {'plain': ['a']}}, {'plain': [1.5, 2.5]})
    """
    types = set(map(type, values))
    if types <= PLAIN:
        return _plain(values, types)
    if types & PLAIN or len(types) > 1:
        return _mixed(values)
    names = [_name(value) for value in values]
    first = dict(zip(names, values, strict=True))
    if len(first) < len(values):
        place = {name: at for at, name in enumerate(first)}
        return _coded(encode(list(first.values())), [place[name] for name in names])
    return _alike(types.pop(), values)


def _name(value: Any) -> Any:
    """What tells values of one class apart: what they say where that is texts and days only, else who they are. Numbers
    are not compared, since 0 equals −0 and 1 equals 1.0."""
    if isinstance(value, tuple):
        inner: tuple[Any, ...] = value
    elif isinstance(value, dict):
        inner = (*value, *value.values())
    elif is_dataclass(value) and not isinstance(value, Unit):
        kind: Any = type(value)
        inner = tuple([getattr(value, name) for name in _fields(kind)])
    else:
        return id(value)
    return inner if SAYING.issuperset(map(type, inner)) else id(value)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(values: Sequence[Any], types: set[type]) -> Node:
    if values and types <= {str, type(None)}:
        place: dict[Any, int] = {}
        codes = [place.setdefault(value, len(place)) for value in values]
        return _coded({"plain": list(place)}, codes) if 2 * len(place) <= len(values) else {"plain": list(values)}
    if len(values) > 1 and len(types) == 1 and len(set(map(repr, values))) == 1:
        return {"one": {"plain": [values[0]]}}
    return {"plain": list(values)}


def _coded(node: Node, codes: list[int]) -> Node:
    return {"codes": codes, "of": node} if any(codes) else {"one": node}


def _mixed(values: Sequence[Any]) -> Node:
    """Values of several classes, those of each for themselves; all plain ones are one class."""
    parts: dict[type, list[Any]] = {}
    kinds = [NotPlain if type(value) in PLAIN else type(value) for value in values]
    for kind, value in zip(kinds, values, strict=True):
        parts.setdefault(kind, []).append(value)
    place = {kind: at for at, kind in enumerate(parts)}
    return {"which": [place[kind] for kind in kinds], "parts": [encode(part) for part in parts.values()]}


def _alike(kind: type, values: Sequence[Any]) -> Node:
    if kind is tuple:
        return {"tuples": list(map(len, values)), "of": encode(list(chain.from_iterable(values)))}
    if kind is dict:
        keys = encode([_one(tuple(value)) for value in values])
        return {"keys": keys, "of": encode(list(chain.from_iterable(value.values() for value in values)))}
    if kind is date:
        return {"days": [value.toordinal() for value in values]}
    if kind is datetime or kind is Fraction:
        return {"times" if kind is datetime else "fractions": list(map(str, values))}
    if kind is Unit:
        return {"units": [_spelled(value) for value in values]}
    if is_dataclass(kind) and kind.__module__.startswith(PROGRAM):
        columns = {name: encode(list(map(attrgetter(name), values))) for name in _fields(kind)}
        return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": columns}
    raise NotPlain(kind.__name__)


@cache
def _one(keys: tuple[Any, ...]) -> tuple[Any, ...]:
    """Equal tuples of keys as one, so that they are written once."""
    return keys


def _spelled(unit: Unit) -> list[str]:
    """A text that gives the same unit again, and its kind."""
    for text in (unit.symbol, unit.dsi):
        if _is_same(_unit(text, unit.kind), unit):
            return [text, unit.kind]
    raise NotPlain(unit.symbol)


def _is_same(made: Unit | None, unit: Unit) -> bool:
    return made == unit and made is not None and made.terms == unit.terms


@cache
def _unit(text: str, kind: str) -> Unit | None:
    try:
        unit = parse_unit(text)
    except Refused:
        return None
    return unit.as_difference() if kind == "difference" else unit


# ---------------------------------------------------------------- reading


def decode(node: Node, n: int) -> Sequence[Any]:
    """The n values of columns. Raises NotPlain where they are not n values, or what they name is not of this program.

    >>> decode(encode([("a", 1), ("b",)]), 2)
    [('a', 1), ('b',)]
    """
    for key, make in _MAKERS.items():
        if key in node:
            values = make(node, n)
            if len(values) != n:
                raise NotPlain(key)
            return values
    raise NotPlain(", ".join(node))


def _same(node: Node, n: int) -> Sequence[Any]:
    return [decode(node["one"], 1)[0]] * n


def _shared(node: Node, n: int) -> Sequence[Any]:
    codes = node["codes"]
    known = decode(node["of"], max(codes) + 1)
    return [known[code] for code in codes]


def _parted(node: Node, n: int) -> Sequence[Any]:
    which = node["which"]
    parts = [iter(decode(part, which.count(at))) for at, part in enumerate(node["parts"])]
    return [next(parts[at]) for at in which]


def _tuples(node: Node, n: int) -> Sequence[Any]:
    lengths = node["tuples"]
    flat = iter(decode(node["of"], sum(lengths)))
    return [tuple(islice(flat, length)) for length in lengths]


def _mappings(node: Node, n: int) -> Sequence[Any]:
    keys = decode(node["keys"], n)
    flat = iter(decode(node["of"], sum(map(len, keys))))
    return [dict(zip(own, flat, strict=False)) for own in keys]  # `own` is asked first, so that none is lost


def _units(node: Node, n: int) -> Sequence[Any]:
    made = [_unit(text, kind) for text, kind in node["units"]]
    if None in made:
        raise NotPlain("unit")
    return made


def _objects(node: Node, n: int) -> Sequence[Any]:
    kind = _class(node["class"])
    if tuple(node["fields"]) != _fields(kind):
        raise NotPlain(node["class"])
    made: list[Any] = [object.__new__(kind) for _ in range(n)]
    for name, column in node["fields"].items():
        deque(map(object.__setattr__, made, repeat(name), decode(column, n)), maxlen=0)
    return made


@cache
def _class(name: str) -> type:
    module, _, word = name.partition(":")
    kind = getattr(import_module(module), word, None) if module.startswith(PROGRAM) else None
    if not isinstance(kind, type) or not is_dataclass(kind) or kind.__module__ != module:
        raise NotPlain(name)
    return kind


def _each(make: Callable[[Any], Any], key: str) -> Callable[[Node, int], Sequence[Any]]:
    return lambda node, n: list(map(make, node[key]))


_MAKERS: Mapping[str, Callable[[Node, int], Sequence[Any]]] = {
    "one": _same,
    "plain": lambda node, n: list(node["plain"]),
    "codes": _shared,
    "which": _parted,
    "tuples": _tuples,
    "keys": _mappings,
    "days": _each(date.fromordinal, "days"),
    "times": _each(datetime.fromisoformat, "times"),
    "fractions": _each(Fraction, "fractions"),
    "units": _units,
    "class": _objects,
}
