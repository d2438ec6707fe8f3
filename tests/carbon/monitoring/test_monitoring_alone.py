"""Power plants whose legal total stands on monitoring alone, under each scheme, and checks that cannot be made."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Claim
from suyuan.carbon.plant import read_plant
from suyuan.carbon.sector.scale import former_told
from suyuan.quantity.finding import Finding, Refused, errors, sentences
from suyuan.quantity.table import load

from .test_stacks_in_claims import COAL, HOURS, LOST, OTHER, OVERRIDES, STACK, by_loop, claimed, known, plant, rows

BASIS = "sector.power.combustion"
NOTHING = {**COAL, "amount": [0] * 12}
STILL = (7, 8, 9)
"""Months of a standstill."""


def admitting(*names: str) -> list[dict[str, str]]:
    return [{"row": name, "person": "P", "reason": "constructed", "day": "2026-01-02"} for name in names]


def power(**changed: Any) -> Any:
    """A power plant that asks for monitoring as its basis, with the row admitted that does not want it."""
    overrides = [*changed.pop("overrides", OVERRIDES), *admitting(BASIS)]
    return plant(changed.pop("stack", STACK), sector="power", legal_basis="monitoring", overrides=overrides, **changed)


def of_scheme(scheme: str) -> list[dict[str, str]]:
    return admitting(*(str(row["id"]) for table in ("monitoring_china", "monitoring_europe", "monitoring_part75")
                       for row in load("suyuan.carbon", table)
                       if row["scheme"] == scheme and row["status"] == "from memory"))  # fmt: skip


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [item.code for item in found]


@pytest.mark.parametrize("scheme", ["HJ 75-2017", "EU 2018/2066", "40 CFR 75"])
def test_a_power_plant_claims_by_monitoring_alone(scheme: str) -> None:
    one = power(stack={**STACK, "rules": scheme}, overrides=of_scheme(scheme))
    table = rows(status=np.full(len(HOURS), "N"))
    found, years = claimed(one, known(table))
    stack = next(part for part in found.claim.parts if part.kind == "monitoring")
    measured = float(years[0].year.made.by_month.value[::2].sum())
    assert stack.counted and found.claim.legal == pytest.approx(measured + 600.0) and measured > 1.5e6
    assert found.check is None and "carbon.check.not_made" not in codes(found.findings)
    if scheme == "HJ 75-2017":  # the loop of another module, with a lost run
        legal, _ = by_loop()
        assert claimed(one, known())[0].claim.legal == pytest.approx(sum(legal) + 600.0, rel=1e-9)


def test_without_the_basis_what_to_write_is_said() -> None:
    with pytest.raises(Refused) as refused:
        claimed(plant(sector="power"), known())
    (absent,) = errors(refused.value.findings)
    assert absent.code == "carbon.sector.absent"
    said = sentences(absent, "zh")
    assert "燃料燃烧" in said["what"] and '"legal_basis": "monitoring"' in said["remedy"] and BASIS in said["remedy"]
    with pytest.raises(Refused) as refused:  # admitted, and not asked for
        claimed(plant(sector="power", overrides=[*OVERRIDES, *admitting(BASIS)]), known())
    assert codes(errors(refused.value.findings)) == ["carbon.sector.absent"]
    with pytest.raises(Refused) as refused:  # a stack does not stand for bought power
        claimed(power(streams=[]), known())
    (absent,) = errors(refused.value.findings)
    assert "购入电力" in sentences(absent, "zh")["what"] and "legal_basis" not in sentences(absent, "zh")["remedy"]


def test_fuel_of_nil_all_year_contradicts_no_stack_that_counts() -> None:
    found, _ = claimed(power(streams=[NOTHING, OTHER]), known())
    legal, _ = by_loop()
    assert found.claim.legal == pytest.approx(sum(legal) + 600.0, rel=1e-9) and found.check is None
    assert not {"carbon.stack.no_fuel", "carbon.check.not_made", "carbon.amount.scale"} & set(codes(found.findings))
    month = {**COAL, "amount": [80000] * 4 + [0] + [80000] * 7}  # one that only checks is told
    found, _ = claimed(power(streams=[month, OTHER]), known())
    assert [item.severity for item in found.findings if item.code == "carbon.stack.no_fuel"] == ["warning"]


def test_a_check_that_cannot_be_made_is_told_and_refuses_nothing() -> None:
    """The only months whose hours are all known are those of the standstill: nil against nil has no uncertainty."""
    still = np.isin(HOURS.month, STILL)
    status = np.where(still, "F", np.where(np.arange(len(HOURS)) % 24 < 14, "D", "N"))
    stack = {**STACK, "rules": "EU 2018/2066", "flags": {"N": "measured", "D": "fault", "F": "not operating"}}
    outage = {**COAL, "amount": [0 if month in STILL else 80000 for month in range(1, 13)]}
    one = plant(stack, streams=[outage, OTHER], overrides=of_scheme("EU 2018/2066"))
    by = known(rows(status=status))
    by = replace(by, corrections=tuple(replace(one, valid_until=int(HOURS.begin[LOST.start])) if one.number == "F-1"
                                       else one for one in by.corrections))  # fmt: skip
    found, _ = claimed(one, by)
    assert found.check is None
    (told,) = [item for item in found.findings if item.code == "carbon.check.not_made"]
    assert told.severity == "warning" and "1, 2, 3, 4, 5, 6, 10, 11, 12" in sentences(told, "en")["what"]


def test_a_stack_that_lacks_hours_is_not_compared_with_a_whole_one() -> None:
    whole, _ = claimed(power(), known())
    (stack,) = [part for part in whole.claim.parts if part.kind == "monitoring"]

    def of(share: float, missing: tuple[float, ...] = ()) -> Claim:
        legal = tuple(t * share for t in stack.legal)
        part = replace(stack, legal=legal, methods={"measured": sum(legal)}, missing=missing)
        return replace(whole.claim, parts=(part,), digest="a" * 64)

    lacking = of(0.28, (600.0,) * 12)
    assert not former_told(lacking, of(1.0)) and not former_told(of(1.0), lacking)
    (told,) = former_told(of(0.28), of(1.0))
    assert "「连续监测」" in sentences(told, "zh")["what"]


def test_rules_of_monitoring_are_no_scheme_of_calculation() -> None:
    content = {**power().content, "scheme": "EU 2018/2066"}
    _, told = read_plant(json.dumps(content).encode())
    (item,) = [item for item in told if item.code == "carbon.rule.scheme"]
    assert "「EU 2018/2066」是监测的规则" in sentences(item, "zh")["remedy"]
