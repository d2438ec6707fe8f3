"""A formula over several corrected streams that are read at one time: the sums of its values, row by row.

z = f(y₁ … y_m), y_i = f_i(raw_i; p_i): the value is that of each row, not that of means (f is not linear), and what
the certificates contribute follows by the chain rule: ∂z/∂p = (∂f/∂y_i)·(∂y_i/∂p), for each parameter of each stream's
certificate (GUM 5.1.2, E.3). Where any stream changes its certificate a new run of rows begins; its parameters stand
together as those of one joint certificate, so sums by period are `Gathered` ones and summed like any other.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
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
from suyuan.series.gathered import Gathered, Tally, lengths, merged, stacked, tallied
from suyuan.series.gathering import status_in
from suyuan.series.periods import Periods
from suyuan.series.reading import Independent, Reading
from suyuan.series.recorded import recorded
from suyuan.series.swept import Plan, Rows, Summed, plan, summed
from suyuan.series.view import View

Array = NDArray[Any]


def gather_several(
    formula: Formula, views: Mapping[str, View], unit: str, stream: str, periods: Periods | None = None,
    weight: Array | None = None, source: str = "",
) -> Gathered:  # fmt: skip
    """Sums by period of a formula over streams that have one time a row, u and influences exact to first order.

    formula: of plain numbers, each in its view's unit; unit: of the result, which the caller vouches for; stream: its
    id; views, weight, source: as of `Seen`.
    Raises Refused for times that differ, and for a formula that is none of single rows or lacks a view.
    """
    return gather_blocks(formula, [Seen(views, weight, source)], unit, stream, periods)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Streams of one block of time, row by row.

    views: name in the formula → view, all with the same times in the same order; weight (n,): truths, of rows that may
    count (by a status word, say), or exact numbers by which rows are multiplied, 0 for one that must not count; all
    count once where None. A row counts where every stream has a value and the formula one too; of others the tally has
    the reason of the first stream that has none (of those that a weight leaves out, that they are without one).
    source: what was read, as text, where the caller knows it (a lake knows digests); else the blocks are digested.
    What readings have of their own is independent from stream to stream and row to row.
    """

    views: Mapping[str, View]
    weight: Array | None = None
    source: str = ""


def gather_blocks(
    formula: Formula, blocks: Sequence[Seen], unit: str, stream: str, periods: Periods | None = None
) -> Gathered:  # fmt: skip
    """The sums of `gather_several` over several blocks of time, months for instance, at once; the tally has reasons
    where no block has a weight."""
    target = parse_unit(unit)
    rules: dict[int, tuple[int, Applied]] = {}
    joints: list[tuple[View, ...]] = []
    sources: set[str] = set()
    parts: list[_Part] = []
    for seen in blocks:
        form, joint, read = _joint(formula, seen)
        joints.append(joint)
        sources.add(hashlib.sha256(f"{formula.text} {read}".encode()).hexdigest())
        parts += _parts(form, joint, seen.weight, unit, periods, rules)
    sums = iter(summed([part.rows for part in parts if part.rows is not None]))
    made = _joined(
        [(part, None if part.rows is None else next(sums)) for part in parts], stream, target, periods,
        tuple(rule for _, rule in rules.values()), " ".join(sorted(sources)),
    )  # fmt: skip
    return made if any(seen.weight is not None for seen in blocks) else _explained(made, joints, periods)


def _joint(formula: Formula, seen: Seen) -> tuple[Form, tuple[View, ...], str]:
    """The formula as a program, the views in the order of its names, and what was read."""
    views = {spelling(name): view for name, view in seen.views.items()}
    form = _form(formula.text, tuple(sorted(views)))
    joint = tuple(views[name] for name in form.names)
    first = joint[0].block
    for view in joint[1:]:
        if view.block.time is not first.time and not np.array_equal(view.block.time, first.time):
            raise Refused(finding("series.several.times", view.stream.id, first=joint[0].stream.id))
    return form, joint, seen.source or " ".join(f"{name}={views[name].block.digest}" for name in form.names)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A run of rows: its periods (p,), the rows of each (p,), the place of its rule, and what is summed, None where a
    stream has no certificate."""

    period: Array
    size: Array
    rule: int
    rows: Rows | None


def _parts(
    form: Form, joint: tuple[View, ...], weight: Array | None, unit: str, periods: Periods | None,
    rules: dict[int, tuple[int, Applied]],
) -> Iterator[_Part]:  # fmt: skip
    """The runs of a block; rules, which grows: id → place and rule."""
    first, resolutions = joint[0].block, tuple(view.block.resolution for view in joint)
    if weight is not None and first.order is not None:
        weight = weight[first.order]
    lost = None if weight is None else np.flatnonzero(~weight if weight.dtype == bool else weight == 0.0)
    factor = None if weight is None or weight.dtype == bool else weight
    for start, stop, members in _runs(joint):
        if start < first.untimed:
            continue  # without a time there is no period
        number, edges = first.runs(periods, start, stop)
        place, rows = -1, None
        if members:
            rule, work = _ruled(form, members, unit, resolutions)
            place, _ = rules.setdefault(id(rule), (len(rules), rule))
            mine = None if lost is None else lost[slice(*lost.searchsorted((start, stop)))] - start
            rows = Rows(work, joint, slice(start, stop), edges, mine, None if factor is None else factor[start:stop])
        yield _Part(number, lengths(edges, stop - start), place, rows)


def _joined(
    parts: Sequence[tuple[_Part, Summed | None]], stream: str, unit: Unit, periods: Periods | None,
    rules: tuple[Applied, ...], source: str,
) -> Gathered:  # fmt: skip
    """Runs as sums by period and rule, one row each."""
    period, rows = (_column([getattr(p, name) for p, _ in parts], np.int64) for name in ("period", "size"))
    count = _column([np.zeros(len(p.period)) if sums is None else sums.count for p, sums in parts], np.int64)
    tally = merged(*tallied(period, rows, count))
    found = [(part, sums) for part, sums in parts if sums is not None]
    valid = _column([sums.count for _, sums in found], np.int64)
    columns: dict[str, Any] = {
        "period": _column([part.period for part, _ in found], np.int64), "count": valid,
        "rule": np.repeat(np.array([part.rule for part, _ in found], np.int64), [len(p.period) for p, _ in found]),
        "slope": stacked([sums.slope for _, sums in found]),
        **{name: _column([getattr(sums, name) for _, sums in found], float) for name in ("weight", "value", "own")},
    }  # fmt: skip
    if not valid.all():
        columns = {name: column[valid > 0] for name, column in columns.items()}
    return Gathered(stream, unit, periods, rules=rules, tally=tally, source=source, **columns).condensed()


def _column(parts: Sequence[Array], kind: Any) -> Array:
    return np.concatenate(parts, dtype=kind, casting="unsafe") if parts else np.zeros(0, kind)


def _explained(sums: Gathered, joints: Sequence[Sequence[View]], periods: Periods | None) -> Gathered:
    """The sums with the reason of each row without a value in their tally, and with who speaks against the others."""
    period, status, count = sums.tally
    bare = status != Status.VALID
    if not (bare.any() or any(view.marks is not None for joint in joints for view in joint)):
        return sums
    reasons, spoken = zip(*(_reasons(joint, periods) for joint in joints), strict=True)
    known = merged(*(np.concatenate(column) for column in zip(*reasons, strict=True)))
    told = np.bincount(np.searchsorted(period[bare], known[0]), known[2], minlength=int(bare.sum())).astype(np.int64)
    without = np.full(len(told), int(Status.FAILED))  # all streams have a value, and the formula none
    tally = merged(
        np.concatenate([period[~bare], period[bare], known[0]]),
        np.concatenate([status[~bare], without, known[1]]),
        np.concatenate([count[~bare], count[bare] - told, known[2]]),
    )
    some = tally[2] > 0
    flagged = merged(*(np.concatenate(column) for column in zip(*spoken, strict=True)))
    return replace(sums, tally=(tally[0][some], tally[1][some], tally[2][some]), flagged=flagged)


def _reasons(joint: Sequence[View], periods: Periods | None) -> tuple[Tally, Tally]:
    """(period, status, rows) of the rows of a block without a value, and (period, mark, rows) of the others that bear
    a mark."""
    time, why = joint[0].block.time, _why(joint)
    marks = (view.marks for view in joint if view.marks is not None)
    mark = reduce(np.bitwise_or, marks, np.zeros(len(time), np.uint8))

    def tally(at: Array, what: Array) -> Tally:
        number = np.zeros(int(at.sum()), np.int64) if periods is None else periods.number(time[at])
        return merged(number, what[at].astype(np.int64), np.ones(len(number), np.int64))

    timed, lost = time != NO_TIME, why != Status.VALID
    return tally(timed & lost, why), tally(timed & ~lost & (mark > 0), mark)


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
def _ruled(
    form: Form, members: tuple[Applied, ...], unit: str, resolutions: tuple[Decimal, ...]
) -> tuple[Applied, Plan]:  # fmt: skip
    """What corrects a run as one rule, and how it is summed."""
    return _rule(form, members, unit), plan(form, members, resolutions)


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
