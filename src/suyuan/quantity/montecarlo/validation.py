"""Validation of first and second order by Monte Carlo (JCGM 101:2008 clause 8), in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.coverage import Expanded, Numbers, expanded, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.montecarlo.moments import unsettled
from suyuan.quantity.montecarlo.plan import leaves
from suyuan.quantity.montecarlo.simulation import Simulated, simulate
from suyuan.quantity.montecarlo.trials import Kind, Settings, numerical_tolerance
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import Quantity

Array = NDArray[Any]
STRICTER = 5.0
"""Monte Carlo that judges others is run to δ/5 (JCGM 101:2008 8.2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One order beside Monte Carlo.

    order: 1 or 2; interval: its expanded uncertainty and coverage interval; d_low, d_high: absolute differences of the
    ends; validated: neither is larger than δ. Numbers, or arrays of the output's shape.
    """

    order: int
    interval: Expanded
    d_low: Numbers
    d_high: Numbers
    validated: Any


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """The verdict on one output.

    delta: numerical tolerance δ for so many significant digits of u(y); first, second: the orders beside Monte Carlo,
    second None where it cannot be had; simulated: the Monte Carlo result, low and high: the ends compared with;
    findings: why second order is missing; that Monte Carlo has not become stable to δ/5.
    """

    p: float
    digits: int
    delta: Numbers
    low: Numbers
    high: Numbers
    first: Compared
    second: Compared | None
    simulated: Simulated = field(repr=False)
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        from suyuan.quantity.written import validation_text

        return validation_text(self)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook_methods import validation_html

        return validation_html(self)


def validate(
    model: Callable[..., Any],
    *args: Any,
    p: float = 0.95,
    digits: int = 2,
    interval: Kind = "symmetric",
    seed: int = 0,
    threads: int = 1,
    **kwargs: Any,
) -> Any:
    """Compare the coverage intervals of first and second order with Monte Carlo.

    d_low = |y − U − y_low|, d_high = |y + U − y_high|; validated where both are at most δ, the numerical tolerance of
    u(y) to `digits` significant digits (JCGM 101:2008 8.1). Monte Carlo is adaptive, to δ/5 (8.2).
    model, args, kwargs, p, digits, seed, threads: as for `monte_carlo`; interval: which Monte Carlo interval counts.
    Returns `Validation` in the structure that the model returns. Raises Refused where `monte_carlo` would, and
    where u does not settle, since δ is digits of it.

    >>> from suyuan.quantity.quantity import quantity
    >>> masses = quantity(100_000.0, 0.05, id="1" * 32), quantity(1.234, 0.02, id="2" * 32)     # mg; kg/m³ below
    >>> rho = [quantity(v, a / 3**0.5, distribution="rectangular", id=n * 32)
    ...        for v, a, n in ((1.2, 0.1, "3"), (8e3, 1e3, "4"), (8e3, 50.0, "5"))]
    >>> def deviation(m, dm, a, w, r):
    ...     return (m + dm) * (1 + (a - 1.2) * (1 / w - 1 / r)) - 100_000
    >>> v = validate(deviation, *masses, *rho, digits=1)                                 # JCGM 101:2008 9.3.4
    >>> v.delta, v.first.validated, v.second.validated, round(v.first.interval.u, 4), round(v.second.interval.u, 3)
    (0.005, False, True, 0.0539, 0.075)
    """
    how = Settings(p, None, digits, seed, threads, interval, STRICTER)
    simulated, rebuild, names = leaves(simulate(model, args, kwargs, how))
    first = leaves(propagate(model, *args, **kwargs))[0]
    second, findings = _second(model, args, kwargs, len(simulated))
    made = [
        _verdict(name, one, a, b, how, findings)
        for name, one, a, b in zip(names, simulated, first, second, strict=True)
    ]
    return rebuild(made)


def _second(model: Any, args: Any, kwargs: Any, count: int) -> tuple[list[Any], tuple[Finding, ...]]:
    """Second order of each output; None and the reason where the model or its inputs do not allow it."""
    from suyuan.quantity.second_order import second_order

    try:
        return leaves(second_order(model, *args, **kwargs))[0], ()
    except Refused as refused:
        return [None] * count, refused.findings


def _verdict(
    name: str, simulated: Any, first: Any, second: Any, how: Settings, findings: tuple[Finding, ...]
) -> Validation:
    if not isinstance(simulated, Simulated):
        raise Refused(finding("montecarlo.output.complex", name))
    wild = unsettled([name] * int(np.size(simulated.u)), simulated.mean, simulated.u, simulated.draws)
    if wild:  # δ is digits of u
        raise Refused(replace(wild[0], severity="error"))
    ends = simulated.shortest if how.interval == "shortest" else simulated.symmetric
    delta = numerical_tolerance(simulated.u, how.digits)
    known = first if isinstance(first, Quantity) else Quantity(first, simulated.unit, {})
    known = known.to(simulated.unit)
    one = _compared(1, expanded(known.value, known.u, known.dof, how.p), ends, delta)
    two = None
    if second is not None:
        two = _compared(2, expanded(second.value, second.u, second.dof, how.p), ends, delta)
    return Validation(how.p, how.digits, plain(delta), ends.low, ends.high, one, two, simulated,
                      (*simulated.findings, *findings))  # fmt: skip


def _compared(order: int, interval: Expanded, ends: Any, delta: Array) -> Compared:
    d_low, d_high = np.abs(interval.low - ends.low), np.abs(interval.high - ends.high)
    good = (d_low <= delta) & (d_high <= delta)
    return Compared(order, interval, plain(d_low), plain(d_high), bool(good) if np.ndim(good) == 0 else good)
