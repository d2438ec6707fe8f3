"""What a cycler's columns show of conventions and faults: sign of the current, capacity resets, impossible voltages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.header_unit import Header
from suyuan.lake.formats.imported import RawStream
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit

_CELL = (0.5, 5.0)
"""Median voltage, in V, between which a series is one of a single cell."""
_POSSIBLE = (0.0, 5.5)
"""Voltages, in V, outside which no single cell is: our own choice, told with the finding."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Cycle:
    """The columns of one export. streams; roles: column → role; lines (n,): of the rows in the file; heads: headers."""

    streams: tuple[RawStream, ...]
    roles: Mapping[str, str]
    lines: NDArray[np.int64]
    heads: Mapping[str, Header]

    def of(self, role: str) -> RawStream | None:
        """The first stream of a role."""
        return next((s for s in self.streams if self.roles.get(s.facts["column"]) == role), None)

    def label(self, role: str) -> NDArray[np.str_] | None:
        """The label of a role, as text."""
        column = next((c for c, r in self.roles.items() if r == role), None)
        found = self.streams[0].labels.get(column) if self.streams and column is not None else None
        return None if found is None else found.astype(str)

    def direction(self) -> NDArray[np.int64] | None:
        """+1 where the row charges, -1 where it discharges, 0 where it rests or is not known; None without any sign.

        Step types are asked first, then which of the two capacities grows.
        """
        kinds = self.label("step type")
        if kinds is not None:
            low = np.char.lower(kinds)
            down = (np.char.find(low, "dch") >= 0) | (np.char.find(low, "disch") >= 0) | (np.char.find(low, "放") >= 0)
            up = ~down & (
                (np.char.find(low, "chg") >= 0) | (np.char.find(low, "charge") >= 0) | (np.char.find(low, "充") >= 0)
            )
            if down.any() or up.any():
                return np.where(up, 1, np.where(down, -1, 0))
        charge, discharge = self.of("charge capacity"), self.of("discharge capacity")
        if charge is None or discharge is None:
            return None
        grows = [np.diff(s.value, prepend=s.value[:1]) > 0 for s in (charge, discharge)]
        if not (grows[0].any() or grows[1].any()):
            return None
        return np.where(grows[0] & ~grows[1], 1, np.where(grows[1] & ~grows[0], -1, 0))

    def sign(self) -> str:
        """How the current is signed: «charge positive», «discharge positive», «magnitude only» or «unknown»."""
        current, direction = self.of("current"), self.direction()
        if current is None or direction is None:
            return "unknown"
        down = current.value[(direction < 0) & (np.abs(current.value) > 0)]
        up = current.value[(direction > 0) & (np.abs(current.value) > 0)]
        signs = [float(np.median(np.sign(x))) if len(x) else 0.0 for x in (up, down)]
        if signs[0] > 0 and signs[1] > 0:
            return "magnitude only"
        if signs[1] < 0 or (signs[0] > 0 and not len(down)):
            return "charge positive"
        if signs[1] > 0 or signs[0] < 0:
            return "discharge positive"
        return "unknown"

    def facts(self) -> dict[str, str]:
        """The sign convention as the file shows it."""
        return {} if self.of("current") is None else {"sign of current": self.sign()}


def checks(cycle: Cycle) -> tuple[Finding, ...]:
    """Findings of a cycler's export."""
    return (*_sign(cycle), *_resets(cycle), *_voltages(cycle))


def _sign(cycle: Cycle) -> list[Finding]:
    current = cycle.of("current")
    if current is None:
        return []
    shown = cycle.sign()
    where = current.facts["column"]
    if shown == "unknown":
        return [finding("formats.cycler.sign_unknown", where, "warning")]
    if shown == "magnitude only":
        return [finding("formats.cycler.magnitude", where, "warning")]
    if shown == "discharge positive":
        return [finding("formats.cycler.discharge_positive", where, "warning")]
    return []


def _resets(cycle: Cycle) -> list[Finding]:
    """Where an accumulated quantity falls: at a change of step it is the machine's habit, inside one a fault."""
    made = []
    marks = [m for role in ("cycle", "step") if (m := cycle.label(role)) is not None]
    for stream in cycle.streams:
        role = cycle.roles.get(stream.facts["column"], "")
        if not role.endswith(("capacity", "energy")):
            continue
        falls = np.flatnonzero(np.diff(stream.value) < 0) + 1
        if not len(falls):
            continue
        changed = np.zeros(len(falls), dtype=bool)
        for mark in marks:
            changed |= mark[falls] != mark[falls - 1]
        column = stream.facts["column"]
        for rows, code in ((falls[changed], "reset"), (falls[~changed], "fall")):
            if len(rows):
                made.append(_fall(code, column, cycle.lines[rows]))
    return made


def _fall(kind: str, column: str, lines: NDArray[np.int64]) -> Finding:
    where, shown = f"line {lines[0]}", _listed(lines)
    if kind == "reset":
        return finding("formats.cycler.reset", where, "note", column=column, count=len(lines), lines=shown)
    return finding("formats.cycler.fall", where, "warning", column=column, count=len(lines), lines=shown)


def _voltages(cycle: Cycle) -> list[Finding]:
    made = []
    for stream in cycle.streams:
        if cycle.roles.get(stream.facts["column"]) != "voltage" or not stream.unit:
            continue
        try:
            volts = stream.value * parse_unit(stream.unit).factor
        except Refused:
            continue
        known = volts[np.isfinite(volts)]
        if not len(known) or not _CELL[0] <= float(np.median(known)) <= _CELL[1]:
            continue
        rows = np.flatnonzero((volts <= _POSSIBLE[0]) | (volts > _POSSIBLE[1]))
        if len(rows):
            lines = cycle.lines[rows]
            made.append(
                finding(
                    "formats.cycler.voltage",
                    f"line {lines[0]}",
                    "warning",
                    column=stream.facts["column"],
                    count=len(lines),
                    lines=_listed(lines),
                    lowest=_POSSIBLE[0],
                    highest=_POSSIBLE[1],
                )
            )
    return made


def _listed(lines: NDArray[np.int64]) -> str:
    text = ", ".join(str(n) for n in lines[:_SHOWN])
    return f"{text}, …" if len(lines) > _SHOWN else text
