"""The correction view as a query: readings joined to the certificate of their time, summed by period, on any engine.

No engine is asked for an as-of join, which some lack: `windows_table` says how readings meet their window. The
parameters of a certificate are columns of the windows, so the kernel's derivative table gives Σ ∂y/∂p like any other
sum; the influences are put on afterwards, by `gathered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.correction import RAW, Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.influence import Influence, identity
from suyuan.quantity.unit import ONE, Unit, parse_unit
from suyuan.series.asof import Status, Windows, windows
from suyuan.series.block import NO_TIME
from suyuan.series.form import Applied, applied
from suyuan.series.gathered import NO_TALLY, Gathered, merged, together
from suyuan.series.periods import Periods
from suyuan.series.propagated import Propagated, propagated
from suyuan.series.quality.use import OUT
from suyuan.series.reading import Independent, Reading, Shared
from suyuan.series.resolution import ratio
from suyuan.series.rows import components_of, plain
from suyuan.series.sums import Sums, sums
from suyuan.series.windows_met import Met, counted_by_cells, period_of, readings_of
from suyuan.series.windows_table import Columns, Source, Table, aligned, by_form, cells, pieces_of, rows_of, stretches

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The sums of all readings whose certificates have one model. rules: by the number in the column «rule»; keys: of
    the readings under each; marks: parameter → the influence that stands for it in the query; sums: None where all
    certificates are lines in the reading, for which Σ count and how many there are is enough."""

    expression: Any
    rules: tuple[Applied, ...]
    keys: tuple[Any, ...]
    names: tuple[str, ...]
    marks: Mapping[str, str]
    sums: Sums | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """A query for corrected sums; see `corrected`.

    tables: name → column → array, small, to be named to the engine beside the readings; parts: expressions for the
    sums; tally: expression for key, period, readings, and status (and mark) or how many are missing; sources: by key,
    readings under another key are left out.
    """

    sources: Mapping[Any, Source]
    periods: Periods | None
    unit: Unit
    known: int
    tables: Mapping[str, Columns]
    parts: tuple[Part, ...]
    tally: Any
    source: str

    def read(self, answers: Sequence[Mapping[str, Any]], tally: Mapping[str, Any]) -> dict[Any, Gathered]:
        """Key → sums, from the answers to the parts and to the tally. Raises Refused where a sum is not finite."""
        counted = {name: np.asarray(tally[name]) for name in tally}
        found: dict[Any, list[Gathered]] = {}
        keys = tuple(self.sources)
        places = {key: place for place, key in enumerate(keys)}
        for part, answer in zip(self.parts, answers, strict=True):
            columns = self._columns(part, answer)
            by_key = np.array([places[key] for key in part.keys], dtype=np.int64)[columns["rule"]]
            for place in np.unique(by_key):
                mine = {name: x[by_key == place] for name, x in columns.items()}
                found.setdefault(keys[place], []).append(self._gathered(part, mine, keys[place]))
        for key in {_plain(k) for k in counted["key"]} - set(found):
            found[key] = [self._empty(key)]
        return {key: _with_tally(_one(parts), counted, key) for key, parts in found.items()}

    def _columns(self, part: Part, answer: Mapping[str, Any]) -> dict[str, Array]:
        """The answer with sums of sensitivities in the order of the parameters (n, k)."""
        query = part.sums
        if query is None:
            return self._lines(part, answer)
        count = plain(answer["rows"])
        numbers = {name: plain(answer[name]) for name in query.legend}
        bad = plain(answer["valued"]) < count
        for column in numbers.values():
            bad |= ~np.isfinite(column)
        if bad.any():
            raise Refused(finding("series.sum.not_finite", "readings", count=int(bad.sum()), groups=bad.size))
        by_mark = {lineage.influence.id: names[0] for lineage, names in components_of(query.propagated)}
        slope = np.zeros((len(count), len(part.names)))
        for k, name in enumerate(part.names):
            if part.marks[name] in by_mark:
                slope[:, k] = numbers[by_mark[part.marks[name]]]
        rule = np.asarray(answer["rule"], np.int64)
        known = np.array([self.sources[key].u is not None for key in part.keys])[rule]
        stated = np.asarray(answer["stated"]) == 1 if "stated" in answer else known
        own = np.where(stated, numbers.get("own_1", 0.0), np.nan)
        found = {"period": np.asarray(answer["period"], np.int64), "rule": rule, "count": count.astype(np.int64)}
        return found | {"value": numbers["value"], "own": own, "slope": slope}

    def _lines(self, part: Part, answer: Mapping[str, Any]) -> dict[str, Array]:
        """The same from the number of readings and the sum of their counts, where certificates are lines."""
        rule = np.asarray(answer["rule"], np.int64)
        count = plain(answer["rows"])
        lines = [one.line for one in part.rules if one.line is not None]
        scale = np.array([multiple / power for multiple, power in map(self._ratio, part.keys)])
        reading = plain(answer["counts"]) * scale[rule]
        slope, zero = (np.array([getattr(line, name) for line in lines])[rule] for name in ("slope", "zero"))
        base, rate = (np.stack([getattr(line, name) for line in lines])[rule] for name in ("base", "rate"))
        u = np.array([np.nan if self.sources[key].u is None else self.sources[key].u for key in part.keys], float)[rule]
        squares = np.where(plain(answer["stated"]) == 1, plain(answer["squares"]), np.nan) if "stated" in answer else (
            count * u**2)  # fmt: skip
        return {
            "period": np.asarray(answer["period"], np.int64), "rule": rule, "count": count.astype(np.int64),
            "value": slope * reading + zero * count, "own": slope**2 * squares,
            "slope": base * count[:, None] + rate * reading[:, None],
        }  # fmt: skip

    def _ratio(self, key: Any) -> tuple[int, int]:
        source = self.sources[key]
        return ratio(source.resolution or source.stream.resolution)

    def _gathered(self, part: Part, columns: Mapping[str, Array], key: Any) -> Gathered:
        source = self.sources[key]
        which, rule = np.unique(columns["rule"], return_inverse=True)
        return Gathered(
            source.stream.id, self.unit, self.periods, columns["period"], rule.astype(np.int64), columns["count"],
            columns["count"].astype(float), columns["value"], columns["own"], columns["slope"],
            tuple(part.rules[r] for r in which), NO_TALLY, self.source,
        )  # fmt: skip

    def _empty(self, key: Any) -> Gathered:
        none, zero = np.zeros(0, np.int64), np.zeros(0)
        stream = self.sources[key].stream.id if key in self.sources else str(key)
        return Gathered(
            stream, self.unit, self.periods, none, none, none, zero, zero, zero, np.zeros((0, 0)), (), NO_TALLY,
            self.source,
        )  # fmt: skip


def _plain(key: Any) -> Any:
    return key.item() if isinstance(key, np.generic) else key


def _one(parts: list[Gathered]) -> Gathered:
    return parts[0] if len(parts) == 1 else together(parts)


def _with_tally(found: Gathered, counted: Mapping[str, Array], key: Any) -> Gathered:
    """Sums with how many readings of each period have a value, and of the others as much as was asked for."""
    mine = {name: x[counted["key"] == key] for name, x in counted.items()}
    period, rows = (mine[name].astype(np.int64) for name in ("period", "rows"))
    if "status" in mine:
        status = mine["status"].astype(np.int8)
    else:
        order = np.argsort(period)
        period, rows, missing = period[order], rows[order], mine["missing"].astype(np.int64)[order]
        valued = np.zeros(len(period), np.int64)
        valued[np.searchsorted(period, found.numbers)] = found.by_period(found.count)
        rows = np.concatenate([valued, missing, rows - valued - missing])
        status = np.repeat([Status.VALID, Status.MISSING, Status.WITHOUT], len(period)).astype(np.int8)
        period = np.tile(period, 3)
    some = rows > 0
    tally = merged(period[some], status[some], rows[some])
    if "mark" not in mine:
        return replace(found, tally=tally)
    spoken = mine["mark"] > 0
    return replace(
        found, tally=tally, flagged=merged(period[spoken], mine["mark"][spoken].astype(np.int64), rows[spoken])
    )


# ---------------------------------------------------------------- the query


def corrected(
    sources: Mapping[Any, Source], corrections: Iterable[Correction], known: int, periods: Periods | None = None,
    unit: str = "", table: Table | None = None, statuses: bool = False,
) -> Corrected:  # fmt: skip
    """The query for sums of corrected readings by key, period and certificate.

    sources: key in the table → what stands under it, all in one unit of values; corrections, known, unit: as in
    `view.correct`; periods: None for one sum of all; table: the table of readings; statuses: count why readings
    have no value (a second join), else only which have one, which are missing, and the rest.
    Raises Refused for models that are none and units that do not convert.
    """
    every, names = tuple(corrections), table or Table()
    held = {key: windows(every, known, s.subject) for key, s in sources.items()}
    target = _target(held, sources, unit)
    rules: dict[Any, list[Applied | None]] = {
        key: [
            applied(one, sources[key].stream.unit_of_values, target) if one and s == Status.VALID else None
            for one, s in zip(w.corrections, w.status, strict=True)
        ]
        for key, w in held.items()
    }
    pieces = pieces_of(held, periods, names.span)
    cell = cells(pieces)
    tables: dict[str, Columns] = {}
    parts = []
    for number, (_, mine) in enumerate(by_form(rules).items()):
        columns, listed = rows_of(pieces, cell, rules, sources, names, mine)
        tables[f"windows_{number}"] = columns
        met = Met(names, f"windows_{number}", columns, cell, periods)
        parts.append(_part(met, listed, aligned(pieces, periods)))
    if statuses:
        tables["windows"] = rows_of(pieces, cell, rules, sources, names, None)[0]
    tally = _tally(Met(names, "windows", tables["windows"], cell, periods)) if statuses else _counts(names, periods)
    return Corrected(dict(sources), periods, target, known, tables, tuple(parts), tally, names.version)


def _target(held: Mapping[Any, Windows], sources: Mapping[Any, Source], unit: str) -> Unit:
    if unit:
        return parse_unit(unit)
    for one in held.values():
        for window in one.usable:
            correction = one.corrections[window]
            assert correction is not None
            return parse_unit(correction.unit)
    return next((s.stream.unit_of_values for s in sources.values()), ONE)


def _part(met: Met, rules: tuple[tuple[Applied, Any], ...], width: int | None) -> Part:
    """Join, model and sums of one form; width: of cells in which no boundary lies, None where there are none."""
    import ibis

    first, _ = rules[0]
    names = met.names
    listed, keys = tuple(r for r, _ in rules), tuple(k for _, k in rules)
    if all(rule.line is not None for rule in listed):
        return Part(met.counted() if width is None else counted_by_cells(met, width), listed, keys, first.names, {})
    joined = met.rows()
    parameters = {name: f"p{k}" for k, name in enumerate(first.names)}
    u, stated = met.held(joined, "own_u"), met.held(joined, "stated")
    if names.u:
        u = ibis.coalesce(joined[names.u].cast("float64"), u)
        stated = joined[names.u].notnull().ifelse(1, stated).cast("int64")
    relation = joined.select(
        "period", "rule", *parameters.values(), RAW, stated=stated, u=u * met.held(joined, "factor").abs()
    )
    marks = {name: identity("series parameter", str(k)) for k, name in enumerate(first.names)}
    inputs = {
        name: Reading(column, "1", shared=(Shared(Influence(marks[name], u=np.ones(1), label=name), 1.0),))
        for name, column in parameters.items()
    }
    noise = Independent("u", id=identity("series own", met.table))
    given = {RAW: Reading(RAW, "1", noise), **inputs}
    made: Propagated = propagated(_scaled(first), given, "1", names.name, relation)
    by = ["period", "rule", "stated"] if names.u else ["period", "rule"]  # a rule is of one key
    query = sums(made, by=by)
    return Part(query.expression, listed, keys, first.names, marks, query)


def _scaled(rule: Applied) -> Formula | Callable[..., Any]:
    """The model with its value in the wanted unit."""
    model, (factor, zero) = rule.correction.model, rule.value_scale
    if (factor, zero) == (1.0, 0.0):
        return model
    if isinstance(model, Formula):
        return Formula(f"({model.text})*{factor!r} + ({zero!r})")
    return lambda **given: model(**given) * factor + zero


def _counts(names: Table, periods: Periods | None) -> Any:
    """How many readings each key and period has, and how many are missing; nothing is joined."""
    import ibis

    readings = readings_of(names)
    time = readings[names.time]
    stretch = stretches(periods, names.span)
    shift: Any = ibis.literal(int(stretch.shift[0]), type="int64")
    begin: Any = ibis.literal(int(stretch.begin[0]), type="int64")
    for at in range(1, len(stretch.begin)):
        after = time >= int(stretch.begin[at])
        shift, begin = after.ifelse(int(stretch.shift[at]), shift), after.ifelse(int(stretch.begin[at]), begin)
    number = period_of(time, shift, begin, periods)
    timed = readings.filter(time > NO_TIME).select(key=readings[names.key], period=number, count=readings[names.count])
    rows = ibis._.count()
    return timed.group_by("key", "period").aggregate(rows=rows, missing=rows - ibis._["count"].count())


def _tally(met: Met) -> Any:
    """How many readings each key, period and status has, and each mark among those with a value."""
    import ibis

    names, joined = met.names, met.joined(met.readings())
    raw = met.raw(joined, names.count)
    outside = (raw < joined["low"]) | (raw > joined["high"])
    held = (joined["status"] == int(Status.VALID)).ifelse(
        outside.ifelse(int(Status.OUTSIDE), int(Status.VALID)), joined["status"]
    )
    status = joined[names.count].isnull().ifelse(int(Status.MISSING), held)
    columns = {"key": joined["wkey"], "period": met.period(joined)}
    if names.mark:
        mark, valid = joined[names.mark], status == int(Status.VALID)
        status = (valid & (mark >= OUT)).ifelse(int(Status.FLAGGED), status)
        columns["mark"] = (valid & (mark < OUT)).ifelse(mark, 0).cast("int64")
    counted = joined.select(**columns, status=status.cast("int64"))
    return counted.group_by(*columns, "status").aggregate(rows=ibis._.count())
