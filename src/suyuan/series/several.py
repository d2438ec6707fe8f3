"""A formula over several corrected streams that are read at one time: the sums of its values, row by row.

z = f(y₁ … y_m), y_i = f_i(raw_i; p_i): the value is that of each row, not that of means (f is not linear), and what
the certificates contribute follows by the chain rule: ∂z/∂p = (∂f/∂y_i)·(∂y_i/∂p), for each parameter of each stream's
certificate (GUM 5.1.2, E.3). Where any stream changes its certificate a new run of rows begins; its parameters stand
together as those of one joint certificate, so sums by period are `Gathered` ones and summed like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.formula.text import spelling
from suyuan.quantity.program import run
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME
from suyuan.series.form import Applied, Form, slices
from suyuan.series.gathered import Gathered, _edges, _merged
from suyuan.series.periods import Periods
from suyuan.series.reading import Independent, Reading
from suyuan.series.recorded import recorded
from suyuan.series.view import View

Array = NDArray[Any]


def gather_several(
    formula: Formula, views: Mapping[str, View], unit: str, stream: str, periods: Periods | None = None,
    kept: Array | None = None, source: str = "",
) -> Gathered:  # fmt: skip
    """Sums by period of a formula over streams that have one time a row, u and influences exact to first order.

    formula: of plain numbers, each in its view's unit; views: name in the formula → view, all with the same times in
    the same order; unit: of the result, which the caller vouches for; stream: its id; kept (n,): rows that may count
    (a status word, say), all where None. A row counts where every stream has a value and the formula one too; others
    are told as without one. source: what was read, as text, where the caller knows it (a lake knows digests); else the
    blocks are digested. What readings have of their own is independent from stream to stream and row to row.

    Raises Refused for times that differ, and for a formula that is none of single rows or lacks a view.
    """
    views = {spelling(name): view for name, view in views.items()}
    form = _form(formula, views)
    joint = [views[name] for name in form.names]
    first = joint[0]
    for view in joint[1:]:
        if not np.array_equal(view.block.time, first.block.time):
            raise Refused(finding("series.several.times", view.stream.id, first=first.stream.id))
    rows: list[tuple[Array, ...]] = []
    rules: list[Applied] = []
    tally: list[tuple[Array, Array, Array]] = []
    for start, stop, members in _runs(joint):
        rule = _rule(form, members, unit) if members else None
        for part in slices(start, stop):
            at = part if first.block.order is None else first.block.order[part]
            found, counted = _summed(form, joint, members, at, periods, None if kept is None else kept[at])
            tally.extend(counted)
            if found is not None and rule is not None:
                rows.append((*found, np.full(len(found[0]), len(rules))))
        if rule is not None:
            rules.append(rule)
    wide = max((row[4].shape[1] for row in rows), default=0)
    period, count, value, own = (np.concatenate([r[i] for r in rows] or [np.zeros(0)]) for i in range(4))
    slope = np.concatenate([np.pad(r[4], ((0, 0), (0, wide - r[4].shape[1]))) for r in rows] or [np.zeros((0, 0))])
    index = np.concatenate([r[5] for r in rows] or [np.zeros(0)]).astype(np.int64)
    counts = tuple(np.concatenate(c) for c in zip(*tally, strict=True)) if tally else tuple(np.zeros((3, 0), np.int64))
    read = source or " ".join(f"{name}={views[name].block.digest}" for name in form.names)
    text = f"{formula.text} {read}"
    return Gathered(
        stream, parse_unit(unit), periods, period.astype(np.int64), index, count.astype(np.int64),
        count.astype(float), value, own, slope, tuple(rules),
        _merged(counts[0].astype(np.int64), counts[1].astype(np.int64), counts[2]),
        hashlib.sha256(text.encode("utf-8")).hexdigest(),
    )  # fmt: skip


def _form(formula: Formula, views: Mapping[str, View]) -> Form:
    """The formula as a program whose inputs are all views."""
    given = {name: Reading(name, "1", Independent(1.0)) for name in views}
    made = recorded(formula, given, None)
    if made.after is not None or len(made.program.outputs) != 1:
        raise Refused(finding("series.correction.not_a_row", "model"))
    steps, _ = made.program.needed(made.program.outputs)
    return Form(made.program, made.inputs, tuple(steps))


Run = tuple[int, int, list[Applied]]


def _runs(views: Sequence[View]) -> list[Run]:
    """(start, stop, the rule of each view) in the order of time; no rules where a view has none."""
    edges = np.unique([at for view in views for s in view.segments for at in (s.start, s.stop)])
    begins = [np.array([s.start for s in view.segments]) for view in views]
    found: list[Run] = []
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        held = [
            v.segments[int(np.searchsorted(b, start, side="right")) - 1].rule
            for v, b in zip(views, begins, strict=True)
        ]
        rules = [rule for rule in held if rule is not None]
        found.append((start, stop, rules if len(rules) == len(views) else []))
    return found


def _rule(form: Form, members: Sequence[Applied], unit: str) -> Applied:
    """The certificates of one run as one: parameters of all, named with the stream's name in the formula."""
    parameters = {
        f"{name}_{parameter}": q
        for name, rule in zip(form.names, members, strict=True)
        for parameter, q in rule.correction.parameters.items()
    }
    ids = " ".join(rule.correction.id for rule in members)
    model = Formula("+".join(["raw", *parameters]))  # stands for the joint model, which is never run as one
    begin = max(rule.correction.valid_from for rule in members)
    known = max(rule.correction.known_from for rule in members)
    instruments = "+".join(rule.correction.instrument for rule in members)
    joint = Correction(ids, instruments, model, parameters, begin, known, unit=unit)
    return Applied(joint, form, {n: float(q.value) for n, q in parameters.items()}, (1.0, 0.0), (1.0, 0.0),
                   tuple(parameters))  # fmt: skip


def _summed(
    form: Form, views: Sequence[View], members: Sequence[Applied], at: Any, periods: Periods | None, kept: Array | None
) -> tuple[tuple[Array, ...] | None, list[tuple[Array, Array, Array]]]:
    """(period, count, Σz, Σ own², Σ∂z/∂p (p, k)) of a slice, and its tally."""
    time = views[0].block.time[at]
    if not len(time) or time[0] == NO_TIME:
        return None, []  # without a time there is no period
    number = np.zeros(len(time), np.int64) if periods is None else periods.number(time)
    values = dict(zip(form.names, (view.value[at] for view in views), strict=True))
    if members:
        z, bars = _swept(form, values)
        good = np.isfinite(z) if kept is None else np.isfinite(z) & kept
    else:
        good = np.zeros(len(time), dtype=bool)
    edges = _edges(number)
    period, size = number[edges], np.diff(np.append(edges, len(number)))
    whole = bool(good.all())
    count = size if whole else np.add.reduceat(good.astype(np.int64), edges)
    tally = [(period, np.full(len(period), int(Status.VALID)), count)]
    if not whole:
        tally.append((period, np.full(len(period), int(Status.WITHOUT)), size - count))
        tally = [tuple(c[t[2] > 0] for c in t) for t in tally]  # type: ignore[misc]
        if not good.any():
            return None, tally

    def total(x: Any) -> Array:
        if isinstance(x, np.ndarray) and x.ndim:
            return np.add.reduceat(x if whole else np.where(good, x, 0.0), edges)
        return np.asarray(float(x) * count)

    slopes: list[Array] = []
    variance: Any = 0.0
    for name, view, rule in zip(form.names, views, members, strict=True):
        bar = bars.get(name, 0.0)
        own, parts = rule.slopes(rule.raw(view.readings(at)))
        slopes.extend(total(bar * part) for part in parts)
        variance = variance + (bar * own * view.own_u(at)) ** 2
    taken = count > 0
    found = (period, count, total(z), total(variance), np.stack(slopes, axis=1))
    return tuple(column[taken] for column in found), tally


def _swept(form: Form, values: Mapping[str, Array]) -> tuple[Array, dict[str, Any]]:
    """The formula's values and its partial derivatives by name; NaN where it has none."""
    slots: list[Any] = [values[name] for name in form.names]
    constants = form.program.constants
    slots += [constants.get(slot) for slot in range(len(slots), len(form.program.units))]
    with np.errstate(all="ignore"):
        run(form.steps, slots)
        output = form.program.outputs[0]
        bars = form.program.sweep(form.steps, slots, output)
    return slots[output], {name: bars[slot] for slot, name in enumerate(form.names) if slot in bars}
