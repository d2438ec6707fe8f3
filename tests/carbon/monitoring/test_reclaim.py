"""A year again after a certificate has changed: only the months that it touches are read, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.monitoring.minutes import Minutes
from suyuan.quantity.correction import Correction
from suyuan.verbs.carbon.stack import course_of, reclaimed, stack_year

from .stacks import HJ75, HOURS, KNOWN, MRR, PART75, YEAR, ZONE, certificate, certificates, law, minutes, plant

MONTHS = (2, 3, 4)
LOST = {2: [(60 * 600, 200, 2)], 3: [(60 * 5, 60 * 9, 2), (60 * 740, 60 * 4, 2)], 4: [(0, 60 * 3, 2)]}
GIVEN = {month: minutes(month, lost=LOST[month]) for month in MONTHS}
CHANGED = certificate("velocity", since=int(HOURS.begin[HOURS.of_month(3).start]), number="velocity-C2", scale=0.5)


class Reader:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, month: int) -> Minutes:
        self.asked.append(month)
        return GIVEN[month]


def course(scheme: str, every: list[Correction]):  # type: ignore[no-untyped-def]
    return course_of(plant(0.1), law(scheme), every, KNOWN, YEAR, ZONE)


@pytest.mark.parametrize("scheme", [HJ75, PART75, MRR])
def test_only_touched_months_are_read_and_the_result_is_that_of_a_new_year(scheme: str) -> None:
    first = course(scheme, certificates())
    old = stack_year(first, law(scheme), KNOWN, Reader(), MONTHS)
    second, reader = course(scheme, [*certificates(), CHANGED]), Reader()
    new, again = reclaimed(old, second, law(scheme), KNOWN, reader)
    assert reader.asked == [] and again == (3, 4)
    whole = stack_year(second, law(scheme), KNOWN, Reader(), MONTHS)
    for kind in ("legal", "best"):
        np.testing.assert_allclose(new.by_month(kind).value, whole.by_month(kind).value, rtol=1e-12)
        np.testing.assert_allclose(new.by_month(kind).u, whole.by_month(kind).u, rtol=1e-9)
        assert float(new.total(kind).u) == pytest.approx(float(whole.total(kind).u), rel=1e-9)
    assert float(new.total().u) < float(old.total().u)
    assert [f.code for f in new.findings] == [f.code for f in whole.findings]


def test_nothing_changed_is_nothing_read() -> None:
    first = course(HJ75, certificates())
    old = stack_year(first, law(), KNOWN, Reader(), MONTHS)
    reader = Reader()
    new, again = reclaimed(old, course(HJ75, certificates()), law(), KNOWN, reader)
    assert again == () and reader.asked == []
    assert new.total().same_as(old.total())


def test_a_withdrawn_certificate_takes_its_hours_with_it() -> None:
    old = stack_year(course(HJ75, certificates()), law(), KNOWN, Reader(), MONTHS)
    every = [one for one in certificates() if one.instrument != "velocity-1"]
    every.append(certificate("velocity", until=int(HOURS.begin[HOURS.of_month(4).start + 600])))
    new, again = reclaimed(old, course(HJ75, every), law(), KNOWN, Reader())
    assert again == (4,)
    assert float(new.total().value) > float(old.total().value)
    assert "carbon_monitoring.certificate.hours" in {f.code for f in new.findings}
    assert new.shares["measured"][0] == old.shares["measured"][0] - 120.0


def test_models_that_bend_are_summed_minute_by_minute() -> None:
    """The same line written as a polynomial that bends a little: hours agree with a mean of corrected minutes."""
    from suyuan.quantity.correction import polynomial
    from suyuan.quantity.quantity import quantity

    model, parameters = polynomial([quantity(0.05, 0.02), quantity(1.01, 0.004), quantity(0.003, 1e-4)])
    begin = int(HOURS.begin[0]) - 1
    bent = Correction("co2-P", "co2-1", model, parameters, begin, 0, "lab", "P", "%", "%")
    every = [one for one in certificates() if one.instrument != "co2-1"]
    found = stack_year(course(HJ75, [*every, bent]), law(), KNOWN, Reader(), (2,))
    plain = stack_year(course(HJ75, certificates()), law(), KNOWN, Reader(), (2,))
    raw = GIVEN[2].columns["co2"].reshape(-1, 60)
    ratio = (0.05 + 1.01 * raw + 0.003 * raw**2).mean(axis=1) / (0.05 + 1.01 * raw).mean(axis=1)
    part = HOURS.of_month(2)
    valid = ~np.isnan(plain.value[part])
    np.testing.assert_allclose(found.value[part][valid] / plain.value[part][valid], ratio[valid], rtol=1e-12)
    hour = found.hour(part.start + 7)
    assert hour is not None
    names = {i.label for i in hour.influences()}
    assert len(hour.influences()) >= 9 or names
