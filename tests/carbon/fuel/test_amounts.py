"""Amounts that cannot be: the slip of a unit in a month or in a year, told with the unit that would explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.carbon.mutation import unfelt
from tests.carbon.test_plant_trusted import COAL, OVERRIDES, POWER, claimed, read

from suyuan.carbon.claim.claim import Claim, Part
from suyuan.carbon.fuel.amounts import rows_of, scale_told, slip, to_others
from suyuan.carbon.fuel.standstill import standstill
from suyuan.carbon.fuel.units import COUNTED, USUAL, amount_unit
from suyuan.carbon.sector.scale import size_told
from suyuan.quantity.finding import Finding, Refused, errors, sentences
from suyuan.quantity.quantity import quantity
from suyuan.quantity.table import load
from suyuan.verbs.carbon.order import against_former, order_told

MONTHS = [182.0, 171, 180, 176, 168, 174, 190, 192, 175, 170, 178, 186]
SCALE = "carbon.amount.scale"


def coal(*changed: float, unit: str = "t", times: float = 1e3) -> dict[str, Any]:
    """Coal of a year, whose first months are multiplied."""
    by = [*changed, *[1.0] * (12 - len(changed))]
    return {**COAL, "amount": [m * times * one for m, one in zip(MONTHS, by, strict=True)], "amount_unit": unit}


def of_scale(*streams: Any, **changed: Any) -> list[Finding]:
    return [item for item in read(*streams, **changed)[1] if item.code.startswith(SCALE)]


def test_a_year_of_one_unit_is_not_told() -> None:
    assert not of_scale(coal(), POWER)
    outage = [0.0, 0.2, 1.0, 1.3]
    assert not of_scale(coal(*outage), POWER)


@pytest.mark.parametrize(
    ("by", "unit", "times", "probable"),
    [
        (1e3, "t", 1e3, "kg"),
        (1e-4, "t", 1e3, "10^4 t"),
        (1e-3, "t", 1e3, "kt"),
        (1e4, "10^4 t", 1e-1, "t"),
        (10.0, "t", 1e3, ""),
        (0.001, "kg", 1e6, "t"),
    ],
)
def test_a_month_in_another_unit_is_refused_with_it(by: float, unit: str, times: float, probable: str) -> None:
    (item,) = of_scale(coal(1.0, 1.0, by, unit=unit, times=times), POWER)
    assert (item.code, item.where, item.severity) == (SCALE, "/streams/0/amount/2", "error")
    said = sentences(item, "en")
    assert f"about {10 ** abs(slip(by)):,d} times off" in said["what"] and '"row": "amount.month.' in said["remedy"]
    assert ("typed in" in said["what"]) == bool(probable) and probable in said["what"]


def test_power_in_kilowatt_hours_is_refused() -> None:
    power = {**POWER, "amount": [100.0] * 5 + [100e3] + [100.0] * 6}
    (item,) = of_scale(coal(), power)
    assert item.where == "/streams/1/amount/5" and "kW·h" in sentences(item, "zh")["what"]


def test_bought_power_of_a_standstill_and_oil_for_starting_are_told_only() -> None:
    power = {**POWER, "amount": [100.0] * 5 + [1500.0] + [100.0] * 6}
    assert [item.code for item in of_scale(coal(), power)] == [f"{SCALE}_told"]
    oil = {**COAL, "name": "oil", "amount": [1.0, 0, 9, 0, 3, 150, 0, 2, 20, 0, 5, 1]}
    assert [item.code for item in of_scale(coal(), oil, POWER)] == [f"{SCALE}_told"]


FULL = 130_000.0
HONEST = {
    "outage with fire to start": [FULL] * 3 + [28.0, 35.0, 31.0] + [FULL] * 6,
    "outage with less fire": [FULL] * 3 + [13.0, 0.0, 0.0, 14.0] + [FULL] * 5,
    "set to work in spring": [3.0, 150, 9000, 60_000, *[FULL] * 8],
    "set to work in autumn": [0.0] * 8 + [3.0, 150, 9000, FULL],
    "taken out of service": [*[FULL] * 6, 60_000, 9000, 130, 0, 0, 0],
    "twentyfold": [FULL / 20] * 11 + [FULL],
}


@pytest.mark.parametrize("months", HONEST.values(), ids=HONEST)
def test_months_of_a_standstill_or_of_setting_to_work_are_told_only(months: list[float]) -> None:
    found = of_scale({**COAL, "amount": months}, POWER)
    assert found and {item.code for item in found} == {f"{SCALE}_told"}


@pytest.mark.parametrize("ratio", [1e-4, 1e-3 * 1.59, 1e-3 / 1.59, 15.9])
def test_a_month_near_a_power_of_ten_is_refused_where_nothing_stood_still(ratio: float) -> None:
    (item,) = of_scale({**COAL, "amount": [FULL] * 4 + [FULL * ratio] + [FULL] * 7}, POWER)
    assert (item.code, item.where) == (SCALE, "/streams/0/amount/4")
    (item,) = of_scale({**COAL, "amount": [FULL * ratio] + [FULL] * 11}, POWER)  # a year begins after no standstill
    assert (item.code, item.where) == (SCALE, "/streams/0/amount/0")
    power = {**POWER, "amount": [0.0, 100e3, *[100.0] * 10]}  # bought power does not fall with one either
    assert [item.code for item in of_scale(coal(), power)] == [SCALE]


def test_a_stack_that_ran_shows_that_nothing_stood_still() -> None:
    """Coal of one month in 10⁴ t beside a month of nil: an end of a standstill, but for the stack."""
    months = [*[FULL] * 5, 0.0, 13.0, *[FULL] * 5]
    parts = claimed({**COAL, "amount": months}, POWER).claim.parts
    plant, _ = read({**COAL, "amount": months}, POWER)
    assert plant is not None and not errors(size_told(plant, parts))

    def shown(month: float) -> list[Finding]:
        tonnes = np.array(months) * 0.55 * 0.99 * 44 / 12
        tonnes[6] = month
        part = Part("S1", "monitoring", quantity(tonnes, 1.0, "t"), tuple(tonnes.tolist()),
                    {"measured": float(tonnes.sum())}, False)  # fmt: skip
        assert plant is not None
        return list(errors(size_told(plant, [*parts, part])))

    assert not shown(300.0)
    (item,) = shown(250_000.0)
    assert item.where == "/streams/0/amount/6" and '"row": "amount.month.fuel"' in sentences(item, "zh")["remedy"]
    both = [{**COAL, "amount": months}, {**COAL, "name": "other coal", "amount": [0.0] * 5 + [FULL] * 2 + [0.0] * 5}]
    plant, _ = read(*both, POWER)  # another coal was burnt, which contradicts no stack
    parts = claimed(*both, POWER).claim.parts
    assert not shown(250_000.0)


def test_a_new_unit_that_buys_more_than_it_burns_is_told() -> None:
    new = [0.0] * 9 + [30.0, 400.0, 3000.0]
    power = {**POWER, "amount": [2000.0, 3000.0, *[8000.0] * 8, 20_000.0, 38_000.0]}
    found = claimed({**COAL, "amount": new}, power).findings
    assert [item.severity for item in found if item.code.startswith(SCALE) and "bought" in str(item.parameters)] == [
        "warning"
    ]
    (item,) = refused({**COAL, "amount": new}, {**power, "amount": [300e3] * 12})
    assert '"row": "amount.bought"' in sentences(item, "zh")["remedy"]


def test_half_a_year_in_another_unit_is_refused() -> None:
    (item,) = of_scale(coal(*[1e-4] * 6), POWER)
    assert item.severity == "error" and dict(item.parameters)["further"] == "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"


def test_an_override_admits_a_month_and_is_told() -> None:
    row = {**OVERRIDES[0], "row": "amount.month.fuel"}
    plant, _ = read(coal(12.0), POWER, overrides=[*OVERRIDES, row])
    (item,) = of_scale(coal(12.0), POWER, overrides=[*OVERRIDES, row])
    assert plant is not None and item.code == f"{SCALE}_admitted" and "A. Demo" in sentences(item, "zh")["what"]


@pytest.mark.parametrize(
    ("stream", "amount", "unit"),
    [(COAL, 182.0, "Mt"), (COAL, 3.2e6, "10^4 Nm3"), (POWER, 6e6, "MW·h"), (COAL, 1e5, "万吨")],
)
def test_more_than_there_is_anywhere_is_refused(stream: dict[str, Any], amount: float, unit: str) -> None:
    (item,) = of_scale({**stream, "amount": [amount] * 12, "amount_unit": unit})
    assert item.severity == "error" and '"row": "amount.most.' in sentences(item, "zh")["remedy"]


def refused(*streams: Any, **changed: Any) -> list[Finding]:
    with pytest.raises(Refused) as told:
        claimed(*streams, **changed)
    return [item for item in errors(told.value.findings) if item.code.startswith(SCALE)]


def test_a_year_of_power_in_kilowatt_hours_is_refused_beside_its_coal() -> None:
    (item,) = refused(coal(), {**POWER, "amount": [300e3] * 12})
    assert '"row": "amount.bought"' in sentences(item, "zh")["remedy"] and item.where == "/streams/1/amount"
    claimed(coal(), {**POWER, "amount": [300e3] * 12}, sector="other")


def test_a_year_of_coal_in_ten_thousand_tonnes_is_refused() -> None:
    (item,) = refused(coal(times=0.1), {**POWER, "amount": [1.0] * 12})
    assert '"row": "amount.total"' in sentences(item, "en")["remedy"]


def stack(name: str, times: float, missing: tuple[float, ...] = ()) -> Part:
    tonnes = np.array(MONTHS) * 1e3 * 0.55 * 0.99 * 44 / 12 * times
    if missing:
        tonnes = np.where(np.array(missing) > 0.0, 0.0, tonnes)
    months = quantity(tonnes, 1.0, "t")
    return Part(name, "monitoring", months, tuple(tonnes.tolist()), {"measured": float(tonnes.sum())}, False, missing)


def test_fuel_tenfold_of_what_its_stacks_show_is_refused() -> None:
    plant, _ = read(coal(), POWER)
    assert plant is not None
    parts = claimed(coal(), POWER).claim.parts
    assert not size_told(plant, [*parts, stack("S1", 0.5), stack("S2", 0.6)])
    lacking = (0.0,) * 3 + (700.0,) * 9  # what is not known of nine months says nothing against the fuel
    assert not size_told(plant, [*parts, stack("S1", 1.0, lacking)])
    (item,) = size_told(plant, [*parts, stack("S1", 0.001)])
    assert '"row": "amount.stack"' in sentences(item, "zh")["remedy"] and "1,000" in sentences(item, "zh")["what"]


def test_a_year_that_leaves_the_one_before_is_refused() -> None:
    def of(year: int, *streams: Any) -> Claim:
        made = claimed(*streams, year=year, made=f"{year + 1}-02-20", overrides=OVERRIDES_OF[year]).claim
        return replace(made, digest=f"{year}" * 16)

    before = of(2022, coal(), {**POWER, "amount": [3000.0] * 12})
    same = of(2023, coal(1.1), {**POWER, "amount": [90.0] * 12})
    assert not errors(against_former(same, [before]))
    assert [dict(item.parameters)["name_zh"] for item in against_former(same, [before])] == ["购入电力"]
    slipped = of(2023, coal(times=1e4), POWER)
    (item,) = errors(against_former(slipped, [before]))
    assert "燃料燃烧" in sentences(item, "zh")["what"] and "约差 10 倍" in sentences(item, "zh")["what"]
    assert [one.code for one in order_told(slipped, [before])] == [SCALE] and not order_told(same, [before])
    again = replace(slipped, year=2022, supersedes=before.digest, reason="wrong unit")
    assert not order_told(again, [before])
    assert {item.code for item in against_former(again, [before])} == {f"{SCALE}_told"}
    assert not against_former(before, [same])


OVERRIDES_OF = {
    year: [{"row": row, "person": "A. Demo", "reason": "text on order", "day": f"{year + 1}-01-05"}
           for row in ("china.oxidation_coal", "grid.accounting.2022", "scheme.china_2022")]
    for year in (2022, 2023)
}  # fmt: skip


def test_usual_units_are_read_as_their_size() -> None:
    kinds = {per: kind for kind, units in COUNTED.items() for per in units}
    for per, sizes in USUAL.items():
        for size, names in sizes.items():
            for name in names:
                times, base = amount_unit(name, kinds[per])
                assert (times, base) == (pytest.approx(size), per), name


def test_every_row_of_amounts_is_felt(monkeypatch: pytest.MonkeyPatch) -> None:
    def felt(row: Mapping[str, Any]) -> Any:
        if row["of"] == "standstill":
            ratios = np.array([1.0] * 5 + [0.32, 0.0, 0.34] + [1.0] * 4)
            steps = np.array([2.05**n for n in range(6)] + [0.0] * 3 + [2.2**n for n in range(3)])
            return [standstill(one, one, "input").tolist() for one in (ratios, steps)]
        edges = [edge * by for edge in (float(row["low"]), float(row["high"])) for by in (0.999, 1.001, 1.069, 1.071)]
        if row["of"] == "slip":
            return [slip(edge) for edge in edges] + [slip(edge * 10.0**n) for n in (1, 3, 4, 5, 6) for edge in edges]
        if row["of"] == "steady":
            years = [[1.0] * 7 + [by] * 4 + [8.4] for by in edges] + [[1.0] * 7 + [5.0, 6.0, 9.0, 0.0, 0.0]]
            return [len(errors(of_scale({**COAL, "amount": [1e3 * one for one in year]}, POWER))) for year in years]
        kind, sector = row.get("kinds", [""])[0], row.get("sectors", [""])[0]
        mine = [one for one in rows_of(row["of"], kind, sector, row.get("per", "")) if one["id"] == row["id"]]
        return [len(scale_told(edge, mine, {}, "")) for edge in edges]

    assert not unfelt(monkeypatch, list(load("suyuan.carbon", "amounts")), felt)


def test_a_month_is_compared_with_others_only() -> None:
    assert np.isnan(to_others(np.array([5.0, 0.0, 7.0] + [0.0] * 9))).all()
