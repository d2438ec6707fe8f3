"""The budget of a summary: a row a parameter, the correlation apart, a shared reference as one; they add up to u²."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, joint, quantity
from suyuan.series.block import Arrived, from_values
from suyuan.series.gathering import gather
from suyuan.series.shares import Share, shares
from suyuan.series.stream import Stream
from suyuan.series.summary import mean, total
from suyuan.series.view import correct

DAY = 86_400_000_000
X = np.round(20.0 + np.sin(np.arange(400) / 9.0), 2)
STREAM = Stream("T", "temperature", "1", "T-7", resolution=Decimal("0.01"))


def certified(number: str, start: int, r: float, leaf: float = 0.0) -> Correction:
    """Gain and offset with one joint influence, and a part of the offset from one reference of all."""
    source = Source("Lab", number, "0/0+1/0")
    gain, offset = joint([1.001, 0.1], [4e-4, 0.02], [[1, r], [r, 1]], source=source, id=identity("Lab", number, "j"))
    if leaf:
        ref = Source("NMI", "R-1", "0/0")
        offset = offset + leaf * quantity(0.0, 1.0, source=ref, id=identity("NMI", "R-1", "0/0"))
    return Correction(number, "T-7", *gain_and_offset(gain, offset), start, 0, "Lab", number)


def budget(*some: Correction) -> tuple[Quantity, tuple[Share, ...]]:
    block = from_values(STREAM, np.arange(400) * (DAY // 100), X, Arrived(u=0.05))
    sums = gather(correct(block, STREAM, some, 1))
    made = mean(sums)
    for result, is_mean in ((made, True), (total(sums), False)):
        found = shares(result, sums, is_mean)
        assert sum(s.variance for s in found) == pytest.approx(float(result.u) ** 2, rel=1e-12)
    return made, shares(made, sums, True)


def rows(found: tuple[Share, ...]) -> dict[tuple[str, str, str], Any]:
    return {(s.kind, s.certificate, s.parameter): s.u for s in found}


def test_gain_and_offset_are_two_rows_and_their_correlation_a_third() -> None:
    _, found = budget(certified("1", 0, -0.5))
    got, x = rows(found), float(X.mean())
    assert got["parameter", "Lab 1", "gain"] == pytest.approx(x * 4e-4, rel=1e-12)
    assert got["parameter", "Lab 1", "offset"] == pytest.approx(0.02, rel=1e-12)
    taken = got["correlation", "Lab 1", "gain, offset"]
    assert taken == pytest.approx(-math.sqrt(x * 4e-4 * 0.02), rel=1e-12)  # it takes away
    assert got["own", "", ""] == pytest.approx(1.001 * 0.05 / 20.0, rel=1e-12) and len(got) == 4


def test_without_correlation_there_is_no_row_for_it() -> None:
    assert {kind for kind, _, _ in rows(budget(certified("1", 0, 0.0))[1])} == {"parameter", "own"}


def test_a_reference_of_two_certificates_is_one_row() -> None:
    _, found = budget(certified("1", 0, -0.5, 0.01), certified("2", 2 * DAY, 0.3, 0.03))
    got = rows(found)
    assert got["shared", "NMI R-1", ""] == pytest.approx(0.02, rel=1e-9)  # half of the readings each, added linearly
    assert sum(kind == "parameter" for kind, _, _ in got) == 4
