"""A small lake for tests of pages: synthetic readings from a seed, and certificates of a thermometer that has a life.

The thermometer has no certificate at first, then one, then another, and the third is withdrawn. Some readings are
missing, some lie outside the calibrated range, and for two days there are none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from suyuan.cli.demo.shelf import BATTERY, CITY, Shelf, both, value
from suyuan.lake.beside import lake_of
from suyuan.lake.table import Lake
from suyuan.series.block import Arrived, from_values
from suyuan.series.stream import Stream
from suyuan.store.folder import Store
from suyuan.verbs.series.declared import declared_document

THERMOMETER, CHAMBER, STACK = "T-77", "CH-2/temperature", "stack-1/SO2"
DAYS = 500
_DAY = 86_400_000_000


def micros(day: date) -> int:
    """The beginning of a day in µs, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def stocked_lake(folder: Path, today: date, seconds: float = 1800.0) -> Lake:
    """A data folder with a lake of two streams; seconds: between readings of the thermometer."""
    shelf = Shelf(Store(folder), today)
    for number, ended, until, offset in (
        ("1", 420, 60, "-0.171"),
        ("2", 150, -215, "-0.142"),
        ("3", 40, -325, "0.305"),
    ):
        _certificate(shelf, number, (ended, until), offset)
    third = shelf.evidence.certificates[-1]
    reason = both("演示：标准器读错一位", "demo: a digit of the standard was misread")
    shelf.statement("withdrawn", third, None, today - timedelta(days=40), reason)
    lake = lake_of(folder, new=True)
    lake.declare([
        Stream(CHAMBER, "temperature", "degC", THERMOMETER, "CH-2", Decimal("0.01"), seconds, BATTERY, "CC-BY-4.0",
               "试验箱 CH-2 温度（合成）"),
        Stream(STACK, "mass concentration of SO2", "mg/m3", "CEMS-4", "stack 1", Decimal("0.1"), 3600.0, CITY, "", ""),
    ])  # fmt: skip
    start = micros(today - timedelta(days=DAYS))
    lake.append([_chamber(lake, start, seconds), _stack(lake, start)])
    return lake


def _certificate(shelf: Shelf, number: str, days: tuple[int, int], offset: str) -> None:
    made = shelf.paper(
        f"DEMO-T77-{number}", CITY, ("数字温度计 T-77", "digital thermometer T-77", THERMOMETER), days,
        [value("修正", "correction", offset, "K", {"U": "0.040", "k": "2"}, ("15", "35", "degC"))],
    )  # fmt: skip
    fields = {
        "instrument": THERMOMETER, "form": "gain_offset", "raw_unit": "degC",
        "certificate": {"issuer": made.issuer, "number": made.number},
        "parameters": {"offset": {"place": "0/0"}}, "known": made.issued.isoformat(),
    }  # fmt: skip
    shelf.keep(declared_document(fields), f"correction-{number}.json")


def _chamber(lake: Lake, start: int, seconds: float) -> Any:
    size = int(DAYS * 86_400 / seconds)
    rng = np.random.default_rng(77)
    time = start + np.arange(size) * int(seconds * 1e6)
    course = 25.0 + 3.0 * np.sin(2 * np.pi * (time - start) / _DAY) + 0.05 * rng.standard_normal(size)
    course += np.where(np.arange(size) % 4001 == 4000, 14.0, 0.0)  # outside the calibrated range
    values = np.round(course, 2)
    day = (time - start) / _DAY
    values[(day > 200.0) & (day < 200.5)] = np.nan
    keep = ~((day > 300.0) & (day < 302.0))
    stream = next(s for s in lake.streams() if s.id == CHAMBER)
    arrived = Arrived(received=int(time[-1]), u=0.005)
    return from_values(stream, time[keep], values[keep], arrived, Decimal("0.01"))


def _stack(lake: Lake, start: int) -> Any:
    rng = np.random.default_rng(4)
    size = DAYS * 24
    values = np.round(30.0 + 5.0 * rng.standard_normal(size), 1)
    stream = next(s for s in lake.streams() if s.id == STACK)
    time = start + np.arange(size) * 3_600_000_000
    return from_values(stream, time, values, Arrived(received=int(time[-1])), Decimal("0.1"))
