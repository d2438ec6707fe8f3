"""How U stands to its target on a part, by roots: the ratio is largest at an end or where a polynomial is nil; between
two such places it only rises or only falls, so that it passes one there once or never.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial import Polynomial

from suyuan.capability.interval import Interval
from suyuan.capability.matching.cover import GUARD, Span, common, joined
from suyuan.capability.need import Target
from suyuan.capability.uncertainty import Piece
from suyuan.quantity.unit import Unit, linear


@dataclass(frozen=True, slots=True)
class Frame:
    """How the ratio of one comparison is made. scale: from `_scale`; plain: |y| cancels, since both are
    fractions of one value."""

    relative: bool
    own: Unit
    unit: Unit
    target: Target
    scale: float
    plain: bool

    @property
    def constant(self) -> bool:
        """Whether neither side goes with |y|, or both with the same."""
        return self.plain or not (self.relative or self.target.relative)

    def polynomials(self, piece: Piece, part: Span) -> tuple[Polynomial, Polynomial]:
        """ratio² = N/D on a part, as polynomials of τ from −1 to 1, so that they are well conditioned."""
        Y = Polynomial([(part[0] + part[1]) / 2.0, (part[1] - part[0]) / 2.0])
        slope, intercept = linear(self.unit, self.own)
        y = slope * Y + intercept
        N = (piece.c[0] + piece.c[1] * y + piece.c[2] * y**2) * self.scale**2
        if self.relative and not self.plain:
            N = N * y**2
        D = Polynomial([self.target.U**2])
        if self.target.relative and not self.plain:
            D = D * Y**2
        return N, D

    def size(self, piece: Piece, Y: float) -> float:
        """U at one value in the terms of the target (a fraction where |y| cancels)."""
        slope, intercept = linear(self.unit, self.own)
        y = slope * Y + intercept
        return piece.U(y) * self.scale * (abs(y) if self.relative and not self.plain else 1.0)

    def ratio(self, piece: Piece, Y: float) -> float:
        """U/U_target at one value, not through the polynomials, which lose digits next to a small end.

        Nothing against nothing is no excess, something against nothing an infinite one.
        """
        U = self.size(piece, Y)
        target = self.target.U * (abs(Y) if self.target.relative and not self.plain else 1.0)
        if target > 0.0:
            return U / target
        return math.inf if U > 0.0 else 0.0

    def beyond(self, piece: Piece, Y: float) -> float:
        """U minus target at one value: finite at nil too, and nil where the ratio is one."""
        return self.size(piece, Y) - self.target.U * (abs(Y) if self.target.relative and not self.plain else 1.0)

    @property
    def nils(self) -> tuple[float, float]:
        """Where |Y| and |y| have their kinks."""
        slope, intercept = linear(self.unit, self.own)
        return 0.0, -intercept / slope


@dataclass(frozen=True, slots=True)
class Part:
    """A stated part: its largest ratio, where, and where the ratio is at most one."""

    span: Span
    ratio: float
    place: float
    adequate: tuple[Span, ...]
    branch: int


def solved(frame: Frame, whole: tuple[Piece, ...], part: Span) -> list[Part]:
    result = []
    for piece in whole:
        there = Interval(piece.low, piece.high, frame.own).to(frame.unit)
        span = common(part, (there.low, there.high))
        if span is not None:
            result.append(_one(frame, piece, span))
    return result


def _one(frame: Frame, piece: Piece, span: Span) -> Part:
    if frame.constant:
        return _against_constant(frame, piece, span)
    N, D = frame.polynomials(piece, span)
    middle, half = (span[0] + span[1]) / 2.0, (span[1] - span[0]) / 2.0
    steepest = [_back(t, middle, half, span) for t in _roots(N.deriv() * D - N * D.deriv())] if half else []
    places = sorted([*span, *steepest, *(Y for Y in frame.nils if span[0] < Y < span[1])])
    top, where = max((frame.ratio(piece, Y), Y) for Y in places)
    # between two places the ratio only rises or only falls; its crossing is sought there, since the roots of N − D lose
    # their digits where the target is far smaller than U over the part
    meets = [_crossing(frame, piece, ends) for ends in pairwise(places)]
    cuts = sorted([*places, *(Y for Y in meets if Y is not None)])
    good = [ends for ends in pairwise(cuts) if frame.ratio(piece, (ends[0] + ends[1]) / 2.0) <= 1.0 + GUARD]
    return Part(span, top, where, joined(good), piece.branch)


def _crossing(frame: Frame, piece: Piece, ends: Span) -> float | None:
    """Where U meets the target between two values, or None where it does not."""
    first, last = (frame.beyond(piece, Y) for Y in ends)
    if ends[0] == ends[1] or 0.0 in (first, last) or (first > 0.0) == (last > 0.0):
        return None
    from scipy.optimize import brentq

    found = brentq(lambda Y: frame.beyond(piece, Y), *ends, xtol=1e-300, rtol=8.9e-16, maxiter=2000)
    return min(max(float(f"{found:.13g}"), ends[0]), ends[1])


def _against_constant(frame: Frame, piece: Piece, span: Span) -> Part:
    """U² is convex (c₂ ≥ 0): largest at an end, and it meets a constant target where one quadratic is nil. Most
    comparisons are of this kind, and need no polynomials."""
    slope, intercept = linear(frame.unit, frame.own)
    top, where = max((frame.ratio(piece, Y), Y) for Y in span)
    meets = _quadratic(piece.c[2], piece.c[1], piece.c[0] - (frame.target.U / frame.scale) ** 2)
    places = [float(f"{(y - intercept) / slope:.13g}") for y in meets]
    cuts = sorted([*span, *(Y for Y in places if span[0] < Y < span[1])])
    good = [ends for ends in pairwise(cuts) if frame.ratio(piece, (ends[0] + ends[1]) / 2.0) <= 1.0 + GUARD]
    return Part(span, top, where, joined(good), piece.branch)


def _quadratic(a: float, b: float, c: float) -> tuple[float, ...]:
    """The real roots of a·y² + b·y + c that have a float; none where it is constant."""
    square = b * b - 4.0 * a * c
    if square < 0.0:
        return ()
    half = -0.5 * (b + math.copysign(math.sqrt(square), b))
    roots = [above / below for above, below in ((half, a), (c, half)) if below]
    return tuple(root for root in roots if math.isfinite(root))


def _back(t: float, middle: float, half: float, span: Span) -> float:
    """τ as a quantity value inside a part, without the noise of the last digits."""
    value = middle + half * t
    if abs(value) < 1e-14 * max(abs(span[0]), abs(span[1])):
        return 0.0
    return min(max(float(f"{value:.13g}"), span[0]), span[1])


def _roots(polynomial: Polynomial) -> Iterator[float]:
    """Real roots between −1 and 1; nearly real ones too, since each place is judged by its value anyway.

    Leading coefficients that move nothing between −1 and 1 are left out: dividing by them overflows.
    """
    trimmed = polynomial.trim(1e-14 * float(np.max(np.abs(polynomial.coef))))
    if trimmed.degree() < 1:
        return
    for root in np.atleast_1d(trimmed.roots()):
        if abs(root.imag) < 1e-6 and -1.0 < root.real < 1.0:
            yield float(root.real)
