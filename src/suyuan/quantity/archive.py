"""Archives: results written apart and read together, and still correlated.

One archive holds the influences once, then for each result its values and blocks by influence id. Numbers are the
shortest decimals that read back to the same float. Bytes in, bytes out; version 1 is read for ever (see the reference
files in the tests). Three disclosures: full; grouped (influences with a certificate behind them stay, the private
rest merges: variances, covariances and degrees of freedom are kept exactly); opaque (one named influence).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, fresh_id, identity
from suyuan.quantity.quantity import Quantity, correlation_factor
from suyuan.quantity.unit import parse_unit

Disclosure = Literal["full", "grouped", "opaque"]
VERSION = 1


@dataclass(frozen=True, slots=True)
class Archive:
    """results: name → quantity as reported; intermediate: named quantities on the way (inputs, standards)."""

    results: Mapping[str, Quantity]
    intermediate: Mapping[str, Quantity] = field(default_factory=dict)
    digest: str = ""


def dump(
    results: Mapping[str, Quantity],
    intermediate: Mapping[str, Quantity] | None = None,
    disclosure: Disclosure = "full",
    name: str = "",
) -> bytes:
    """Results (and named intermediate ones) as bytes.

    disclosure: see the module; for «opaque» the one influence bears `name`, and intermediate results are left out.
    Covariance between the results, and for «full» and «grouped» with everything that shares a kept influence, is
    preserved.
    """
    between = dict(intermediate or {})
    if disclosure != "full":
        keep: Callable[[Influence], bool] = (lambda i: bool(i.source.number)) if disclosure == "grouped" else _nothing
        merged = _merge({**results, **between} if disclosure == "grouped" else results, keep, name)
        results = {key: merged[key] for key in results}
        between = {key: merged[key] for key in between if key in merged}
    influences: dict[str, Influence] = {}
    for q in (*results.values(), *between.values()):
        for influence in q.influences():
            blocks.check_same(influences.setdefault(influence.id, influence), influence)
    body = {
        "influences": [_influence_row(i) for i in influences.values()],
        "results": {key: _quantity_row(q) for key, q in results.items()},
        "intermediate": {key: _quantity_row(q) for key, q in between.items()},
    }
    document = {"suyuan": "archive", "version": VERSION, "disclosure": disclosure, "sha256": _digest(body), **body}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def load(data: bytes, where: str = "") -> Archive:
    """An archive from its bytes. Raises Refused if it is damaged, altered or of an unknown version."""
    try:
        document = json.loads(data)
        if document["suyuan"] != "archive":
            raise KeyError("suyuan")
        version = document["version"]
        body = {key: document[key] for key in ("influences", "results", "intermediate")}
        stated = document["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(finding("quantity.archive.unreadable", where=where, reason=repr(error)[:200])) from None
    if version != VERSION:
        raise Refused(finding("quantity.archive.version", where=where, version=str(version)[:20]))
    if _digest(body) != stated:
        raise Refused(finding("quantity.archive.altered", where=where))
    try:
        influences = {row["id"]: _influence(row) for row in body["influences"]}
        results, between = (
            {str(key): _quantity(row, influences) for key, row in body[part].items()}
            for part in ("results", "intermediate")
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Refused(finding("quantity.archive.unreadable", where=where, reason=repr(error)[:200])) from None
    return Archive(results, between, stated)


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _nothing(influence: Influence) -> bool:
    return False


def _influence_row(i: Influence) -> dict[str, Any]:
    u = np.asarray(i.u)
    shared = u.size > 0 and bool(np.all(u == u.flat[0]))
    return {
        "id": i.id,
        "size": i.size,
        "u": float(u.flat[0]) if shared else u.tolist(),
        "dof": i.dof if math.isfinite(i.dof) else None,
        "distribution": i.distribution,
        "unit": i.unit,
        "label": i.label,
        "source": {"issuer": i.source.issuer, "number": i.source.number, "place": i.source.place,
                   "text": i.source.text},
        "joint": i.joint,
        "parameters": dict(i.parameters),
    }  # fmt: skip


def _influence(row: Mapping[str, Any]) -> Influence:
    size = int(row["size"])
    if not 0 < size <= 100_000_000 or len(row["id"]) != 32:
        raise ValueError("size or id of an influence")
    u = np.array(row["u"], dtype=float)
    if u.ndim == 0:
        u = np.full(size, float(u))
    return Influence(
        str(row["id"]), size, u, math.inf if row["dof"] is None else float(row["dof"]), str(row["distribution"]),
        str(row["unit"]), str(row["label"]), Source(**row["source"]), bool(row["joint"]),
        tuple((str(k), float(v)) for k, v in row["parameters"].items()),
    )  # fmt: skip


def _quantity_row(q: Quantity) -> dict[str, Any]:
    return {
        "unit": q.unit.dsi,
        "shape": list(q.shape),
        "value": q.value.ravel().tolist(),
        "blocks": [_block_row(b) for b in q.blocks.values()],
    }


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


def _quantity(row: Mapping[str, Any], influences: Mapping[str, Influence]) -> Quantity:
    shape = tuple(int(n) for n in row["shape"])
    value = np.array(row["value"], dtype=float).reshape(shape)
    parts = {}
    for entry in row["blocks"]:
        influence = influences[entry["id"]]
        own = dense = None
        if "index" in entry:
            index, coefficient = np.array(entry["index"], dtype=int), np.array(entry["coefficient"], dtype=float)
            if index.shape[1:] != shape or index.shape != coefficient.shape or index.min() < 0:
                raise ValueError("shape of own components")
            if index.max() >= influence.size:
                raise ValueError("element beyond the influence")
            own = Own(index, coefficient)
        if "scale" in entry:
            weights = np.array(entry["weights"], dtype=float) if "weights" in entry else None
            dense = Dense(np.array(entry["scale"], dtype=float), weights)
            np.broadcast_to(dense.scale, (dense.scale.shape[0], *shape))
            elements = dense.scale.shape[0] if weights is None else weights.shape[1]
            if elements != influence.size or dense.scale.ndim != len(shape) + 1:
                raise ValueError("shape of dense components")
        parts[influence.id] = Block(influence, own, dense)
    return Quantity(value, parse_unit(str(row["unit"])), parts)


def _merge(
    results: Mapping[str, Quantity], keep: Callable[[Influence], bool], name: str
) -> dict[str, Quantity]:
    """Replace the influences that are not kept by joint ones that give the same covariances.

    Private influences of infinite dof become one joint group. One of finite dof is kept as a component of its own,
    without label and source, because Welch-Satterthwaite needs it; in an opaque archive they merge too.
    """
    opaque = keep is _nothing
    private: dict[str, Influence] = {}
    for q in results.values():
        for influence in q.influences():
            if not keep(influence):
                private[influence.id] = influence
    merged = [i for i in private.values() if opaque or not math.isfinite(i.dof)]
    table = _joint_blocks(results, merged, name if opaque else "", opaque)
    renamed = {
        i.id: Influence(identity("private", i.id), i.size, i.u, i.dof, i.distribution, i.unit, "", Source(), i.joint)
        for i in private.values()
        if i not in merged
    }
    answer = {}
    for key, q in results.items():
        parts: dict[str, Block] = {}
        for b in q.blocks.values():
            if keep(b.influence):
                parts[b.influence.id] = b
            elif b.influence.id in renamed:
                other = renamed[b.influence.id]
                parts[other.id] = Block(other, b.own, b.dense)
        extra = table.get(key)
        if extra is not None:
            parts[extra.influence.id] = extra
        answer[key] = Quantity(q.value, q.unit, parts)
    return answer


def _joint_blocks(
    results: Mapping[str, Quantity], merged: Sequence[Influence], name: str, opaque: bool
) -> dict[str, Block]:
    chosen = {i.id for i in merged}
    order = {i.id: n for n, i in enumerate(merged)}
    if not merged:
        return {}
    offsets = np.cumsum([0, *(i.size for i in merged)])
    columns = []
    for q in results.values():
        full = np.zeros((int(offsets[-1]), q.size))
        for k, b in q.blocks.items():
            if k in chosen:
                at = order[k]
                full[offsets[at] : offsets[at + 1]] = blocks.components(b, q.shape)
        columns.append(full)
    table = np.concatenate(columns, axis=1)
    spread = np.sqrt(np.sum(table * table, axis=0))
    scale = np.where(spread > 0.0, spread, 1.0)
    unitised = table / scale
    matrix = unitised.T @ unitised
    np.fill_diagonal(matrix, 1.0)
    factor = correlation_factor((matrix + matrix.T) / 2.0, name)
    dof = min((float(np.min(q.dof)) for q in results.values()), default=math.inf) if opaque else math.inf
    influence = Influence(fresh_id(), factor.shape[1], spread, dof, "normal", "\\one", name, Source(text=name), True)
    answer, start = {}, 0
    for key, q in results.items():
        part = (factor[start : start + q.size] * spread[start : start + q.size, None]).T
        answer[key] = Block(influence, None, Dense(part.reshape(factor.shape[1], *q.shape)))
        start += q.size
    return answer
