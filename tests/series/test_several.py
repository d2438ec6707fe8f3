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
from suyuan.series.gathered import Gathered
from suyuan.series.periods import HOUR, Periods
from suyuan.series.quality.use import DEVICE, OUT, RULES
from suyuan.series.reasons import reasons
from suyuan.series.several import gather_several
from suyuan.series.stream import Stream
from suyuan.series.summary import resample
from suyuan.series.view import View, correct, with_marks

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
                                   range=(1.0, 20.0), issuer="Lab", number=f"{name}{q}"))  # fmt: skip
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


def test_rows_without_a_value_have_the_reason_of_their_stream() -> None:
    """As the hours of one stream have it: out of range, taken out by a rule of use, the formula itself; and flags."""
    seen = views()
    marks = np.zeros(ROWS, np.uint8)
    marks[30:40], marks[70] = DEVICE | OUT, RULES
    seen["b"] = with_marks(seen["b"], marks, marks >= OUT)
    sums = gather_several(Formula("a*b"), seen, "1", "z", Periods("hour"))
    assert {Status(s).word: int(n) for s, n in zip(*merged_by_status(sums), strict=True)} == {
        "valid": 78,
        "outside": 2,
        "flagged": 10,
    }
    assert [n.tolist() for n in sums.flagged[1:]] == [[RULES], [1]]
    found = resample(sums, seen["a"].stream, least=None)
    assert reasons(found, sums).status.tolist() == ["valid", "valid", "with_flagged"]
    assert reasons(found, sums).certificates[0] == ("Lab a0", "Lab b0")
    gone = gather_several(Formula("a*b"), {**seen, "a": with_marks(seen["a"], marks | OUT, marks >= 0)}, "1", "z",
                          Periods("hour"))  # fmt: skip
    assert set(reasons(resample(gone, seen["a"].stream, None), gone).status.tolist()) == {"flagged"}
    fails = gather_several(Formula("log(0*a*b)"), views(), "1", "z", Periods("hour"))
    assert reasons(resample(fails, seen["a"].stream, None), fails).status.tolist() == ["failed"] * 3


def merged_by_status(sums: Gathered) -> tuple[np.ndarray, np.ndarray]:
    status = np.unique(sums.tally[1])
    return status, np.array([sums.tally[2][sums.tally[1] == s].sum() for s in status])


def test_other_times_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        gather_several(Formula("a*b"), views({"b": TIME + 1}), "1", "z")
    assert [f.code for f in refused.value.findings] == ["series.several.times"]
