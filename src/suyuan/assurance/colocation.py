"""Colocation of a field sensor with a reference: a line, how long it held, and where it must not be read.

A fit to some months is a statement about those months and the range seen in them. Its bias in every other month, with
the uncertainty of the fit and of that month's mean, shows how it ages; read outside its months or range it says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from suyuan.assurance.observations import bearable, enough
from suyuan.quantity.coverage import expanded
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.fit.fit import Fit
from suyuan.quantity.fit.polynomial import fit_line
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.quantity.type_a.readings import autocorrelation

Array = NDArray[np.float64]
Times = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class MonthBias:
    """Bias of a fit in one month: mean of fitted − reference over n rows, with u of the fit and of that mean (its
    scatter, hours not being independent). fitted: whether the month is one of the fit; outside_range: rows whose sensor
    value lies outside what the fit has seen."""

    month: str
    n: int
    bias: Quantity
    fitted: bool
    outside_range: int


@dataclass(frozen=True, slots=True, eq=False)
class Colocation:
    """A fit of reference on sensor. line: with parameters as quantities; R_squared; low, high: sensor range of the fit;
    valid_from, valid_until: first and last time of the rows fitted; months: bias by month in order of time; first,
    last: time of all rows, n_rows of them."""

    line: Fit
    R_squared: float
    low: float
    high: float
    valid_from: np.datetime64
    valid_until: np.datetime64
    months: tuple[MonthBias, ...]
    n_rows: int
    first: np.datetime64
    last: np.datetime64

    @property
    def n(self) -> int:
        return self.line.n


def colocation(
    time: Times,
    reference: ArrayLike,
    sensor: ArrayLike,
    fit_months: Sequence[str] | None = None,
    reference_error: Quantity | None = None,
    unit: str = "1",
    where: str = "colocation",
) -> tuple[Colocation, tuple[Finding, ...]]:
    """Ordinary line of reference on sensor over rows with both values, and its bias in each month.

    time: datetime64, (n,); reference, sensor: (n,), nan where missing; fit_months: «YYYY-MM», by default all;
    reference_error: error common to all values of the reference, by its certificate, in `unit`: it passes into the
    line as one shared influence. Returns the fit and findings. Raises Refused.

    >>> t = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    >>> x = np.arange(60.0) % 7
    >>> c, _ = colocation(t, 2.0 * x + 1.0 + (t >= np.datetime64("2024-02-01")) * 0.5, x, ["2024-01"])
    >>> [(m.month, m.n, round(float(m.bias.value), 6)) for m in c.months]
    [('2024-01', 31, 0.0), ('2024-02', 29, -0.5)]

    Source: own formulation; ordinary least squares as GUM H.3.
    """
    t, r, x = _rows(time, reference, sensor, where)
    month = t.astype("datetime64[M]")
    both = np.isfinite(r) & np.isfinite(x)
    told = list(_order(t, where))
    chosen = both & _in_months(month, fit_months, f"{where}.fit_months")
    enough(int(np.count_nonzero(chosen)), 3, f"{where}.reference", "reading")
    bearable(x[chosen], f"{where}.sensor")
    common = quantity(0.0, None, unit) if reference_error is None else reference_error
    line = fit_line(x[chosen], quantity(r[chosen], None, common.unit) - common, "ordinary")
    total = float(np.sum(np.square(r[chosen] - np.mean(r[chosen]))))
    told += autocorrelation(line.residuals, f"{where}.fit")[1]
    months = _months(line, month, both, chosen, (r, x), common)
    result = Colocation(
        line, 1.0 - line.rss / total if total > 0.0 else math.nan, float(x[chosen].min()), float(x[chosen].max()),
        t[chosen].min(), t[chosen].max(), months, int(t.size), t.min(), t.max(),
    )  # fmt: skip
    told += _aged(result, where)
    return result, tuple(told)


def read(
    found: Colocation, time: Times, sensor: ArrayLike, where: str = "colocation"
) -> tuple[Quantity, tuple[Finding, ...]]:
    """Values of sensor readings by a colocation fit, with a finding for each way in which the fit is overstretched.

    time: datetime64, (n,); sensor: (n,), finite. Returns the values as one array quantity, the uncertainty of the line
    shared between them, and errors for readings after (or before) its months, warnings for those outside its range.
    """
    t, x = np.asarray(time, "datetime64[s]"), np.asarray(sensor, np.float64)
    if t.shape != x.shape or x.ndim != 1 or not np.all(np.isfinite(x)):
        raise Refused(finding("assurance.study.numbers", f"{where}.sensor", place="—"))
    told = []
    late = int(np.count_nonzero((t > found.valid_until) | (t < found.valid_from)))
    if late:
        ends = {"first": _day(found.valid_from), "last": _day(found.valid_until)}
        told.append(finding("assurance.colocation.outside_time", where, "error", "", n=late, **ends))
    out = int(np.count_nonzero((x < found.low) | (x > found.high)))
    if out:
        ends = {"low": f"{found.low:g}", "high": f"{found.high:g}"}
        told.append(finding("assurance.colocation.outside_range", where, "warning", n=out, **ends))
    a, b = found.line.parameter("intercept"), found.line.parameter("slope")
    return a + b * x, tuple(told)


def _rows(time: Any, reference: ArrayLike, sensor: ArrayLike, where: str) -> tuple[Times, Array, Array]:
    t = np.asarray(time, "datetime64[s]")
    try:
        r, x = np.array(reference, np.float64), np.array(sensor, np.float64)
    except (TypeError, ValueError):
        raise Refused(finding("assurance.study.numbers", where, place="—")) from None
    if not t.shape == r.shape == x.shape or t.ndim != 1 or not t.size or np.any(np.isnat(t)):
        sizes = f"time {t.size}, reference {r.size}, sensor {x.size}"
        raise Refused(finding("assurance.study.lengths", where, lengths=sizes))
    for name, values in (("reference", r), ("sensor", x)):
        bearable(np.where(np.isnan(values), 0.0, values), f"{where}.{name}")
    return t, r, x


def _in_months(month: Times, wanted: Sequence[str] | None, where: str) -> NDArray[np.bool_]:
    if wanted is None:
        return np.ones(month.shape, bool)
    chosen = np.zeros(month.shape, bool)
    for name in wanted:
        this = month == month_of(name, where)
        if not np.any(this):
            ends = {"first": str(month.min()), "last": str(month.max())}
            raise Refused(finding("assurance.colocation.no_month", where, "error", "", month=name, **ends))
        chosen |= this
    return chosen


def month_of(name: object, where: str) -> np.datetime64:
    """A month «YYYY-MM»; raises Refused for anything else."""
    try:
        if not isinstance(name, str) or len(name) != 7:
            raise ValueError
        return np.datetime64(name, "M")
    except ValueError:
        raise Refused(finding("assurance.colocation.month", where, given=str(name)[:40])) from None


def _months(
    line: Fit, month: Times, both: NDArray[np.bool_], chosen: NDArray[np.bool_], data: tuple[Array, Array],
    common: Quantity,
) -> tuple[MonthBias, ...]:  # fmt: skip
    """The bias of the fit in each month that has rows with both values."""
    r, x = data
    a, b = line.parameter("intercept"), line.parameter("slope")
    low, high = float(x[chosen].min()), float(x[chosen].max())
    fitted = set(np.unique(month[chosen]).tolist())
    found = []
    for this in np.unique(month[both]):
        rows = both & (month == this)
        n = int(np.count_nonzero(rows))
        residual = line.estimates[0] + line.estimates[1] * x[rows] - r[rows]
        noise = quantity(0.0, _u_mean(residual), common.unit, dof=float(max(n - 1, 1)), label=f"scatter {this}")
        # The error of the reference shifts fit and reference alike: where it is common to both it leaves the bias.
        bias = a + b * float(np.mean(x[rows])) - (quantity(float(np.mean(r[rows])), None, common.unit) - common) + noise
        outside = int(np.count_nonzero((x[rows] < low) | (x[rows] > high)))
        found.append(MonthBias(str(this), n, bias, this.item() in fitted, outside))
    return tuple(found)


def _u_mean(residual: Array) -> float:
    """u of a mean of residuals in order of time: s/√n times √((1 + r)/(1 − r)), r their lag-1 autocorrelation."""
    if residual.size < 2:
        return 0.0
    r, _ = autocorrelation(residual)
    r = min(max(r, 0.0), 0.99) if math.isfinite(r) else 0.0
    return float(np.std(residual, ddof=1)) * math.sqrt((1.0 + r) / (1.0 - r) / residual.size)


def _order(t: Times, where: str) -> tuple[Finding, ...]:
    steps = np.diff(t)
    back, same = int(np.count_nonzero(steps < np.timedelta64(0))), int(np.count_nonzero(steps == np.timedelta64(0)))
    if not back and not same:
        return ()
    return (finding("assurance.colocation.order", f"{where}.time", "warning", back=back, same=same),)


def _aged(found: Colocation, where: str) -> list[Finding]:
    """The months outside the fit whose bias is more than its U, and those that read outside its range."""
    told = []
    biased = []
    for m in found.months:
        if m.fitted:
            continue
        U = float(np.asarray(expanded(m.bias.value, m.bias.u, m.bias.dof, 0.95).U)) if float(m.bias.u) else 0.0
        if abs(float(m.bias.value)) > U:
            biased.append(f"{m.month} {float(m.bias.value):+.3g} ± {U:.2g}")
    ends = {"first": _day(found.valid_from), "last": _day(found.valid_until)}
    if biased:
        shown = "; ".join(biased[:12])
        told.append(finding("assurance.colocation.aged", f"{where}.fit", "warning", months=shown, **ends))
    stretched = sum(m.outside_range for m in found.months)
    if stretched:
        limits = {"low": f"{found.low:g}", "high": f"{found.high:g}"}
        code = "assurance.colocation.outside_range"
        told.append(finding(code, f"{where}.sensor", "warning", n=stretched, **limits))
    told.append(finding("assurance.colocation.validity", f"{where}.fit", "note", **ends))
    return told


def _day(t: np.datetime64) -> str:
    return str(t.astype("datetime64[D]"))
