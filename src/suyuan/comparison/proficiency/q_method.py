"""The Q method and the finite-step Hampel mean: robust answers of ISO 13528 that need no iteration.

The Q method reads the standard deviation from the distribution of the differences between laboratories. Hampel's
estimator is a root of a piecewise linear function: all roots are found, so the answer does not depend on a start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from suyuan.comparison.proficiency.reported import reported_results, sorted_median
from suyuan.comparison.proficiency.spread import PAIRS, Spread, differences
from suyuan.comparison.results import positive, values
from suyuan.quantity.finding import Finding, Refused, finding

Array = NDArray[Any]
TIES = 1e-9
"""Differences that are equal within this part of the largest one are one: rounding must not split a tie."""
KNEES = (1.5, 3.0, 4.5)


@dataclass(frozen=True, slots=True)
class Hampel:
    """value: Hampel's mean (…), in the unit of the results; s: standard deviation that scaled it; u: 1.25·s/√n; n:
    results that counted; roots: how many were found, of each measurand; findings: measurands with more than one."""

    value: Array
    s: Array
    u: Array
    n: Array
    roots: Array
    findings: tuple[Finding, ...] = ()


def q_method(x: ArrayLike, reported: ArrayLike | None = None) -> Spread:
    """The reproducibility standard deviation from all differences between laboratories, one result each.

    H₁ = distribution of |xᵢ − xⱼ| (i < j), G₁ midway through each of its steps and linear between, G₁(0) = 0;
    s = G₁⁻¹(0.25 + 0.75 H₁(0))/(√2 Φ⁻¹(0.625 + 0.375 H₁(0))). Differences within 1e-9 of the largest count as equal.
    x: (…, n); reported: (…, n). Zero (told as a finding) where all results are equal. Raises Refused for fewer than 2.
    Source: ISO 13528, C.5.2.2.

    >>> x = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]      # % creosote, ISO 5725-5
    >>> round(float(q_method(x).s), 6)
    1.337035
    """
    given = reported_results(x, reported, 2)

    def act(block: Array) -> Array:
        apart = np.sort(differences(block), axis=-1)
        return _q(apart, np.arange(1, apart.shape[-1] + 1) / apart.shape[-1])

    s = given.each(act, max(PAIRS // given.x.shape[-1], 1))
    return Spread(s, given.count, _without_spread(s))


def q_method_of_replicates(laboratories: Sequence[ArrayLike]) -> Spread:
    """The same from several results a laboratory, of one measurand: differences between laboratories only.

    Each pair of laboratories has the same weight, however many results they have. laboratories: n arrays of results.
    Raises Refused for fewer than 2 laboratories. Source: ISO 13528, C.5.2.2.

    >>> float(q_method_of_replicates([[1.0], [2.0], [4.0]]).s) == float(q_method([1.0, 2.0, 4.0]).s)
    True
    """
    groups = [values(np.atleast_1d(np.asarray(row)), f"value[{i}]").ravel() for i, row in enumerate(laboratories)]
    n = len(groups)
    if n < 2:
        raise Refused(finding("comparison.results.few", "value", n=n, wanted=2))
    pairs = [(np.abs(np.subtract.outer(a, b)).ravel()) for i, a in enumerate(groups) for b in groups[i + 1 :]]
    weight = np.concatenate([np.full(pair.size, 2.0 / (n * (n - 1) * pair.size)) for pair in pairs])
    apart = np.concatenate(pairs)
    order = np.argsort(apart, kind="stable")
    s = _q(apart[order][None], np.cumsum(weight[order]))[0]
    return Spread(np.asarray(s), np.asarray(n), _without_spread(s))


def hampel(x: ArrayLike, s: ArrayLike | None = None, reported: ArrayLike | None = None) -> Hampel:
    """Hampel's mean: the root of Σ ψ((xᵢ − t)/s) = 0 that is nearest to the median.

    ψ rises to 1.5 at 1.5, stays to 3, falls to 0 at 4.5. Two roots equally near: the median. Where no root has a result
    within 4.5 s, as with results in two clusters, the median too.
    x: (…, n); s: (…) above 0, default the Q method's; reported: (…, n).
    Raises Refused for fewer than 2 results, or no spread. Source: ISO 13528, C.5.3.3.

    >>> x = [24.14, 20.155, 19.5, 20.3, 20.705, 17.57, 20.1, 20.94, 21.185]      # % creosote, ISO 5725-5
    >>> round(float(hampel(x).value), 6)
    20.412143
    """
    given = reported_results(x, reported, 2)
    width = q_method(x, reported).s if s is None else positive(s, given.shape, "s", "comparison.hampel.no_spread")
    if not np.all(width > 0.0):
        raise Refused(finding("comparison.hampel.no_spread", "s"))
    flat, m = width.reshape(-1), len(given.x)
    value, roots = np.empty(m), np.empty(m, int)
    for which, block in given.blocks(max(PAIRS // (6 * given.x.shape[-1]), 1)):
        middle, scale = sorted_median(block), flat[which]
        nearest, roots[which] = _roots((block - middle[:, None]) / scale[:, None])
        value[which] = middle + scale * nearest
    several = int(np.sum(roots > 1))
    told = (finding("comparison.hampel.roots", "value", "note", measurands=several),) if several else ()
    u = 1.25 * width / np.sqrt(given.count)
    return Hampel(value.reshape(given.shape), width, u, given.count, roots.reshape(given.shape), told)


def psi(q: Array) -> Array:
    """Hampel's ψ with knees at 1.5, 3 and 4.5."""
    a, b, c = KNEES
    size = np.abs(q)
    return np.asarray(np.sign(q) * np.clip(np.minimum(size, a * (c - size) / (c - b)), 0.0, a))


def _q(apart: Array, cumulative: Array) -> Array:
    """s from sorted differences (m, K) with the cumulative weight of each, (K,)."""
    tolerance = TIES * apart[:, -1:]
    none = apart <= tolerance
    zero = np.where(none.any(axis=-1), cumulative[np.maximum(none.sum(axis=-1) - 1, 0)], 0.0)
    last = np.ones(apart.shape, bool)
    last[:, :-1] = apart[:, 1:] - apart[:, :-1] > tolerance
    place = np.where(last & ~none, np.arange(apart.shape[-1]), -1)
    before = np.full(apart.shape, -1)
    before[:, 1:] = np.maximum.accumulate(place, axis=-1)[:, :-1]
    step = np.where(before >= 0, cumulative[before], zero[:, None])
    wanted = (0.25 + 0.75 * zero)[:, None]
    reached = (place >= 0) & (0.5 * (step + cumulative) >= wanted)
    rows, at = np.arange(len(apart)), np.argmax(reached, axis=-1)
    back = before[rows, at]
    earlier = before[rows, back]
    g_back = np.where(back >= 0, 0.5 * (np.where(earlier >= 0, cumulative[earlier], zero) + cumulative[back]), 0.0)
    v_back = np.where(back >= 0, apart[rows, back], 0.0)
    g_at, v_at = 0.5 * (step[rows, at] + cumulative[at]), apart[rows, at]
    share = (wanted[:, 0] - g_back) / np.where(g_at > g_back, g_at - g_back, 1.0)
    return np.asarray((v_back + share * (v_at - v_back)) / (math.sqrt(2.0) * ndtri(0.625 + 0.375 * zero)))


def _roots(q: Array) -> tuple[Array, Array]:
    """The root nearest to 0 of Σ ψ(q − t), and the number of roots, for rows (m, n) with median 0.

    Where all terms are zero nothing is balanced: that is no root. A stretch of zeros is one root, at its nearest point.
    """
    a, b, c = KNEES
    nodes = np.sort(np.concatenate([q + knee for knee in (-c, -b, -a, a, b, c)], axis=-1), axis=-1)
    total = np.stack([psi(q - nodes[:, j, None]).sum(axis=-1) for j in range(nodes.shape[-1])], axis=-1)
    total[np.abs(total) <= 1e-12 * q.shape[-1]] = 0.0
    left, right, f, g = nodes[:, :-1], nodes[:, 1:], total[:, :-1], total[:, 1:]
    flat = (f == 0.0) & (g == 0.0)
    after, before = np.zeros_like(flat), np.zeros_like(flat)
    after[:, :-1], before[:, 1:] = flat[:, 1:], flat[:, :-1]
    cross = (f * g < 0.0) | ((f != 0.0) & (g == 0.0) & ~after) | ((f == 0.0) & (g != 0.0) & ~before)
    share = np.where(flat, 0.0, f / np.where(f == g, 1.0, f - g))
    root = np.where(flat, np.clip(0.0, left, right), left + (right - left) * share)
    probe = np.where(flat, 0.5 * (left + right), root)
    held = np.stack([np.any(np.abs(q - probe[:, j, None]) < c - 1e-9, axis=-1) for j in range(probe.shape[1])], axis=-1)
    valid = held & (right > left) & (cross | flat)
    near = valid & (np.abs(root) <= np.min(np.abs(root), axis=-1, where=valid, initial=np.inf)[:, None] + 1e-9)
    low = np.min(root, axis=-1, where=near, initial=np.inf)
    high = np.max(root, axis=-1, where=near, initial=-np.inf)
    one = near.any(axis=-1) & (high - low <= 1e-9)
    return np.where(one, low, 0.0), _distinct(root, valid & ~(flat & before))


def _distinct(root: Array, valid: Array) -> Array:
    """How many roots differ: one at a node is seen from both sides."""
    ordered = np.sort(np.where(valid, root, np.inf), axis=-1)
    new = np.isfinite(ordered)
    gap = np.subtract(ordered[:, 1:], ordered[:, :-1], where=new[:, 1:], out=np.zeros_like(ordered[:, 1:]))
    new[:, 1:] &= gap > 1e-9
    return np.asarray(new.sum(axis=-1))


def _without_spread(s: Array) -> tuple[Finding, ...]:
    nothing = int(np.sum(s == 0.0))
    return (finding("comparison.spread.zero", "value", "warning", measurands=nothing),) if nothing else ()
