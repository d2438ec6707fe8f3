"""Influences and quantities as rows of plain values, and back: the content model of every form of archive.

A row holds text, numbers and nested lists; where a form keeps long arrays apart (columns), an array of NumPy stands in
the same place. Reading trusts nothing: whatever is wrong raises one of `DAMAGE`, which the caller turns into a finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, coalesce, every_element
from suyuan.quantity.influence import Influence, Source
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit

LARGEST = 10_000_000
"""Elements of one influence, and values along one axis: a few words in a file must not claim a gigabyte."""
DAMAGE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
Array = NDArray[Any]
Put = Callable[[Array], Any]
"""How a form writes an array: nested lists, or the name of columns that it keeps apart."""


def nested(array: Array) -> Any:
    """An array as nested lists of numbers, the shortest decimals that read back to the same float."""
    return array.tolist()


# ---------------------------------------------------------------- writing


def influence_row(i: Influence, put: Put = nested) -> dict[str, Any]:
    """One influence; u as one number where all elements have the same."""
    u = np.asarray(i.u)
    same = u.size > 0 and bool(np.all(u == u.flat[0]))
    source = {"issuer": i.source.issuer, "number": i.source.number, "place": i.source.place, "text": i.source.text}
    return {
        "id": i.id,
        "size": i.size,
        "u": float(u.flat[0]) if same else put(u),
        "dof": i.dof if math.isfinite(i.dof) else None,
        "distribution": i.distribution,
        "unit": i.unit,
        "label": i.label,
        "source": source,
        "joint": i.joint,
        "parameters": {key: list(x) if isinstance(x, tuple) else x for key, x in i.parameters},
    }


def quantity_row(q: Quantity, put: Put = nested, in_order: Any = None) -> dict[str, Any]:
    """One quantity: unit, shape, values and a row a block; a complex one is its real and imaginary parts.

    in_order: what stands for the index of values that are the elements themselves in order, where a form has a word.
    """
    unit = q.unit.dsi or q.unit.symbol
    if parse_unit(unit).kind != q.unit.kind:  # a difference in °F alone would read back as a point
        q = q.to(q.unit.coherent())
        unit = q.unit.dsi
    complex_ = np.iscomplexobj(q.value)
    q = as_real(q) if complex_ else q
    parts = [_block_row(b, put, in_order) for b in q.blocks.values() if b.own is not None or b.dense is not None]
    row: dict[str, Any] = {"unit": unit, "shape": list(q.shape), "value": put(q.value.ravel()), "blocks": parts}
    return row | {"complex": True} if complex_ else row


def as_real(z: Quantity) -> Quantity:
    """Real and imaginary parts of a complex quantity as one real quantity of shape (2, *S)."""

    def parts(array: Array, axis: int) -> Array:
        return np.stack([array.real, array.imag if np.iscomplexobj(array) else np.zeros_like(array)], axis)

    def real(b: Block) -> Block:
        own = b.own and Own(np.stack([b.own.index, b.own.index], 1), parts(b.own.coefficient, 1))
        dense = b.dense and Dense(parts(b.dense.scale, 1), b.dense.weights)
        return Block(b.influence, own, dense)

    return Quantity(parts(z.value, 0), z.unit, {id: real(b) for id, b in z.blocks.items()})


def as_complex(q: Quantity) -> Quantity:
    """The complex quantity whose real and imaginary parts are q[0] and q[1]."""
    axes, shape = q.ndim - 1, q.shape[1:]

    def whole_(part: Block) -> Block:
        both = [(factor, blocks.select(part, i, q.shape), axes) for i, factor in enumerate((1.0, 1j))]
        return blocks.combine(both, shape)

    return Quantity(q.value[0] + 1j * q.value[1], q.unit, {id: whole_(part) for id, part in q.blocks.items()})


def _block_row(b: Block, put: Put, in_order: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": b.influence.id}
    if b.own is not None:
        index, coefficient = b.own.index, b.own.coefficient
        shape = np.broadcast_shapes(index.shape, coefficient.shape)
        size = b.influence.size
        if in_order is not None and index.size == size == math.prod(shape) and shape[0] == 1 and _ordered(index, size):
            row["index"] = in_order
        else:
            row["index"] = put(np.broadcast_to(index, shape))
        row["coefficient"] = put(np.broadcast_to(coefficient, shape))
    if b.dense is not None:
        row["scale"] = put(b.dense.scale)
        if b.dense.weights is not None:
            row["weights"] = put(b.dense.weights)
    return row


def _ordered(index: Array, size: int) -> bool:
    every = every_element(size)
    return index is every or np.array_equal(index.ravel(), every[0])


# ---------------------------------------------------------------- reading


def a_list(x: Any) -> list[Any]:
    """A list, or ValueError."""
    if type(x) is not list:
        raise ValueError("a list expected")
    return x


def text(x: Any) -> str:
    """Text, or ValueError."""
    if type(x) is not str:
        raise ValueError("text expected")
    return x


def whole(x: Any) -> int:
    """A whole number from 0 to the largest size."""
    if type(x) is not int or not 0 <= x <= LARGEST:
        raise ValueError(f"a whole number up to {LARGEST} expected")
    return x


def _number(x: Any) -> float:
    if type(x) is not float and type(x) is not int:
        raise ValueError("a number expected")
    if not math.isfinite(x):
        raise ValueError("finite numbers expected")
    return float(x)


def _numbers(x: Any) -> Array:
    """A float array of finite numbers, in the nesting of the file (whole numbers of a column stay whole)."""
    if type(x) is list and len(x) == 1 and type(x[0]) is float:  # scalars, which most archives are full of
        return np.array([_number(x[0])])
    array = x if isinstance(x, np.ndarray) else np.array(x)
    if array.dtype.kind not in "iuf" or not _finite(array):
        raise ValueError("finite numbers expected")
    return array if array.dtype == np.float64 or array is x else array.astype(float)


def _finite(array: Array) -> bool:
    if array.size > 1000 and array.dtype.kind == "f" and math.isfinite(np.vdot(array, array)):
        return True  # one pass without a mask
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def _table(x: Any, shape: tuple[int, ...]) -> Array:
    """Components (k, *shape), k ≥ 1, or of length 1 along some axes of the shape."""
    array = _numbers(x)
    if array.size == 0 and 0 in shape:  # nested lists cannot tell the shape of an empty array
        array = np.zeros((len(x), *shape))
    if array.ndim != len(shape) + 1 or not array.shape[0]:
        raise ValueError("shape of components")
    if array.shape[1:] != shape and np.broadcast_shapes(array.shape[1:], shape) != shape:
        raise ValueError("shape of components")
    return array


def influence(row: Mapping[str, Any]) -> Influence:
    """The influence of a row."""
    size, id = whole(row["size"]), text(row["id"])
    if len(id) != 32 or not set(id) <= _HEXADECIMAL:
        raise ValueError("identity of 32 hexadecimal digits expected")
    dof = math.inf if row["dof"] is None else _number(row["dof"])
    if not dof > 0.0 or type(row["joint"]) is not bool:
        raise ValueError("degrees of freedom or kind of an influence")
    source = Source(**row["source"])
    for part in (source.issuer, source.number, source.place, source.text):
        text(part)
    parameters = row["parameters"]
    return Influence(
        id,
        size,
        _spread(row["u"], size),
        dof,
        text(row["distribution"]),
        text(row["unit"]),
        text(row["label"]),
        source,
        row["joint"],
        tuple((key, _parameter(x)) for key, x in parameters.items()) if parameters != {} else (),
    )


_HEXADECIMAL = frozenset("0123456789abcdef")


def _spread(x: Any, size: int) -> Array:
    """Standard uncertainty of each element; one number for all takes no room for each."""
    if type(x) is float or type(x) is int:
        u = np.array([_number(x)]) if size == 1 else np.broadcast_to(_number(x), (size,))
        if x < 0.0:
            raise ValueError("uncertainty of an influence")
        return u
    u = _numbers(x)
    if u.ndim != 1 or u.shape not in ((0,), (size,)) or (u < 0.0).any():
        raise ValueError("uncertainty of an influence")
    return u


def _parameter(x: Any) -> float | tuple[float, ...]:
    """One number, or the numbers of a sample or histogram."""
    if type(x) is not list:
        return _number(x)
    if not x:
        raise ValueError("a parameter without numbers")
    return tuple(_number(item) for item in x)


def quantity(row: Mapping[str, Any], influences: Mapping[str, Influence], in_order: Any = None) -> Quantity:
    """The quantity of a row, whose influences are given by identity. Raises Refused for a unit that is not known."""
    shape = tuple(whole(n) for n in a_list(row["shape"]))
    value = _numbers(row["value"])
    if value.ndim != 1 or value.size != math.prod(shape):
        raise ValueError("as many values as the shape says expected")
    parts: dict[str, Block] = {}
    for entry in a_list(row["blocks"]):
        one = influences[text(entry["id"])]
        if one.id in parts:
            raise ValueError("one influence stands twice in a result")
        own = _own(entry, shape, one, in_order) if "index" in entry else None
        dense = _dense(entry, shape, one) if "scale" in entry else None
        parts[one.id] = Block(one, own, dense)
    made = Quantity(value.reshape(shape), parse_unit(text(row["unit"])), parts)
    mark = row.get("complex", False)
    if mark is False:
        return made
    if mark is not True or shape[:1] != (2,):
        raise ValueError("real and imaginary parts expected")
    return as_complex(made)


def _own(entry: Mapping[str, Any], shape: tuple[int, ...], one: Influence, in_order: Any) -> Own:
    coefficient = _table(entry["coefficient"], shape)
    if in_order is not None and type(entry["index"]) is str and entry["index"] == in_order:
        if len(coefficient) != 1 or coefficient.size != one.size:
            raise ValueError("elements in order expected")
        return Own(every_element(one.size).reshape(coefficient.shape), coefficient)
    where = _table(entry["index"], shape)
    if where.size and not 0 <= where.min() <= where.max() < one.size:
        raise ValueError("element beyond the influence")
    index = where.astype(int, copy=False)
    if where.shape != coefficient.shape or (index is not where and np.any(index != where)):
        raise ValueError("shape of own components")
    if index.shape[0] == 1 and index.size == one.size and np.array_equal(index.ravel(), np.arange(index.size)):
        index = every_element(one.size).reshape(index.shape)
    return coalesce(index, coefficient)


def _dense(entry: Mapping[str, Any], shape: tuple[int, ...], one: Influence) -> Dense:
    scale = _table(entry["scale"], shape)
    weights = _numbers(entry["weights"]) if "weights" in entry else None
    wanted = (one.size,) if weights is None else weights.shape[:1]
    if scale.shape[:1] != wanted or (weights is not None and weights.shape[1:] != (one.size,)):
        raise ValueError("rank of dense components")
    return Dense(scale, weights)


def attributed(q: Quantity, issued: Source) -> Quantity:
    """The quantity with a certificate behind every influence; identities stay."""
    parts = {}
    for key, part in q.blocks.items():
        one = part.influence
        if not one.source.number:
            source = replace(issued, place=issued.place or one.label, text=one.source.text)
            part = replace(part, influence=replace(one, source=source))
        parts[key] = part
    return Quantity(q.value, q.unit, parts)
