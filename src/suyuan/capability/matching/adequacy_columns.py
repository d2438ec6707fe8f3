"""Where U suffices, for many pairs of a capability and a need at once: the columns' side of `adequacy`.

With z = Y − zero of the capability, N = U² as a polynomial (times z² where U is relative and its target is not) and
D = U_target² (times (z + δ)² where only the target is relative, δ between the zeros of both scales), all at k = 1:

    F(z) = N − D ≤ 0    U suffices at z

F has degree two or four, so its extremes are known in closed form: U suffices over a part when F ≤ 0 at its ends and at
the extremes inside. Both relative to different zeros is left to `adequacy.compare`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.matching.columns import Bools, CapabilityColumns, Floats
from suyuan.capability.matching.cover import GUARD

SLACK = (1.0 + GUARD) ** 2
HALVINGS = 60
"""Bisections of a part of the interval on which F is monotone: more than a float has digits."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """m pairs of a capability and a need whose intervals meet, all alike. position: row of the columns; low, high: (m,)
    common part in SI units; limit: (U_target/k)² in SI units, or of the fraction; delta: zero of the capability's scale
    minus that of the need's; squared: U is a fraction and its target is not; ranged: the other way round;
    simple: one piece holds over the interval of each; level: no scale has a zero of its own."""

    position: NDArray[np.intp]
    low: Floats
    high: Floats
    limit: Floats
    delta: Floats
    squared: bool
    ranged: bool
    simple: bool = False
    level: bool = False

    def some(self, which: Bools) -> Pairs:
        """Some of the pairs."""
        return Pairs(
            self.position[which], self.low[which], self.high[which], self.limit[which], self.delta[which],
            self.squared, self.ranged, level=self.level,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Parts:
    """Pairs by piece. pair: which one; low, high: the part of the piece in z; bound: limit with the rounding of a
    conversion forgiven; others as in `Pairs`."""

    pair: NDArray[np.intp]
    low: Floats
    high: Floats
    c: Floats
    bound: Floats
    delta: Floats
    squared: bool
    ranged: bool

    def over(self, z: Floats) -> Floats:
        """F at one z of each part."""
        N: Floats = self.c[2] * z
        N += self.c[1]
        N *= z
        N += self.c[0]
        if self.squared:
            N *= z * z
        N -= self.bound * (z + self.delta) ** 2 if self.ranged else self.bound
        return N

    def extremes(self) -> list[Floats]:
        """Places where F turns, one array for each that there can be; not finite where there is none."""
        with np.errstate(all="ignore"):
            if not self.squared:
                c2, c1, _ = self.difference()
                return [-c1 / (2.0 * c2)]
            # d/dz z²(c₀ + c₁z + c₂z²) = z (2c₀ + 3c₁z + 4c₂z²)
            c = self.c
            root = np.sqrt(9.0 * c[1] ** 2 - 32.0 * c[0] * c[2])
            far = -(3.0 * c[1] + np.copysign(root, c[1]))
            return [np.zeros(len(self.low)), far / (8.0 * c[2]), 4.0 * c[0] / far]

    def difference(self) -> tuple[Floats, Floats, Floats]:
        """F = c₂z² + c₁z + c₀, where it is of degree two."""
        c, bound, delta = self.c, self.bound, self.delta
        if not self.ranged:
            return c[2], c[1], c[0] - bound
        return c[2] - bound, c[1] - 2.0 * bound * delta, c[0] - bound * delta**2


def _parts(columns: CapabilityColumns, pairs: Pairs) -> tuple[_Parts, Bools]:
    """The pieces of all pairs that meet their part, and which pairs have no U stated on some of it."""
    position, bound = pairs.position, SLACK * pairs.limit
    first, z_low, z_high = columns.piece_at.take(position), pairs.low, pairs.high
    if not pairs.level:
        zero = columns.zero.take(position)
        z_low, z_high = z_low - zero, z_high - zero
    if pairs.simple:
        every = np.arange(len(position))
        c = np.empty((3, len(position)))
        for column, place in zip(columns.piece_c, c, strict=True):
            column.take(first, out=place, mode="clip")
        own = _Parts(every, z_low, z_high, c, bound, pairs.delta, pairs.squared, pairs.ranged)
        return own, np.zeros(len(position), bool)
    count = columns.piece_at[position + 1] - first
    pair = np.repeat(np.arange(len(position)), count)
    after = np.cumsum(count)
    piece = np.arange(after[-1]) + np.repeat(first - (after - count), count)
    low = np.maximum(z_low[pair], columns.piece_low[piece])
    high = np.minimum(z_high[pair], columns.piece_high[piece])
    meets = low <= high + GUARD * np.maximum(np.abs(low), np.abs(high))
    begins, reaches = np.full(len(position), np.inf), np.full(len(position), -np.inf)
    np.minimum.at(begins, pair[meets], low[meets])
    np.maximum.at(reaches, pair[meets], high[meets])
    room = GUARD * np.maximum(np.abs(pairs.low), np.abs(pairs.high))
    unstated = ~((begins <= z_low + room) & (reaches >= z_high - room))
    pair, piece, low, high = pair[meets], piece[meets], low[meets], high[meets]
    c, ends = columns.piece_c[:, piece], (np.minimum(low, high), high)
    return _Parts(pair, *ends, c, bound[pair], pairs.delta[pair], pairs.squared, pairs.ranged), unstated


def suffices(columns: CapabilityColumns, pairs: Pairs) -> NDArray[np.bool_]:
    """Whether U ≤ U_target over the whole common part of each pair, and is stated there.

    Returns (3, m) booleans: that, which is the uncertainty gate of `gates.examine`; and whether U can suffice at the
    lower and at the upper end of the part.
    """
    simple = columns.simple[pairs.position] if not columns.simple.all() else np.ones(len(pairs.position), bool)
    if simple.all():
        return _suffices(columns, replace(pairs, simple=True))
    if not simple.any():
        return _suffices(columns, pairs)
    result = np.empty((3, len(simple)), bool)
    for which in (simple, ~simple):
        result[:, which] = _suffices(columns, replace(pairs.some(which), simple=bool(which is simple)))
    return result


def _suffices(columns: CapabilityColumns, pairs: Pairs) -> NDArray[np.bool_]:
    parts, unstated = _parts(columns, pairs)
    bad_low, bad_high = parts.over(parts.low) > 0.0, parts.over(parts.high) > 0.0
    bad = bad_low | bad_high
    # A convex F is largest at an end; where it may not be convex its extremes inside are looked at too.
    if parts.squared or parts.ranged:
        bent = parts.c[1] != 0.0 if parts.squared else parts.c[2] < parts.bound
        turning = np.flatnonzero(bent & ~bad)
        some = _some(parts, turning)
        worse = np.zeros(len(turning), bool)
        for place in some.extremes():
            inside = (place > some.low) & (place < some.high)
            worse |= inside & (some.over(np.where(inside, place, some.low)) > 0.0)
        bad[turning] = worse
    if pairs.simple:
        return np.stack([~bad, ~bad_low, ~bad_high])
    result = np.ones((3, len(unstated)), bool)
    result[0] = ~unstated
    result[0, parts.pair[bad]] = False
    zero = columns.zero[pairs.position][parts.pair]
    result[1, parts.pair[bad_low & (parts.low <= pairs.low[parts.pair] - zero)]] = False
    result[2, parts.pair[bad_high & (parts.high >= pairs.high[parts.pair] - zero)]] = False
    return result


def _some(parts: _Parts, rows: NDArray[np.intp]) -> _Parts:
    return _Parts(
        parts.pair[rows], parts.low[rows], parts.high[rows], parts.c[:, rows], parts.bound[rows], parts.delta[rows],
        parts.squared, parts.ranged,
    )  # fmt: skip


def adequate(columns: CapabilityColumns, pairs: Pairs) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Where U ≤ U_target: for each span its pair, low and high in SI units; the spans of a pair may touch.

    Between two neighbouring extremes F is monotone, so it crosses zero once at most.
    """
    parts, _ = _parts(columns, pairs)
    inner = [np.where(np.isfinite(place), place, parts.low) for place in parts.extremes()]
    inner = [np.minimum(np.maximum(place, parts.low), parts.high) for place in inner]
    between = np.sort(np.stack(inner, axis=1), axis=1).T if len(inner) > 1 else inner
    places = [parts.low, *between, parts.high]
    values = np.stack([parts.over(row) for row in places])
    found: list[tuple[NDArray[np.intp], Floats, Floats]] = []
    for i in range(len(places) - 1):
        good_low, good_high = values[i] <= 0.0, values[i + 1] <= 0.0
        wanted = np.flatnonzero((good_low | good_high) & ((places[i + 1] > places[i]) | (parts.low == parts.high)))
        some = _some(parts, wanted)
        ends = places[i][wanted], places[i + 1][wanted]
        crossing = ends[0].copy()
        mixed = np.flatnonzero(good_low[wanted] != good_high[wanted])
        crossing[mixed] = _crossing(_some(some, mixed), ends[0][mixed], ends[1][mixed], good_low[wanted][mixed])
        zero = columns.zero[pairs.position[some.pair]]
        low = np.where(good_low[wanted], ends[0], crossing) + zero
        high = np.where(good_high[wanted], ends[1], crossing) + zero
        found.append((some.pair, low, high))
    pair, low, high = (np.concatenate(column) for column in zip(*found, strict=True))
    return pair, low, high


def _crossing(parts: _Parts, low: Floats, high: Floats, good_low: Bools) -> Floats:
    """Where F passes zero between low and high, of which one is good and the other is not."""
    result: Floats
    with np.errstate(all="ignore"):
        if not parts.squared:  # of degree two: that one of its roots which lies between
            c2, c1, c0 = parts.difference()
            half = -0.5 * (c1 + np.copysign(np.sqrt(np.maximum(c1 * c1 - 4.0 * c2 * c0, 0.0)), c1))
            roots = np.stack([half / c2, c0 / half])
            off = np.nan_to_num(np.abs(roots - np.clip(roots, low, high)), nan=np.inf)
            result = np.array(np.clip(np.where(off[0] <= off[1], *roots), low, high), np.float64)
            return result
        c = parts.c  # z²(c₀ + c₂z²) = bound is of degree two in z²
        square = 2.0 * parts.bound / (c[0] + np.sqrt(c[0] * c[0] + 4.0 * c[2] * parts.bound))
        result = np.array(np.clip(np.copysign(np.sqrt(square), low + high), low, high), np.float64)
    hard = np.flatnonzero(c[1] != 0.0)
    if len(hard):
        result[hard] = _halved(_some(parts, hard), low[hard], high[hard], good_low[hard])
    return result


def _halved(parts: _Parts, low: Floats, high: Floats, good_low: Bools) -> Floats:
    """The same by bisection, the end on the good side."""
    good, bad = np.where(good_low, low, high), np.where(good_low, high, low)
    for _ in range(HALVINGS):
        middle = (good + bad) / 2.0
        passes = parts.over(middle) <= 0.0
        good, bad = np.where(passes, middle, good), np.where(passes, bad, middle)
    return good
