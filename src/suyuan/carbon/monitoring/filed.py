"""The stacks of a plant's document (key «stacks»): what is measured on each, where its rows are, which rules count.

Rows come from a table beside the document, or from streams of a lake; either gives one column a channel. What a mark
of the device means is said by the document, else by the row `flags` of the scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from suyuan.carbon.monitoring.hours.entered import read_entered
from suyuan.carbon.monitoring.hours.minutes import CLASSES
from suyuan.carbon.monitoring.hours.stack import BASES, CONSTANTS, UNITS, Channel, Stack
from suyuan.carbon.monitoring.quality.filed_tests import FiledTest, read_tests
from suyuan.carbon.rule import Override, Rules, rules
from suyuan.carbon.words import named
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Refused, errors
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

WITH_BASIS = ("co2", "o2", "flow", "velocity")
"""Roles whose readings are of dry or of wet gas; of the others a basis says nothing."""
TARGETS = ("rate", "concentration", "flow", "moisture", "load")
"""What may have a potential value by the monitoring plan; of the load it is the largest hourly one of the unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """A stack as it is filed. rules: of its scheme at the end of the year; table: name of the file with its rows, «»
    where the channels name streams of a lake; time, status: its columns; zone: of its clocks by name, «» for that of
    the house; flags: mark of the device → class; pointer: of the stack in the document; tests: of its channels; checks:
    name of the file with its zero and span checks, «» for none."""

    stack: Stack
    rules: Rules
    table: str = ""
    time: str = "time"
    status: str = ""
    zone: str = ""
    flags: Mapping[str, str] | None = None
    pointer: str = ""
    tests: tuple[FiledTest, ...] = ()
    checks: str = ""

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams of a lake that its rows come from; empty where they come from a table."""
        named = (*(one.column for one in self.stack.channels), *((self.stack.load,) if self.stack.load else ()))
        return () if self.table else named

    def classes(self) -> Mapping[str, str]:
        """Mark of the device → class: as filed, else as the scheme has it, else the classes themselves."""
        if self.flags is not None:
            return self.flags
        if self.status and "flags" in self.rules.rows:
            return {str(mark): str(word) for mark, word in self.rules.value("flags").items()}
        return {word: word for word in CLASSES}


def read_stacks(content: Fields, year: int, overrides: Iterable[Override] = ()) -> tuple[Filed, ...]:
    """The stacks of a plant's document, those without a fault; faults are in `content.found`."""
    admitted, found = tuple(overrides), []
    for one in content.several("stacks"):
        before = len(errors(one.found))
        filed = _filed(one, year, admitted)
        if filed is not None and len(errors(one.found)) == before:
            found.append(filed)
    names = [one.stack.id for one in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        content.report("carbon.stack.twice", "stacks", id=name)
    return tuple(found)


def _filed(one: Fields, year: int, overrides: tuple[Override, ...]) -> Filed | None:
    name, scheme = one.text("id", True), one.text("rules", True)
    load, zone = one.text("load"), one.text("zone")
    step = one.number("step")
    file, time, status = _table(one)
    channels = tuple(_channel(inner, bool(file)) for inner in one.several("channels", True))
    constants = dict(_constant(inner) for inner in one.several("constants"))
    potential, plausible = _potential(one), _plausible(one)
    flags, tests = _flags(one), read_tests(one, [channel.role for channel in channels])
    checks = one.inner("checks")
    checked = checks.text("file", True) if checks is not None else ""
    one.asked |= {"name", "note", "substitutes"}
    one.close()
    if step is not None and not 1.0 <= step.value <= 3600.0:
        one.report("carbon.stack.step", "step", given=step.printed)
    try:
        held = rules(scheme, date(year, 12, 31), overrides)
    except Refused as refused:
        one.found.extend(refused.findings)
        return None
    entered = read_entered(one, name, held)
    stack = Stack(name, channels, {key: q for key, q in constants.items() if q is not None}, load,
                  step.value if step else 60.0, potential, plausible, entered)  # fmt: skip
    return Filed(stack, held, file, time, status, zone, flags, one.pointer, tests, checked)


def _table(one: Fields) -> tuple[str, str, str]:
    inner = one.inner("table")
    if inner is None:
        return "", "", ""
    found = inner.text("file", True), inner.text("time") or "time", inner.text("status")
    inner.close()
    return found


def _channel(one: Fields, in_table: bool) -> Channel:
    role, column = one.choice("role", UNITS), one.text("column" if in_table else "stream", True)
    unit, instrument = one.text("unit", True), one.text("instrument", True)
    basis, own = one.choice("basis", BASES, "wet"), one.number("u")
    if role in UNITS and role not in WITH_BASIS and basis == "dry":
        told = named("role", "channel", role)
        one.report("carbon.stack.basis_idle", "basis", severity="warning", basis=basis, **told)
    standard = one.content.get("standard", False)
    one.asked.add("standard")
    if not isinstance(standard, bool):
        one.report("typed.field.type", "standard", field="standard", expected_zh="true 或 false",
                   expected_en="true or false")  # fmt: skip
    if own is not None and own.value < 0.0:
        one.report("quantity.uncertainty.negative", "u", where=one.where("u"), u=own.printed)
    place, configuration = one.text("place"), one.text("configuration")
    one.close()
    return Channel(role, column, unit, instrument, basis, standard is True, own.value if own else 0.0, place,
                   configuration)  # fmt: skip


def _constant(one: Fields) -> tuple[str, Quantity | None]:
    """What holds for the year, with the certificate or survey that says so."""
    name, unit = one.choice("name", CONSTANTS), one.text("unit", True)
    value, u, expanded, k = one.number("value", True), one.number("u"), one.number("U"), one.number("k")
    issuer, number, place = (one.text(key) for key in ("issuer", "number", "place"))
    one.close()
    if u is None and expanded is None:
        one.report("typed.field.missing", "u", field="u")
    elif u is None and k is None:
        one.report("typed.field.missing", "k", field="k")
    spread = u.value if u else expanded.value / k.value if expanded and k and k.value > 0.0 else None
    if value is None or spread is None or not name:
        return name, None
    key = identity(issuer, number, place or name) if issuer and number else None
    try:
        return name, quantity(value.value, spread, unit, label=name, id=key, source=Source(issuer, number, place))
    except Refused as refused:
        one.found.extend(refused.findings)
        return name, None


def _potential(one: Fields) -> dict[str, float]:
    inner = one.inner("potential")
    if inner is None:
        return {}
    found = {name: number.value for name in TARGETS if (number := inner.number(name)) is not None}
    inner.close()
    return found


def _plausible(one: Fields) -> dict[str, tuple[float, float]]:
    inner = one.inner("plausible")
    if inner is None:
        return {}
    found = {}
    for role in UNITS:
        ends = [number.value for number in inner.numbers(role)]
        if ends and (len(ends) != 2 or ends[0] >= ends[1]):
            inner.report("carbon.stack.ends", role, role=role)
        elif ends:
            found[role] = (ends[0], ends[1])
    inner.close()
    return found


def _flags(one: Fields) -> dict[str, str] | None:
    inner = one.inner("flags")
    if inner is None:
        return None
    return {mark: word for mark in inner.content if (word := inner.choice(mark, CLASSES))}
