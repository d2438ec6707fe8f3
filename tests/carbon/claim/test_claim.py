"""An annual claim: written, read, refused, superseded; covariance of two claims that share a certificate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.carbon.claim.claim import Claim, Evidence, Part, claimed, document, folded, read_claim
from suyuan.carbon.component import Component, with_components
from suyuan.carbon.factor import fuel_default
from suyuan.carbon.forest.allometry import row_named
from suyuan.carbon.rule import Override, digest_of
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source
from suyuan.quantity.quantity import quantity

GAS = Component("gas standard", 0.006, source=Source("Demo gas", "G-1", "CO2"))
CONFIRMED = {"id": "a", "name": "a", "value": 44 / 12, "unit": "1", "source": "some text", "status": "confirmed"}
MEMORY = {"id": "b", "name": "b", "value": 45, "unit": "min", "source": "recalled", "status": "from memory"}


def part(level: float = 1000.0, **changed: Any) -> Part:
    months = with_components(np.full(12, level), [GAS, Component("flow", 0.02)], "t")
    legal = tuple([level * 1.01] * 12)
    given = {"methods": {"measured": level * 12.0, "substituted": level * 0.12}, **changed}
    return Part("stack 1", "monitoring", months, legal, given.pop("methods"), **given)


def claim(**changed: Any) -> Claim:
    given = {"parts": (part(),), "rows": (CONFIRMED,), "made": date(2026, 3, 1), "by": "demo", **changed}
    return Claim("Demo works", "unit 1", 2025, "HJ 75-2017", **given)


def test_written_and_read_back() -> None:
    one = claim(evidence=(Evidence("flow", "Demo", "F-1", "", date(2026, 5, 1)),))
    data = document(one)
    assert document(one) == data
    read, found = read_claim(data)
    assert read is not None and not found
    assert read.legal == one.legal == pytest.approx(12120.0)
    assert float(read.best.u) == pytest.approx(12000.0 * (0.006**2 + 0.02**2) ** 0.5, rel=1e-12)
    assert document(replace(read, digest="")) == data and len(read.digest) == 64
    assert dict(read.methods) == pytest.approx({"measured": 12000.0, "substituted": 120.0})


def test_two_claims_read_apart_share_their_gas_standard() -> None:
    first, second = (read_claim(document(claim(parts=(part(level),))))[0] for level in (1000.0, 500.0))
    assert first is not None and second is not None
    assert float(covariance(first.best, second.best)) == pytest.approx(12000.0 * 6000.0 * 0.006**2, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parts": ()}, "carbon.claim.nothing"),
        ({"parts": (part(counted=False),)}, "carbon.claim.nothing"),
        ({"rows": (MEMORY,)}, "carbon.rule.from_memory"),
        ({"overrides": (Override("b", "", "read later", date(2026, 1, 1)),)}, "carbon.claim.override"),
        ({"supersedes": "0" * 64}, "carbon.claim.reason"),
    ],
)
def test_what_may_not_stand(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        claimed(claim(**change))
    assert code in [item.code for item in refused.value.findings]


def test_an_override_is_shown() -> None:
    admitted = Override("b", "A. Person (demo)", "the text is on order", date(2026, 1, 1))
    _, told = claimed(claim(rows=(MEMORY,), overrides=(admitted,)))
    assert [(item.code, item.severity) for item in told] == [("carbon.rule.overridden", "warning")]
    read, _ = read_claim(document(claim(rows=(MEMORY,), overrides=(admitted,))))
    assert read is not None and read.overrides == (admitted,)


def test_a_certificate_that_ended_is_told() -> None:
    _, told = claimed(claim(evidence=(Evidence("flow", "Demo", "F-1", "", date(2025, 3, 31)),)))
    assert [item.code for item in told] == ["carbon.claim.ended"]


@pytest.mark.parametrize(
    "change", [(b'"1010.0"', b'"1009.0"', 1), (b'"year":"2025"', b'"year":"x"', 1), (b"some text", b"other text", 1)]
)
def test_an_altered_claim_is_refused(change: tuple[bytes, bytes, int]) -> None:
    data = document(claim())
    assert change[0] in data
    read, found = read_claim(data.replace(*change))
    assert read is None and found


def test_what_hours_have_of_their_own_is_kept_by_month() -> None:
    hours = quantity(np.full((12, 700), 1.5), 0.3, "t") * GAS.factor(1)
    months = hours.sum(axis=1)
    kept = folded(months)
    assert np.asarray(kept.u) == pytest.approx(np.asarray(months.u), rel=1e-12)
    assert float(kept.sum().u) == pytest.approx(float(months.sum().u), rel=1e-12)
    assert max(block.influence.size for block in kept.blocks.values()) == 12
    assert folded(months).blocks.keys() == kept.blocks.keys()


@pytest.mark.parametrize("change", [{"methods": {"measured": 1.0}}, {"methods": {"guessed": 12120.0}}])
def test_shares_make_up_the_year(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        part(**change)


def test_a_row_is_kept_whole_and_all_its_numbers_are_in_the_digest_of_the_rules() -> None:
    """Of a default fuel the heat value, of an equation the correlation: a claim kept and digested only the value."""
    coke = fuel_default("coke", "China sector guidelines")
    admitted = Override(str(coke["id"]), "A. Person (demo)", "the text is on order", date(2026, 1, 1))
    one = claim(rows=(coke, row_named("equations", "chave_2014_eq4")), overrides=(admitted,))
    read, _ = read_claim(document(one))
    assert read is not None and [dict(row) for row in read.rows] == [dict(row) for row in one.rows]
    for key, other in (("net_calorific_value", 28.4), ("unit", "kg/GJ"), ("what_en", "words")):
        same = digest_of([{**coke, key: other}]) == digest_of([coke])
        assert same == (key == "what_en")


@pytest.mark.parametrize(
    "change",
    [
        {"archive": None}, {"archive": []}, {"parts": []}, {"parts": "x"}, {"parts": [None]}, {"parts.0.methods": []},
        {"parts.0.legal": ["1", "2"]}, {"parts.0.missing": ["1"]}, {"parts.0.checks_only": True}, {"rows": [{}]},
        {"rows.0.rest": "3"}, {"rows.0.source": ""}, {"rows.0.id": None}, {"evidence": [1]}, {"overrides": ["x"]},
        {"made": "yesterday"}, {"year": 10**400},
    ],
)  # fmt: skip
def test_a_damaged_claim_is_a_finding(change: dict[str, Any]) -> None:
    content = json.loads(document(claim()))
    for way, value in change.items():
        inner: Any = content
        *steps, last = (int(step) if step.isdigit() else step for step in way.split("."))
        for step in steps:
            inner = inner[step]
        inner[last] = value
    read, found = read_claim(json.dumps(content).encode())
    assert read is None and found
