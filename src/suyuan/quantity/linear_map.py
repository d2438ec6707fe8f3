"""Linear maps of array quantities: y = Σ K·x with every influence kept, in O(k·n) for k results of n values.

A fit, a filter or a least-squares adjustment ends as a matrix K that multiplies the deviations of its inputs. The
components of the results are K times the components of the inputs, block by block; no n × n matrix is made. An
influence element that touches one place only can be told from one that is shared, which decides what a scatter of
residuals already shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.block import Block, Dense, Own
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.influence import Influence, Source, fresh_id
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE, Unit, parse_unit

Array = NDArray[np.float64]


def linear_map(value: ArrayLike, terms: Sequence[tuple[Array, Quantity]], unit: Unit = ONE) -> Quantity:
    """A quantity of k estimates whose components are Σ K·components of the inputs.

    value: the k estimates, found elsewhere (by a fit); terms: pairs of a matrix K (k, n) and a quantity of n values,
    in plain numbers: K converts units. Exact: what is shared between inputs stays shared between the results.

    >>> from suyuan.quantity.quantity import quantity
    >>> q = quantity([1.0, 2.0], [0.3, 0.4])
    >>> linear_map([3.0, -1.0], [(np.array([[1.0, 1.0], [1.0, -1.0]]), q)]).u.tolist()
    [0.5, 0.5]
    """
    estimates = np.array(value, dtype=float)
    gathered: dict[str, list[blocks.Term]] = {}
    for matrix, q in terms:
        for key, part in q.blocks.items():
            gathered.setdefault(key, []).extend((1.0, b, 1) for b in _mapped(matrix, part, q.shape))
    return Quantity(estimates, unit, {key: blocks.combine(rows, estimates.shape) for key, rows in gathered.items()})


def _mapped(matrix: Array, part: Block, shape: tuple[int, ...]) -> list[Block]:
    """The blocks of K·x for one influence: its dense part, and its own part as a row of weights a result."""
    made: list[Block] = []
    if part.dense is not None:
        scale = np.broadcast_to(part.dense.scale, (part.dense.scale.shape[0], *shape))
        made.append(Block(part.influence, None, Dense(scale @ matrix.T, part.dense.weights)))
    if part.own is not None:
        rows = _rows(matrix, part.own, part.influence)
        many = len(rows) > part.influence.size  # more results than elements: the table itself is the smaller form
        made.append(Block(part.influence, None, Dense(rows.T) if many else Dense(np.eye(len(rows)), rows)))
    return made


def _rows(matrix: Array, own: Own, influence: Influence) -> Array:
    """K·own as weights (k, elements)."""
    size = influence.size
    if own.index.shape == (1, size) and own.index is blocks.every_element(size):
        return np.asarray(matrix * own.coefficient)
    index = own.index.ravel()
    products = [(row * own.coefficient).ravel() for row in matrix]
    return np.array([np.bincount(index, weights, minlength=size) for weights in products])


def correlated(
    values: ArrayLike, covariance: ArrayLike, unit: str | Unit = "1", *, label: str = "", source: Source | None = None
) -> Quantity:
    """An array quantity with a given covariance matrix: one joint influence of low-rank factors.

    values: n estimates; covariance: (n, n) in the square of the unit, symmetric and positive semidefinite, else
    Refused. A singular matrix is kept with the rank that it has.

    >>> q = correlated([1.0, 1.0], [[4.0, 3.0], [3.0, 4.0]])
    >>> round(float((q[0] - q[1]).variance), 9)
    2.0
    """
    estimates = np.array(values, dtype=float)
    factor = covariance_factor(covariance, estimates.size, label)
    resolved = parse_unit(unit) if isinstance(unit, str) else unit
    difference = resolved.as_difference()
    full = factor.shape[1] == estimates.size  # else the factors are fewer than the values and have no u of their own
    influence = Influence(
        fresh_id(), factor.shape[1], np.linalg.norm(factor, axis=1) if full else np.zeros(0), distribution="normal",
        unit=difference.dsi or difference.symbol, label=label, source=source or Source(), joint=True,
    )  # fmt: skip
    return Quantity(estimates, resolved, {influence.id: Block(influence, None, Dense(np.ascontiguousarray(factor.T)))})


def covariance_factor(covariance: ArrayLike, n: int, where: str = "covariance") -> Array:
    """L (n, r) with L Lᵀ = V. Raises Refused where V is not (n, n), finite, symmetric and positive semidefinite."""
    matrix = np.array(covariance, dtype=float)
    if matrix.shape != (n, n):
        raise Refused(finding("fit.covariance.shape", where, got="×".join(map(str, matrix.shape)), wanted=f"{n}×{n}"))
    diagonal = np.diagonal(matrix)
    scale = np.sqrt(np.abs(np.multiply.outer(diagonal, diagonal)))
    if not np.all(np.isfinite(matrix)) or np.any(np.abs(matrix - matrix.T) > 1e-9 * scale):
        raise Refused(finding("fit.covariance.not_symmetric", where))
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        root = np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
        values, vectors = np.linalg.eigh(matrix / np.multiply.outer(root, root))
        if np.any(diagonal < 0.0) or values[0] < -1e-10 * n:
            raise Refused(finding("fit.covariance.not_positive", where, least=f"{values[0]:.3g}")) from None
        kept = values > 1e-14 * n
        return np.asarray(root[:, None] * vectors[:, kept] * np.sqrt(values[kept]))


def shared_elements(quantities: Sequence[Quantity]) -> Mapping[str, Array | None]:
    """For each influence of some quantities of n values: which of its elements touch more than one place.

    Several quantities describe the same n places (x and y of each point). Returns influence id → truth of each element
    (m,), or None where all of them count as shared because a sum or a joint group ties them together.
    """
    found: dict[str, list[tuple[Block, tuple[int, ...]]]] = {}
    for q in quantities:
        for key, part in q.blocks.items():
            found.setdefault(key, []).append((part, q.shape))
    return {key: _shared([b for b, _ in rows], rows[0][1]) for key, rows in found.items()}


def _shared(parts: Sequence[Block], shape: tuple[int, ...]) -> Array | None:
    size = parts[0].influence.size
    own = parts[0].own if len(parts) == 1 and parts[0].dense is None else None
    if own is not None and own.index is blocks.every_element(size):
        return np.zeros(size, dtype=bool)
    if any(b.influence.joint or (b.dense is not None and b.dense.weights is not None) for b in parts):
        return None
    pairs = [np.zeros((0, 2), dtype=int)]
    for b in parts:
        if b.own is not None:
            slots = (b.own.index.shape[0], *shape)
            index, given = np.broadcast_to(b.own.index, slots), np.broadcast_to(b.own.coefficient, slots)
            where = np.nonzero(given)
            pairs.append(np.stack([index[where], where[1]], axis=1))
        if b.dense is not None:
            pairs.append(np.stack(np.nonzero(np.broadcast_to(b.dense.scale, (size, *shape))), axis=1))
    places = np.unique(np.concatenate(pairs), axis=0)
    return np.asarray(np.bincount(places[:, 0], minlength=size) > 1)


def only_shared(q: Quantity, shared: Mapping[str, Array | None]) -> Quantity:
    """The quantity without the elements that touch one place only (`shared_elements`)."""
    parts: dict[str, Block] = {}
    for key, part in q.blocks.items():
        kept = shared[key]
        if kept is None:
            parts[key] = part
        elif kept.any():
            own = part.own and Own(part.own.index, part.own.coefficient * kept[part.own.index])
            dense = part.dense and Dense(part.dense.scale * kept[:, None], None)
            parts[key] = Block(part.influence, own, dense)
    return Quantity(q.value, q.unit, parts)
