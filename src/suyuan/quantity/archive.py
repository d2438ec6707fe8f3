"""Archives: results written apart and read together, and still correlated.

One archive holds the influences once, then for each result its values and blocks by influence id. Numbers are the
shortest decimals that read back to the same float. Bytes in, bytes out; version 1 is read for ever (see the reference
files in the tests). What comes from outside is never trusted: whatever is wrong with it is a finding.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own, coalesce, every_element
from suyuan.quantity.disclosure import Disclosure, disclosed
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import parse_unit

__all__ = ["VERSION", "Archive", "Disclosure", "dump", "load"]
VERSION = 1
LARGEST = 10_000_000
"""Elements of one influence, and values along one axis: a few words in a file must not claim a gigabyte."""
BODY = ("disclosure", "influences", "results", "intermediate")
DAMAGE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Archive:
    """results: name → quantity as reported; intermediate: named quantities on the way (inputs, standards)."""

    results: Mapping[str, Quantity]
    intermediate: Mapping[str, Quantity] = field(default_factory=dict)
    digest: str = ""
    disclosure: str = "full"


def dump(
    results: Mapping[str, Quantity],
    intermediate: Mapping[str, Quantity] | None = None,
    disclosure: Disclosure = "full",
    name: str = "",
    issued: Source | None = None,
) -> bytes:
    """Results (and named intermediate ones) as bytes.

    disclosure: see `disclosure.disclosed`; for «opaque» the one influence bears `name`, and intermediate results are
    left out. issued: the certificate that will carry the archive; influences that no certificate stands behind become
    its own, so that the next laboratory reads «certificate A-123» and not «some reading».
    Covariance between the results, and for «full» and «grouped» with everything that shares a kept
    influence, is preserved. Raises Refused for values or components that are not finite, for one identity with two
    contents, and for results too many to merge.
    """
    given = {("results", key): q for key, q in results.items()}
    if disclosure != "opaque":
        given |= {("intermediate", key): q for key, q in (intermediate or {}).items()}
    for (_, key), q in given.items():
        if not np.all(np.isfinite(q.value)) or not np.all(np.isfinite(q.variance)):
            raise Refused(finding("quantity.value.not_finite", where=key))
    _influences(given.values())
    shown = disclosed(given, disclosure, name)
    if issued is not None:
        shown = {key: _attributed(q, issued) for key, q in shown.items()}
    influences = _influences(shown.values())
    if any(i.size > LARGEST for i in influences.values()):
        largest = max(i.size for i in influences.values())
        raise Refused(finding("quantity.archive.too_large", values=largest, elements=largest, disclosure=disclosure))
    body: dict[str, Any] = {
        "disclosure": disclosure,
        "influences": [_influence_row(i) for i in influences.values()],
        "results": {},
        "intermediate": {},
    }
    for (part, key), q in shown.items():
        body[part][key] = _quantity_row(q)
    document = {"suyuan": "archive", "version": VERSION, "sha256": _digest(body), **body}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def _attributed(q: Quantity, issued: Source) -> Quantity:
    """The quantity with a certificate behind every influence; identities stay."""
    parts = {}
    for key, part in q.blocks.items():
        influence = part.influence
        if not influence.source.number:
            source = replace(issued, place=issued.place or influence.label, text=influence.source.text)
            part = replace(part, influence=replace(influence, source=source))
        parts[key] = part
    return Quantity(q.value, q.unit, parts)


def load(data: bytes, where: str = "") -> Archive:
    """An archive from its bytes. Raises Refused if it is damaged, altered or of an unknown version."""
    try:
        document = json.loads(data, parse_constant=_no_constant, object_pairs_hook=_object)
        version, stated = document["version"], document["sha256"]
        if document["suyuan"] != "archive":
            raise ValueError("not an archive")
    except DAMAGE as error:
        raise _unreadable(where, error) from None
    if type(version) is not int or version != VERSION:
        raise Refused(finding("quantity.archive.version", where=where, version=str(version)[:20]))
    try:
        body = {key: document[key] for key in BODY}
        digest = _digest(body)
    except DAMAGE as error:
        raise _unreadable(where, error) from None
    if digest != stated:
        raise Refused(finding("quantity.archive.altered", where=where))
    try:
        influences = {row["id"]: _influence(row) for row in _list(body["influences"])}
        if len(influences) != len(body["influences"]):
            raise ValueError("one identity stands twice")
        results, between = (
            {str(key): _quantity(row, influences) for key, row in body[part].items()}
            for part in ("results", "intermediate")
        )
        return Archive(results, between, digest, _text(body["disclosure"]))
    except Refused as refused:
        raise Refused(*(replace(f, where=f.where or where) for f in refused.findings)) from None
    except DAMAGE as error:
        raise _unreadable(where, error) from None


def _unreadable(where: str, error: Exception) -> Refused:
    return Refused(finding("quantity.archive.unreadable", where=where, reason=repr(error)[:200]))


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# ---------------------------------------------------------------- writing


def _influences(quantities: Iterable[Quantity]) -> dict[str, Influence]:
    """All influences by identity. Raises Refused for one identity with two contents."""
    found: dict[str, Influence] = {}
    for q in quantities:
        for influence in q.influences():
            blocks.check_same(found.setdefault(influence.id, influence), influence)
    return found


def _influence_row(i: Influence) -> dict[str, Any]:
    u = np.asarray(i.u)
    same = u.size > 0 and bool(np.all(u == u.flat[0]))
    source = {"issuer": i.source.issuer, "number": i.source.number, "place": i.source.place, "text": i.source.text}
    return {
        "id": i.id,
        "size": i.size,
        "u": float(u.flat[0]) if same else u.tolist(),
        "dof": i.dof if math.isfinite(i.dof) else None,
        "distribution": i.distribution,
        "unit": i.unit,
        "label": i.label,
        "source": source,
        "joint": i.joint,
        "parameters": dict(i.parameters),
    }


def _quantity_row(q: Quantity) -> dict[str, Any]:
    unit = q.unit.dsi or q.unit.symbol
    if parse_unit(unit).kind != q.unit.kind:  # a difference in °F alone would read back as a point
        q = q.to(q.unit.coherent())
        unit = q.unit.dsi
    rows = [_block_row(b) for b in q.blocks.values() if b.own is not None or b.dense is not None]
    return {"unit": unit, "shape": list(q.shape), "value": q.value.ravel().tolist(), "blocks": rows}


def _block_row(b: Block) -> dict[str, Any]:
    row: dict[str, Any] = {"id": b.influence.id}
    if b.own is not None:
        shape = np.broadcast_shapes(b.own.index.shape, b.own.coefficient.shape)
        row["index"] = np.broadcast_to(b.own.index, shape).tolist()
        row["coefficient"] = np.broadcast_to(b.own.coefficient, shape).tolist()
    if b.dense is not None:
        row["scale"] = b.dense.scale.tolist()
        if b.dense.weights is not None:
            row["weights"] = b.dense.weights.tolist()
    return row


# ---------------------------------------------------------------- reading


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return row


def _list(x: Any) -> list[Any]:
    if not isinstance(x, list):
        raise ValueError("a list expected")
    return x


def _text(x: Any) -> str:
    if not isinstance(x, str):
        raise ValueError("text expected")
    return x


def _whole(x: Any) -> int:
    if type(x) is not int or not 0 <= x <= LARGEST:
        raise ValueError(f"a whole number up to {LARGEST} expected")
    return x


def _numbers(x: Any) -> Array:
    """A float array of finite numbers, in the nesting of the file."""
    array = np.array(x)
    if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
        raise ValueError("finite numbers expected")
    return array.astype(float)


def _table(x: Any, shape: tuple[int, ...]) -> Array:
    """Components (k, *shape), k ≥ 1, or of length 1 along some axes of the shape."""
    array = _numbers(x)
    if array.size == 0 and 0 in shape:  # nested lists cannot tell the shape of an empty array
        array = np.zeros((len(x), *shape))
    if array.ndim != len(shape) + 1 or not array.shape[0] or np.broadcast_shapes(array.shape[1:], shape) != shape:
        raise ValueError("shape of components")
    return array


def _influence(row: Mapping[str, Any]) -> Influence:
    size, id = _whole(row["size"]), _text(row["id"])
    if len(id) != 32 or not set(id) <= set("0123456789abcdef"):
        raise ValueError("identity of 32 hexadecimal digits expected")
    u = _numbers(row["u"])
    if u.ndim > 1 or u.shape not in ((), (0,), (size,)) or np.any(u < 0.0):
        raise ValueError("uncertainty of an influence")
    dof = math.inf if row["dof"] is None else float(_numbers(row["dof"]))
    if not dof > 0.0 or type(row["joint"]) is not bool:
        raise ValueError("degrees of freedom or kind of an influence")
    source = {key: _text(value) for key, value in row["source"].items()}
    parameters = tuple((key, float(_numbers(value))) for key, value in row["parameters"].items())
    return Influence(
        id,
        size,
        np.broadcast_to(u, (size,)) if u.ndim == 0 else u,
        dof,
        _text(row["distribution"]),
        _text(row["unit"]),
        _text(row["label"]),
        Source(**source),
        row["joint"],
        parameters,
    )


def _quantity(row: Mapping[str, Any], influences: Mapping[str, Influence]) -> Quantity:
    shape = tuple(_whole(n) for n in _list(row["shape"]))
    value = _numbers(row["value"])
    if value.ndim != 1 or value.size != math.prod(shape):
        raise ValueError("as many values as the shape says expected")
    parts: dict[str, Block] = {}
    for entry in _list(row["blocks"]):
        influence = influences[_text(entry["id"])]
        if influence.id in parts:
            raise ValueError("one influence stands twice in a result")
        own = _own(entry, shape, influence) if "index" in entry else None
        dense = _dense(entry, shape, influence) if "scale" in entry else None
        parts[influence.id] = Block(influence, own, dense)
    return Quantity(value.reshape(shape), parse_unit(_text(row["unit"])), parts)


def _own(entry: Mapping[str, Any], shape: tuple[int, ...], influence: Influence) -> Own:
    coefficient, where = _table(entry["coefficient"], shape), _table(entry["index"], shape)
    index = where.astype(int)
    if where.shape != coefficient.shape or np.any(index != where):
        raise ValueError("shape of own components")
    if index.size and not 0 <= index.min() <= index.max() < influence.size:
        raise ValueError("element beyond the influence")
    if index.shape[0] == 1 and index.size == influence.size and np.array_equal(index.ravel(), np.arange(index.size)):
        index = every_element(influence.size).reshape(index.shape)
    return coalesce(index, coefficient)


def _dense(entry: Mapping[str, Any], shape: tuple[int, ...], influence: Influence) -> Dense:
    scale = _table(entry["scale"], shape)
    weights = _numbers(entry["weights"]) if "weights" in entry else None
    wanted = (influence.size,) if weights is None else weights.shape[:1]
    if scale.shape[:1] != wanted or (weights is not None and weights.shape[1:] != (influence.size,)):
        raise ValueError("rank of dense components")
    return Dense(scale, weights)
