"""A factor from assays: weights, shared laboratory, representativeness, sampling from duplicates, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.fuel.determination import determine, sampling
from suyuan.carbon.fuel.laboratory import Report
from suyuan.quantity.finding import Refused

BURNT = np.arange(100.0, 1300.0, 100.0)


def report(month: int, carbon: float = 60.0, heat: float | None = 22.0) -> Report:
    return Report(month, "Demo", f"C-{month}", carbon, "ar", 0.3, 0.5, heat=heat)


def test_weights_and_shared_laboratory() -> None:
    found = determine([report(month, 58.0 + month) for month in range(1, 13)], BURNT, 0.99)
    carbon = float(np.average(58.0 + np.arange(1, 13), weights=BURNT)) / 100
    assert float(found.factor.value) == pytest.approx(carbon * 0.99 * 44 / 12)
    share = BURNT / BURNT.sum()
    u = (0.3**2 + 0.5**2 * float((share**2).sum())) ** 0.5 / 100
    assert float(found.factor.u) == pytest.approx(u * 0.99 * 44 / 12)
    assert found.per_heat is not None and float(found.per_heat.value) == pytest.approx(carbon * 0.99 * 44 / 12 / 22)
    assert found.representativeness == 1.0 and not found.findings and len(found.version) == 16


def test_three_months_are_not_a_year() -> None:
    found = determine([report(1), report(2), report(3, heat=None)], BURNT)
    assert found.representativeness == pytest.approx(600 / 7800)
    assert [item.code for item in found.findings] == ["carbon.determination.share"] and found.per_heat is None
    assert determine([report(month) for month in range(4, 13)], BURNT).findings == ()  # 92 %


def test_version_follows_what_went_in() -> None:
    one, same, other = (determine([report(1, c)], BURNT).version for c in (60.0, 60.0, 60.1))
    assert one == same != other


@pytest.mark.parametrize(
    ("reports", "amounts"),
    [
        ([], BURNT),
        ([report(1), report(1)], BURNT),
        ([report(13)], BURNT),
        ([report(1)], BURNT[:11]),
        ([report(1)], np.append(0.0, BURNT[1:])),
        ([report(1)], -BURNT),
    ],
)
def test_what_cannot_be(reports: list[Report], amounts: np.ndarray) -> None:
    with pytest.raises(Refused):
        determine(reports, amounts)


def test_sampling_from_duplicates() -> None:
    rng = np.random.default_rng(0)
    lots = rng.normal(60.0, 3.0, (400, 1)) + rng.normal(0.0, 0.8, (400, 2))
    assert float(sampling(lots.tolist()).u) == pytest.approx(0.8, rel=0.1)
    with pytest.raises(Refused):
        sampling([[1.0, 2.0], [1.0]])
