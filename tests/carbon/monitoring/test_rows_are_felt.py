"""Each leaf of each row of monitoring moves a computation: hours of a stack, tests of its channels, what is doubted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.monitoring.equation import EQUATIONS, evaluated
from suyuan.carbon.monitoring.hours.entered import read_entered
from suyuan.carbon.monitoring.hours.minutes import Flags, Minutes
from suyuan.carbon.monitoring.hours.plausible import plausible_limits
from suyuan.carbon.monitoring.hours.stack import density
from suyuan.carbon.monitoring.lost.estimate import reach
from suyuan.carbon.monitoring.lost.load_ranges import by_load, pools
from suyuan.carbon.monitoring.lost.part75 import admitted_codes, availability, initial_hours
from suyuan.carbon.monitoring.lost.substitution import Gap, Series, substitute, taken_out
from suyuan.carbon.monitoring.quality import control
from suyuan.carbon.monitoring.quality.calibrated_range import left
from suyuan.carbon.monitoring.quality.drift import drift, gas_accuracy, velocity
from suyuan.carbon.monitoring.quality.qal2 import Line, calibrated, spread_allowed, surveyed
from suyuan.carbon.monitoring.quality.qal3 import cumulative, shewhart
from suyuan.carbon.monitoring.quality.rata import limits, relative_accuracy
from suyuan.carbon.rule import Rules, rules
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding
from suyuan.quantity.table import load

from ..mutation import changed, outcome, rows_with
from .stacks import LEGEND, minutes, year

TABLES = ("monitoring_china", "monitoring_part75", "monitoring_europe", "monitoring_plausible")
ROWS = [row for name in TABLES for row in load("suyuan.carbon", name)]
SCHEMES = tuple(dict.fromkeys(str(row["scheme"]) for row in ROWS))
ELSEWHERE = {
    "hj75.zero_control": "test_control.py", "hj75.span_control": "test_control.py",
    "part75.rata_due": "test_control.py", "part75.bias_adjusted": "test_control.py",
    "hj75.flags": "test_rules.py", "plausible.burning": "test_doubts.py",
    "plausible.still_hours": "test_doubts.py",
    "hj75.out_of_control": "test_year.py", "part75.moisture_inverted": "test_parts.py",
}  # fmt: skip
"""Rows that a whole unit with its files is wanted for → the tests that have one."""
FALLING = np.concatenate([np.arange(3000.0)[::-1], np.full(1000, 5.0)])
"""Falling, so that how far a look-back goes can be read from its largest value."""
X = np.array([4.2, 5.1, 6.3, 7.7, 8.2, 9.9, 11.0, 12.4, 13.1, 14.6, 15.2, 16.0, 17.3, 18.1, 19.5])
Y = 12.0 * X - 40.0 + 3.0 * np.cos(7.0 * X)
REFERENCE = [12.0, 12.4, 11.8, 12.2, 12.6, 11.9, 12.1, 12.3, 12.5]


def in_force(scheme: str) -> Rules:
    return rules(scheme, date(2020 if scheme == "EU 601/2012" else 2024, 6, 1))


def attempted(*acts: Callable[[], Any]) -> Iterator[str]:
    """What each act gives, or why it gives nothing: a scheme has not the rows for all of them."""
    for act in acts:
        yield outcome(act)


def constants(law: Rules) -> list[str]:
    """Densities, conditions, limits and words that are taken as they stand."""
    given = {"flow_scfh": 1e6, "o2_percent": 6.0, "co2_percent": 12.0, "h2o_percent": 7.0, "Fc": 1800.0, "Fd": 9780.0}
    taken = ("standard_temperature", "standard_pressure", "oxygen_in_air", "availability", "substituted")
    limit = [name for name in law.rows if name.startswith("tier_limits")]
    return list(attempted(
        lambda: density(law), *(lambda name=name: evaluated(law, name, given) for name in EQUATIONS),
        *(lambda name=name: law.value(name) for name in (*taken, *limit)),
        lambda: plausible_limits(), lambda: reach(),
        lambda: initial_hours(law, list(law.value("initial_hours"))),
        *(lambda part=part: [item.code for item in refused_entries(law, part)] for part in ("flow", "moisture")),
    ))  # fmt: skip


def refused_entries(law: Rules, part: str) -> list[Finding]:
    content = {"substitutes": [{"part": part, "month": "3", "value": "8", "unit": "m3/h" if part == "flow" else "%",
                                "u": "1", "method": "mass balance", "source": "constructed"}]}  # fmt: skip
    fields = Fields(content)
    read_entered(fields, "S", law)
    return fields.found


def quality(law: Rules) -> list[str]:
    """Tests of channels just inside and outside of every limit."""
    found: list[str] = []
    for percent in (2.4, 2.499, 2.6, 2.7, 4.9, 5.1, 10.1, 10.9, 11.9, 12.1, 14.9, 15.5, 16.1):
        found += attempted(
            *(lambda kind=kind, p=percent: drift(law, kind, p, 0.0, 100.0) for kind in ("zero", "span")),
            lambda p=percent: gas_accuracy(law, p),
            *(lambda v=v, p=percent: velocity(law, v * (1 + p / 100), v) for v in (9.9, 10.0, 10.5)),
        )
    codes = ["06", "08", "09", "10", "11"]
    levels = (79.9, 80.0, 80.5, 81.5, 89.9, 90.0, 90.5, 91.5, 94.9, 95.0, 95.5, 96.5)
    found += attempted(*(lambda a=a: admitted_codes(law, a, codes) for a in levels))
    found += attempted(*(lambda p=p, v=v: limits(law, p, v) for p in ("gas", "moisture", "flow")
                         for v in (None, 9.9, 10.0, 10.5)))  # fmt: skip
    for n in range(7, 10):
        monitor = [x - 0.3 - 0.03 * at for at, x in enumerate(REFERENCE[:n])]
        found += attempted(lambda n=n, monitor=monitor: relative_accuracy(law, REFERENCE[:n], monitor))
    sigma = float(np.std(Y - np.polyval(np.polyfit(X, Y, 1), X), ddof=1)) / 1.45
    for n in (4, 5, 6, 13, 14, 15, 16):
        found += attempted(lambda: spread_allowed(law, 200.0, 0.2),
                           *(lambda n=n, d=d: calibrated(law, X[:n], Y[:n], sigma, 4.0, "a", d) for d in (2, 3, 4)),
                           lambda n=n: surveyed(law, Line(-40.0, 12.0), X[:n], Y[:n], sigma))  # fmt: skip
    week = np.repeat(np.arange(8) * 7 + date(2024, 1, 1).toordinal(), 1000)
    for outside in ((51,) * 6, (401,), (411,), (415,), (53,) * 7, (56,) * 6, (61,) * 6):
        value = np.concatenate([np.arange(1000.0) < out for out in (*outside, *(8 - len(outside)) * (0,))])
        found += attempted(lambda value=value: left(law, week, value, 0.5))
    readings = [10.0 + off for off in (0.5, 1.9, 2.1, 2.2, 0.6, 0.55, 0.52, 0.7, 2.9, 1.0)]
    found += attempted(lambda: shewhart(law, readings, 10.0, 1.0), lambda: cumulative(law, readings, 10.0, 1.0))
    tests = [control.Test("co2", "span", at, at, passed) for at, passed in ((10, True), (20, False), (30, True))]
    found += attempted(lambda: control.spans(tests, str(law.value("control_span")), 99))
    return found


def gaps(law: Rules) -> list[str]:
    """Gaps of every length that decides, at every availability that decides."""
    found: list[str] = []
    for level in (
        0.0,
        0.5,
        74.999,
        75.0,
        75.5,
        76.5,
        79.999,
        80.0,
        80.5,
        89.999,
        90.0,
        90.5,
        94.999,
        95.0,
        95.5,
        100.0,
    ):
        for hours in (1, 8, 9, 10, 24, 25, 26, 40):
            series = taken_out(FALLING, [(2500, 2500 + hours)])
            held = Series(series.value, series.valid, potential=4321.0)
            found += attempted(lambda held=held, h=hours, level=level: _substituted(law, held, h, level))
    for name in ("initial",):
        found += attempted(lambda name=name: law.value(name))
    valid = np.arange(9500) % 7 > 0
    found += attempted(lambda: availability(law, np.ones(9500, bool), valid)[[100, 8759, 8761, 9499]].tolist())
    return found


def _substituted(law: Rules, held: Series, hours: int, level: float) -> Any:
    made, told = substitute(law, held, Gap(2500, 2500 + hours), level)
    return made.value, made.rule, [item.code for item in told]


def flows(law: Rules) -> list[str]:
    """Gaps of a falling flow, at a load with hours and at one without, at every availability that decides."""
    lost = [*((hours, 50.0) for hours in (1, 8, 9, 10, 24, 25, 26)), (1, 81.0)]
    return list(attempted(*(lambda one=one: list(_of_flow(law, *one)) for one in lost)))


def _of_flow(law: Rules, hours: int, at: float) -> Iterator[Any]:
    gap = Gap(7000, 7000 + hours)
    load = np.array([50.0, 41.0, 95.0])[np.arange(8000) % 3]
    load[gap.start : gap.stop] = at
    series = taken_out(np.arange(8000.0)[::-1], [(gap.start, gap.stop)])
    held = pools(law, Series(series.value, series.valid, 4321.0), load, 100.0)
    for level in (None, 0.5, 79.999, 80.0, 80.5, 81.5, 89.999, 90.0, 90.5, 91.5, 94.999, 95.0, 95.5, 96.5):
        made, _ = by_load(law, held, gap, level)
        yield made.value, made.rule


def of_a_year(law: Rules) -> list[str]:
    """Two months with hours lost by a minute more or less, days by an hour, runs of other marks, a long gap."""
    hour = 60
    lost = [
        *((hour * (100 + 3 * at) + 20, count, 2) for at, count in enumerate((11, 12, 13, 14, 15, 16, 17, 28))),
        (hour * 130 + 1, 56, 2), (hour * 140 + 16, 28, 2), (hour * 143 + 15, 15, 2),
        (hour * 150, 44, 1), (hour * 153, 44, LEGEND.index("maintenance")),
        *((hour * 24 * (8 + at), hour * hours, 2) for at, hours in enumerate((3, 4, 5))),
        (hour * 24 * 14, hour * 30, 2), (hour * 24 * 20, 90, LEGEND.index("not operating")),
    ]  # fmt: skip
    found, _ = year(law.scheme, {2: minutes(2, lost=lost), 3: minutes(3, lost=[(hour * 50, hour * 40, 2)])})
    code = np.zeros(len(given := minutes(4)), np.int8)
    code[6000:6060] = 2
    one_channel, _ = year(law.scheme, {4: Minutes(given.time, given.columns, (Flags(code, LEGEND, ("co2",)),), "x")})
    alone = {name: bool(valid[100]) for name, valid in one_channel.made.months[4].month.valid.items()}
    events = [found.made.months[month].month.events.rows.tolist() for month in (2, 3)]
    return list(attempted(
        lambda: [np.nansum(part) for part in (found.legal, found.best, found.value)], lambda: found.valid_days.tolist(),
        lambda: sorted(found.shares.items()), lambda: sorted(found.capture.items()), lambda: events, lambda: alone,
        lambda: float(found.total("best").u), lambda: [item.code for item in found.findings],
    ))  # fmt: skip


BATTERIES: Sequence[Callable[[Rules], list[str]]] = (constants, quality, gaps, flows, of_a_year)


def leaves(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The changes of a row that say something else: what comes after a gap of any length is never asked for, and an
    hour has no fifth quarter."""
    if row["id"] == "part75.valid_quadrants":
        yield "value", 3
        return
    for name, other in changed(row, ("value",)):
        endless = isinstance(other, Mapping) and "beyond" in other and other["hours"] is None
        if not (endless and other["beyond"] != row["value"]["beyond"]):
            yield name, other


def feels(scheme: str, battery: Callable[[Rules], list[str]], before: Mapping[Any, Any]) -> bool:
    try:
        return battery(in_force(scheme)) != before[battery]
    except Exception:  # a word that the code does not know is felt
        return True


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_leaf_of_each_row_is_felt(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scheme if scheme != "plausibility" else "HJ 75-2017"
    has_years = "substituted" in in_force(asked).rows
    batteries = [one for one in BATTERIES if has_years or one is not of_a_year]
    before = {battery: battery(in_force(asked)) for battery in batteries}
    unfelt = []
    for row in (one for one in ROWS if one["scheme"] == scheme and one["id"] not in ELSEWHERE):
        for name, other in leaves(row):
            with rows_with(monkeypatch, str(row["id"]), name, other):
                if not any(feels(asked, battery, before) for battery in batteries):
                    unfelt.append((row["id"], other))
    assert not unfelt


def test_rows_that_a_whole_unit_is_wanted_for_are_there() -> None:
    assert set(ELSEWHERE) <= {str(row["id"]) for row in ROWS}
