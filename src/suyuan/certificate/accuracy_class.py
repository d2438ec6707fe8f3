"""Accuracy classes: what a class on a verification certificate says about the error, by a dated and sourced row.

By class (按级使用) the nominal value is used and the maximum permissible error is a rectangle, u = MPE/√3; by order
(按等使用) the certificate's own value and U count and the row is only a bound. A row's status is kept: a number «from
memory» is shown as such and never as a verified one. Some rows are widths (largest minus smallest) or limits on a
standard deviation, which are no plus-minus limits of an error.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import load, valid_on
from suyuan.quantity.unit import convert, parse_unit, ratio

Row = Mapping[str, Any]
Measures = Literal["limit", "width", "standard deviation"]

_PART = {
    "part of span": "span",
    "part of upper limit": "upper limit",
    "part of rated current": "rated current",
    "part of rated voltage": "rated voltage",
    "part of fiducial value": "fiducial value",
    "part of maximum torque": "maximum torque",
    "I/Ib": "Ib",
    "I/Ib, direct": "Ib",
    "I/In": "In",
    "I/In, transformer": "In",
}
"""What a nominal value must be divided by where the row counts in parts of something."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Use:
    """Where a class is applied.

    nominal: the nominal value, load, temperature … that the row asks for; amounts: what the row names besides, e.g.
    «span», «upper limit», «e», «Q1», «reading»; column: which of several columns; of_row: for a row that is a part
    of another row's limit, that row.
    """

    nominal: Amount
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    column: str = ""
    of_row: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a row gives at one use: limits −minus … +plus in `unit` (None: no limit on that side).

    For mode «order» plus is the largest permitted U with k or p; measures: «limit», or what else the number is.
    """

    row: str
    plus: float | None
    minus: float | None
    unit: str
    mode: Literal["class", "order"]
    distribution: str
    status: str
    measures: Measures = "limit"
    k: float | None = None
    p: float | None = None

    @property
    def half_width(self) -> float | None:
        """Half-width of the rectangle about zero, or None where the row gives no such thing."""
        if self.measures != "limit" or self.plus is None or self.minus is None:
            return None
        return max(self.plus, self.minus)


@cache
def rows() -> Mapping[str, Row]:
    """All rows by their id."""
    return {str(row["id"]): row for row in load("suyuan.certificate", "classes")}


def limit(
    row: str, use: Use, unit: str = "", day: date | None = None, where: str = ""
) -> tuple[Limit | None, tuple[Finding, ...]]:
    """The limit that a row of the class table gives for one use.

    MPE = the row's number, a table entry, a·x + b …, or a percentage of a named base.

    row: id in classes.json; use: nominal value and what else the row names; unit: wanted unit of the limit («» = the
    row's own, or the base's unit for a percentage of a known base); day: the day that must lie in the row's time.

    Returns the limit, or None with the error that says why; warnings tell of rows from memory and interpolation.

    >>> found, _ = limit("pt-A-wire", Use(Amount(100, "degC")), "K")
    >>> found.plus
    0.35
    """
    entry = rows().get(row)
    if entry is None:
        near = difflib.get_close_matches(row, rows(), 1, 0.4)
        return None, (finding("typed.class.unknown", where, given=row, nearest=near[0] if near else ""),)
    found: list[Finding] = []
    rule = " ".join(str(entry.get(k, "")) for k in ("standard", "edition", "clause")).strip()
    if entry["status"] != "confirmed":
        found.append(
            finding(
                "typed.class.from_memory",
                where,
                "warning",
                rule,
                row=row,
                status=entry["status"],
                source=entry["source"],
            )
        )
    try:
        _in_time(entry, day)
        value = _Evaluation(entry, use, found, where, rule).limit(unit)
    except Refused as refused:
        return None, (*found, *(Finding(f.code, where, f.severity, f.parameters, rule) for f in refused.findings))
    return value, tuple(found)


def _in_time(row: Row, day: date | None) -> None:
    """Raise if the day lies outside the row's time; both ends count."""
    if day is not None and not valid_on((row,), day):
        start, end = row.get("valid_from", "-"), row.get("valid_to", "-")
        raise Refused(finding("typed.class.not_in_force", row=row["id"], day=day, start=start, end=end))


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One row at one use; the steps share the row, the use and the list of findings."""

    row: Row
    use: Use
    found: list[Finding]
    where: str
    rule: str

    def limit(self, unit: str) -> Limit:
        spec: Row = self.row["mpe"] if "mpe" in self.row else self.row["U"]
        self._check_range()
        own, plus, minus = self._raw(spec)
        factor, unit = self._factor(spec, own, unit)
        if not factor * max(plus or 0.0, minus or 0.0):
            raise Refused(finding("typed.class.zero", row=self.row["id"]))
        k, p = spec.get("k"), spec.get("p")
        return Limit(
            row=str(self.row["id"]),
            plus=None if plus is None else _tidy(plus * factor),
            minus=None if minus is None else _tidy(minus * factor),
            unit=unit,
            mode=self.row["mode"],
            distribution=self.row["distribution"],
            status=self.row["status"],
            measures=self.row.get("measures", "limit"),
            k=None if k is None else float(k),
            p=None if p is None else float(p),
        )

    def _raw(self, spec: Row) -> tuple[str, float | None, float | None]:
        """Unit, plus and minus in the row's own unit."""
        match spec["kind"]:
            case "absolute" | "relative":
                value = float(spec["value"])
            case "formula":
                value = _formula(spec, self._x(spec["x"], spec["x_unit"]))
            case "fraction of mpe":
                return self._fraction(spec)
            case _:
                plus, minus = self._table(spec)
                return spec["unit"], plus, minus
        return spec["unit"], value, value

    def _fraction(self, spec: Row) -> tuple[str, float | None, float | None]:
        if not self.use.of_row:
            raise Refused(finding("typed.class.amount_missing", row=self.row["id"], amount="of_row"))
        other, problems = limit(self.use.of_row, self.use, spec["unit"])
        self.found.extend(Finding(f.code, self.where, f.severity, f.parameters, f.rule) for f in problems)
        if other is None or other.plus is None:
            raise Refused(finding("typed.class.amount_missing", row=self.row["id"], amount=self.use.of_row))
        value = other.plus * float(spec["value"])
        return spec["unit"], value, value

    def _x(self, name: str, x_unit: str) -> float:
        """The nominal value in the unit that the row counts in, as a part of something where the row says so."""
        nominal = self.use.nominal
        base = "e" if x_unit == "e" else _PART.get(name, "")
        if base and not _converts(nominal.unit, x_unit):
            part = self._amount(base)
            scale = 100.0 if x_unit == "%" else 1.0
            return scale * nominal.value * _difference(nominal.unit, part.unit) / part.value
        return _point(nominal, x_unit)

    def _amount(self, name: str) -> Amount:
        given = self.use.amounts.get(name)
        if given is None or not given.value:
            raise Refused(finding("typed.class.amount_missing", row=self.row["id"], amount=name))
        return given

    def _check_range(self) -> None:
        """The range holds where its ends are numbers; named ends (Imin, Q4) are judged by the table itself."""
        span = self.row["range"]
        lower, upper = span.get("lower"), span.get("upper")
        if isinstance(lower, str) or isinstance(upper, str) or (lower is None and upper is None):
            return
        try:
            x = self._x(span["of"], span["unit"])
        except Refused:
            self.found.append(
                finding("typed.class.range_unchecked", self.where, "note", self.rule, row=self.row["id"], of=span["of"])
            )
            return
        slack = 1e-9 * max(abs(lower or 0.0), abs(upper or 0.0), abs(x))
        if (lower is not None and x < lower - slack) or (upper is not None and x > upper + slack):
            raise self._outside(x, span["unit"], lower, upper)

    def _outside(self, x: float, unit: str, lower: object, upper: object) -> Refused:
        low, high = ("-" if end is None else end for end in (lower, upper))
        row = self.row["id"]
        return Refused(finding("typed.class.out_of_range", row=row, x=f"{x:g}", unit=unit, lower=low, upper=high))

    def _table(self, spec: Row) -> tuple[float | None, float | None]:
        entries: Sequence[Sequence[Any]] = spec["rows"]
        if spec["match"] == "named interval":
            value = self._named_interval(entries, spec["columns"])
            return value, value
        x = self._x(spec["x"], spec["x_unit"])
        if spec["match"] == "interval":
            value = self._interval(entries, x, spec)
            return value, value
        for entry in entries:
            if math.isclose(entry[0], x, rel_tol=1e-9):
                return entry[1], entry[-1]
        if spec["match"] == "points" and len(spec["columns"]) == 2 and entries[0][0] < x < entries[-1][0]:
            value = self._interpolated(entries, x, spec["x_unit"])
            return value, value
        listed = ", ".join(f"{entry[0]:g}" for entry in entries)
        raise Refused(
            finding("typed.class.not_listed", row=self.row["id"], x=f"{x:g}", unit=spec["x_unit"], listed=listed)
        )

    def _interval(self, entries: Sequence[Sequence[Any]], x: float, spec: Row) -> float:
        """«(]»: the first lower end is included too; «[)»: so is the last upper end where the range ends there."""
        closed_above = spec["bounds"] == "(]"
        for i, (lower, upper, value) in enumerate(entries):
            low, high = -math.inf if lower is None else lower, math.inf if upper is None else upper
            first, last = i == 0 and x == low, i == len(entries) - 1 and x == high
            if first or last or (low < x <= high if closed_above else low <= x < high):
                return float(value)
        raise self._outside(x, spec["x_unit"], entries[0][0], entries[-1][1])

    def _interpolated(self, entries: Sequence[Sequence[Any]], x: float, unit: str) -> float:
        low, high = next((a, b) for a, b in pairwise(entries) if a[0] < x < b[0])
        self.found.append(
            finding(
                "typed.class.interpolated", self.where, "warning", self.rule, row=self.row["id"], x=f"{x:g}", unit=unit
            )
        )
        return float(low[1] + (high[1] - low[1]) * (x - low[0]) / (high[0] - low[0]))

    def _named_interval(self, entries: Sequence[Sequence[Any]], columns: Sequence[str]) -> float:
        column = 2
        if len(columns) > 3:
            choices = list(columns[2:])
            if self.use.column not in choices:
                raise Refused(finding("typed.class.column", row=self.row["id"], choices=" | ".join(choices)))
            column = columns.index(self.use.column)
        for i, entry in enumerate(entries):
            ends = [self._amount(name) for name in entry[:2]]
            low, high = (end.value * _difference(end.unit, self.use.nominal.unit) for end in ends)
            if low <= self.use.nominal.value < high or (i == len(entries) - 1 and self.use.nominal.value == high):
                return float(entry[column])
        raise self._outside(self.use.nominal.value, self.use.nominal.unit, entries[0][0], entries[-1][1])

    def _factor(self, spec: Row, own: str, unit: str) -> tuple[float, str]:
        """Factor and unit that take the row's number to the wanted unit."""
        if own == "e":
            step = self._amount("e")
            return _scaled(step, unit)
        base_name = str(spec.get("of", "span" if own == "% of span" else "reading"))
        percent = own in ("%", "% of span")
        if not percent:
            return (_difference(own, unit), unit) if unit else (1.0, own)
        base = self.use.amounts.get(base_name)
        if base is None and own == "%" and self.row["range"]["of"] not in _PART and base_name not in _OF_INSTRUMENT:
            base = self.use.nominal
        if unit == "%" and (base is None or base.unit != "%"):
            return 1.0, "%"
        if base is not None and (not unit or _converts(base.unit, unit)):
            factor, unit = _scaled(Amount(abs(base.value), base.unit), unit)
            return factor / 100.0, unit
        if not unit:
            return 1.0, "%"
        if base is None and not _converts("%", unit):
            raise Refused(finding("typed.class.amount_missing", row=self.row["id"], amount=base_name))
        return _difference("%", unit), unit


_OF_INSTRUMENT = ("span", "output span", "full scale", "upper limit", "range", "fiducial value")
"""Bases that belong to the instrument and cannot be taken from the nominal value."""


def _formula(spec: Row, x: float) -> float:
    """The forms of the table: a+b*abs(x), a+b*x, b*abs(x), max(a,b*abs(x)), max(a,a+b*(x-c))."""
    if "rounded up" in spec["x"]:
        x = math.ceil(x - 1e-9)
    a, b, c = (float(spec.get(name, 0.0)) for name in "abc")
    match spec["form"]:
        case "a+b*abs(x)":
            return a + b * abs(x)
        case "a+b*x":
            return a + b * x
        case "b*abs(x)":
            return b * abs(x)
        case "max(a,b*abs(x))":
            return max(a, b * abs(x))
        case "max(a,a+b*(x-c))":
            return max(a, a + b * (x - c))
    raise ValueError(f"form {spec['form']} is not known")


def _scaled(amount: Amount, unit: str) -> tuple[float, str]:
    return (amount.value * _difference(amount.unit, unit), unit) if unit else (amount.value, amount.unit)


def _converts(unit: str, other: str) -> bool:
    try:
        return unit == other or parse_unit(unit).converts_to(parse_unit(other))
    except Refused:
        return False


def _difference(unit: str, other: str) -> float:
    """Factor for differences; equal spellings need no table, so dB converts to dB."""
    if unit == other:
        return 1.0
    if not _converts(unit, other):
        raise Refused(finding("typed.class.unit", given=unit, wanted=other))
    return ratio(parse_unit(unit), parse_unit(other))


def _point(amount: Amount, unit: str) -> float:
    """A value in another unit, with the zero of its scale: 373.15 K is 100 degC."""
    if amount.unit == unit:
        return amount.value
    if not _converts(amount.unit, unit):
        raise Refused(finding("typed.class.unit", given=amount.unit, wanted=unit))
    return _tidy(float(convert(amount.value, parse_unit(amount.unit), parse_unit(unit))))


def _tidy(value: float) -> float:
    """Drop the last two binary digits that unit factors leave behind: 0.1 + 0.002·100 is 0.3."""
    return float(f"{value:.14g}")
