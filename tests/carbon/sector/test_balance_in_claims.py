"""A mass balance of a plant's document: the claim is the balance, one scale counts once, stocks, what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.plant import Plant, read_plant
from suyuan.carbon.sector.balance import balanced
from suyuan.quantity.budget import by_influence
from suyuan.quantity.finding import Finding, Refused, sentences
from suyuan.verbs.carbon.claims import Claimed, claim_of

SCALE = {"name": "rail scale", "of": "amount", "u_rel": 0.005, "shared": True, "issuer": "Demo", "number": "W-1"}
COKE, IRON, TAR = 40_000.0, 90_000.0, 1_000.0
LEVELS = [2000.0, *np.linspace(2500.0, 8000.0, 12).tolist()]


def flow(name: str, kind: str, amount: Any, carbon: Any, **more: Any) -> dict[str, Any]:
    given = carbon if isinstance(carbon, dict) else {"value": carbon, "unit": "tC/t", "source": "works laboratory"}
    return {"name": name, "kind": kind, "amount": amount, "amount_unit": "t", "components": [SCALE], "carbon": given,
            **more}  # fmt: skip


def document(*streams: dict[str, Any], sector: str = "other", overrides: Any = ()) -> bytes:
    content = {"suyuan": "carbon-plant", "enterprise": "E", "unit": "Works", "sector": sector, "scheme": "China 2022",
               "year": 2022, "made": "2023-02-01", "overrides": list(overrides), "streams": list(streams)}  # fmt: skip
    return json.dumps(content).encode()


def read(*streams: dict[str, Any], **more: Any) -> tuple[Plant | None, tuple[Finding, ...]]:
    return read_plant(document(*streams, **more))


def made(*streams: dict[str, Any], **more: Any) -> tuple[Plant, Claimed]:
    plant, told = read(*streams, **more)
    assert plant is not None, told
    return plant, claim_of(plant)


FLOWS = (flow("coke", "input", [COKE] * 12, 0.86), flow("iron", "output", [IRON] * 12, 0.045),
         flow("tar", "output", [TAR] * 12, 0.9), flow("heap", "stock", LEVELS, 0.86))  # fmt: skip


def test_the_claim_is_the_balance_and_the_shared_scale_counts_once() -> None:
    plant, found = made(*FLOWS)
    kept = balanced(plant.streams)
    assert kept is not None
    carbon = 12 * (COKE * 0.86 - IRON * 0.045 - TAR * 0.9) - 6000 * 0.86
    assert found.claim.legal == pytest.approx(carbon * 44 / 12)
    year = kept.emission.sum()
    assert (float(found.claim.best.value), float(found.claim.best.u)) == pytest.approx(
        (found.claim.legal, float(year.u))
    )
    assert float(found.claim.best.u) == pytest.approx(0.005 * found.claim.legal)  # four flows, one error
    assert [row.name for row in by_influence(found.claim.best)] == ["rail scale"]
    assert {p.name: p.kind for p in found.claim.parts} == {
        "coke": "input", "iron": "output", "tar": "output", "heap": "stock",
    }  # fmt: skip
    assert (kept.carbon_in, kept.carbon_stock) == pytest.approx((12 * COKE * 0.86, 6000 * 0.86))
    assert 0 < kept.closure < 1 and found.claim.methods == pytest.approx({"stated": found.claim.legal})


def test_levels_that_err_apart_cancel_but_for_the_ends_of_the_year() -> None:
    survey = {"name": "survey", "of": "amount", "u_rel": 0.03, "shared": False}
    _, found = made(FLOWS[0], {**FLOWS[3], "components": [survey]})
    heap = next(part for part in found.claim.parts if part.kind == "stock").months
    assert float(heap.sum().u) == pytest.approx(0.03 * 0.86 * 44 / 12 * (LEVELS[0] ** 2 + LEVELS[-1] ** 2) ** 0.5)
    assert float(heap.sum().u) < float(np.sqrt((heap.u**2).sum()))


def test_carbon_of_a_balance_comes_from_tables_and_rows_too() -> None:
    coke = flow("coke", "input", [COKE] * 12, {"table": "China sector guidelines", "fuel": "coke"})
    lime = flow("lime", "input", [100.0] * 12, {"rule": "limestone"})
    steel = flow("steel", "output", [IRON] * 12, {"rule": "crude_steel"})
    given = [{"row": row, "person": "A", "reason": "not read yet", "day": "2023-01-05"}
             for row in ("fuel.cn.coke", "china.limestone", "china.crude_steel", "sector.steel.input")]  # fmt: skip
    _, found = made(coke, lime, steel, flow("grid", "electricity", [1.0] * 12, {}, amount_unit="MW·h", components=[],
                    factor={"purpose": "accounting", "year": 2022}), sector="steel",
                    overrides=[*given, {**given[0], "row": "grid.accounting.2022"}])  # fmt: skip
    year = {part.name: sum(part.legal) for part in found.claim.parts}
    assert year["coke"] == pytest.approx(12 * COKE * 28.435 * 0.02942 * 44 / 12)
    assert year["lime"] == pytest.approx(1200 * 0.44) and year["steel"] == pytest.approx(-12 * IRON * 0.0154)
    assert "carbon.sector.absent" not in [item.code for item in found.findings]  # combustion, process, credit: in it
    assert found.claim.methods["default"] > 0 and "stated" not in found.claim.methods


REPORTS = [{"month": m, "issuer": "Lab", "number": f"C-{m}", "carbon": 86.0, "basis": "ar", "u_method": 0.3,
            "u_month": 0.4, "issued": f"202{2 + m // 12}-{m % 12 + 1:02d}-20", "accredited": "CMA 1"}
           for m in range(1, 13)]  # fmt: skip


def assayed(one: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "carbon"} | {"reports": REPORTS, **more}


def test_reports_of_a_laboratory_stand_behind_an_input_and_its_stock() -> None:
    admitted = {"row": "china.report_days", "person": "A", "reason": "not read yet", "day": "2023-01-05"}
    _, found = made(assayed(FLOWS[0]), assayed(FLOWS[3]), overrides=[admitted])
    assert found.claim.methods == pytest.approx({"calculated": found.claim.legal})
    names = [row.name for row in by_influence(found.claim.best)]
    assert names.count("Lab: carbon, method") == 1 and {e.part for e in found.claim.evidence} == {"coke", "heap"}


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ((flow("coke", "input", [COKE] * 12, 86.0),), "carbon.plausible.range"),
        ((flow("coke", "input", [COKE] * 11, 0.86),), "carbon.fuel.months"),
        ((FLOWS[0], flow("heap", "stock", LEVELS[:12], 0.86)), "carbon.balance.levels"),
        ((FLOWS[0], flow("heap", "stock", [-1.0, *LEVELS[1:]], 0.86)), "carbon.amount.negative"),
        ((assayed(FLOWS[0], reports=REPORTS[1:], defaults=[1]),), "carbon.balance.defaults"),
        ((flow("coke", "input", [COKE] * 12, {"rule": "oxidation_coke"}),), "carbon.factor.not_given"),
        ((flow("coke", "input", [COKE] * 12, 0.86, amount_unit="t/h"),), "carbon.amount.rate"),
    ],
)
def test_what_cannot_be_read(streams: tuple[dict[str, Any], ...], code: str) -> None:
    plant, told = read(*streams)
    assert plant is None and code in [item.code for item in told]


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ((FLOWS[1],), "carbon.balance.nothing_in"),
        ((flow("coke", "input", [1.0] * 12, 0.86), FLOWS[1]), "carbon.balance.negative"),
    ],
)
def test_what_cannot_be_claimed(streams: tuple[dict[str, Any], ...], code: str) -> None:
    plant, told = read(*streams)
    assert plant is not None, told
    with pytest.raises(Refused) as refused:
        claim_of(plant)
    assert code in [item.code for item in refused.value.findings]


def test_single_factors_beside_a_balance_are_told() -> None:
    oil = {"name": "oil", "kind": "combustion", "amount": [10.0] * 12, "amount_unit": "t", "components": [SCALE],
           "carbon": {"value": 0.85, "unit": "tC/t", "source": "supplier"},
           "oxidation": {"value": 0.98, "unit": "1", "source": "supplier"}}  # fmt: skip
    _, found = made(*FLOWS, oil)
    (told,) = [item for item in found.findings if item.code == "carbon.balance.beside"]
    assert dict(told.parameters)["names"] == "oil"


# ---------------------------------------------------------------- slips that no single number shows

OF_GAS = {"value": 2.35, "unit": "tC/(10⁴ Nm³)", "source": "works laboratory"}
GAS = flow("外售高炉煤气", "output", [4200.0] * 12, OF_GAS, amount_unit="10⁴ Nm³")
WORKS = (flow("外购焦炭", "input", [88_000.0] * 12, 0.862), flow("喷吹煤", "input", [34_000.0] * 12, 0.774),
         flow("生铁", "output", [21_000.0] * 12, 0.0435), GAS,
         flow("焦炭库存", "stock", [8381.0, *[9000.0] * 11, 9202.0], 0.862))  # fmt: skip
TOLD = ("carbon.balance.carried", "carbon.balance.stock", "carbon.amount.scale_told")


def of_works(at: int, **changed: Any) -> list[Finding]:
    """What a works' balance is told of amounts with one flow changed."""
    flows = [{**one, **(changed if place == at else {})} for place, one in enumerate(WORKS)]
    return [item for item in made(*flows)[1].findings if item.code in TOLD]


def test_an_honest_balance_is_told_nothing() -> None:
    assert not of_works(0)


def test_an_output_of_which_every_month_is_tenfold_is_told() -> None:
    """The sold gas ×10 in all months: −86 %, and not a word."""
    (item,) = of_works(3, amount=[42_000.0] * 12)
    assert (item.code, item.where) == ("carbon.balance.carried", "/streams/3/amount")
    assert "外售高炉煤气" in sentences(item, "zh")["what"] and "90 %" in sentences(item, "en")["what"]
    flows = (WORKS[0], WORKS[1], WORKS[2], {**GAS, "amount": [23_000.0] * 12})
    steel = flow("购入电力", "electricity", [1.0] * 12, {}, amount_unit="MW·h", components=[],
                 factor={"value": 0.5, "unit": "tCO2/(MW·h)", "source": "S"})  # fmt: skip
    steel.pop("carbon")
    codes = [item.code for item in made(*flows)[1].findings]
    assert "carbon.balance.carried" not in codes  # half of it may stay in products where no sector says less
    given = {"row": "sector.steel.input", "person": "A", "reason": "not read yet", "day": "2023-01-05"}
    codes = [item.code for item in made(*flows, steel, sector="steel", overrides=[given])[1].findings]
    assert "carbon.balance.carried" in codes


def test_a_stock_that_changes_by_weeks_of_its_material_is_told() -> None:
    (item,) = of_works(4, amount=[8381.0, *np.linspace(9000.0, 64_000.0, 12).tolist()])
    assert (item.code, item.where) == ("carbon.balance.stock", "/streams/4/amount")
    assert "+5.27 %" in sentences(item, "en")["what"] and "外购焦炭" in sentences(item, "zh")["what"]
    assert not of_works(4, name="料堆", amount=[8381.0, *np.linspace(9000.0, 64_000.0, 12).tolist()])  # of all inputs


@pytest.mark.parametrize(
    ("at", "changed", "code", "where"),
    [
        (4, {"amount": [8381.0, *[9000.0] * 11, 89_000.0]}, "carbon.amount.scale", "/streams/4/amount/12"),
        (4, {"amount": [89_000.0, *[9000.0] * 12]}, "carbon.amount.scale", "/streams/4/amount/0"),
        (2, {"carbon": {"value": 0.435, "unit": "tC/t", "source": "S"}}, "carbon.plausible.range", "/streams/2/carbon"),
        (0, {"carbon": {"value": 0.682, "unit": "tC/t", "source": "S"}}, "carbon.plausible.range", "/streams/0/carbon"),
        (0, {"name": "C-1", "fuel": "coke", "carbon": {"value": 0.682, "unit": "tC/t", "source": "S"}},
         "carbon.plausible.range", "/streams/0/carbon"),
        (1, {"carbon": {"value": [0.774] * 11 + [0.374], "unit": "tC/t", "source": "S"}}, "carbon.content.month",
         "/streams/1/carbon/value/11"),
    ],
)  # fmt: skip
def test_slips_of_one_number_are_refused(at: int, changed: dict[str, Any], code: str, where: str) -> None:
    plant, told = read(*({**one, **(changed if place == at else {})} for place, one in enumerate(WORKS)))
    assert plant is None and (code, where) in [(item.code, item.where) for item in told if item.severity == "error"]


def test_reports_of_a_material_are_held_against_its_range() -> None:
    off = [{**one, "carbon": 68.2} for one in REPORTS]
    _, told = read(assayed(WORKS[0], reports=off))
    (item,) = [one for one in told if one.code == "carbon.plausible.range"]
    assert item.where == "/streams/0/reports/0" and dict(item.parameters)["row"] == "range.balance.coke"


def test_a_material_is_admitted_by_name() -> None:
    given = {"row": "range.balance.coke", "person": "A", "reason": "wet coke breeze", "day": "2023-01-05"}
    plant, told = read({**WORKS[0], "carbon": {"value": 0.682, "unit": "tC/t", "source": "S"}}, overrides=[given])
    assert plant is not None and "carbon.plausible.admitted" in [item.code for item in told]
