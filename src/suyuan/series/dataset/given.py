"""What a grant gives: rows as they may be shown, and statistics that keep influences.

Rounding to a step below u removes nothing real: it adds step/√12, which is stated as a part of its own. A statistic is
shown for whole periods only and where enough readings stand behind it: two spans that differ by one reading would show
that reading.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.block import Block, Own, every_element
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.influence import Influence, Source, identity
from suyuan.quantity.quantity import Quantity
from suyuan.series.asof import FIRST, LAST, Status
from suyuan.series.block import NO_TIME
from suyuan.series.dataset.grant import Grant, Permission
from suyuan.series.dataset.moment import text_of
from suyuan.series.dataset.summarised import Summary
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather
from suyuan.series.periods import DAY, HOUR, SECOND, Periods
from suyuan.series.quality.use import words_of
from suyuan.series.resolution import decimal, values_of
from suyuan.series.rows import unit_text
from suyuan.series.summary import LEAST as LEAST_SHARE
from suyuan.series.summary import flagged_in
from suyuan.series.view import View

Array = NDArray[Any]
ALWAYS = ("time", "status", "flagged_by")
"""Columns that rows have whatever was granted: without them a value would look better than it is."""
Span = tuple[int | None, int | None]
"""First moment, and end, µs; None: without a bound."""


# ---------------------------------------------------------------- rounding


def step_below(u: float) -> Decimal:
    """The largest step 1, 2 or 5 times a power of ten that is not above a standard uncertainty.

    >>> step_below(0.037), step_below(0.5), step_below(12.0)
    (Decimal('0.02'), Decimal('0.5'), Decimal('10'))
    """
    if not 0.0 < u < math.inf:
        raise Refused(finding("sharing.rounding.u", "u", u=u))
    power = math.floor(math.log10(u))
    digits = max(m for m in (Decimal("0.5"), Decimal(1), Decimal(2), Decimal(5)) if m.scaleb(power) <= Decimal(repr(u)))
    return decimal(digits.scaleb(power))


def rounding_u(step: Decimal) -> float:
    """The standard uncertainty that rounding to a step adds, step/√12 (GUM F.2.2.1).

    >>> round(rounding_u(Decimal("0.1")), 5)
    0.02887
    """
    return float(step) / math.sqrt(12.0)


def rounded(value: Array, step: Decimal) -> Array:
    """Values (n,) at the nearest multiple of a step, each the double nearest to its decimal; NaN stays."""
    found = np.full(np.shape(value), np.nan)
    known = np.isfinite(value)
    found[known] = values_of(np.rint(value[known] / float(step)).astype(np.int64), step)
    return found


def rounded_quantity(q: Quantity, step: Decimal, about: str) -> Quantity:
    """Quantities (n,) rounded to a step, with the rounding as an independent rectangular part of each.

    about: what is rounded; the identity of the part follows from it and from the values.
    """
    shown = rounded(np.atleast_1d(q.value), step).reshape(q.shape)
    u = np.full(q.size, rounding_u(step))
    content = hashlib.sha256(np.ascontiguousarray(q.value, "<f8").tobytes()).hexdigest()
    mark = identity("sharing rounding", about, format(step, "f"), content)
    source = Source(about, f"rounding {step:f}")  # named, so that a grouped disclosure keeps it apart
    label, unit = f"rounding to {step:f}", unit_text(q.unit)
    influence = Influence(mark, q.size, u, distribution="rectangular", unit=unit, label=label, source=source)
    index = every_element(q.size) if q.ndim else np.zeros(1, dtype=np.int64)
    part = Block(influence, Own(index.reshape(1, *q.shape), u.reshape(1, *q.shape)))
    return Quantity(shown, q.unit, {**q.blocks, mark: part})


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows that may be handed over. columns: name → array (n,); meta: what must be said beside them, as JSON values;
    least_u: the smallest u of them, also where no u is shown, None where none is known."""

    columns: Mapping[str, Array]
    meta: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    least_u: float | None = None

    def __len__(self) -> int:
        return len(self.columns["time"])


def rows_of(views: Iterable[View], permission: Permission) -> Rows:
    """The rows of the views of one stream, as a permission for «rounded», «rows» or «live» shows them.

    Ordered by time; where times are masked to the hour or day, by values within it.
    Always time (µs), status and who speaks against a reading; value, u, flag and certificate where granted. u holds
    the rounding too.
    Raises Refused where the rows would have to be rounded and no u is known to round below.
    """
    parts = [_rows(view, permission) for view in views]
    names = tuple(parts[0]) if parts else ()
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
    step: Decimal | None = None
    found: tuple[Finding, ...] = ()
    if permission.ladder == "rounded" and parts:
        step, found = _step(columns, permission)
        columns["value"] = rounded(columns["value"], step)
        columns["u"] = np.sqrt(columns["u"] ** 2 + rounding_u(step) ** 2)
    order = _order(columns, permission.grant.masks) if parts else np.zeros(0, np.int64)
    columns = {name: column[order] for name, column in columns.items()}
    known = columns["u"][np.isfinite(columns["u"]) & (columns["u"] > 0.0)] if parts else np.zeros(0)
    shown = {name: columns[name] for name in columns if name in ALWAYS or name in permission.columns}
    meta = {"masks": list(permission.grant.masks)}
    if step is not None:
        meta |= {"step": format(step, "f"), "u_rounding": rounding_u(step)}  # type: ignore[dict-item]
    return Rows(shown, meta, found, float(known.min()) if len(known) else None)


def _order(columns: Mapping[str, Array], masks: tuple[str, ...]) -> Array:
    """The order of rows: by time; where times are masked, by what is shown, so that no place tells the time."""
    if "time_hour" not in masks and "time_day" not in masks:
        return np.argsort(columns["time"], kind="stable")
    keys = [c if c.dtype.kind != "O" else np.unique(c.astype(str), return_inverse=True)[1] for c in columns.values()]
    return np.lexsort(keys[::-1])  # the last key counts first: time, then value, u, …


def _rows(view: View, permission: Permission) -> dict[str, Array]:
    """All columns of one view inside the span."""
    block, time = view.block, view.block.time
    keep = np.ones(len(view), dtype=bool)
    if permission.first is not None:
        keep &= (time != NO_TIME) & (time >= permission.first)
    if permission.last is not None:
        keep &= (time != NO_TIME) & (time < permission.last)
    words = np.array([Status(s).word for s in Status], dtype=object)
    flags = np.array(["" if block.flag is None else x for x in block.legend], dtype=object)
    names = [c.certificate if c is not None else "" for c in view.windows.corrections] + [""]
    masks = permission.grant.masks
    names = [certificate_shown(permission, name) for name in names]
    moment = time[keep]
    for mask, unit in (("time_hour", HOUR), ("time_day", DAY)):
        if mask in masks:
            moment = np.where(moment == NO_TIME, NO_TIME, moment // unit * unit)
    return {
        "time": moment,
        "value": view.value[keep],
        "u": view.u[keep],
        "status": words[view.status[keep]],
        "flagged_by": words_of(np.zeros(int(keep.sum()), np.uint8) if view.marks is None else view.marks[keep]),
        "flag": flags[np.zeros(int(keep.sum()), np.int64) if block.flag is None else block.flag[keep]],
        "certificate": np.array(names, dtype=object)[view.window[keep]],
    }


def certificate_shown(permission: Permission, name: str) -> str:
    """The name of a certificate, or what stands for it: the same within one grant, another in every other grant."""
    grant = permission.grant
    if "instrument" not in grant.masks:
        return name
    return name and "masked-" + identity("sharing mask", grant.id, grant.digest, name)[:12]


def _step(columns: Mapping[str, Array], permission: Permission) -> tuple[Decimal, tuple[Finding, ...]]:
    """The step: below the smallest u of what is shown, and not finer than the grant says."""
    u = columns["u"][np.isfinite(columns["u"]) & (columns["u"] > 0.0)]
    wish = permission.grant.step
    if not len(u):
        if wish is None:
            raise Refused(finding("sharing.rounding.no_u", permission.grant.id))
        return wish, ()
    below = step_below(float(u.min()))
    if wish is None or wish <= below:
        return below, ()
    if float(wish) <= float(u.min()):
        return wish, ()
    return wish, (finding("sharing.rounding.coarse", permission.grant.id, "warning", step=format(wish, "f"),
                          u=f"{float(u.min()):.3g}"),)  # fmt: skip


# ---------------------------------------------------------------- statistics


def statistics(views: Iterable[View], permission: Permission, stream: str, zone: tzinfo = UTC) -> Summary:
    """The means of one stream over whole periods of the granted span, with influences as disclosed by the grant.

    A period that has fewer readings with a value than the grant's least number, or a smaller share of those expected
    than the grant's (`summary.LEAST` where it says none), is left out, and so is one that only partly lies in the span
    of the question; a wish for a shorter span chooses periods, it cuts none.
    zone: that of the grant. Raises Refused where nothing is left, with the reason.
    """
    grant = permission.grant
    part = permission.dataset.part(stream)
    sampling = None if part is None else part.stream.sampling
    limits = [(grant.first, grant.last), *([] if part is None else [(part.first, part.last)])]
    first = max((a for a, _ in limits if a is not None), default=None)
    last = min((b for _, b in limits if b is not None), default=None)
    span = first, last
    periods = None if grant.period == "span" else Periods("hour" if grant.period == "hour" else "day", zone)
    held = [_clipped(gather_of(view, periods, span)) for view in views]
    sums = together(h for h in held if h is not None) if any(h is not None for h in held) else None
    if sums is None:
        raise Refused(_no_period(stream, permission, span))
    number = sums.numbers
    counts = sums.readings(number, Status.VALID)
    begin, end = _bounds(sums, number, span)
    expected = _expected(begin, end, sampling)
    enough = counts >= grant.least
    chosen = enough & ~(counts < _share(grant) * expected - 1e-9)  # where nothing is expected, nothing is lacking
    whole = chosen.copy()
    if grant.period != "span" and permission.first is not None:
        whole &= begin >= permission.first
    if grant.period != "span" and permission.last is not None:
        whole &= end <= permission.last
    if not whole.any():
        raise Refused(
            _no_period(stream, permission, span) if chosen.any() else _lacking(stream, grant, enough, counts / expected)
        )
    quantity = sums.within(number[whole]).means()
    step = None
    if grant.step is not None and permission.ladder in ("statistics", "rounded"):
        step = grant.step
        quantity = rounded_quantity(quantity, step, f"{permission.dataset.name} {stream}")
    flagged = flagged_in(sums, number)
    return Summary(
        permission.dataset.citation, stream, grant.period, begin[whole], end[whole], counts[whole], quantity,
        int((~chosen).sum()), step, expected[whole],
        np.zeros(int(whole.sum()), np.int64) if flagged is None else flagged[whole], grant.zone, grant.id,
    )  # fmt: skip


def _share(grant: Grant) -> float:
    """The least share of the expected readings that a period must have."""
    return LEAST_SHARE if grant.complete is None else grant.complete


def _expected(begin: Array, end: Array, sampling: float | None) -> NDArray[np.float64]:
    """Readings that periods would have by the sampling; NaN where that is not known, or a span is open."""
    if sampling is None:
        return np.full(len(begin), np.nan)
    closed = (begin > FIRST) & (end < LAST)
    return np.where(closed, (end - begin) / SECOND / sampling, np.nan)


def _no_period(stream: str, permission: Permission, span: Span) -> Finding:
    """That no whole period lies in what is granted, published and asked for; span: of the first two."""
    grant = permission.grant
    first = max((t for t in (span[0], permission.first) if t is not None), default=None)
    last = min((t for t in (span[1], permission.last) if t is not None), default=None)
    about: dict[str, Any] = {"period": grant.period, "zone": grant.zone or "UTC"}
    return finding("sharing.statistics.period", stream, first=text_of(first) or "—",
                   last=text_of(last) or "—", **about)  # fmt: skip


def _lacking(stream: str, grant: Grant, enough: Array, share: Array) -> Finding:
    """Why no period can be shown: each has too few readings, or too small a share of the expected."""
    if not enough.any():
        return finding("sharing.statistics.none", stream, least=grant.least)
    about: dict[str, Any] = {
        "share": f"{float(np.nanmax(share[enough])):.0%}",
        "least": f"{_share(grant):.0%}",
    }
    return finding("sharing.statistics.incomplete", stream, **about)


def gather_of(view: View, periods: Periods | None, span: Span) -> Gathered | None:
    """The sums of a view by whole periods inside a span, None: by the span itself; None where there are none."""
    first, last = span
    time = view.block.time
    keep = time != NO_TIME
    if first is not None:
        keep &= time >= first
    if last is not None:
        keep &= time < last
    if periods is None:
        return _restricted(view, keep, None)
    number = periods.number(np.where(time == NO_TIME, 0, time))
    begin, end = periods.bounds(number)
    if first is not None:
        keep &= begin >= first
    if last is not None:
        keep &= end <= last
    return _restricted(view, keep, periods)


def _restricted(view: View, keep: NDArray[np.bool_], periods: Periods | None) -> Gathered | None:
    """The sums over some readings of a view: the others count as missing."""
    if not (keep & (view.status == Status.VALID)).any():
        return None
    gone = ~keep if view.out is None else ~keep | view.out
    return gather(replace(view, out=gone, out_status=Status.MISSING), periods)


def _clipped(sums: Gathered | None) -> Gathered | None:
    return None if sums is None or not len(sums.period) else sums


def _bounds(sums: Gathered, number: Array, span: Span) -> tuple[Array, Array]:
    if sums.periods is not None:
        return sums.periods.bounds(number)
    return np.array([FIRST if span[0] is None else span[0]]), np.array([LAST if span[1] is None else span[1]])
