"""Propagation of distributions by Monte Carlo (JCGM 101:2008; several outputs: JCGM 102:2011).

The model and the quantities are those of `propagate`. Draws are keyed by influence, so two runs with one seed are
paired wherever they share an influence, and the number of threads changes nothing. Outputs are kept, inputs are not.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.coverage import Numbers, plain
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.montecarlo.interval import Interval, quantile, shortest, symmetric
from suyuan.quantity.montecarlo.moments import covariance, unsettled
from suyuan.quantity.montecarlo.plan import Plan, plan_of
from suyuan.quantity.montecarlo.trials import MOST_TRIALS, Drawn, Kind, Settings, draw_adaptively, draw_trials
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import Unit

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Adaptive:
    """What the adaptive procedure found (JCGM 101:2008 7.9.4).

    digits: significant digits of u wanted; batches: h, each of `batch` draws; reached: everything was stable; delta:
    numerical tolerance δ of each output number; deviation: the largest of twice the standard deviations of the averages
    of y, u(y) and both ends, of each output number.
    """

    digits: int
    batches: int
    batch: int
    reached: bool
    delta: Array
    deviation: Array


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A whole run: what its outputs share.

    names: output numbers in order, a complex one as its real and its imaginary part; mean: (m,); draws: (m, M) in the
    order of drawing, None where there is one output number only (its draws are sorted in place); again: draws them once
    more; findings: warnings.
    """

    p: float
    trials: int
    seed: int
    names: tuple[str, ...]
    mean: Array
    draws: Array | None = field(repr=False)
    again: Callable[[], Array] = field(repr=False)
    adaptive: Adaptive | None = None
    findings: tuple[Finding, ...] = ()

    def covariance(self) -> Array:
        """Covariance matrix of the output numbers, (m, m) (JCGM 102:2011 7.6); units: products of theirs."""
        return covariance(self.paired(), self.mean)

    def correlation(self) -> Array:
        """Correlation matrix, (m, m); not a number where an output does not vary."""
        matrix = self.covariance()
        u = np.sqrt(np.diag(matrix))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(matrix / np.outer(u, u))

    def paired(self) -> Array:
        """The draws (m, M) in the order of drawing: paired with those of any other run of the same seed that shares
        influences. Of a single output they are drawn once more, since only the sorted ones are kept."""
        return self.again() if self.draws is None else self.draws


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """One output: the distribution that its draws represent (JCGM 101:2008 7.5 to 7.7).

    mean, u: average and standard deviation of the draws; symmetric, shortest: coverage intervals of probability p;
    all floats, or arrays of the output's shape, in `unit`. draws: sorted, shape (*shape, M). run: what the outputs of
    one call share (trials, findings, adaptive procedure, covariance). A complex output is two: see `parts`.
    """

    mean: Any
    u: Any
    p: float
    symmetric: Interval
    shortest: Interval
    unit: Unit
    draws: Array = field(repr=False)
    run: Run = field(repr=False)

    @property
    def trials(self) -> int:
        """M, the number of draws."""
        return self.run.trials

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings of the run."""
        return self.run.findings

    def __repr__(self) -> str:
        from suyuan.quantity.written import simulated_text

        return simulated_text(self)

    def _repr_html_(self) -> str:
        from suyuan.quantity.notebook_methods import simulated_html

        return simulated_html(self)

    def quantile(self, q: float) -> Numbers:
        """The q-quantile of the output, 0 ≤ q ≤ 1, by the broken line of JCGM 101:2008 7.5.1."""
        if not 0.0 <= q <= 1.0:
            raise Refused(finding("evaluation.coverage.probability", "q", p=q))
        return plain(quantile(self.draws, q))

    def interval(self, p: float, kind: Kind = "symmetric") -> Interval:
        """The coverage interval of another probability. Raises Refused where the draws are too few for it."""
        check_probability(p)
        check_enough(self.trials, p)
        return _interval(self.draws, p, kind)

    def histogram(self, bins: int | Array = 100) -> tuple[Array, Array]:
        """Edges (b + 1,) and counts (b,) of the draws of a scalar output; bins: their number, or rising edges."""
        if self.draws.ndim != 1:
            raise Refused(finding("montecarlo.output.array", "histogram", shape=self.draws.shape[:-1]))
        low, high = float(self.draws[0]), float(self.draws[-1])
        edges = np.asarray(bins, float) if np.ndim(bins) else np.linspace(low, high, int(bins) + 1)
        places = np.searchsorted(self.draws, edges, side="left")
        places[-1] = np.searchsorted(self.draws, edges[-1], side="right")  # the last bin has both its ends
        return edges, np.diff(places)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedComplex:
    """A complex output as two real ones: its real and its imaginary part."""

    real: Simulated
    imag: Simulated

    @property
    def mean(self) -> Any:
        """Complex average of the draws."""
        return self.real.mean + 1j * self.imag.mean

    @property
    def run(self) -> Run:
        return self.real.run

    @property
    def trials(self) -> int:
        return self.run.trials


def monte_carlo(
    model: Callable[..., Any],
    *args: Any,
    p: float = 0.95,
    trials: int | None = None,
    digits: int = 2,
    seed: int = 0,
    threads: int = 1,
    **kwargs: Any,
) -> Any:
    """Propagate the distributions of the inputs through a model.

    model, args, kwargs: as for `propagate`; a model that sums, indexes or branches on values is run on sampled numbers.
    p: coverage probability; trials: number of draws, None = until `digits` significant digits of u (1 or 2) are stable
    for mean, u and symmetric interval, by the adaptive procedure, at most 10⁷ draws (JCGM 101:2008 7.9); seed: any
    integer, draws are keyed by it and the identity of the influence (so a result repeats in another process only where
    the influences have identities that last, those of a certificate or of a case); threads: at work at a time, the
    result is the same for any.
    Returns `Simulated` in the structure that the model returns. Raises Refused for a model that fails at some draws, an
    input of infinite variance, too few draws for p (100/(1 − p) are needed) or too many for the memory.

    >>> from suyuan.quantity.quantity import quantity
    >>> rectangles = [quantity(0.0, 1.0, distribution="rectangular", id=f"{i:032x}") for i in range(4)]
    >>> y = monte_carlo(lambda a, b, c, d: a + b + c + d, *rectangles, trials=400_000)
    >>> round(y.u, 2), round(y.symmetric.high, 1)          # JCGM 101:2008 9.2.3: 2.00 and 3.88
    (2.0, 3.9)
    """
    return simulate(model, args, kwargs, Settings(p, trials, digits, seed, threads))


def simulate(model: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], how: Settings) -> Any:
    """`monte_carlo` with its options in one value."""
    _check(how)
    flat, inputs, names = flattened(model, args, kwargs)
    if not inputs:
        raise Refused(finding("montecarlo.input.none", "model"))
    plan = plan_of(flat, inputs, names)
    if how.trials is None:
        drawn = draw_adaptively(plan, how)
    else:
        check_enough(how.trials, how.p)
        drawn = draw_trials(plan, how.trials, how.seed, how.threads)
    return _results(plan, drawn, how)


def _results(plan: Plan, drawn: Drawn, how: Settings) -> Any:
    """The outputs, sorted, in the model's structure."""
    rows, trials = drawn.draws.shape
    mean, u = drawn.moments()
    if not np.all(np.isfinite(u)):
        place = plan.names_of_rows[int(np.argmin(np.isfinite(u)))]
        raise Refused(finding("montecarlo.output.overflow", place))
    adaptive = None
    if drawn.stop is not None:
        s = drawn.stop
        adaptive = Adaptive(how.digits, s.batches, s.batch, s.reached, s.delta, s.deviation)
    ordered = drawn.draws
    if rows > 1:
        drawn.draws.setflags(write=False)
        ordered = drawn.draws.copy()
    ordered.sort(axis=-1)
    ordered.setflags(write=False)
    vanished = (u == 0.0) & (ordered[:, 0] < ordered[:, -1])
    if np.any(vanished):
        raise Refused(finding("montecarlo.output.overflow", plan.names_of_rows[int(np.argmax(vanished))]))
    findings = (*drawn.findings, *unsettled(plan.names_of_rows, mean, u, ordered))
    run = Run(how.p, trials, how.seed, plan.names_of_rows, mean, drawn.draws if rows > 1 else None,
              lambda: draw_trials(plan, trials, how.seed, how.threads).draws, adaptive, findings)  # fmt: skip
    leaves: list[Any] = []
    start = 0
    for output in plan.outputs:
        made = []
        for _ in range(output.parts):
            stop = start + output.size
            of = slice(start, stop)
            shaped = ordered[of].reshape(*output.shape, trials)
            made.append(Simulated(
                plain(mean[of].reshape(output.shape)), plain(u[of].reshape(output.shape)), how.p,
                _interval(shaped, how.p, "symmetric"), _interval(shaped, how.p, "shortest"), output.unit, shaped, run,
            ))  # fmt: skip
            start = stop
        leaves.append(made[0] if len(made) == 1 else SimulatedComplex(*made))
    return plan.rebuild(leaves)


def _interval(draws: Array, p: float, kind: Kind) -> Interval:
    """Coverage interval of sorted draws, last axis; floats for a scalar output, else arrays."""
    find = {"symmetric": symmetric, "shortest": shortest}[kind]
    if draws.ndim == 1:
        return Interval(*find(draws, p))
    ends = np.array([find(row, p) for row in draws.reshape(-1, draws.shape[-1])]).T
    return Interval(*ends.reshape(2, *draws.shape[:-1]))


# ---------------------------------------------------------------- arguments


def flattened(
    model: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Callable[..., Any], list[Quantity], list[str]]:
    """The model as a function of its quantities alone, wherever they stand in lists and dicts, and their names."""
    found: list[Quantity] = []
    names: list[str] = []

    def look(x: Any, name: str) -> Any:
        if isinstance(x, Quantity):
            found.append(x)
            names.append(name)
        elif isinstance(x, dict):
            for key, item in x.items():
                look(item, f"{name}[{key}]")
        elif type(x) in (tuple, list):
            for place, item in enumerate(x):
                look(item, f"{name}[{place}]")

    for name, x in _named(model, args, kwargs):
        look(x, name)

    def put(x: Any, given: Iterator[Any]) -> Any:
        if isinstance(x, Quantity):
            return next(given)
        if isinstance(x, dict):
            return {key: put(item, given) for key, item in x.items()}
        return type(x)(put(item, given) for item in x) if type(x) in (tuple, list) else x

    def flat(*values: Any) -> Any:
        given = iter(values)
        return model(*[put(x, given) for x in args], **{name: put(x, given) for name, x in kwargs.items()})

    return flat, found, names


def _named(model: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each argument with the name that the model has for it, in the order given."""
    try:
        bound = list(inspect.signature(model).parameters.values())
    except (TypeError, ValueError):
        bound = []
    positional = [x for x in bound if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]
    for place, value in enumerate(args):
        yield positional[place].name if place < len(positional) else f"argument {place + 1}", value
    yield from kwargs.items()


# ---------------------------------------------------------------- bad wishes


def check_probability(p: Any) -> None:
    """Refuse what is no coverage probability."""
    if isinstance(p, bool) or not isinstance(p, int | float | np.floating) or not 0.0 < p < 1.0:
        raise Refused(finding("evaluation.coverage.probability", "p", p=p))


def _check(how: Settings) -> None:
    check_probability(how.p)
    if not whole(how.threads) or how.threads < 1:
        raise Refused(finding("montecarlo.threads", "threads", threads=how.threads))
    if not whole(how.seed):
        raise Refused(finding("montecarlo.seed", "seed", seed=how.seed))
    if how.digits not in (1, 2):
        raise Refused(finding("montecarlo.digits", "digits", digits=how.digits))
    if how.trials is not None and (not whole(how.trials) or how.trials < 1):
        raise Refused(finding("montecarlo.trials.form", "trials", trials=how.trials))
    if how.trials is None:
        check_enough(MOST_TRIALS, how.p)


def whole(x: Any) -> bool:
    """Whether x is a whole number."""
    return isinstance(x, int | np.integer) and not isinstance(x, bool)


def needed_trials(p: float) -> int:
    """J, the least integer not below 100/(1 − p) (JCGM 101:2008 7.9.4 b)."""
    return math.ceil(100.0 / (1.0 - p) * (1.0 - 1e-12))


def check_enough(trials: int, p: float) -> None:
    """Refuse too few draws for a coverage interval of p."""
    if trials < needed_trials(p):
        raise Refused(finding("montecarlo.trials.few", "trials", trials=trials, p=f"{p:g}", needed=needed_trials(p)))
