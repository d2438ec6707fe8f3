"""A determination as a document: what it gives, how it is cited and computed again in a claim, what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.fuel.filed_determination import Determination, read_determination
from suyuan.carbon.plant import read_plant
from suyuan.quantity.budget import by_influence
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.carbon.claims import Claimed, claim_of

AMOUNT = [1000.0 + 50.0 * n for n in range(12)]
REPORTS = [{"month": m, "issuer": "Lab", "number": f"F-{m}", "carbon": 70.0 + 0.1 * m, "basis": "ar", "u_method": 0.3,
            "u_month": 0.4, "issued": f"202{2 + m // 12}-{m % 12 + 1:02d}-20", "heat": 27.0, "accredited": "CMA 1"}
           for m in range(1, 13)]  # fmt: skip
CONTENT: dict[str, Any] = {
    "suyuan": "carbon-factor", "enterprise": "E", "unit": "Works", "fuel": "coal", "year": 2022, "made": "2023-02-10",
    "amount": AMOUNT, "amount_unit": "t", "reports": REPORTS,
}  # fmt: skip


ADMITTED = {"row": "china.report_days", "person": "A", "reason": "not read", "day": "2023-02-01"}


def data(**changes: Any) -> bytes:
    return json.dumps({**CONTENT, **changes}).encode()


def determined(**changes: Any) -> Determination:
    found, told = read_determination(data(**changes))
    assert found is not None, told
    return found


def test_the_document_gives_the_weighted_factor_with_its_budget() -> None:
    one = determined(oxidation=0.98)
    weights = np.array(AMOUNT) / sum(AMOUNT)
    carbon = float(weights @ [row["carbon"] for row in REPORTS]) / 100
    u = (0.3**2 + 0.4**2 * float(weights @ weights)) ** 0.5 / 100
    assert (float(one.found.carbon.value), float(one.found.carbon.u)) == pytest.approx((carbon, u))
    assert float(one.found.factor.value) == pytest.approx(carbon * 0.98 * 44 / 12)
    assert by_influence(one.found.factor)[0].name == "Lab: carbon, method"
    assert one.number == f"coal 2022 {one.found.version[:8]}" and one.digest and not one.found.findings


def test_duplicates_count_where_reports_state_less() -> None:
    lots = [[70.0, 71.4], [69.0, 70.4], [71.0, 72.4]]  # s = 0.99 %
    found, told = read_determination(data(sampling=lots))
    assert found is not None and float(found.found.carbon.u) > float(determined().found.carbon.u)
    assert {item.code for item in told} == {"carbon.determination.sampling"} and len(told) == 12
    assert float(determined(sampling=[[70.0, 70.1]]).found.carbon.u) == float(determined().found.carbon.u)


def test_months_without_a_report_are_told() -> None:
    found, told = read_determination(data(reports=REPORTS[:9]))
    assert found is not None and found.found.representativeness == pytest.approx(sum(AMOUNT[:9]) / sum(AMOUNT))
    assert [item.code for item in told] == ["carbon.determination.share"]


def test_a_version_is_that_of_what_went_in() -> None:
    versions = {determined(**change).found.version for change in (
        {}, {"title": "another"}, {"oxidation": 0.98}, {"amount": AMOUNT[::-1]}, {"reports": REPORTS[:11]},
        {"reports": [{**REPORTS[0], "u_month": 0.5}, *REPORTS[1:]]})}  # fmt: skip
    assert len(versions) == 5  # a title is not what it was determined from


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": AMOUNT[:11]}, "carbon.fuel.months"),
        ({"amount_unit": "10⁴ Nm³"}, "carbon.report.not_mass"),
        ({"amount_unit": "t/h"}, "carbon.amount.rate"),
        ({"reports": []}, "typed.field.missing"),
        ({"reports": [REPORTS[0], REPORTS[0]]}, "carbon.determination.reports"),
        ({"reports": [{**REPORTS[0], "carbon": 0.7}]}, "carbon.plausible.range"),
        ({"sampling": [[70.0]]}, "carbon.determination.lots"),
        ({"sampling": "70"}, "typed.field.type"),
        ({"oxidation": 1.2}, "carbon.fuel.range"),
        ({"year": None}, "typed.field.missing"),
    ],
)
def test_what_cannot_be_determined(change: dict[str, Any], code: str) -> None:
    found, told = read_determination(data(**change))
    assert found is None and code in [item.code for item in told]


# ---------------------------------------------------------------- cited by a claim


def claimed(one: Determination, known: bool = True, beside: tuple[Any, ...] = (), **changes: Any) -> Claimed:
    scale = {"name": "scale", "of": "amount", "u_rel": 0.003, "shared": True}
    carbon = {**one.cited["carbon"], **changes}
    coal = {"name": "coal", "kind": "input", "amount": [500.0] * 12, "amount_unit": "t", "carbon": carbon,
            "components": [scale, *one.cited["components"]]}  # fmt: skip
    content = {"suyuan": "carbon-plant", "enterprise": "E", "unit": "Works", "sector": "other", "scheme": "China 2022",
               "year": 2022, "made": "2023-02-20", "streams": [coal, *beside],
               "overrides": [ADMITTED] if beside else []}  # fmt: skip
    plant, told = read_plant(json.dumps(content).encode())
    assert plant is not None, told
    return claim_of(plant, evidence=Evidence(), factors={one.digest: one} if known else {})


def test_a_claim_cites_it_with_its_uncertainty() -> None:
    one = determined()
    found = claimed(one)
    best = found.claim.best
    assert float(best.value) == pytest.approx(6000 * float(one.found.carbon.value) * 44 / 12, rel=1e-5)
    u = float(one.found.carbon.u) / float(one.found.carbon.value)
    assert float(best.u) / float(best.value) == pytest.approx((u**2 + 0.003**2) ** 0.5, rel=1e-4)
    assert one.digest in {item.digest for item in found.claim.evidence} and found.claim.methods.keys() == {"calculated"}
    assert not [item for item in found.findings if item.code.startswith(("carbon.factor", "carbon.evidence"))]


def test_a_factor_that_is_not_here_or_is_written_otherwise_is_told() -> None:
    one = determined()
    assert "carbon.evidence.absent" in [item.code for item in claimed(one, known=False).findings]
    with pytest.raises(Refused) as refused:
        claimed(one, value=0.6)
    assert "carbon.factor.cited" in [item.code for item in refused.value.findings]
    other = determined(year=2021, reports=[{**row, "issued": None} for row in REPORTS])
    assert "carbon.factor.cited_year" in [item.code for item in claimed(other).findings]


def test_what_it_shares_with_other_reports_of_the_laboratory_counts_once() -> None:
    """A cited factor was one error of its own: two fuels of one laboratory came out as independent."""
    one = determined()
    rows = [{**row, "number": f"G-{row['month']}"} for row in REPORTS]
    scale = {"name": "scale", "of": "amount", "u_rel": 0.003, "shared": True}
    beside = {"name": "coal of another pit", "kind": "input", "amount": [500.0] * 12, "amount_unit": "t",
              "reports": rows, "components": [scale]}  # fmt: skip
    found = claimed(one, beside=(beside,))
    coal, other = (part.months.sum() for part in found.claim.parts)
    shared = 500 * 12 * 0.3 / 100 * 44 / 12
    assert float(covariance(coal, other)) == pytest.approx(shared**2, rel=1e-3)
    numbers = {item.number for item in found.claim.evidence if item.part == "coal" and item.issuer == "Lab"}
    assert numbers == {row["number"] for row in REPORTS}, "the claim names what it stands on"
    assert float(coal.value) == pytest.approx(sum(found.claim.parts[0].legal), rel=1e-12)


def test_a_factor_of_another_enterprise_is_cited_only_where_it_is_published() -> None:
    with pytest.raises(Refused) as refused:
        claimed(determined(enterprise="Another"))
    assert "carbon.factor.cited_owner" in [item.code for item in refused.value.findings]
    public = determined(enterprise="Another", published="bulletin 3 of 2023")
    assert not [item for item in claimed(public).findings if item.code.startswith("carbon.factor")]


def test_an_empty_month_of_a_determination_is_called_empty() -> None:
    found, told = read_determination(data(amount=[*AMOUNT[:3], None, *AMOUNT[4:]]))
    assert found is None and ("carbon.amount.empty", "/amount/3") in [(item.code, item.where) for item in told]
