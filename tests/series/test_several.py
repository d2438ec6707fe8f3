"""A formula over several corrected streams: its sums against propagation of every row as quantities."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.propagate import propagate
from suyuan.quantity.quantity import joint, quantity
from suyuan.series.asof import Status
from suyuan.series.block import Block
from suyuan.series.periods import HOUR, Periods
from suyuan.series.several import gather_several
from suyuan.series.stream import Stream
from suyuan.series.view import View, correct

ROWS = 90
TIME = np.arange(ROWS) * (HOUR // 30)


def views(times: dict[str, np.ndarray] | None = None) -> dict[str, View]:
    """Two streams on one reference, whose certificates change at different times; one reading is out of range."""
    rng = np.random.default_rng(3)
    leaf = quantity(0.0, 1.0, id="e" * 32, label="reference")
    found = {}
    for place, name in enumerate(("a", "b")):
        made = []
        for q, begin in enumerate((0, int(TIME[37 + 11 * place]))):
            g, o = joint([1.0 + 0.01 * q, 0.1], [0.01, 0.05], [[1.0, 0.4], [0.4, 1.0]], ["1", "1"], label=f"{name}{q}")
            model, parameters = gain_and_offset(g, o + 0.03 * leaf)
            made.append(Correction(f"{name}{q}", name, model, parameters, begin, 0, raw_unit="kPa", unit="kPa",
                                   range=(1.0, 20.0)))  # fmt: skip
        count = rng.integers(500, 1500, ROWS)
        count[5 + place] = 3000
        stream = Stream(name, "pressure", "kPa", name, resolution=Decimal("0.01"))
        time = (times or {}).get(name, TIME)
        found[name] = correct(Block(name, name, time, count, stream.resolution, u=0.02), stream, made, known=1)
    return found


@pytest.mark.parametrize("text", ["a*b", "log(a/b) + a", "a*a - 2*b"])
def test_hours_are_the_means_of_rows_as_quantities(text: str) -> None:
    seen = views()
    kept = np.ones(ROWS, dtype=bool)
    kept[60:64] = False
    sums = gather_several(Formula(text), seen, "1", "z", Periods("hour"), kept)
    means = sums.means()
    good = kept & (seen["a"].status == Status.VALID) & (seen["b"].status == Status.VALID)
    for place, number in enumerate(sums.numbers):
        at = np.flatnonzero(good & (number == TIME // HOUR * HOUR))
        rows = {name: view.quantity(at) / quantity(1.0, 0.0, view.unit.symbol) for name, view in seen.items()}
        expected = propagate(Formula(text), **rows).mean()
        assert means[place].value == pytest.approx(float(expected.value), rel=1e-12)
        assert means[place].u == pytest.approx(float(expected.u), rel=1e-10)
    assert int(sums.readings(sums.numbers, Status.VALID).sum()) == int(good.sum())
    assert int(sums.readings(sums.numbers).sum()) == ROWS


def test_other_times_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        gather_several(Formula("a*b"), views({"b": TIME + 1}), "1", "z")
    assert [f.code for f in refused.value.findings] == ["series.several.times"]
