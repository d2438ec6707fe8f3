"""Zero and span checks of analysers from a table: the chart of QAL3 with limits from s_AMS, and drift against HJ 75.

A table has a row a check: stack, channel, kind («zero» or «span»), day (ISO), reading, reference (what the gas is);
and, where they are known, s_ams (standard deviation that QAL1 found) and full_scale, all in one unit a channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.assurance.control_chart import Chart, Cusum
from suyuan.carbon.monitoring.quality.drift import Checked, drift
from suyuan.carbon.monitoring.quality.qal3 import cumulative, shewhart
from suyuan.carbon.rule import Rules, rules
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.files import Columns, numbers, of, table
from suyuan.verbs.register.cells_read import day_of

COLUMNS = ("stack", "channel", "kind", "day", "reading", "reference")
FURTHER = ("unit", "s_ams", "full_scale")
KINDS = ("zero", "span")
QAL3, DRIFT = "EN 14181", "HJ 75-2017"


@dataclass(frozen=True, slots=True, eq=False)
class CheckSeries:
    """The checks of one gas of one channel in the order of their days. readings (n,); reference: what the gas is;
    s_ams, full_scale: None where the table does not say."""

    stack: str
    channel: str
    kind: str
    unit: str
    days: tuple[date, ...]
    readings: NDArray[np.float64]
    reference: float
    s_ams: float | None
    full_scale: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A series with what judges it. chart, sums: QAL3, None without s_AMS; drifts: of each check in percent of full
    scale, empty without one; rows: rule rows that were used."""

    series: CheckSeries
    chart: Chart | None
    sums: Cusum | None
    drifts: tuple[Checked, ...]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @property
    def outside(self) -> int:
        """Checks beyond the limits of the chart."""
        return 0 if self.chart is None else self.chart.n_outside

    @property
    def signals(self) -> int:
        """Checks beyond the limits of either chart."""
        return self.outside + (0 if self.sums is None else self.sums.n_outside)

    @property
    def too_far(self) -> int:
        """Checks whose drift is beyond its limit."""
        return sum(not one.passes for one in self.drifts)


def read_checks(data: bytes, name: str) -> tuple[CheckSeries, ...]:
    """The series of a table (CSV or Parquet). Raises Refused with every fault."""
    columns = table({"file": name}, lambda _: data)
    for column in COLUMNS:
        of(columns, column, column, name)
    days = _days(columns)
    cells = {key: numbers(columns, key, key, name) for key in ("reading", "reference")}
    cells |= {key: numbers(columns, key, key, name) for key in FURTHER[1:] if key in columns}
    texts = {key: [str(cell).strip() for cell in columns[key]] for key in ("stack", "channel", "kind")}
    units = [str(cell).strip() for cell in columns["unit"]] if "unit" in columns else [""] * len(days)
    told = [finding("carbon_monitoring.drift.kind", f"row {n}", name=kind[:40]) for n, kind in
            enumerate(texts["kind"], 1) if kind not in KINDS]  # fmt: skip
    told += [finding("carbon.checks.unknown", f"row {n}", row=n) for n, value in
             enumerate(cells["reading"] + cells["reference"], 1) if not math.isfinite(value)]  # fmt: skip
    if errors(told):
        raise Refused(*told)
    keys = list(zip(texts["stack"], texts["channel"], texts["kind"], strict=True))
    return tuple(_one(key, [n for n, k in enumerate(keys) if k == key], days, (cells, units))
                 for key in dict.fromkeys(keys))  # fmt: skip


def _days(columns: Columns) -> list[date]:
    found, told = [], []
    for n, cell in enumerate(columns["day"], 1):
        day = day_of(str(cell))
        if day is None:
            told.append(finding("carbon.checks.day", f"row {n}", row=n, given=str(cell)[:40]))
        else:
            found.append(date.fromisoformat(day))
    if told:
        raise Refused(*told)
    return found


def _one(
    key: tuple[str, str, str], at: list[int], days: list[date], given: tuple[Mapping[str, Any], list[str]]
) -> CheckSeries:
    cells, units = given
    order = sorted(at, key=lambda n: days[n])

    def single(name: str) -> float | None:
        if name not in cells:
            return None
        known = {float(cells[name][n]) for n in order if math.isfinite(cells[name][n])}
        if len(known) > 1:
            raise Refused(finding("carbon.checks.several", " ".join(key), name=name, given=", ".join(
                f"{one:g}" for one in sorted(known))))  # fmt: skip
        return known.pop() if known else None

    reference = single("reference")
    assert reference is not None  # all are finite
    return CheckSeries(*key, units[order[0]], tuple(days[n] for n in order), cells["reading"][order], reference,
                       single("s_ams"), single("full_scale"))  # fmt: skip


def judged(series: CheckSeries, day: date) -> Judged:
    """What judges a series, by the rules on a day.

    With s_AMS the charts of QAL3, with a full scale the drift of HJ 75; with neither a finding says that nothing does.
    """
    where = f"{series.stack} {series.channel} {series.kind}"
    rows: dict[str, Row] = {}
    told: list[Finding] = []
    chart = sums = None
    if series.s_ams is not None:
        law = rules(QAL3, day)
        chart, found = shewhart(law, series.readings, series.reference, series.s_ams, where)
        sums, more = cumulative(law, series.readings, series.reference, series.s_ams, where)
        told += [*found, *more]
        rows |= law.used
    drifts = _drifts(series, law := rules(DRIFT, day)) if series.full_scale is not None else ()
    if drifts:
        rows |= law.used
    far = [n for n, one in enumerate(drifts) if not one.passes]
    if far:
        told.append(finding("carbon.checks.drift", where, "warning", n=len(far), day=series.days[far[0]].isoformat(),
                            value=f"{drifts[far[0]].value:+.2f}", limit=f"{drifts[far[0]].limit:g}"))  # fmt: skip
    if chart is None and not drifts:
        told.append(finding("carbon.checks.unjudged", where, "warning", n=len(series.days)))
    return Judged(series, chart, sums, drifts, tuple(rows.values()), tuple(told))


def _drifts(series: CheckSeries, law: Rules) -> tuple[Checked, ...]:
    assert series.full_scale is not None
    return tuple(drift(law, series.kind, float(x), series.reference, series.full_scale) for x in series.readings)
