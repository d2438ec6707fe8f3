"""Rows of laboratories in a comparison case, read strictly into columns.

Every wrong field is a finding with a JSON pointer. A row may name its own unit: what converts is converted to the unit
of the case, what does not is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.unit import Unit, convert, parse_unit
from suyuan.verbs.document import number_in
from suyuan.verbs.wants import ABSENT, Reader, absent_or_wrong, called, missing

Array = NDArray[Any]
Answer = dict[str, Any]
WITHOUT_EFFECT = frozenset(("unit", "title"))
MOST_ROWS = 100_000
SHOWN = 20
"""Faults of one column that are told; the others are like them."""


class Form(Reader):
    """Reads the `input` of a comparison case; what is wrong collects in `findings`."""

    def __init__(self, body: Mapping[str, Any], fields: Sequence[str]) -> None:
        super().__init__()
        self.body = {name: value for name, value in body.items() if value is not None}  # null is absent
        for name in sorted(set(self.body) - set(fields) - WITHOUT_EFFECT):
            self.warn("case.field.unknown", f"/input/{name}", field=name)
        unit = self.body.get("unit", "")
        if not isinstance(unit, str):
            self.wrong("/input/unit", "unit", unit)
        self.unit = unit if isinstance(unit, str) else ""

    def done(self) -> None:
        """Raise Refused with every fault found so far; what is only a warning waits."""
        if errors(self.findings):
            raise Refused(*self.findings)

    def number(self, name: str, want: str = "number", low: float = -math.inf) -> float:
        """A number at a field of the case, by default any finite one; «positive» is above zero, «number_from» from
        low."""
        return self._number(self.body, name, f"/input/{name}", want, low)

    def table(self, name: str, fields: Sequence[str], least: int = 1) -> Rows:
        """The rows at a field, each an object with some of the fields."""
        given = self.body.get(name)
        shown = ", ".join(fields)
        if not isinstance(given, list) or len(given) < least:
            self.add(absent_or_wrong(self.body, name, "/input", "rows_from", fields=shown, least=least))
            return Rows(self, name, ())
        if len(given) > MOST_ROWS:
            self.wrong(f"/input/{name}", "rows_to", ABSENT, most=MOST_ROWS)
            return Rows(self, name, ())
        rows = []
        for i, row in enumerate(given):
            if not isinstance(row, dict):
                self.wrong(f"/input/{name}/{i}", "row", row, fields=shown)
                continue
            for other in sorted(set(row) - set(fields)):
                self.warn("case.field.unknown", f"/input/{name}/{i}/{other}", field=other)
            rows.append((i, {key: value for key, value in row.items() if value is not None}))
        return Rows(self, name, tuple(rows))

    def _number(self, row: Mapping[str, Any], name: str, where: str, want: str, low: float) -> float:
        value = number_in(row.get(name))
        above = value > 0.0 if want == "positive" else value >= low
        if math.isfinite(value) and above:
            return value
        parameters = {"low": f"{low:g}"} if want == "number_from" else {}
        if row.get(name) is None:
            self.add(missing(where, want, **parameters))
        else:
            self.wrong(where, want, row[name], **parameters)
        return math.nan


class Rows:
    """Rows of a table with their places in the case."""

    def __init__(self, form: Form, name: str, rows: tuple[tuple[int, Mapping[str, Any]], ...]) -> None:
        self.form, self.name, self.rows = form, name, rows

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, at: int, field: str) -> str:
        return f"/input/{self.name}/{self.rows[at][0]}/{field}"

    def labels(self, field: str = "lab") -> tuple[str, ...]:
        """The names of the rows: text or whole numbers."""
        found = []
        for at, (_, row) in enumerate(self.rows):
            value = row.get(field)
            ok = (isinstance(value, str) and value.strip()) or (isinstance(value, int) and not isinstance(value, bool))
            if not ok:
                self.form.add(absent_or_wrong(row, field, self.place(at, "")[:-1], "text"))
            found.append(str(value).strip() if ok else f"#{at + 1}")
        return tuple(found)

    def stated(self, field: str = "lab") -> list[Any]:
        """What rows state at a field, as it is written: a label that is a number stays one in the answer."""
        return [row.get(field) for _, row in self.rows]

    def numbers(
        self, field: str, want: str = "number", low: float = -math.inf, otherwise: float | None = None
    ) -> Array:
        """A column of numbers; absent ones are `otherwise`, or a fault where that is None."""
        found = np.empty(len(self.rows))
        faults = len(self.form.findings)
        for at, (_, row) in enumerate(self.rows):
            if otherwise is not None and field not in row:
                found[at] = otherwise
            elif len(self.form.findings) - faults < SHOWN:
                found[at] = self.form._number(row, field, self.place(at, field), want, low)
        return found

    def in_unit(self, *columns: tuple[Array, bool]) -> tuple[Array, ...]:
        """Columns in the unit of the case, where rows name their own. Each is (numbers, whether they are differences,
        as uncertainties are)."""
        kept = [np.array(column, dtype=float) for column, _ in columns]
        for at, (_, row) in enumerate(self.rows):
            own = row.get("unit")
            if own is None or own == self.form.unit:
                continue
            try:
                a, b = parse_unit(str(own)), parse_unit(self.form.unit)
                if not a.converts_to(b):
                    raise Refused(finding("comparison.case.unit", "", unit=str(own)[:40], wanted=self.form.unit))
            except Refused as refused:
                for item in refused.findings:
                    self.form.fail(item.code, self.place(at, "unit"), **dict(item.parameters))
                continue
            for (_, difference), column in zip(columns, kept, strict=True):
                column[at] = convert(float(column[at]), *_sized(a, b, difference))
        return tuple(kept)

    def truths(self, field: str, otherwise: bool) -> NDArray[np.bool_]:
        """A column of true or false."""
        found = np.full(len(self.rows), otherwise)
        for at, (_, row) in enumerate(self.rows):
            value = row.get(field, otherwise)
            if not isinstance(value, bool):
                self.form.wrong(self.place(at, field), "truth", value)
            else:
                found[at] = value
        return found

    def lists(self, field: str, least: int) -> list[Array]:
        """A list of finite numbers in each row."""
        found = []
        for at, (_, row) in enumerate(self.rows):
            value = row.get(field)
            if not isinstance(value, list) or len(value) < least:
                where = self.place(at, "")[:-1]
                self.form.add(absent_or_wrong(row, field, where, "numbers_from", least=least))
                continue
            numbers = np.array([number_in(x) for x in value])
            for i in np.flatnonzero(~np.isfinite(numbers))[:SHOWN]:
                self.form.wrong(f"{self.place(at, field)}/{i}", "number", value[i])
            found.append(numbers)
        return found


def _sized(a: Unit, b: Unit, difference: bool) -> tuple[Unit, Unit]:
    return (a.as_difference(), b.as_difference()) if difference else (a, b)


def known(value: Any) -> float | None:
    """A float; infinite or undefined is null, since JSON has no word for it."""
    number = float(np.asarray(value))
    return number if math.isfinite(number) else None


def listed(values: Any) -> list[float | None]:
    """A column as a list for JSON."""
    return [known(x) for x in np.asarray(values, float).tolist()]


def asked(form: Form, choices: Sequence[str], usual: Sequence[str] | None = None) -> tuple[str, ...]:
    """The methods of a case, the usual ones (by default all) where none are named."""
    given = form.body.get("methods")
    if given is None:
        return tuple(choices if usual is None else usual)
    if not isinstance(given, list) or not given:
        form.wrong("/input/methods", "some_of", given, choices=", ".join(choices))
        return ()
    for i, name in enumerate(given):
        if name not in choices:
            form.wrong(f"/input/methods/{i}", "one_of", name, choices=", ".join(choices))
    return tuple(dict.fromkeys(str(name) for name in given))


def by_method(form: Form, methods: Sequence[str], act: Callable[[str], tuple[Answer, tuple[Finding, ...]]]) -> Answer:
    """The answer of each method, with `findings`; one that cannot be had is a finding, an error where it was asked for.

    Raises Refused where none can be had.
    """
    named = isinstance(form.body.get("methods"), list)
    places = {name: i for i, name in reversed(list(enumerate(form.body["methods"])))} if named else {}
    answer: Answer = {}
    found = list(form.findings)
    failed: list[Finding] = []
    for method in methods:
        where = f"/input/methods/{places[method]}" if named else "/input/data"
        try:
            answer[method], notes = act(method)
        except Refused as refused:
            refusals = called(refused.findings, method)
            failed += [replace(f, where=where, severity="error" if named else "note") for f in refusals]
            continue
        found += [replace(f, where=where) for f in called(notes, method)]
    every = _joined((*found, *failed))
    if not answer:
        raise Refused(*every)
    return {**answer, "findings": [f.to_json() for f in every]}


def _joined(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that differ only in the method that they speak of, as one that names all these methods."""
    first: dict[Any, Finding] = {}
    names: dict[Any, list[str]] = {}
    for item in findings:
        given = dict(item.parameters)
        name = given.pop("input", "")
        key = (item.code, item.severity, item.rule, tuple(sorted(given.items())))
        first.setdefault(key, item)
        names.setdefault(key, [])
        if name and name not in names[key]:
            names[key].append(name)
    return [called([f], ", ".join(names[key]))[0] if names[key] else f for key, f in first.items()]


def told(form: Form, found: tuple[Finding, ...], where: str = "", name: str = "") -> list[Any]:
    """The findings of the form and of a method, for JSON; those of the method at a place of the case."""
    moved = called(found, name) if name else list(found)
    if where:
        moved = [replace(f, where=where) for f in moved]
    return [f.to_json() for f in dict.fromkeys((*form.findings, *moved))]
