"""A formula over several corrected streams that are read at one time: the sums of its values, row by row.

z = f(y₁ … y_m), y_i = f_i(raw_i; p_i): the value is that of each row, not that of means (f is not linear), and what
the certificates contribute follows by the chain rule: ∂z/∂p = (∂f/∂y_i)·(∂y_i/∂p), for each parameter of each stream's
certificate (GUM 5.1.2, E.3). Where any stream changes its certificate a new run of rows begins; its parameters stand
together as those of one joint certificate, so sums by period are `Gathered` ones and summed like any other.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity import block as blocks
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.formula.text import spelling
from suyuan.quantity.influence import Influence
from suyuan.quantity.unit import Unit, parse_unit
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME
from suyuan.series.form import Applied, Form
from suyuan.series.gathered import VALID_WITHOUT, Gathered, lengths, merged, stacked
from suyuan.series.gathering import status_in
from suyuan.series.periods import Periods
from suyuan.series.reading import Independent, Reading
from suyuan.series.recorded import recorded
from suyuan.series.swept import Summed, plan, summed
from suyuan.series.view import View

Array = NDArray[Any]


def gather_several(
    formula: Formula, views: Mapping[str, View], unit: str, stream: str, periods: Periods | None = None,
    weight: Array | None = None, source: str = "",
) -> Gathered:  # fmt: skip
    """Sums by period of a formula over streams that have one time a row, u and influences exact to first order.

    formula: of plain numbers, each in its view's unit; views: name in the formula → view, all with the same times in
    the same order; unit: of the result, which the caller vouches for; stream: its id; weight (n,): truths, of rows that
    may count (by a status word, say), or exact numbers by which rows are multiplied, 0 for one that must not count;
    all count once where None. A row counts where every stream has a value and the formula one too; of others the tally
    has the reason of the first stream that has none (of those that a weight leaves out, that they are without one).
    source: what was read, as text, where the caller knows it (a lake knows digests); else the blocks are digested.
    What readings have of their own is independent from stream to stream and row to row.

    Raises Refused for times that differ, and for a formula that is none of single rows or lacks a view.
    """
    views = {spelling(name): view for name, view in views.items()}
    form = _form(formula.text, tuple(sorted(views)))
    joint = [views[name] for name in form.names]
    first = joint[0].block
    for view in joint[1:]:
        if view.block.time is not first.time and not np.array_equal(view.block.time, first.time):
            raise Refused(finding("series.several.times", view.stream.id, first=joint[0].stream.id))
    target = parse_unit(unit)
    parts: list[_Part] = []
    rules: dict[int, tuple[int, Applied]] = {}
    for start, stop, members in _runs(joint):
        if start < first.untimed:
            continue  # without a time there is no period
        number, edges = first.runs(periods, start, stop)
        rows = lengths(edges, stop - start)
        if not members:
            parts.append(_Part(number, rows, -1, None))
            continue
        rule = _rule(form, members, unit)
        work = plan(form, members, tuple(view.block.resolution for view in joint))
        place, _ = rules.setdefault(id(rule), (len(rules), rule))
        parts.append(_Part(number, rows, place, summed(work, joint, slice(start, stop), edges, weight)))
    read = source or " ".join(f"{name}={views[name].block.digest}" for name in form.names)
    text = f"{formula.text} {read}"
    made = _joined(
        parts, stream, target, periods, tuple(rule for _, rule in rules.values()),
        hashlib.sha256(text.encode("utf-8")).hexdigest(),
    )  # fmt: skip
    return made if weight is not None else _explained(made, joint, periods)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A run: its periods (p,), the rows of each (p,), the place of its rule, and its sums, None where it has none."""

    period: Array
    rows: Array
    rule: int
    sums: Summed | None


def _joined(
    parts: Sequence[_Part], stream: str, unit: Unit, periods: Periods | None, rules: tuple[Applied, ...], source: str
) -> Gathered:  # fmt: skip
    """Runs as sums by period and rule, one row each."""
    period, rows = (_column([getattr(p, name) for p in parts], np.int64) for name in ("period", "rows"))
    counted = _column([np.zeros(len(p.period)) if p.sums is None else p.sums.count for p in parts], np.int64)
    count = np.stack([counted, rows - counted], axis=1).ravel()
    some = count > 0
    tally = merged(np.repeat(period, 2)[some], np.tile(VALID_WITHOUT, len(period))[some], count[some])
    found = [(part, part.sums) for part in parts if part.sums is not None]
    valid = _column([sums.count for _, sums in found], np.int64)
    there = valid > 0
    columns = {
        "period": _column([part.period for part, _ in found], np.int64), "count": valid,
        "rule": np.repeat(np.array([part.rule for part, _ in found], np.int64), [len(p.period) for p, _ in found]),
        "slope": stacked([sums.slope for _, sums in found]),
        **{name: _column([getattr(sums, name) for _, sums in found], float) for name in ("weight", "value", "own")},
    }  # fmt: skip
    if not there.all():
        columns = {name: column[there] for name, column in columns.items()}
    return Gathered(stream, unit, periods, rules=rules, tally=tally, source=source, **columns).condensed()


def _column(parts: Sequence[Array], kind: Any) -> Array:
    return np.concatenate(parts, dtype=kind, casting="unsafe") if parts else np.zeros(0, kind)


def _explained(sums: Gathered, joint: Sequence[View], periods: Periods | None) -> Gathered:
    """The sums with the reason of each row without a value in their tally, and with who speaks against the others."""
    period, status, count = sums.tally
    bare = status != Status.VALID
    marks = [view.marks for view in joint if view.marks is not None]
    if not (bare.any() or marks):
        return sums
    time = joint[0].block.time
    timed = time != NO_TIME

    def numbers(at: Array) -> Array:
        return np.zeros(int(at.sum()), np.int64) if periods is None else periods.number(time[at])

    why = _why(joint)
    lost = timed & (why != Status.VALID)
    known = merged(numbers(lost), why[lost].astype(np.int64), np.ones(int(lost.sum()), np.int64))
    told = np.bincount(np.searchsorted(period[bare], known[0]), known[2], minlength=int(bare.sum())).astype(np.int64)
    without = np.full(len(told), int(Status.FAILED))  # all streams have a value, and the formula none
    tally = merged(
        np.concatenate([period[~bare], period[bare], known[0]]),
        np.concatenate([status[~bare], without, known[1]]),
        np.concatenate([count[~bare], count[bare] - told, known[2]]),
    )
    some = tally[2] > 0
    mark = reduce(np.bitwise_or, marks, np.zeros(len(time), np.uint8))
    spoken = timed & (why == Status.VALID) & (mark > 0)
    flagged = merged(numbers(spoken), mark[spoken].astype(np.int64), np.ones(int(spoken.sum()), np.int64))
    return replace(sums, tally=(tally[0][some], tally[1][some], tally[2][some]), flagged=flagged)


def _why(joint: Sequence[View]) -> NDArray[np.int8]:
    """Codes of `Status` of the rows (n,): that of the first stream that has no value."""
    found = np.zeros(len(joint[0]), np.int8)
    for view in reversed(joint):
        for segment in view.segments:
            at = view.positions(segment)
            status = status_in(view, segment, at)
            if status is not None:
                found[at] = np.where(status != Status.VALID, status, found[at])
    return found


@lru_cache(maxsize=256)
def _form(text: str, names: tuple[str, ...]) -> Form:
    """The formula as a program whose inputs are all views."""
    given = {name: Reading(name, "1", Independent(1.0)) for name in names}
    made = recorded(Formula(text), given, None)
    if made.after is not None or len(made.program.outputs) != 1:
        raise Refused(finding("series.correction.not_a_row", "model"))
    steps, _ = made.program.needed(made.program.outputs)
    return Form(made.program, made.inputs, tuple(steps))


Run = tuple[int, int, tuple[Applied, ...]]


def _runs(views: Sequence[View]) -> list[Run]:
    """(start, stop, the rule of each view) in the order of time; no rules where a view has none."""
    edges = sorted({at for view in views for s in view.segments for at in (s.start, s.stop)})
    begins = [[s.start for s in view.segments] for view in views]
    found: list[Run] = []
    for start, stop in pairwise(edges):
        held = [v.segments[bisect_right(b, start) - 1].rule for v, b in zip(views, begins, strict=True)]
        rules = tuple(rule for rule in held if rule is not None)
        found.append((start, stop, rules if len(rules) == len(views) else ()))
    return found


@lru_cache(maxsize=1024)
def _rule(form: Form, members: tuple[Applied, ...], unit: str) -> Applied:
    """The certificates of one run as one: parameters of all, named with the stream's name in the formula."""
    parameters = {
        f"{name}_{parameter}": q
        for name, rule in zip(form.names, members, strict=True)
        for parameter, q in rule.correction.parameters.items()
    }
    ids = " ".join(rule.correction.id for rule in members)
    begin = max(rule.correction.valid_from for rule in members)
    known = max(rule.correction.known_from for rule in members)
    instruments = "+".join(rule.correction.instrument for rule in members)
    joint = Correction(ids, instruments, _several, parameters, begin, known, unit=unit)
    return _Joint(joint, form, {n: float(q.value) for n, q in parameters.items()}, (1.0, 0.0), (1.0, 0.0),
                  tuple(parameters), members)  # fmt: skip


def _several(**given: Any) -> Any:
    """Stands for the joint model, which is never run as one."""
    raise NotImplementedError


@dataclass(frozen=True, eq=False)
class _Joint(Applied):
    """Several corrections as one; their influences are those of the members."""

    members: tuple[Applied, ...] = ()

    @property
    def certificates(self) -> tuple[str, ...]:
        """Those of all members."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.certificates))

    @cached_property
    def influences(self) -> tuple[tuple[Influence, Array], ...]:
        """Each influence with the components (k, elements) of the k parameters of all members."""
        found: dict[str, tuple[Influence, Array]] = {}
        done = 0
        for member in self.members:
            for influence, rows in member.influences:
                known, all_rows = found.setdefault(
                    influence.id, (influence, np.zeros((len(self.names), influence.size)))
                )
                blocks.check_same(known, influence)
                all_rows[done : done + len(rows)] += rows
            done += len(member.names)
        return tuple(found.values())
