"""Stacks and plants that share a gas standard: their totals add, and what they share does not average out."""

from __future__ import annotations

import numpy as np
import pytest

from suyuan.carbon.monitoring.hours.stack import Channel, Stack
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.covariance import correlation
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

from .stacks import HJ75, HOURS, UNITS, certificate, minutes, year

GAS, FLOW, OTHER = 0.006, 0.02, 0.0065
"""Relative standard uncertainties: of the gas standard that all stacks share, of each stack's flow, of its area."""


def one_stack(number: int, standard: Quantity) -> Quantity:
    """The legal total of a stack whose CO2 analyser hangs on a standard."""
    gas, parameters = gain_and_offset(standard, quantity(0.0, 0.0, "%"))
    meter = quantity(1.0, FLOW, id=identity("flow", str(number)), source=Source("lab", f"F-{number}"))
    flow, terms = gain_and_offset(meter, quantity(0.0, 0.0, "m/s"))
    begin = int(HOURS.begin[0]) - 1
    every = [
        Correction(f"co2-{number}", "co2-1", gas, parameters, begin, 0, "lab", f"G-{number}", "%", "%"),
        Correction(f"velocity-{number}", "velocity-1", flow, terms, begin, 0, "lab", f"F-{number}", "m/s", "m/s"),
        *(certificate(role, scale=0.0) for role in ("temperature", "pressure", "moisture")),
    ]
    duct = quantity(38.5, OTHER * 38.5, "m2", id=identity("area", str(number)), source=Source("survey", str(number)))
    channels = tuple(Channel(role, role, unit, f"{role}-1", "dry" if role == "co2" else "wet")
                     for role, unit in UNITS.items())  # fmt: skip
    found, _ = year(HJ75, {2: minutes(2, hours=48)}, Stack(f"S{number}", channels, {"area": duct}), every)
    return found.total()


@pytest.mark.parametrize("shared", [True, False])
def test_ten_stacks_against_the_closed_form(shared: bool) -> None:
    totals = []
    for number in range(10):
        mark = identity("gas standard", "" if shared else str(number))
        standard = quantity(1.0, GAS, label="gas standard", id=mark, source=Source("NIM", "GBW"))
        totals.append(one_stack(number, standard))
    whole = totals[0]
    for one in totals[1:]:
        whole = whole + one
    own = FLOW**2 + OTHER**2
    expected = np.sqrt(GAS**2 + own / 10.0) if shared else np.sqrt((GAS**2 + own) / 10.0)
    assert float(whole.u / whole.value) == pytest.approx(expected, rel=1e-9)
    # 0.90 % against 0.69 %: a standard that is thought to be each stack's own makes the sum look too good
    assert round(100.0 * float(whole.u / whole.value), 2) == (0.90 if shared else 0.69)
    r = float(correlation(totals[0], totals[1]))
    assert r == pytest.approx(GAS**2 / (GAS**2 + own) if shared else 0.0, abs=1e-12)
    row = next(row for row in by_certificate(whole) if "GBW" in str(row.source))
    assert abs(row.contribution) == pytest.approx(
        float(whole.value) * (GAS if shared else GAS / np.sqrt(10.0)), rel=1e-9
    )
