"""A year again after a certificate has changed: what a new year would give, from kept sums where they say all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from suyuan.carbon.monitoring.hours.minutes import Minutes
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.quantity.correction import Correction
from suyuan.quantity.quantity import quantity
from suyuan.verbs.carbon.stack import course_of, reclaimed, stack_year

from .stacks import HJ75, HOURS, KNOWN, MINUTE, MRR, PART75, YEAR, ZONE, certificate, certificates, law, minutes, plant

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
def test_only_touched_months_are_made_again_and_the_result_is_that_of_a_new_year(scheme: str) -> None:
    first = course(scheme, certificates())
    old = stack_year(first, law(scheme), KNOWN, Reader(), MONTHS)
    assert float(old.total("best").u) > 0.0
    second, reader = course(scheme, [*certificates(), CHANGED]), Reader()
    new, again = reclaimed(old, second, law(scheme), KNOWN, reader)
    assert reader.asked == [] and again == (3, 4)
    same(new, stack_year(second, law(scheme), KNOWN, Reader(), MONTHS))
    assert float(new.total().u) < float(old.total().u)


def same(new: StackYear, whole: StackYear) -> None:
    """Every number of two years, hour by hour and sum by sum."""
    np.testing.assert_array_equal(new.reason, whole.reason)
    np.testing.assert_array_equal(new.rule, whole.rule)
    for name in ("value", "legal", "best"):
        np.testing.assert_allclose(getattr(new, name), getattr(whole, name), rtol=1e-12)
    for kind in ("legal", "best"):
        for a, b in ((new.by_month(kind), whole.by_month(kind)), (new.total(kind), whole.total(kind))):
            np.testing.assert_allclose(a.value, b.value, rtol=1e-12)
            np.testing.assert_allclose(a.u, b.u, rtol=1e-12)
        assert set(new.total(kind).blocks) == set(whole.total(kind).blocks)
    assert [f.code for f in new.findings] == [f.code for f in whole.findings]


def _since(month: int, minutes_later: int = 0) -> int:
    return int(HOURS.begin[HOURS.of_month(month).start]) + minutes_later * MINUTE


@pytest.mark.parametrize("scheme", [HJ75, PART75, MRR])
def test_what_is_lost_later_follows_a_change_before_it(scheme: str) -> None:
    """A steeper line in February only: March's lost hours look back on February, and February's last gap ahead."""
    every = [*certificates(), certificate("velocity", since=_since(3), number="velocity-C9")]
    steep = replace(
        certificate("velocity", since=_since(2), number="velocity-C2"),
        parameters={**certificate("velocity").parameters, "gain": quantity(1.4, 0.01, label="steep gain")},
    )
    given = {m: minutes(m, lost=[(0, 60 * 3, 2), (60 * 690, 60 * 2, 2)]) for m in MONTHS}
    old = stack_year(course(scheme, every), law(scheme), KNOWN, given.__getitem__, MONTHS)
    assert float(old.total().u) > 0.0
    second, reader = course(scheme, [*every, steep]), Reader()
    new, again = reclaimed(old, second, law(scheme), KNOWN, reader)
    assert again == (2,) and reader.asked == []
    same(new, stack_year(second, law(scheme), KNOWN, given.__getitem__, MONTHS))
    march = HOURS.of_month(3).start
    assert new.best[march] > 1.1 * old.best[march]  # the gap that opens March, around which February ends
    if scheme == HJ75:
        assert new.legal[march] > 1.3 * old.legal[march]


def test_one_change_after_the_other_is_as_both_at_once() -> None:
    """The windows of a channel are numbered anew each time: sums that were kept must follow."""
    changes = [
        certificate("velocity", since=_since(3), number="velocity-C2", scale=0.5),
        certificate("co2", since=_since(4, 600), number="co2-C2", scale=0.5),
        certificate("velocity", since=_since(2, 60 * 100), number="velocity-C3", scale=0.8),
    ]
    every, made = certificates(), stack_year(course(HJ75, certificates()), law(), KNOWN, Reader(), MONTHS)
    for change in changes:
        every = [*every, change]
        reader = Reader()
        assert float(made.total().u) > 0.0
        made, _ = reclaimed(made, course(HJ75, every), law(), KNOWN, reader)
        assert reader.asked == []
    same(made, stack_year(course(HJ75, every), law(), KNOWN, Reader(), MONTHS))


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (certificate("co2", since=_since(3, 60 * 10 + 30), number="co2-C2"), [3]),  # within an hour
        (certificate("co2", since=_since(4), number="co2-C2", range=(12.0, 20.0)), [4]),  # readings leave its range
        (certificate("co2", since=_since(4), number="co2-C2", range=(5.0, 20.0)), []),
        (certificate("co2", since=_since(2, 30), number="co2-C2"), [2]),  # the months after need not be read
    ],
    ids=["within an hour", "out of range", "in range", "within the first hour"],
)
def test_a_month_is_read_where_its_sums_do_not_say_all(change: Correction, asked: list[int]) -> None:
    old = stack_year(course(HJ75, certificates()), law(), KNOWN, Reader(), MONTHS)
    assert old.complete and float(old.total().u) > 0.0  # sums that were asked for are there to be taken over
    second, reader = course(HJ75, [*certificates(), change]), Reader()
    new, _ = reclaimed(old, second, law(), KNOWN, reader)
    assert reader.asked == asked
    same(new, stack_year(second, law(), KNOWN, Reader(), MONTHS))


def test_nothing_changed_is_nothing_read() -> None:
    first = course(HJ75, certificates())
    old = stack_year(first, law(), KNOWN, Reader(), MONTHS)
    for _ in range(2):  # before and after its sums were asked for
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
