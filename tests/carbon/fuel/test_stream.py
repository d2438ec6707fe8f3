"""Source streams: products with shared errors, legal value beside best estimate, laboratory reports, bad input."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.component import Component
from suyuan.carbon.fuel.basis import as_received
from suyuan.carbon.fuel.calculation import Rounding, by_heat
from suyuan.carbon.fuel.laboratory import Report, carbon_as_received, late, outliers
from suyuan.carbon.fuel.stream import SourceStream, part_of
from suyuan.carbon.rule import rules
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused, sentences

AMOUNT = np.array([182.0, 171, 180, 176, 168, 174, 190, 192, 175, 170, 178, 186]) * 1000.0
CARBON = np.array([0.552, 0.549, 0.556, 0.551, 0.547, 0.553, 0.555, 0.55, 0.548, 0.554, 0.556, 0.551])
COMPONENTS = (
    Component("belt scale, calibration", 0.003, True, "amount"),
    Component("belt scale, repeatability", 0.004, False, "amount"),
    Component("laboratory", 0.006, True, "carbon"),
    Component("sampling", 0.008, False, "carbon"),
    Component("oxidation", 0.005, True, "oxidation"),
)


def coal(**changed: Any) -> SourceStream:
    given = {"carbon": CARBON, "oxidation": 0.99, **changed.pop("given", {})}
    amount, components = changed.pop("amount", AMOUNT), changed.pop("components", COMPONENTS)
    return SourceStream("coal", "combustion", amount, given, components, **changed)


def report(month: int, **changed: Any) -> Report:
    given: dict[str, Any] = {"u_method": 0.3, "u_month": 0.5, "moisture_ar": 10.0, "moisture_ad": 2.0, "heat": 22.0,
                             "issued": date(2025, min(month, 12), 28), "accredited": "demo", **changed}  # fmt: skip
    return Report(month, given.pop("issuer", "Demo laboratory"), f"C-{month}", given.pop("carbon", 60.0),
                  given.pop("basis", "ad"), **given)  # fmt: skip


def test_the_year_of_the_published_case() -> None:
    part = part_of(coal()).part
    year = part.months.sum()
    assert float(year.value) == pytest.approx(4291026.63, rel=1e-12) == sum(part.legal)
    assert float(year.u) == pytest.approx(37575.08928209799, rel=1e-12)


def test_rounded_heat_goes_on_into_the_tonnes() -> None:
    found = by_heat(21.0, 389.31, 0.01532, 0.99, Rounding({"heat": 0, "emission": 2}))
    assert (float(found.heat), float(found.emission)) == (8176.0, 454.68)  # type: ignore[arg-type]
    assert float(found.best) == pytest.approx(454.653192)
    months = np.array([21.0, 20.0])
    by_month = by_heat(months, 389.31, 0.01532, 0.99, Rounding({"heat": 1}))
    assert by_month.emission == pytest.approx(np.array([8175.5, 7786.2]) * 0.01532 * 0.99 * 44 / 12, rel=1e-12)
    with pytest.raises(Refused) as refused:
        by_heat(21.0, 389.31, 0.01532, 0.99, Rounding({"heat": 0, "carbon_content": 2}))
    assert [item.code for item in refused.value.findings] == ["carbon.fuel.rounding_ways"]


def test_rounding_moves_the_legal_value_only() -> None:
    part = part_of(coal(rounding=Rounding({"carbon_content": 2}))).part
    rounded = float(np.sum(AMOUNT * np.array([float(f"{c:.2f}") for c in CARBON + 1e-12]) * 0.99 * 44 / 12))
    assert sum(part.legal) == pytest.approx(rounded, rel=1e-9) != pytest.approx(4291026.63, rel=1e-6)
    assert float(part.months.sum().value) == pytest.approx(4291026.63, rel=1e-12)


def test_what_a_laboratory_does_to_every_month_adds_up() -> None:
    carbon = carbon_as_received([report(month) for month in range(1, 13)])
    assert np.asarray(carbon.value) == pytest.approx(0.6 * 90 / 98)
    mean = carbon.sum() / 12
    assert float(mean.u) == pytest.approx((0.3**2 + 0.5**2 / 12) ** 0.5 / 100 * 90 / 98, rel=1e-9)
    other = carbon_as_received([report(month, issuer="Other") for month in range(1, 13)])
    assert float(covariance(carbon.sum(), other.sum())) == 0.0


def test_moisture_of_a_month_is_its_own() -> None:
    carbon = carbon_as_received([report(month, u_method=0.0, u_month=0.0, u_moisture=0.5) for month in range(1, 13)])
    assert float((carbon.sum() / 12).u) == pytest.approx(60.0 / 98 * 0.5 / 100 / 12**0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("basis", "expected"), [("ar", 60.0), ("ad", 60.0 * 90 / 98), ("d", 54.0), ("daf", 60.0 * 0.7)]
)
def test_bases(basis: Any, expected: float) -> None:
    assert as_received(60.0, basis, 10.0, 2.0, 20.0) == pytest.approx(expected)


def test_a_credit_lowers_and_a_factor_counts_once() -> None:
    sold = SourceStream("steel", "credit", AMOUNT, {"factor": 0.0154}, (Component("scale", 0.01, True, "amount"),))
    part = part_of(sold).part
    assert sum(part.legal) == pytest.approx(-AMOUNT.sum() * 0.0154)
    assert float(part.months.sum().u) == pytest.approx(AMOUNT.sum() * 0.0154 * 0.01)


def test_a_month_with_a_default_is_told_apart() -> None:
    part = part_of(coal(given={"heat_value": 21.0, "carbon_per_heat": 0.0262}, defaults=frozenset({3}))).part
    assert part.legal[2] == pytest.approx(AMOUNT[2] * 21.0 * 0.0262 * 0.99 * 44 / 12)
    assert part.legal[3] == pytest.approx(AMOUNT[3] * CARBON[3] * 0.99 * 44 / 12)
    assert part.methods["default"] == pytest.approx(part.legal[2])
    assert sum(part.methods.values()) == pytest.approx(sum(part.legal))
    assert part.by == ("calculated",) * 2 + ("default",) + ("calculated",) * 9


def test_a_month_of_which_nobody_states_u_is_bounded_and_the_others_are_not() -> None:
    """A default month beside measured ones had a small U, as if its heat value and carbon were exact; and a scale
    whose certificate ends in June was taken to be known in July."""
    spread = tuple(Component(name, 0.01, True, name) for name in ("amount", "carbon", "oxidation"))
    given = {"heat_value": 21.0, "carbon_per_heat": 0.0262}
    part = part_of(coal(given=given, defaults=frozenset({3}), components=spread)).part
    assert (part.unstated, part.bounded) == (("heat_value", "carbon_per_heat"), (3,))
    assert [part.least_in(month) for month in (2, 3)] == [False, True] and part.least

    half = replace(spread[0], places=frozenset(range(6)))
    part = part_of(coal(components=(half, *spread[1:]))).part
    assert (part.unstated, part.bounded) == (("amount",), (7, 8, 9, 10, 11, 12))

    idle = AMOUNT * (np.arange(12) < 6)
    assert not part_of(coal(amount=idle, components=(half, *spread[1:]))).part.least, "nothing was burnt, nothing lacks"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": AMOUNT[:11]}, "carbon.fuel.months"),
        ({"amount": -AMOUNT}, "carbon.fuel.negative"),
        ({"given": {"oxidation": 99.0}}, "carbon.fuel.range"),
        ({"given": {"oxidation": None}}, "carbon.stream.absent"),
        ({"given": {"carbon": None}}, "carbon.stream.absent"),
        ({"components": (Component("x", 0.1, True, "heat"),)}, "carbon.stream.component"),
    ],
)
def test_what_cannot_be(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        part_of(coal(**change))
    assert [item.code for item in refused.value.findings] == [code]


def test_what_cannot_be_is_said_in_words() -> None:
    """«amount/3 is −5, not within 0 to inf» named neither the month nor a limit that there is."""
    amount = AMOUNT.copy()
    amount[3] = -5.0
    with pytest.raises(Refused) as refused:
        part_of(coal(amount=amount))
    (item,) = refused.value.findings
    said = " ".join(sentences(item, "zh").values())
    assert "4 月的用量为 -5" in said and "inf" not in said and "amount" not in said


def test_zero_though_it_ran() -> None:
    amount = AMOUNT.copy()
    amount[1] = 0.0
    found = part_of(coal(amount=amount, operated=np.ones(12, dtype=bool))).findings
    assert [(item.code, item.where) for item in found] == [("carbon.stream.zero", "coal/amount/1")]


def test_reports_late_absent_twice_and_out_of_line() -> None:
    year = [report(month) for month in range(1, 13)]
    scheme = rules("China 2022", date(2025, 12, 31))
    assert not late(year, 2025, scheme) and not outliers(year, scheme)
    limit = [report(1, issued=date(2025, 3, 12)), report(2, issued=date(2025, 4, 10), accredited="")]  # 40 and 41 days
    assert [item.code for item in late([*limit[:1]], 2025, scheme)] == []
    assert [item.code for item in late(limit, 2025, scheme)] == ["carbon.report.late", "carbon.report.accredited"]
    assert [
        int(dict(item.parameters)["month"]) for item in outliers([*year[:5], report(6, basis="ar"), *year[6:]], scheme)
    ] == [6]
    for wrong, code in ((year[:11], "absent"), ([*year, report(3)], "twice"), ([report(13)], "month")):
        with pytest.raises(Refused) as refused:
            carbon_as_received(wrong)
        assert refused.value.findings[0].code == f"carbon.report.{code}"
