"""Synthetic streams whose truth is known: a clean one, and faults planted at known places."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.quantity import Quantity, quantity
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.quality.check import Checked, check
from suyuan.series.quality.examined import Circumstances, examined
from suyuan.series.stream import Stream

MINUTE = 60_000_000
START = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
NOW = int(datetime(2026, 11, 29, tzinfo=UTC).timestamp()) * 1_000_000
STREAM = Stream("t1", "Celsius temperature", "degC", "PT-01", resolution=Decimal("0.01"), sampling=60.0)


def certificate(
    id: str, valid_from: int, offset: Quantity | float = 0.0, instrument: str = "PT-01", **more: Any
) -> Correction:
    """Gain one and an offset with u = 0.02 °C."""
    made = offset if isinstance(offset, Quantity) else quantity(offset, 0.02)
    model, given = gain_and_offset(quantity(1.0, 1e-5), made)
    unit = {"raw_unit": "degC", "unit": "degC", **more}
    return Correction(id, instrument, model, given, valid_from, 0, number=id, **unit)


def clean(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a day's course with noise: nothing is wrong with them."""
    rng = np.random.default_rng(seed)
    time = START + np.arange(n, dtype=np.int64) * MINUTE
    value = 20.0 + 5.0 * np.sin(2.0 * np.pi * np.arange(n) / 1440.0) + rng.normal(0.0, 0.05, n)
    return time, np.round(value, 2)


def block(time: np.ndarray, value: np.ndarray, stream: Stream = STREAM, **arrived: Any) -> Block:
    return from_values(stream, time, value, Arrived(**{"received": NOW, **arrived}), derive=True)


def checked(
    blocks: Block | list[Block],
    corrections: list[Correction] | None = None,
    stream: Stream = STREAM,
    only: tuple[str, ...] = (),
    **around: Any,
) -> Checked:
    some = blocks if isinstance(blocks, list) else [blocks]
    held = [certificate("c1", START - MINUTE)] if corrections is None else corrections
    return check(examined(stream, some, held, NOW, Circumstances(NOW, **around)), only)


def rows(found: Checked, rule: str) -> list[tuple[int, int, int]]:
    """Block, first row and the row after the last of what a rule told."""
    return [
        (int(b), int(a), int(z))
        for one in found.observations
        if one.rule == rule
        for b, a, z in zip(one.runs.block, one.runs.first, one.runs.last, strict=True)
    ]
