"""Readings that meet the windows of certificates in an engine, row by row or by cells in which no boundary lies.

Certificates mostly begin at whole hours or days, and so do periods. Then time is cut into cells that lie in one window
and one period each, an engine counts and adds the readings of each cell in one pass, and only cells meet the windows. A
cell with a reading out of range is done row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from suyuan.series.block import NO_TIME
from suyuan.series.periods import DAY, HOUR, Periods
from suyuan.series.quality.use import OUT
from suyuan.series.windows_table import HUGE, Cell, Columns, Table


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """A table of readings and one of windows: its name, its columns and the cells by which they meet."""

    names: Table
    table: str
    columns: Columns
    cell: Cell
    periods: Periods | None

    @property
    def only(self) -> Any:
        """The key of all windows; None where there are several."""
        alike = {key.item() if hasattr(key, "item") else key for key in self.columns["wkey"]}
        return alike.pop() if len(alike) == 1 else None

    def readings(self) -> Any:
        """The unbound table of readings; those of one key where only one is wanted."""
        import ibis

        names, every = self.names, readings_of(self.names)
        if self.only is None:
            return every
        return every.filter(every[names.key] == ibis.literal(self.only, type="string" if names.text else "int64"))

    def joined(self, readings: Any) -> Any:
        """Readings ⋈ windows, by key and cell, start ≤ t < end."""
        import ibis

        names = self.names
        key = "string" if names.text else "int64"
        kinds = {
            n: "string" if x.dtype == object else "int64" if x.dtype.kind == "i" else "float64"
            for n, x in self.columns.items()
        }
        held = ibis.table({**kinds, "wkey": key}, name=self.table)
        wide = float(2**self.cell.power)  # a power of two divides a double without rounding
        number = (readings[names.time].cast("float64") / wide).floor().cast("int64")
        readings = readings.mutate(rcell=ibis.greatest(ibis.least(number, self.cell.high), self.cell.low))
        if self.only is not None:  # one key is asked for once, not compared (as text) in a join
            met = readings.join(held, [readings["rcell"] == held["wcell"]])
        else:
            met = readings.join(held, [readings[names.key] == held["wkey"], readings["rcell"] == held["wcell"]])
        return met.filter((met[names.time] >= met["start"]) & (met[names.time] < met["end"]))

    def held(self, table: Any, name: str) -> Any:
        """A column of the windows; a number where all windows agree, so that a join need not carry it to every row."""
        import ibis

        held = self.columns[name]
        if not len(held) or (held != held[0]).any():
            return table[name]
        return ibis.literal(held[0].item(), type="int64" if held.dtype.kind == "i" else "float64")

    def raw(self, table: Any, count: str) -> Any:
        """The reading in the certificate's unit; steps that change nothing in any row are left out."""
        raw, columns = table[count].cast("float64"), self.columns
        if (columns["multiple"] != 1.0).any():
            raw = raw * self.held(table, "multiple")
        if (columns["power"] != 1.0).any():
            raw = raw / self.held(table, "power")
        if (columns["factor"] != 1.0).any():
            raw = raw * self.held(table, "factor")
        return raw + self.held(table, "zero") if (columns["zero"] != 0.0).any() else raw

    def period(self, table: Any) -> Any:
        """The number of the period of each row."""
        return period_of(table[self.names.time], self.held(table, "shift"), self.held(table, "begin"), self.periods)

    def inside(self, table: Any, raw: Any) -> Any:
        """Whether a reading in the certificate's unit is within its range."""
        return (raw >= self.held(table, "low")) & (raw <= self.held(table, "high"))

    def rows(self, readings: Any = None) -> Any:
        """The readings that count, each with its window, period and reading in the certificate's unit."""
        joined = self.joined(_counting(self.names, self.readings() if readings is None else readings))
        joined = joined.mutate(raw=self.raw(joined, self.names.count), period=self.period(joined))
        return joined.filter(self.inside(joined, joined["raw"]))

    def counted(self, readings: Any = None) -> Any:
        """How many readings each period and rule has, and Σ count; Σ u² where readings state it."""
        import ibis

        joined, names = self.rows(readings), self.names
        one = {"counts": joined[names.count].cast("float64")}
        by = ["period", "rule"]
        if names.u:
            u = ibis.coalesce(joined[names.u].cast("float64"), self.held(joined, "own_u"))
            one |= {"squares": u * u, "stated": joined[names.u].notnull().ifelse(1, self.held(joined, "stated"))}
            by.append("stated")
        narrow = joined.select("period", "rule", **one)
        summed = {name: narrow[name].sum() for name in one if name != "stated"}
        return narrow.group_by(*by).aggregate(rows=ibis._.count(), **summed)


def counted_by_cells(met: Met, width: int) -> Any:
    """`Met.counted` by cells of some µs, in each of which one window and one period lies."""

    names = met.names
    key = [] if met.only is not None else [names.key]
    joined = met.joined(_cells(met, key, width))
    ends = [met.inside(joined, met.raw(joined, name)) for name in ("least", "greatest")]
    limited = bool((met.columns["low"] != -HUGE).any() or (met.columns["high"] != HUGE).any())
    whole = joined.filter(ends[0] & ends[1]) if limited else joined
    columns = {"period": met.period(whole), "rule": whole["rule"], "rows": whole["rows"], "counts": whole["counts"]}
    by = ["period", "rule"]
    if names.u:
        own = met.held(whole, "own_u")
        columns["squares"] = (whole["has_u"] == 1).ifelse(whole["squares"], whole["rows"] * own * own)
        columns["stated"] = (whole["has_u"] == 1).ifelse(1, met.held(whole, "stated"))
        by.append("stated")
    found = whole.select(**{name: column.cast(_KINDS[name]) for name, column in columns.items()})
    if limited:
        beyond = joined.filter(~(ends[0] & ends[1])).select(*key, "cell").distinct()
        readings = met.readings()
        readings = readings.mutate(cell=_number(readings[names.time], width))
        few = readings.semi_join(beyond, [*key, "cell"]).drop("cell")
        rest = met.counted(few)
        found = found.union(rest.select(**{name: rest[name].cast(_KINDS[name]) for name in columns}))
    sums = {name: found[name].sum() for name in columns if name not in by}
    return found.group_by(*by).aggregate(**sums)


_KINDS = {"period": "int64", "rule": "int64", "rows": "int64", "counts": "float64", "squares": "float64",
          "stated": "int64"}  # fmt: skip


def _cells(met: Met, key: list[str], width: int) -> Any:
    """Readings that may count by key and cell: how many, Σ count, least and greatest count; Σ u² of those that state it
    apart from the others."""
    import ibis

    names = met.names
    readings = _counting(names, met.readings())
    readings = readings.filter(readings[names.time] > NO_TIME)
    columns = {"cell": _number(readings[names.time], width), "count": readings[names.count]}
    by = [*key, "cell"]
    if names.u:
        u = readings[names.u].cast("float64")
        columns |= {"has_u": u.notnull().ifelse(1, 0), "square": u * u}
        by.append("has_u")
    narrow = readings.select(*key, **columns)
    sums = {"squares": narrow["square"].sum()} if names.u else {}
    found = narrow.group_by(*by).aggregate(
        rows=ibis._.count(), counts=narrow["count"].cast("float64").sum(), least=narrow["count"].min(),
        greatest=narrow["count"].max(), **sums,
    )  # fmt: skip
    return found.mutate(**{names.time: found["cell"] * ibis.literal(width, type="int64")})


def _number(time: Any, width: int) -> Any:
    return (time.cast("float64") / float(width)).floor().cast("int64")


def readings_of(names: Table) -> Any:
    """The unbound table of readings."""
    import ibis

    key = "string" if names.text else "int64"
    more = {name: kind for name, kind in ((names.u, "float64"), (names.mark, "int64")) if name}
    return ibis.table({names.key: key, names.time: "int64", names.count: "int64", **more}, name=names.name)


def _counting(names: Table, readings: Any) -> Any:
    """Readings that are not missing, and that no rule of use takes out."""
    some = readings.filter(readings[names.count].notnull())
    return some.filter(some[names.mark] < OUT) if names.mark else some


def period_of(time: Any, shift: Any, begin: Any, periods: Periods | None) -> Any:
    """The number of the period, as `Periods.of` has it; quotients of whole numbers this size are exact enough to
    floor."""
    import ibis

    if periods is None:
        return ibis.literal(0, type="int64")
    unit = DAY if periods.kind == "day" else HOUR
    number = ((time + shift).cast("float64") / float(unit)).floor().cast("int64")
    return number if periods.kind == "day" else ibis.greatest(number * unit - shift, begin)
