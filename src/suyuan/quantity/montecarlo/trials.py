"""Trials: a fixed number of them, or batch after batch until the results are stable (JCGM 101:2008 7.9).

Chunks are shared out among threads; each chunk's place in the result is its own, so their number changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.montecarlo.chunk import Worker
from suyuan.quantity.montecarlo.interval import shortest, symmetric
from suyuan.quantity.montecarlo.moments import chunk_moments, merged
from suyuan.quantity.montecarlo.plan import LARGEST, Plan
from suyuan.quantity.montecarlo.stream import CHUNK

Array = NDArray[Any]
Kind = Literal["symmetric", "shortest"]
MOST_TRIALS = 10_000_000
"""Draws after which the adaptive procedure gives up."""
MOST_THREADS = 64
"""Threads at work, whatever is asked for: each has buffers of its own."""
LEAST_BATCH = 10_000
"""Draws of a batch, at least (JCGM 101 7.9.4 b); rounded up to whole chunks."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done.

    p: coverage probability; trials: number of draws, None = adaptive (JCGM 101 7.9); digits: significant digits of u
    that the adaptive procedure stabilises, 1 or 2; seed: any integer; threads: at work at a time; interval: the one
    whose ends the adaptive procedure watches; divisor: of the numerical tolerance δ (5 for validation, JCGM 101 8.2).
    """

    p: float = 0.95
    trials: int | None = None
    digits: int = 2
    seed: int = 0
    threads: int = 1
    interval: Kind = "symmetric"
    divisor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where the adaptive procedure stopped; see `montecarlo.Adaptive`."""

    batches: int
    batch: int
    reached: bool
    delta: Array
    deviation: Array


@dataclass(slots=True)
class Drawn:
    """Output numbers by draw (m, M), and mean and sum of squares of each chunk (c, m)."""

    draws: Array
    means: Array
    squares: Array
    stop: Stop | None = None
    findings: tuple[Finding, ...] = ()
    failed: list[tuple[int, int, str]] = field(default_factory=list)
    """(chunk, number of draws that failed, an example) of each chunk with failures."""

    def counts(self) -> Array:
        """Draws of each chunk."""
        trials = self.draws.shape[1]
        return np.asarray(np.minimum(CHUNK, trials - CHUNK * np.arange(len(self.means))))

    def moments(self) -> tuple[Array, Array]:
        """Mean and standard deviation of each output number, (m,) and (m,)."""
        return merged(self.counts(), self.means, self.squares)


def draw_trials(plan: Plan, trials: int, seed: int, threads: int) -> Drawn:
    """A fixed number of draws. Raises Refused where memory does not suffice or the model fails at some draws."""
    drawn = _room(plan, trials)
    with _team(plan, seed, min(threads, len(drawn.means))) as team:
        team.take(drawn, 0, len(drawn.means))
    return _sound(drawn, trials)


def draw_adaptively(plan: Plan, how: Settings) -> Drawn:
    """Batches of draws until twice the standard deviations of the averages of y, u(y) and the ends of the interval are
    below the numerical tolerance δ (JCGM 101 7.9.4); a warning where 10⁷ draws do not suffice."""
    per_batch = math.ceil(max(LEAST_BATCH, 100.0 / (1.0 - how.p) * (1.0 - 1e-12)) / CHUNK)
    most = max(2, min(MOST_TRIALS, LARGEST // (8 * plan.rows * (2 if plan.rows > 1 else 1))) // (per_batch * CHUNK))
    drawn = _room(plan, most * per_batch * CHUNK)
    find = shortest if how.interval == "shortest" else symmetric
    rows: list[Array] = []  # of each batch: y, u, low, high by output number
    h, deviation, delta = 0, np.zeros(0), np.zeros(0)
    reached = False
    with _team(plan, how.seed, how.threads) as team:
        while not reached and h < most:
            ahead = min(most - h, max(2 - h, how.threads))
            team.take(drawn, h * per_batch, (h + ahead) * per_batch)
            for _ in range(ahead):
                rows.append(_batch(drawn, h * per_batch, per_batch, how.p, find))
                h += 1
                if h > 1:
                    _sound(drawn, h * per_batch * CHUNK)
                    deviation = 2.0 * np.std(rows, axis=0, ddof=1).max(axis=0) / math.sqrt(h)
                    part = slice(0, h * per_batch)
                    _, u = merged(np.full(h * per_batch, CHUNK), drawn.means[part], drawn.squares[part])
                    delta = numerical_tolerance(u, how.digits) / how.divisor
                    reached = bool(np.all(deviation <= delta))
                    if reached:
                        break
    trials = h * per_batch * CHUNK
    stop = Stop(h, per_batch * CHUNK, reached, delta, deviation)
    findings: tuple[Finding, ...] = ()
    if not reached:
        worst = int(np.argmax(deviation / np.where(delta > 0.0, delta, np.inf)))
        findings = (finding("montecarlo.adaptive.not_reached", plan.names_of_rows[worst], "warning",
                            "JCGM 101:2008 7.9.4", trials=trials, delta=f"{delta[worst]:.2g}",
                            deviation=f"{deviation[worst]:.2g}", digits=how.digits),)  # fmt: skip
    kept = h * per_batch
    return Drawn(drawn.draws[:, :trials], drawn.means[:kept], drawn.squares[:kept], stop, findings)


def _batch(drawn: Drawn, first: int, chunks: int, p: float, find: Any) -> Array:
    """y, u(y), y_low and y_high of one batch, (4, m)."""
    part = slice(first, first + chunks)
    mean, u = merged(np.full(chunks, CHUNK), drawn.means[part], drawn.squares[part])
    batch = np.sort(drawn.draws[:, first * CHUNK : (first + chunks) * CHUNK], axis=1)
    return np.stack([mean, u, *np.array([find(row, p) for row in batch]).T])


def numerical_tolerance(u: Any, digits: int) -> Array:
    """δ = ½·10^l where u = c·10^l with an integer c of so many digits (JCGM 101:2008 7.9.2); 0 for u = 0.

    >>> numerical_tolerance([0.0754, 35.0, 0.0996], 1), numerical_tolerance(0.0754, 2)
    (array([0.005, 5.   , 0.05 ]), array(0.0005))
    """
    spread = np.asarray(u, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.floor(np.log10(spread)) - (digits - 1)
        power = np.where(np.round(spread / 10.0**power) >= 10.0**digits, power + 1.0, power)
    return np.where(spread > 0.0, 0.5 * 10.0**power, 0.0)


def _room(plan: Plan, trials: int) -> Drawn:
    """Arrays for so many draws. Pages of memory are taken when they are written to, not before."""
    copies = 2 if plan.rows > 1 else 1
    most = LARGEST // (8 * plan.rows * copies)
    if trials > most:
        size = 8 * plan.rows * copies * trials / 1e9
        raise Refused(finding("montecarlo.trials.many", "trials", trials=trials, most=most, size=f"{size:.3g}"))
    chunks = math.ceil(trials / CHUNK)
    return Drawn(np.empty((plan.rows, trials)), np.zeros((chunks, plan.rows)), np.zeros((chunks, plan.rows)))


def _sound(drawn: Drawn, trials: int) -> Drawn:
    """Refuse draws, of the first so many, at which the model has no finite value."""
    failed = [row for row in drawn.failed if row[0] * CHUNK < trials]
    if failed:
        raise Refused(finding("montecarlo.model.fails", "model", failed=sum(count for _, count, _ in failed),
                              trials=trials, example=min(failed)[2]))  # fmt: skip
    return drawn


class _Team:
    """Workers that share out chunks."""

    def __init__(self, plan: Plan, seed: int, threads: int, pool: ThreadPoolExecutor | None) -> None:
        self.pool = pool
        self.workers = [Worker(plan, seed) for _ in range(threads)]
        self.work = [np.empty(CHUNK) for _ in range(threads)]

    def take(self, drawn: Drawn, first: int, last: int) -> None:
        """Draw the chunks from first to before last."""
        if self.pool is None:
            self._some(0, drawn, range(first, last))
            return
        shares = [range(first + k, last, len(self.workers)) for k in range(len(self.workers))]
        for done in [self.pool.submit(self._some, k, drawn, share) for k, share in enumerate(shares)]:
            done.result()

    def _some(self, k: int, drawn: Drawn, chunks: range) -> None:
        worker, work, trials = self.workers[k], self.work[k], drawn.draws.shape[1]
        for chunk in chunks:
            start = chunk * CHUNK
            count = min(CHUNK, trials - start)
            rows = [row[:count] for out in worker.evaluate(chunk) for row in _real_rows(out)]
            with np.errstate(all="ignore"):
                for i, row in enumerate(rows):
                    drawn.draws[i, start : start + count] = row
                    drawn.means[chunk, i], drawn.squares[chunk, i] = chunk_moments(row, work[:count])
            if not np.all(np.isfinite(drawn.squares[chunk])):
                bad = ~np.isfinite(drawn.draws[:, start : start + count]).all(axis=0)
                if bad.any():
                    drawn.failed.append((chunk, int(bad.sum()), worker.example(int(np.argmax(bad)))))


def _real_rows(out: Array) -> Iterator[Array]:
    """The output numbers of one output, each with its draws; of complex ones first the real, then the imaginary."""
    flat = out.reshape(-1, CHUNK)
    for part in (flat.real, flat.imag) if np.iscomplexobj(flat) else (flat,):
        yield from part


@contextmanager
def _team(plan: Plan, seed: int, threads: int) -> Iterator[_Team]:
    threads = min(threads, MOST_THREADS)
    if threads == 1:
        yield _Team(plan, seed, 1, None)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield _Team(plan, seed, threads, pool)
